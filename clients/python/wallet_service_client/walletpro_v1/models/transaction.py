from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.transaction_type import TransactionType
from ..types import UNSET, Unset

T = TypeVar("T", bound="Transaction")


@_attrs_define
class Transaction:
    """An entry of the ledger.

    Attributes:
        id (int):
        wallet_id (int):
        type_ (TransactionType): * `credit` - credit
            * `debit` - debit
            * `topup` - topup
            * `transfer_in` - transfer_in
            * `transfer_out` - transfer_out
            * `cashback` - cashback
            * `milestone` - milestone
            * `referral` - referral
            * `withdrawal` - withdrawal
            * `expiry` - expiry
        amount (str):
        balance_before (str):
        balance_after (str):
        reason (None | str):
        order_id (int | None):
        reference (None | str):
        transfer_group_id (None | UUID):
        expiry_date (datetime.datetime | None): The soonest end of what it brought; where it brought several parts, of
            that part only.
        currency (str):
        sequence (int):
        of_sequence (int | None): The entry of this wallet that it acts on.
        hmac_chain (str):
        created_at (datetime.datetime):
        note (None | str | Unset): For managers only.
    """

    id: int
    wallet_id: int
    type_: TransactionType
    amount: str
    balance_before: str
    balance_after: str
    reason: None | str
    order_id: int | None
    reference: None | str
    transfer_group_id: None | UUID
    expiry_date: datetime.datetime | None
    currency: str
    sequence: int
    of_sequence: int | None
    hmac_chain: str
    created_at: datetime.datetime
    note: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        wallet_id = self.wallet_id

        type_ = self.type_.value

        amount = self.amount

        balance_before = self.balance_before

        balance_after = self.balance_after

        reason: None | str
        reason = self.reason

        order_id: int | None
        order_id = self.order_id

        reference: None | str
        reference = self.reference

        transfer_group_id: None | str
        if isinstance(self.transfer_group_id, UUID):
            transfer_group_id = str(self.transfer_group_id)
        else:
            transfer_group_id = self.transfer_group_id

        expiry_date: None | str
        if isinstance(self.expiry_date, datetime.datetime):
            expiry_date = self.expiry_date.isoformat()
        else:
            expiry_date = self.expiry_date

        currency = self.currency

        sequence = self.sequence

        of_sequence: int | None
        of_sequence = self.of_sequence

        hmac_chain = self.hmac_chain

        created_at = self.created_at.isoformat()

        note: None | str | Unset
        if isinstance(self.note, Unset):
            note = UNSET
        else:
            note = self.note

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "wallet_id": wallet_id,
                "type": type_,
                "amount": amount,
                "balance_before": balance_before,
                "balance_after": balance_after,
                "reason": reason,
                "order_id": order_id,
                "reference": reference,
                "transfer_group_id": transfer_group_id,
                "expiry_date": expiry_date,
                "currency": currency,
                "sequence": sequence,
                "of_sequence": of_sequence,
                "hmac_chain": hmac_chain,
                "created_at": created_at,
            }
        )
        if note is not UNSET:
            field_dict["note"] = note

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        wallet_id = d.pop("wallet_id")

        type_ = TransactionType(d.pop("type"))

        amount = d.pop("amount")

        balance_before = d.pop("balance_before")

        balance_after = d.pop("balance_after")

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

        def _parse_order_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        order_id = _parse_order_id(d.pop("order_id"))

        def _parse_reference(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reference = _parse_reference(d.pop("reference"))

        def _parse_transfer_group_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                transfer_group_id_type_0 = UUID(data)

                return transfer_group_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        transfer_group_id = _parse_transfer_group_id(d.pop("transfer_group_id"))

        def _parse_expiry_date(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expiry_date_type_0 = datetime.datetime.fromisoformat(data)

                return expiry_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        expiry_date = _parse_expiry_date(d.pop("expiry_date"))

        currency = d.pop("currency")

        sequence = d.pop("sequence")

        def _parse_of_sequence(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        of_sequence = _parse_of_sequence(d.pop("of_sequence"))

        hmac_chain = d.pop("hmac_chain")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_note(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        note = _parse_note(d.pop("note", UNSET))

        transaction = cls(
            id=id,
            wallet_id=wallet_id,
            type_=type_,
            amount=amount,
            balance_before=balance_before,
            balance_after=balance_after,
            reason=reason,
            order_id=order_id,
            reference=reference,
            transfer_group_id=transfer_group_id,
            expiry_date=expiry_date,
            currency=currency,
            sequence=sequence,
            of_sequence=of_sequence,
            hmac_chain=hmac_chain,
            created_at=created_at,
            note=note,
        )

        transaction.additional_properties = d
        return transaction

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
