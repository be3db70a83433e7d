from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="DebitWalletArguments")


@_attrs_define
class DebitWalletArguments:
    """
    Attributes:
        reason (str): Why; kept in the ledger.
        amount (str | Unset): Minor units, a string of digits. Needed unless `discount` is sent.
        note (str | Unset): Internal note, shown to managers only.
        order_id (int | Unset): The order that it belongs to.
        reference (str | Unset): A reference of the caller's own; need not be unique.
        if_balance_gte (str | Unset): Only if the wallet's balance is at least this, in minor units; else 412.
        if_sequence (int | Unset): Only if the wallet's `sequence` is still this; else 412.
        allow_partial (bool | Unset): Where there is less, take what there is and answer 206. Default: False.
        discount (str | Unset): Instead of `amount`, on a wallet in points: a discount, in minor units of the site's
            currency. Debits the points that it is worth.
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
    if_balance_gte: str | Unset = UNSET
    if_sequence: int | Unset = UNSET
    allow_partial: bool | Unset = False
    discount: str | Unset = UNSET
    idempotency_key: UUID | Unset = UNSET
    dry_run: bool | Unset = False
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        reason = self.reason

        amount = self.amount

        note = self.note

        order_id = self.order_id

        reference = self.reference

        if_balance_gte = self.if_balance_gte

        if_sequence = self.if_sequence

        allow_partial = self.allow_partial

        discount = self.discount

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
        if if_balance_gte is not UNSET:
            field_dict["if_balance_gte"] = if_balance_gte
        if if_sequence is not UNSET:
            field_dict["if_sequence"] = if_sequence
        if allow_partial is not UNSET:
            field_dict["allow_partial"] = allow_partial
        if discount is not UNSET:
            field_dict["discount"] = discount
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

        if_balance_gte = d.pop("if_balance_gte", UNSET)

        if_sequence = d.pop("if_sequence", UNSET)

        allow_partial = d.pop("allow_partial", UNSET)

        discount = d.pop("discount", UNSET)

        _idempotency_key = d.pop("idempotency_key", UNSET)
        idempotency_key: UUID | Unset
        if isinstance(_idempotency_key, Unset):
            idempotency_key = UNSET
        else:
            idempotency_key = UUID(_idempotency_key)

        dry_run = d.pop("dry_run", UNSET)

        debit_wallet_arguments = cls(
            reason=reason,
            amount=amount,
            note=note,
            order_id=order_id,
            reference=reference,
            if_balance_gte=if_balance_gte,
            if_sequence=if_sequence,
            allow_partial=allow_partial,
            discount=discount,
            idempotency_key=idempotency_key,
            dry_run=dry_run,
        )

        debit_wallet_arguments.additional_properties = d
        return debit_wallet_arguments

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
