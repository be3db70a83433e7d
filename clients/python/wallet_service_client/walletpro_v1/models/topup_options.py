from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.topup_bonus import TopupBonus


T = TypeVar("T", bound="TopupOptions")


@_attrs_define
class TopupOptions:
    """What may be topped up now.

    Attributes:
        enabled (bool):
        provider (str):
        currency (str):
        minimum (str):
        maximum (str):
        presets (list[str]):
        bonus (None | TopupBonus):
        can_save_method (bool): Whether `save_method` keeps something that auto-reload can charge.
    """

    enabled: bool
    provider: str
    currency: str
    minimum: str
    maximum: str
    presets: list[str]
    bonus: None | TopupBonus
    can_save_method: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.topup_bonus import TopupBonus

        enabled = self.enabled

        provider = self.provider

        currency = self.currency

        minimum = self.minimum

        maximum = self.maximum

        presets = self.presets

        bonus: dict[str, Any] | None
        if isinstance(self.bonus, TopupBonus):
            bonus = self.bonus.to_dict()
        else:
            bonus = self.bonus

        can_save_method = self.can_save_method

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "enabled": enabled,
                "provider": provider,
                "currency": currency,
                "minimum": minimum,
                "maximum": maximum,
                "presets": presets,
                "bonus": bonus,
                "can_save_method": can_save_method,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.topup_bonus import TopupBonus

        d = dict(src_dict)
        enabled = d.pop("enabled")

        provider = d.pop("provider")

        currency = d.pop("currency")

        minimum = d.pop("minimum")

        maximum = d.pop("maximum")

        presets = cast(list[str], d.pop("presets"))

        def _parse_bonus(data: object) -> None | TopupBonus:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                bonus_type_0 = TopupBonus.from_dict(data)

                return bonus_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | TopupBonus, data)

        bonus = _parse_bonus(d.pop("bonus"))

        can_save_method = d.pop("can_save_method")

        topup_options = cls(
            enabled=enabled,
            provider=provider,
            currency=currency,
            minimum=minimum,
            maximum=maximum,
            presets=presets,
            bonus=bonus,
            can_save_method=can_save_method,
        )

        topup_options.additional_properties = d
        return topup_options

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
