from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ReverseTransactionArguments")


@_attrs_define
class ReverseTransactionArguments:
    """
    Attributes:
        reason (str): Why; kept in the ledger.
        amount (str | Unset): At most the transaction's, and all that can be given back unless said.
        note (str | Unset): Internal note, shown to managers only.
        order_id (int | Unset): The order that it belongs to.
        reference (str | Unset): A reference of the caller's own; need not be unique.
        idempotency_key (UUID | Unset): UUID v4. A repetition within 24 hours returns the original answer instead of
            doing it again.
        dry_run (bool | Unset): Answer what would happen, and do nothing. The idempotency key is neither read nor taken.
            Default: False.
    """

    reason: str
    amount: str | Unset = UNSET
    note: str | Unset = UNSET
    order_id: int | Unset = UNSET
    reference: str | Unset = UNSET
    idempotency_key: UUID | Unset = UNSET
    dry_run: bool | Unset = False
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        reason = self.reason

        amount = self.amount

        note = self.note

        order_id = self.order_id

        reference = self.reference

        idempotency_key: str | Unset = UNSET
        if not isinstance(self.idempotency_key, Unset):
            idempotency_key = str(self.idempotency_key)

        dry_run = self.dry_run

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "reason": reason,
            }
        )
        if amount is not UNSET:
            field_dict["amount"] = amount
        if note is not UNSET:
            field_dict["note"] = note
        if order_id is not UNSET:
            field_dict["order_id"] = order_id
        if reference is not UNSET:
            field_dict["reference"] = reference
        if idempotency_key is not UNSET:
            field_dict["idempotency_key"] = idempotency_key
        if dry_run is not UNSET:
            field_dict["dry_run"] = dry_run

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        reason = d.pop("reason")

        amount = d.pop("amount", UNSET)

        note = d.pop("note", UNSET)

        order_id = d.pop("order_id", UNSET)

        reference = d.pop("reference", UNSET)

        _idempotency_key = d.pop("idempotency_key", UNSET)
        idempotency_key: UUID | Unset
        if isinstance(_idempotency_key, Unset):
            idempotency_key = UNSET
        else:
            idempotency_key = UUID(_idempotency_key)

        dry_run = d.pop("dry_run", UNSET)

        reverse_transaction_arguments = cls(
            reason=reason,
            amount=amount,
            note=note,
            order_id=order_id,
            reference=reference,
            idempotency_key=idempotency_key,
            dry_run=dry_run,
        )

        reverse_transaction_arguments.additional_properties = d
        return reverse_transaction_arguments

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
