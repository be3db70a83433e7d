from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.transaction_type import TransactionType

T = TypeVar("T", bound="ReversedEntry")


@_attrs_define
class ReversedEntry:
    """One row of a reversal.

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
        balance_after (str):
        of_sequence (int):
        hmac_chain (str):
    """

    transaction_id: int
    wallet_id: int
    type_: TransactionType
    amount: str
    balance_after: str
    of_sequence: int
    hmac_chain: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        transaction_id = self.transaction_id

        wallet_id = self.wallet_id

        type_ = self.type_.value

        amount = self.amount

        balance_after = self.balance_after

        of_sequence = self.of_sequence

        hmac_chain = self.hmac_chain

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "transaction_id": transaction_id,
                "wallet_id": wallet_id,
                "type": type_,
                "amount": amount,
                "balance_after": balance_after,
                "of_sequence": of_sequence,
                "hmac_chain": hmac_chain,
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

        balance_after = d.pop("balance_after")

        of_sequence = d.pop("of_sequence")

        hmac_chain = d.pop("hmac_chain")

        reversed_entry = cls(
            transaction_id=transaction_id,
            wallet_id=wallet_id,
            type_=type_,
            amount=amount,
            balance_after=balance_after,
            of_sequence=of_sequence,
            hmac_chain=hmac_chain,
        )

        reversed_entry.additional_properties = d
        return reversed_entry

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
