from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.extensions import Extensions


T = TypeVar("T", bound="StoreBalance")


@_attrs_define
class StoreBalance:
    """The caller's wallet.

    Attributes:
        extensions (Extensions):
        balance (str):
        balance_formatted (str):
        available (str):
        currency (str):
    """

    extensions: Extensions
    balance: str
    balance_formatted: str
    available: str
    currency: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        extensions = self.extensions.to_dict()

        balance = self.balance

        balance_formatted = self.balance_formatted

        available = self.available

        currency = self.currency

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "extensions": extensions,
                "balance": balance,
                "balance_formatted": balance_formatted,
                "available": available,
                "currency": currency,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.extensions import Extensions

        d = dict(src_dict)
        extensions = Extensions.from_dict(d.pop("extensions"))

        balance = d.pop("balance")

        balance_formatted = d.pop("balance_formatted")

        available = d.pop("available")

        currency = d.pop("currency")

        store_balance = cls(
            extensions=extensions,
            balance=balance,
            balance_formatted=balance_formatted,
            available=available,
            currency=currency,
        )

        store_balance.additional_properties = d
        return store_balance

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
