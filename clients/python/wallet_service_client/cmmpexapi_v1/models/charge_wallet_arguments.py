from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ChargeWalletArguments")


@_attrs_define
class ChargeWalletArguments:
    """
    Attributes:
        points (float): How many: above 0 they are added, below 0 taken.
        key (str): The gateway's secure key.
        wallet_id (str | Unset): The wallet's name or number. This or `email`; both must agree.
        email (str | Unset): Its owner's e-mail address: his default wallet, opened if it is missing.
    """

    points: float
    key: str
    wallet_id: str | Unset = UNSET
    email: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        points = self.points

        key = self.key

        wallet_id = self.wallet_id

        email = self.email

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "points": points,
                "key": key,
            }
        )
        if wallet_id is not UNSET:
            field_dict["wallet_id"] = wallet_id
        if email is not UNSET:
            field_dict["email"] = email

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        points = d.pop("points")

        key = d.pop("key")

        wallet_id = d.pop("wallet_id", UNSET)

        email = d.pop("email", UNSET)

        charge_wallet_arguments = cls(
            points=points,
            key=key,
            wallet_id=wallet_id,
            email=email,
        )

        charge_wallet_arguments.additional_properties = d
        return charge_wallet_arguments

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
