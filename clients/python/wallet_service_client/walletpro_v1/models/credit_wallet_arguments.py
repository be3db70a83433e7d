from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.credit_type import CreditType
from ..types import UNSET, Unset

T = TypeVar("T", bound="CreditWalletArguments")


@_attrs_define
class CreditWalletArguments:
    """
    Attributes:
        reason (str): Why; kept in the ledger.
        amount (str | Unset): Minor units, a string of digits. Needed unless `order_total` is sent.
        note (str | Unset): Internal note, shown to managers only.
        order_id (int | Unset): The order that it belongs to.
        reference (str | Unset): A reference of the caller's own; need not be unique.
        if_balance_gte (str | Unset): Only if the wallet's balance is at least this, in minor units; else 412.
        if_sequence (int | Unset): Only if the wallet's `sequence` is still this; else 412.
        type_ (CreditType | Unset):  Default: CreditType.CREDIT.
        expiry_date (datetime.datetime | None | Unset): When the credit expires; left blank, it never does.
        order_total (str | Unset): Instead of `amount`, on a wallet in points: the order's total, in minor units of the
            site's currency. Credits the points that it brings, once per order.
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
    type_: CreditType | Unset = CreditType.CREDIT
    expiry_date: datetime.datetime | None | Unset = UNSET
    order_total: str | Unset = UNSET
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

        type_: str | Unset = UNSET
        if not isinstance(self.type_, Unset):
            type_ = self.type_.value

        expiry_date: None | str | Unset
        if isinstance(self.expiry_date, Unset):
            expiry_date = UNSET
        elif isinstance(self.expiry_date, datetime.datetime):
            expiry_date = self.expiry_date.isoformat()
        else:
            expiry_date = self.expiry_date

        order_total = self.order_total

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
        if type_ is not UNSET:
            field_dict["type"] = type_
        if expiry_date is not UNSET:
            field_dict["expiry_date"] = expiry_date
        if order_total is not UNSET:
            field_dict["order_total"] = order_total
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

        _type_ = d.pop("type", UNSET)
        type_: CreditType | Unset
        if isinstance(_type_, Unset):
            type_ = UNSET
        else:
            type_ = CreditType(_type_)

        def _parse_expiry_date(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expiry_date_type_0 = datetime.datetime.fromisoformat(data)

                return expiry_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        expiry_date = _parse_expiry_date(d.pop("expiry_date", UNSET))

        order_total = d.pop("order_total", UNSET)

        _idempotency_key = d.pop("idempotency_key", UNSET)
        idempotency_key: UUID | Unset
        if isinstance(_idempotency_key, Unset):
            idempotency_key = UNSET
        else:
            idempotency_key = UUID(_idempotency_key)

        dry_run = d.pop("dry_run", UNSET)

        credit_wallet_arguments = cls(
            reason=reason,
            amount=amount,
            note=note,
            order_id=order_id,
            reference=reference,
            if_balance_gte=if_balance_gte,
            if_sequence=if_sequence,
            type_=type_,
            expiry_date=expiry_date,
            order_total=order_total,
            idempotency_key=idempotency_key,
            dry_run=dry_run,
        )

        credit_wallet_arguments.additional_properties = d
        return credit_wallet_arguments

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
