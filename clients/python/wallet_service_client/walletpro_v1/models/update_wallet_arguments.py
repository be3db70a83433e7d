from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.wallet_status import WalletStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="UpdateWalletArguments")


@_attrs_define
class UpdateWalletArguments:
    """
    Attributes:
        spending_limit (None | str | Unset): The most that one debit may take, in minor units; null: no limit.
        auto_reload_enabled (bool | Unset): Whether the wallet is topped up when it runs low.
        auto_reload_threshold (None | str | Unset): At or below this balance, in minor units; null unsets it.
        auto_reload_amount (None | str | Unset): By how much, in minor units; null unsets it.
        status (WalletStatus | Unset):
    """

    spending_limit: None | str | Unset = UNSET
    auto_reload_enabled: bool | Unset = UNSET
    auto_reload_threshold: None | str | Unset = UNSET
    auto_reload_amount: None | str | Unset = UNSET
    status: WalletStatus | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        spending_limit: None | str | Unset
        if isinstance(self.spending_limit, Unset):
            spending_limit = UNSET
        else:
            spending_limit = self.spending_limit

        auto_reload_enabled = self.auto_reload_enabled

        auto_reload_threshold: None | str | Unset
        if isinstance(self.auto_reload_threshold, Unset):
            auto_reload_threshold = UNSET
        else:
            auto_reload_threshold = self.auto_reload_threshold

        auto_reload_amount: None | str | Unset
        if isinstance(self.auto_reload_amount, Unset):
            auto_reload_amount = UNSET
        else:
            auto_reload_amount = self.auto_reload_amount

        status: str | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if spending_limit is not UNSET:
            field_dict["spending_limit"] = spending_limit
        if auto_reload_enabled is not UNSET:
            field_dict["auto_reload_enabled"] = auto_reload_enabled
        if auto_reload_threshold is not UNSET:
            field_dict["auto_reload_threshold"] = auto_reload_threshold
        if auto_reload_amount is not UNSET:
            field_dict["auto_reload_amount"] = auto_reload_amount
        if status is not UNSET:
            field_dict["status"] = status

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)

        def _parse_spending_limit(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        spending_limit = _parse_spending_limit(d.pop("spending_limit", UNSET))

        auto_reload_enabled = d.pop("auto_reload_enabled", UNSET)

        def _parse_auto_reload_threshold(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        auto_reload_threshold = _parse_auto_reload_threshold(
            d.pop("auto_reload_threshold", UNSET)
        )

        def _parse_auto_reload_amount(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        auto_reload_amount = _parse_auto_reload_amount(
            d.pop("auto_reload_amount", UNSET)
        )

        _status = d.pop("status", UNSET)
        status: WalletStatus | Unset
        if isinstance(_status, Unset):
            status = UNSET
        else:
            status = WalletStatus(_status)

        update_wallet_arguments = cls(
            spending_limit=spending_limit,
            auto_reload_enabled=auto_reload_enabled,
            auto_reload_threshold=auto_reload_threshold,
            auto_reload_amount=auto_reload_amount,
            status=status,
        )

        update_wallet_arguments.additional_properties = d
        return update_wallet_arguments

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
