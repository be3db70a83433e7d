from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="WebkulScanned")


@_attrs_define
class WebkulScanned:
    """Whom a QR code pays.

    Attributes:
        recipient (str): The address, masked.
        wallet_id (str): The wallet's number, masked.
        amount (float | None): What is to be paid; null: the payer says how much.
        currency (str):
    """

    recipient: str
    wallet_id: str
    amount: float | None
    currency: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        recipient = self.recipient

        wallet_id = self.wallet_id

        amount: float | None
        amount = self.amount

        currency = self.currency

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "recipient": recipient,
                "wallet_id": wallet_id,
                "amount": amount,
                "currency": currency,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        recipient = d.pop("recipient")

        wallet_id = d.pop("wallet_id")

        def _parse_amount(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        amount = _parse_amount(d.pop("amount"))

        currency = d.pop("currency")

        webkul_scanned = cls(
            recipient=recipient,
            wallet_id=wallet_id,
            amount=amount,
            currency=currency,
        )

        webkul_scanned.additional_properties = d
        return webkul_scanned

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
