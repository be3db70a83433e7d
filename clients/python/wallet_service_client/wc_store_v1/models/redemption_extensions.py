from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.redemption_totals import RedemptionTotals


T = TypeVar("T", bound="RedemptionExtensions")


@_attrs_define
class RedemptionExtensions:
    """
    Attributes:
        walletpro (RedemptionTotals): What the wallet says once a code is redeemed. Where no order was named, nothing of
            what is applied, and no `remaining`.
    """

    walletpro: RedemptionTotals
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        walletpro = self.walletpro.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "walletpro": walletpro,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.redemption_totals import RedemptionTotals

        d = dict(src_dict)
        walletpro = RedemptionTotals.from_dict(d.pop("walletpro"))

        redemption_extensions = cls(
            walletpro=walletpro,
        )

        redemption_extensions.additional_properties = d
        return redemption_extensions

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
