from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.wallet_status import WalletStatus

T = TypeVar("T", bound="Wallet")


@_attrs_define
class Wallet:
    """A customer's wallet.

    Attributes:
        id (int):
        user_id (int):
        currency (str):
        balance (str):
        balance_formatted (str):
        available (str):
        withdrawable (str): What may be paid out: own money that is neither held, owed nor promotional.
        spending_limit (None | str):
        auto_reload_enabled (bool):
        auto_reload_threshold (None | str):
        auto_reload_amount (None | str):
        status (WalletStatus):
        name (str):
        is_default (bool):
        created_at (datetime.datetime):
        updated_at (datetime.datetime):
        sequence (int): Of the wallet's last entry, holds included.
    """

    id: int
    user_id: int
    currency: str
    balance: str
    balance_formatted: str
    available: str
    withdrawable: str
    spending_limit: None | str
    auto_reload_enabled: bool
    auto_reload_threshold: None | str
    auto_reload_amount: None | str
    status: WalletStatus
    name: str
    is_default: bool
    created_at: datetime.datetime
    updated_at: datetime.datetime
    sequence: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        user_id = self.user_id

        currency = self.currency

        balance = self.balance

        balance_formatted = self.balance_formatted

        available = self.available

        withdrawable = self.withdrawable

        spending_limit: None | str
        spending_limit = self.spending_limit

        auto_reload_enabled = self.auto_reload_enabled

        auto_reload_threshold: None | str
        auto_reload_threshold = self.auto_reload_threshold

        auto_reload_amount: None | str
        auto_reload_amount = self.auto_reload_amount

        status = self.status.value

        name = self.name

        is_default = self.is_default

        created_at = self.created_at.isoformat()

        updated_at = self.updated_at.isoformat()

        sequence = self.sequence

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "user_id": user_id,
                "currency": currency,
                "balance": balance,
                "balance_formatted": balance_formatted,
                "available": available,
                "withdrawable": withdrawable,
                "spending_limit": spending_limit,
                "auto_reload_enabled": auto_reload_enabled,
                "auto_reload_threshold": auto_reload_threshold,
                "auto_reload_amount": auto_reload_amount,
                "status": status,
                "name": name,
                "is_default": is_default,
                "created_at": created_at,
                "updated_at": updated_at,
                "sequence": sequence,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        user_id = d.pop("user_id")

        currency = d.pop("currency")

        balance = d.pop("balance")

        balance_formatted = d.pop("balance_formatted")

        available = d.pop("available")

        withdrawable = d.pop("withdrawable")

        def _parse_spending_limit(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        spending_limit = _parse_spending_limit(d.pop("spending_limit"))

        auto_reload_enabled = d.pop("auto_reload_enabled")

        def _parse_auto_reload_threshold(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        auto_reload_threshold = _parse_auto_reload_threshold(
            d.pop("auto_reload_threshold")
        )

        def _parse_auto_reload_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        auto_reload_amount = _parse_auto_reload_amount(d.pop("auto_reload_amount"))

        status = WalletStatus(d.pop("status"))

        name = d.pop("name")

        is_default = d.pop("is_default")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        sequence = d.pop("sequence")

        wallet = cls(
            id=id,
            user_id=user_id,
            currency=currency,
            balance=balance,
            balance_formatted=balance_formatted,
            available=available,
            withdrawable=withdrawable,
            spending_limit=spending_limit,
            auto_reload_enabled=auto_reload_enabled,
            auto_reload_threshold=auto_reload_threshold,
            auto_reload_amount=auto_reload_amount,
            status=status,
            name=name,
            is_default=is_default,
            created_at=created_at,
            updated_at=updated_at,
            sequence=sequence,
        )

        wallet.additional_properties = d
        return wallet

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
