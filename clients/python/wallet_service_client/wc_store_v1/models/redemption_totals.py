from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="RedemptionTotals")


@_attrs_define
class RedemptionTotals:
    """What the wallet says once a code is redeemed. Where no order was named, nothing of what is applied, and no
    `remaining`.

        Attributes:
            balance (str):
            available (str): What can still be applied: the balance without what is set aside.
            currency (str):
            applied (str | Unset): What is set aside for the order; where `order_id` came with the call.
            hold_id (int | None | Unset): What the shop captures; where `order_id` came with the call.
            remaining (str | Unset): What is left of `total`; where it came with an `order_id`.
    """

    balance: str
    available: str
    currency: str
    applied: str | Unset = UNSET
    hold_id: int | None | Unset = UNSET
    remaining: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        balance = self.balance

        available = self.available

        currency = self.currency

        applied = self.applied

        hold_id: int | None | Unset
        if isinstance(self.hold_id, Unset):
            hold_id = UNSET
        else:
            hold_id = self.hold_id

        remaining = self.remaining

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "balance": balance,
                "available": available,
                "currency": currency,
            }
        )
        if applied is not UNSET:
            field_dict["applied"] = applied
        if hold_id is not UNSET:
            field_dict["hold_id"] = hold_id
        if remaining is not UNSET:
            field_dict["remaining"] = remaining

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        balance = d.pop("balance")

        available = d.pop("available")

        currency = d.pop("currency")

        applied = d.pop("applied", UNSET)

        def _parse_hold_id(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        hold_id = _parse_hold_id(d.pop("hold_id", UNSET))

        remaining = d.pop("remaining", UNSET)

        redemption_totals = cls(
            balance=balance,
            available=available,
            currency=currency,
            applied=applied,
            hold_id=hold_id,
            remaining=remaining,
        )

        redemption_totals.additional_properties = d
        return redemption_totals

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
