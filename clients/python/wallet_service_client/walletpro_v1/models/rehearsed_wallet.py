from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="RehearsedWallet")


@_attrs_define
class RehearsedWallet:
    """What a wallet would hold afterwards.

    Attributes:
        wallet_id (int):
        currency (str):
        balance_after (str):
        available_after (str):
    """

    wallet_id: int
    currency: str
    balance_after: str
    available_after: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        wallet_id = self.wallet_id

        currency = self.currency

        balance_after = self.balance_after

        available_after = self.available_after

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "wallet_id": wallet_id,
                "currency": currency,
                "balance_after": balance_after,
                "available_after": available_after,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        wallet_id = d.pop("wallet_id")

        currency = d.pop("currency")

        balance_after = d.pop("balance_after")

        available_after = d.pop("available_after")

        rehearsed_wallet = cls(
            wallet_id=wallet_id,
            currency=currency,
            balance_after=balance_after,
            available_after=available_after,
        )

        rehearsed_wallet.additional_properties = d
        return rehearsed_wallet

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
