from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PointPackage")


@_attrs_define
class PointPackage:
    """So many points for so much money.

    Attributes:
        id (int):
        points (str): What is credited once it is paid.
        currency (str): What the points are counted in.
        price (str): What it costs.
        price_currency (str):
        position (int): Lower ones are shown first.
    """

    id: int
    points: str
    currency: str
    price: str
    price_currency: str
    position: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        points = self.points

        currency = self.currency

        price = self.price

        price_currency = self.price_currency

        position = self.position

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "points": points,
                "currency": currency,
                "price": price,
                "price_currency": price_currency,
                "position": position,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        points = d.pop("points")

        currency = d.pop("currency")

        price = d.pop("price")

        price_currency = d.pop("price_currency")

        position = d.pop("position")

        point_package = cls(
            id=id,
            points=points,
            currency=currency,
            price=price,
            price_currency=price_currency,
            position=position,
        )

        point_package.additional_properties = d
        return point_package

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
