from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.redemption_code_status_enum import RedemptionCodeStatusEnum

T = TypeVar("T", bound="RedemptionCode")


@_attrs_define
class RedemptionCode:
    """A redemption code. To a key that only reads, `code` is its prefix and its last four characters.

    Attributes:
        code (str):
        amount (str):
        currency (str):
        status (RedemptionCodeStatusEnum): * `active` - active
            * `redeemed` - redeemed
            * `expired` - expired
            * `voided` - voided
        redemptions (int):
        max_redemptions (int):
        expiry_date (datetime.datetime | None):
        restrict_to_user_id (int | None):
        batch (int):
        created_at (datetime.datetime):
    """

    code: str
    amount: str
    currency: str
    status: RedemptionCodeStatusEnum
    redemptions: int
    max_redemptions: int
    expiry_date: datetime.datetime | None
    restrict_to_user_id: int | None
    batch: int
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        amount = self.amount

        currency = self.currency

        status = self.status.value

        redemptions = self.redemptions

        max_redemptions = self.max_redemptions

        expiry_date: None | str
        if isinstance(self.expiry_date, datetime.datetime):
            expiry_date = self.expiry_date.isoformat()
        else:
            expiry_date = self.expiry_date

        restrict_to_user_id: int | None
        restrict_to_user_id = self.restrict_to_user_id

        batch = self.batch

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "amount": amount,
                "currency": currency,
                "status": status,
                "redemptions": redemptions,
                "max_redemptions": max_redemptions,
                "expiry_date": expiry_date,
                "restrict_to_user_id": restrict_to_user_id,
                "batch": batch,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        code = d.pop("code")

        amount = d.pop("amount")

        currency = d.pop("currency")

        status = RedemptionCodeStatusEnum(d.pop("status"))

        redemptions = d.pop("redemptions")

        max_redemptions = d.pop("max_redemptions")

        def _parse_expiry_date(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expiry_date_type_0 = datetime.datetime.fromisoformat(data)

                return expiry_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        expiry_date = _parse_expiry_date(d.pop("expiry_date"))

        def _parse_restrict_to_user_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        restrict_to_user_id = _parse_restrict_to_user_id(d.pop("restrict_to_user_id"))

        batch = d.pop("batch")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        redemption_code = cls(
            code=code,
            amount=amount,
            currency=currency,
            status=status,
            redemptions=redemptions,
            max_redemptions=max_redemptions,
            expiry_date=expiry_date,
            restrict_to_user_id=restrict_to_user_id,
            batch=batch,
            created_at=created_at,
        )

        redemption_code.additional_properties = d
        return redemption_code

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
