from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="TopupBonus")


@_attrs_define
class TopupBonus:
    """What is given on top, rounded down.

    Attributes:
        percent (str): Of the amount: 2.5 is 2.5 %.
        minimum (str): The least amount that brings it.
        maximum (None | str): The most that it is.
    """

    percent: str
    minimum: str
    maximum: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        percent = self.percent

        minimum = self.minimum

        maximum: None | str
        maximum = self.maximum

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "percent": percent,
                "minimum": minimum,
                "maximum": maximum,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        percent = d.pop("percent")

        minimum = d.pop("minimum")

        def _parse_maximum(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        maximum = _parse_maximum(d.pop("maximum"))

        topup_bonus = cls(
            percent=percent,
            minimum=minimum,
            maximum=maximum,
        )

        topup_bonus.additional_properties = d
        return topup_bonus

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
