from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.kyc_status import KycStatus

T = TypeVar("T", bound="WebkulWallet")


@_attrs_define
class WebkulWallet:
    """A customer's wallet in one currency.

    Attributes:
        user_id (int):
        email (str):
        balance (float):
        currency (str):
        kyc_status (KycStatus): * `pending` - pending
            * `approved` - approved
            * `rejected` - rejected
            * `not_submitted` - not_submitted
        last_activity_at (datetime.datetime | None):
    """

    user_id: int
    email: str
    balance: float
    currency: str
    kyc_status: KycStatus
    last_activity_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        user_id = self.user_id

        email = self.email

        balance = self.balance

        currency = self.currency

        kyc_status = self.kyc_status.value

        last_activity_at: None | str
        if isinstance(self.last_activity_at, datetime.datetime):
            last_activity_at = self.last_activity_at.isoformat()
        else:
            last_activity_at = self.last_activity_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "user_id": user_id,
                "email": email,
                "balance": balance,
                "currency": currency,
                "kyc_status": kyc_status,
                "last_activity_at": last_activity_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        user_id = d.pop("user_id")

        email = d.pop("email")

        balance = d.pop("balance")

        currency = d.pop("currency")

        kyc_status = KycStatus(d.pop("kyc_status"))

        def _parse_last_activity_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_activity_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_activity_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last_activity_at = _parse_last_activity_at(d.pop("last_activity_at"))

        webkul_wallet = cls(
            user_id=user_id,
            email=email,
            balance=balance,
            currency=currency,
            kyc_status=kyc_status,
            last_activity_at=last_activity_at,
        )

        webkul_wallet.additional_properties = d
        return webkul_wallet

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
