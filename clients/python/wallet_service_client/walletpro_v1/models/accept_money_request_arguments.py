from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="AcceptMoneyRequestArguments")


@_attrs_define
class AcceptMoneyRequestArguments:
    """
    Attributes:
        if_balance_gte (str | Unset): Only if the wallet's balance is at least this, in minor units; else 412.
        if_sequence (int | Unset): Only if the wallet's `sequence` is still this; else 412.
        idempotency_key (UUID | Unset): UUID v4. A repetition within 24 hours returns the original answer instead of
            doing it again.
        dry_run (bool | Unset): Answer what would happen, and do nothing. The idempotency key is neither read nor taken.
            Default: False.
    """

    if_balance_gte: str | Unset = UNSET
    if_sequence: int | Unset = UNSET
    idempotency_key: UUID | Unset = UNSET
    dry_run: bool | Unset = False
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        if_balance_gte = self.if_balance_gte

        if_sequence = self.if_sequence

        idempotency_key: str | Unset = UNSET
        if not isinstance(self.idempotency_key, Unset):
            idempotency_key = str(self.idempotency_key)

        dry_run = self.dry_run

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if if_balance_gte is not UNSET:
            field_dict["if_balance_gte"] = if_balance_gte
        if if_sequence is not UNSET:
            field_dict["if_sequence"] = if_sequence
        if idempotency_key is not UNSET:
            field_dict["idempotency_key"] = idempotency_key
        if dry_run is not UNSET:
            field_dict["dry_run"] = dry_run

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        if_balance_gte = d.pop("if_balance_gte", UNSET)

        if_sequence = d.pop("if_sequence", UNSET)

        _idempotency_key = d.pop("idempotency_key", UNSET)
        idempotency_key: UUID | Unset
        if isinstance(_idempotency_key, Unset):
            idempotency_key = UNSET
        else:
            idempotency_key = UUID(_idempotency_key)

        dry_run = d.pop("dry_run", UNSET)

        accept_money_request_arguments = cls(
            if_balance_gte=if_balance_gte,
            if_sequence=if_sequence,
            idempotency_key=idempotency_key,
            dry_run=dry_run,
        )

        accept_money_request_arguments.additional_properties = d
        return accept_money_request_arguments

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
