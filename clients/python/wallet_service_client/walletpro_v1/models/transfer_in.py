from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.transaction_type import TransactionType
from ..types import UNSET, Unset

T = TypeVar("T", bound="TransferIn")


@_attrs_define
class TransferIn:
    """The recipient's side. Balances, chain value and wallet only for who may read his wallet.

    Attributes:
        id (int):
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
        reason (None | str):
        order_id (int | None):
        reference (None | str):
        transfer_group_id (None | UUID):
        expiry_date (datetime.datetime | None): The soonest end of what it brought; where it brought several parts, of
            that part only.
        currency (str):
        of_sequence (int | None): The entry of this wallet that it acts on.
        created_at (datetime.datetime):
        wallet_id (int | Unset):
        balance_before (str | Unset):
        balance_after (str | Unset):
        sequence (int | Unset):
        hmac_chain (str | Unset):
        note (None | str | Unset): For managers only.
    """

    id: int
    type_: TransactionType
    amount: str
    reason: None | str
    order_id: int | None
    reference: None | str
    transfer_group_id: None | UUID
    expiry_date: datetime.datetime | None
    currency: str
    of_sequence: int | None
    created_at: datetime.datetime
    wallet_id: int | Unset = UNSET
    balance_before: str | Unset = UNSET
    balance_after: str | Unset = UNSET
    sequence: int | Unset = UNSET
    hmac_chain: str | Unset = UNSET
    note: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        type_ = self.type_.value

        amount = self.amount

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

        of_sequence: int | None
        of_sequence = self.of_sequence

        created_at = self.created_at.isoformat()

        wallet_id = self.wallet_id

        balance_before = self.balance_before

        balance_after = self.balance_after

        sequence = self.sequence

        hmac_chain = self.hmac_chain

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
                "type": type_,
                "amount": amount,
                "reason": reason,
                "order_id": order_id,
                "reference": reference,
                "transfer_group_id": transfer_group_id,
                "expiry_date": expiry_date,
                "currency": currency,
                "of_sequence": of_sequence,
                "created_at": created_at,
            }
        )
        if wallet_id is not UNSET:
            field_dict["wallet_id"] = wallet_id
        if balance_before is not UNSET:
            field_dict["balance_before"] = balance_before
        if balance_after is not UNSET:
            field_dict["balance_after"] = balance_after
        if sequence is not UNSET:
            field_dict["sequence"] = sequence
        if hmac_chain is not UNSET:
            field_dict["hmac_chain"] = hmac_chain
        if note is not UNSET:
            field_dict["note"] = note

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        type_ = TransactionType(d.pop("type"))

        amount = d.pop("amount")

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

        def _parse_of_sequence(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        of_sequence = _parse_of_sequence(d.pop("of_sequence"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        wallet_id = d.pop("wallet_id", UNSET)

        balance_before = d.pop("balance_before", UNSET)

        balance_after = d.pop("balance_after", UNSET)

        sequence = d.pop("sequence", UNSET)

        hmac_chain = d.pop("hmac_chain", UNSET)

        def _parse_note(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        note = _parse_note(d.pop("note", UNSET))

        transfer_in = cls(
            id=id,
            type_=type_,
            amount=amount,
            reason=reason,
            order_id=order_id,
            reference=reference,
            transfer_group_id=transfer_group_id,
            expiry_date=expiry_date,
            currency=currency,
            of_sequence=of_sequence,
            created_at=created_at,
            wallet_id=wallet_id,
            balance_before=balance_before,
            balance_after=balance_after,
            sequence=sequence,
            hmac_chain=hmac_chain,
            note=note,
        )

        transfer_in.additional_properties = d
        return transfer_in

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
