from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="WebkulBalance")


@_attrs_define
class WebkulBalance:
    """What the caller has.

    Attributes:
        balance (float):
        available (float): What may be spent now.
        withdrawable (float): What may be paid out: own money that is neither held, owed nor promotional.
        currency (str):
    """

    balance: float
    available: float
    withdrawable: float
    currency: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        balance = self.balance

        available = self.available

        withdrawable = self.withdrawable

        currency = self.currency

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "balance": balance,
                "available": available,
                "withdrawable": withdrawable,
                "currency": currency,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        balance = d.pop("balance")

        available = d.pop("available")

        withdrawable = d.pop("withdrawable")

        currency = d.pop("currency")

        webkul_balance = cls(
            balance=balance,
            available=available,
            withdrawable=withdrawable,
            currency=currency,
        )

        webkul_balance.additional_properties = d
        return webkul_balance

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
