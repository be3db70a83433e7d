from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.transaction_type import TransactionType

T = TypeVar("T", bound="Movement")


@_attrs_define
class Movement:
    """What a credit or debit did.

    Attributes:
        transaction_id (int):
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
        currency (str):
        balance_after (str):
        reason (None | str):
        expiry_date (datetime.datetime | None): The soonest end of what it brought; where it brought several parts, of
            that part only.
        hmac_chain (str):
        created_at (datetime.datetime):
    """

    transaction_id: int
    wallet_id: int
    type_: TransactionType
    amount: str
    currency: str
    balance_after: str
    reason: None | str
    expiry_date: datetime.datetime | None
    hmac_chain: str
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        transaction_id = self.transaction_id

        wallet_id = self.wallet_id

        type_ = self.type_.value

        amount = self.amount

        currency = self.currency

        balance_after = self.balance_after

        reason: None | str
        reason = self.reason

        expiry_date: None | str
        if isinstance(self.expiry_date, datetime.datetime):
            expiry_date = self.expiry_date.isoformat()
        else:
            expiry_date = self.expiry_date

        hmac_chain = self.hmac_chain

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "transaction_id": transaction_id,
                "wallet_id": wallet_id,
                "type": type_,
                "amount": amount,
                "currency": currency,
                "balance_after": balance_after,
                "reason": reason,
                "expiry_date": expiry_date,
                "hmac_chain": hmac_chain,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        transaction_id = d.pop("transaction_id")

        wallet_id = d.pop("wallet_id")

        type_ = TransactionType(d.pop("type"))

        amount = d.pop("amount")

        currency = d.pop("currency")

        balance_after = d.pop("balance_after")

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

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

        hmac_chain = d.pop("hmac_chain")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        movement = cls(
            transaction_id=transaction_id,
            wallet_id=wallet_id,
            type_=type_,
            amount=amount,
            currency=currency,
            balance_after=balance_after,
            reason=reason,
            expiry_date=expiry_date,
            hmac_chain=hmac_chain,
            created_at=created_at,
        )

        movement.additional_properties = d
        return movement

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
