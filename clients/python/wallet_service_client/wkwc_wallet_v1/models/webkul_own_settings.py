from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="WebkulOwnSettings")


@_attrs_define
class WebkulOwnSettings:
    """Every setting of the caller's own: flags are 0 or 1.

    Attributes:
        field_wkwp_transfer_locked (int):
        field_wkwp_notify_credit_email (int):
        field_wkwp_notify_debit_email (int):
        field_wkwp_notify_low_balance_email (int):
        field_wkwp_notify_kyc_email (int):
        field_wkwp_notify_transfer_received_sms (int):
        field_wkwp_notify_withdrawal_paid_sms (int):
        field_wkwp_auto_topup_enabled (int):
        field_wkwp_auto_topup_threshold (float | None):
        field_wkwp_auto_topup_amount (float | None):
    """

    field_wkwp_transfer_locked: int
    field_wkwp_notify_credit_email: int
    field_wkwp_notify_debit_email: int
    field_wkwp_notify_low_balance_email: int
    field_wkwp_notify_kyc_email: int
    field_wkwp_notify_transfer_received_sms: int
    field_wkwp_notify_withdrawal_paid_sms: int
    field_wkwp_auto_topup_enabled: int
    field_wkwp_auto_topup_threshold: float | None
    field_wkwp_auto_topup_amount: float | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        field_wkwp_transfer_locked = self.field_wkwp_transfer_locked

        field_wkwp_notify_credit_email = self.field_wkwp_notify_credit_email

        field_wkwp_notify_debit_email = self.field_wkwp_notify_debit_email

        field_wkwp_notify_low_balance_email = self.field_wkwp_notify_low_balance_email

        field_wkwp_notify_kyc_email = self.field_wkwp_notify_kyc_email

        field_wkwp_notify_transfer_received_sms = (
            self.field_wkwp_notify_transfer_received_sms
        )

        field_wkwp_notify_withdrawal_paid_sms = (
            self.field_wkwp_notify_withdrawal_paid_sms
        )

        field_wkwp_auto_topup_enabled = self.field_wkwp_auto_topup_enabled

        field_wkwp_auto_topup_threshold: float | None
        field_wkwp_auto_topup_threshold = self.field_wkwp_auto_topup_threshold

        field_wkwp_auto_topup_amount: float | None
        field_wkwp_auto_topup_amount = self.field_wkwp_auto_topup_amount

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "_wkwp_transfer_locked": field_wkwp_transfer_locked,
                "_wkwp_notify_credit_email": field_wkwp_notify_credit_email,
                "_wkwp_notify_debit_email": field_wkwp_notify_debit_email,
                "_wkwp_notify_low_balance_email": field_wkwp_notify_low_balance_email,
                "_wkwp_notify_kyc_email": field_wkwp_notify_kyc_email,
                "_wkwp_notify_transfer_received_sms": field_wkwp_notify_transfer_received_sms,
                "_wkwp_notify_withdrawal_paid_sms": field_wkwp_notify_withdrawal_paid_sms,
                "_wkwp_auto_topup_enabled": field_wkwp_auto_topup_enabled,
                "_wkwp_auto_topup_threshold": field_wkwp_auto_topup_threshold,
                "_wkwp_auto_topup_amount": field_wkwp_auto_topup_amount,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        field_wkwp_transfer_locked = d.pop("_wkwp_transfer_locked")

        field_wkwp_notify_credit_email = d.pop("_wkwp_notify_credit_email")

        field_wkwp_notify_debit_email = d.pop("_wkwp_notify_debit_email")

        field_wkwp_notify_low_balance_email = d.pop("_wkwp_notify_low_balance_email")

        field_wkwp_notify_kyc_email = d.pop("_wkwp_notify_kyc_email")

        field_wkwp_notify_transfer_received_sms = d.pop(
            "_wkwp_notify_transfer_received_sms"
        )

        field_wkwp_notify_withdrawal_paid_sms = d.pop(
            "_wkwp_notify_withdrawal_paid_sms"
        )

        field_wkwp_auto_topup_enabled = d.pop("_wkwp_auto_topup_enabled")

        def _parse_field_wkwp_auto_topup_threshold(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        field_wkwp_auto_topup_threshold = _parse_field_wkwp_auto_topup_threshold(
            d.pop("_wkwp_auto_topup_threshold")
        )

        def _parse_field_wkwp_auto_topup_amount(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        field_wkwp_auto_topup_amount = _parse_field_wkwp_auto_topup_amount(
            d.pop("_wkwp_auto_topup_amount")
        )

        webkul_own_settings = cls(
            field_wkwp_transfer_locked=field_wkwp_transfer_locked,
            field_wkwp_notify_credit_email=field_wkwp_notify_credit_email,
            field_wkwp_notify_debit_email=field_wkwp_notify_debit_email,
            field_wkwp_notify_low_balance_email=field_wkwp_notify_low_balance_email,
            field_wkwp_notify_kyc_email=field_wkwp_notify_kyc_email,
            field_wkwp_notify_transfer_received_sms=field_wkwp_notify_transfer_received_sms,
            field_wkwp_notify_withdrawal_paid_sms=field_wkwp_notify_withdrawal_paid_sms,
            field_wkwp_auto_topup_enabled=field_wkwp_auto_topup_enabled,
            field_wkwp_auto_topup_threshold=field_wkwp_auto_topup_threshold,
            field_wkwp_auto_topup_amount=field_wkwp_auto_topup_amount,
        )

        webkul_own_settings.additional_properties = d
        return webkul_own_settings

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
