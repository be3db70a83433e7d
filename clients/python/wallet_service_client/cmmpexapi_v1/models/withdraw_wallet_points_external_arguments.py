from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="WithdrawWalletPointsExternalArguments")


@_attrs_define
class WithdrawWalletPointsExternalArguments:
    """
    Attributes:
        wallet_id (str): The wallet's *name*.
        points (float): How many, more than none.
        key (str): The gateway's secure key.
        type_ (int | Unset): The plugin's number of why; kept nowhere.
        request_id (UUID | Unset): An extension: which withdrawal this is. Asked for again, it returns the first
            outcome.
    """

    wallet_id: str
    points: float
    key: str
    type_: int | Unset = UNSET
    request_id: UUID | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        wallet_id = self.wallet_id

        points = self.points

        key = self.key

        type_ = self.type_

        request_id: str | Unset = UNSET
        if not isinstance(self.request_id, Unset):
            request_id = str(self.request_id)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "wallet_id": wallet_id,
                "points": points,
                "key": key,
            }
        )
        if type_ is not UNSET:
            field_dict["type"] = type_
        if request_id is not UNSET:
            field_dict["request_id"] = request_id

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        wallet_id = d.pop("wallet_id")

        points = d.pop("points")

        key = d.pop("key")

        type_ = d.pop("type", UNSET)

        _request_id = d.pop("request_id", UNSET)
        request_id: UUID | Unset
        if isinstance(_request_id, Unset):
            request_id = UNSET
        else:
            request_id = UUID(_request_id)

        withdraw_wallet_points_external_arguments = cls(
            wallet_id=wallet_id,
            points=points,
            key=key,
            type_=type_,
            request_id=request_id,
        )

        withdraw_wallet_points_external_arguments.additional_properties = d
        return withdraw_wallet_points_external_arguments

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
