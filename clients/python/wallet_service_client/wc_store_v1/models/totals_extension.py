from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="TotalsExtension")


@_attrs_define
class TotalsExtension:
    """What the wallet says at the checkout.

    Attributes:
        balance (str):
        available (str): What can still be applied: the balance without what is set aside.
        applied (str): What is set aside for the order.
        currency (str):
        hold_id (int | None): What the shop captures.
        remaining (str | Unset): What is left of the `total` that came with the call.
    """

    balance: str
    available: str
    applied: str
    currency: str
    hold_id: int | None
    remaining: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        balance = self.balance

        available = self.available

        applied = self.applied

        currency = self.currency

        hold_id: int | None
        hold_id = self.hold_id

        remaining = self.remaining

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "balance": balance,
                "available": available,
                "applied": applied,
                "currency": currency,
                "hold_id": hold_id,
            }
        )
        if remaining is not UNSET:
            field_dict["remaining"] = remaining

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        balance = d.pop("balance")

        available = d.pop("available")

        applied = d.pop("applied")

        currency = d.pop("currency")

        def _parse_hold_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        hold_id = _parse_hold_id(d.pop("hold_id"))

        remaining = d.pop("remaining", UNSET)

        totals_extension = cls(
            balance=balance,
            available=available,
            applied=applied,
            currency=currency,
            hold_id=hold_id,
            remaining=remaining,
        )

        totals_extension.additional_properties = d
        return totals_extension

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
