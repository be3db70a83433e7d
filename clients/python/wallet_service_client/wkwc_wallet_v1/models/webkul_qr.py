from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="WebkulQr")


@_attrs_define
class WebkulQr:
    """A QR code of the caller's.

    Attributes:
        token (str): What the QR code holds.
        amount (float | None): What is to be paid; null: the payer says how much.
        currency (str):
        wallet_id (str): The wallet's number, masked.
        created_at (datetime.datetime):
    """

    token: str
    amount: float | None
    currency: str
    wallet_id: str
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        token = self.token

        amount: float | None
        amount = self.amount

        currency = self.currency

        wallet_id = self.wallet_id

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "token": token,
                "amount": amount,
                "currency": currency,
                "wallet_id": wallet_id,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        token = d.pop("token")

        def _parse_amount(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        amount = _parse_amount(d.pop("amount"))

        currency = d.pop("currency")

        wallet_id = d.pop("wallet_id")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        webkul_qr = cls(
            token=token,
            amount=amount,
            currency=currency,
            wallet_id=wallet_id,
            created_at=created_at,
        )

        webkul_qr.additional_properties = d
        return webkul_qr

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
