from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.webkul_transaction_type import WebkulTransactionType

T = TypeVar("T", bound="WebkulTransaction")


@_attrs_define
class WebkulTransaction:
    """An entry of the ledger.

    Attributes:
        id (int):
        user_id (int):
        amount (float): With a minus where the wallet loses.
        balance_after (float):
        currency (str):
        type_ (WebkulTransactionType): * `credit` - credit
            * `debit` - debit
            * `refund` - refund
            * `cashback` - cashback
            * `transfer` - transfer
            * `withdrawal` - withdrawal
            * `bnpl_repay` - bnpl_repay
            * `topup` - topup
        order_id (int | None):
        reference (None | str):
        note (None | str):
        created_at (datetime.datetime):
    """

    id: int
    user_id: int
    amount: float
    balance_after: float
    currency: str
    type_: WebkulTransactionType
    order_id: int | None
    reference: None | str
    note: None | str
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        user_id = self.user_id

        amount = self.amount

        balance_after = self.balance_after

        currency = self.currency

        type_ = self.type_.value

        order_id: int | None
        order_id = self.order_id

        reference: None | str
        reference = self.reference

        note: None | str
        note = self.note

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "user_id": user_id,
                "amount": amount,
                "balance_after": balance_after,
                "currency": currency,
                "type": type_,
                "order_id": order_id,
                "reference": reference,
                "note": note,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        user_id = d.pop("user_id")

        amount = d.pop("amount")

        balance_after = d.pop("balance_after")

        currency = d.pop("currency")

        type_ = WebkulTransactionType(d.pop("type"))

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

        def _parse_note(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        note = _parse_note(d.pop("note"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        webkul_transaction = cls(
            id=id,
            user_id=user_id,
            amount=amount,
            balance_after=balance_after,
            currency=currency,
            type_=type_,
            order_id=order_id,
            reference=reference,
            note=note,
            created_at=created_at,
        )

        webkul_transaction.additional_properties = d
        return webkul_transaction

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
