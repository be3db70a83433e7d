from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ExternalWallet")


@_attrs_define
class ExternalWallet:
    """A wallet, as a site that mirrors it reads it.

    Attributes:
        wallet_id (int):
        user_id (int):
        wallet_name (str): What wallets of two sites are matched by.
        points (float): An exact decimal, with the decimals of the unit.
        status (int): 1 active, 0 inactive.
    """

    wallet_id: int
    user_id: int
    wallet_name: str
    points: float
    status: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        wallet_id = self.wallet_id

        user_id = self.user_id

        wallet_name = self.wallet_name

        points = self.points

        status = self.status

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "wallet_id": wallet_id,
                "user_id": user_id,
                "wallet_name": wallet_name,
                "points": points,
                "status": status,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        wallet_id = d.pop("wallet_id")

        user_id = d.pop("user_id")

        wallet_name = d.pop("wallet_name")

        points = d.pop("points")

        status = d.pop("status")

        external_wallet = cls(
            wallet_id=wallet_id,
            user_id=user_id,
            wallet_name=wallet_name,
            points=points,
            status=status,
        )

        external_wallet.additional_properties = d
        return external_wallet

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
