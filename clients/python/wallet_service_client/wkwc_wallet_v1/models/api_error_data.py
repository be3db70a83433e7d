from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.api_error_data_details import ApiErrorDataDetails


T = TypeVar("T", bound="ApiErrorData")


@_attrs_define
class ApiErrorData:
    """The HTTP status again; some errors say more.

    Attributes:
        status (int):
        balance (float | Unset): Of `insufficient_balance`.
        days (int | Unset): Of `refund_period_over`.
        details (ApiErrorDataDetails | Unset): Of `rest_invalid_param`.
        json_error_code (int | Unset): Of `rest_invalid_json`.
        json_error_message (str | Unset): Of `rest_invalid_json`.
        limit (float | Unset): Of `velocity_cap_exceeded`.
        maximum (float | Unset): Of `limit_exceeded`.
        params (Any | Unset): Of `rest_invalid_param`, `rest_missing_callback_param`.
        request_status (str | Unset): Of `already_requested`.
        requested (float | Unset): Of `insufficient_balance`, `limit_exceeded`.
        retry_after (int | Unset): Of `busy`, `documents_unavailable`, `idempotency_in_progress`, `too_many_requests`,
            `velocity_cap_exceeded`.
        window_minutes (int | Unset): Of `velocity_cap_exceeded`.
    """

    status: int
    balance: float | Unset = UNSET
    days: int | Unset = UNSET
    details: ApiErrorDataDetails | Unset = UNSET
    json_error_code: int | Unset = UNSET
    json_error_message: str | Unset = UNSET
    limit: float | Unset = UNSET
    maximum: float | Unset = UNSET
    params: Any | Unset = UNSET
    request_status: str | Unset = UNSET
    requested: float | Unset = UNSET
    retry_after: int | Unset = UNSET
    window_minutes: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        balance = self.balance

        days = self.days

        details: dict[str, Any] | Unset = UNSET
        if not isinstance(self.details, Unset):
            details = self.details.to_dict()

        json_error_code = self.json_error_code

        json_error_message = self.json_error_message

        limit = self.limit

        maximum = self.maximum

        params = self.params

        request_status = self.request_status

        requested = self.requested

        retry_after = self.retry_after

        window_minutes = self.window_minutes

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
            }
        )
        if balance is not UNSET:
            field_dict["balance"] = balance
        if days is not UNSET:
            field_dict["days"] = days
        if details is not UNSET:
            field_dict["details"] = details
        if json_error_code is not UNSET:
            field_dict["json_error_code"] = json_error_code
        if json_error_message is not UNSET:
            field_dict["json_error_message"] = json_error_message
        if limit is not UNSET:
            field_dict["limit"] = limit
        if maximum is not UNSET:
            field_dict["maximum"] = maximum
        if params is not UNSET:
            field_dict["params"] = params
        if request_status is not UNSET:
            field_dict["request_status"] = request_status
        if requested is not UNSET:
            field_dict["requested"] = requested
        if retry_after is not UNSET:
            field_dict["retry_after"] = retry_after
        if window_minutes is not UNSET:
            field_dict["window_minutes"] = window_minutes

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.api_error_data_details import ApiErrorDataDetails

        d = dict(src_dict)
        status = d.pop("status")

        balance = d.pop("balance", UNSET)

        days = d.pop("days", UNSET)

        _details = d.pop("details", UNSET)
        details: ApiErrorDataDetails | Unset
        if isinstance(_details, Unset):
            details = UNSET
        else:
            details = ApiErrorDataDetails.from_dict(_details)

        json_error_code = d.pop("json_error_code", UNSET)

        json_error_message = d.pop("json_error_message", UNSET)

        limit = d.pop("limit", UNSET)

        maximum = d.pop("maximum", UNSET)

        params = d.pop("params", UNSET)

        request_status = d.pop("request_status", UNSET)

        requested = d.pop("requested", UNSET)

        retry_after = d.pop("retry_after", UNSET)

        window_minutes = d.pop("window_minutes", UNSET)

        api_error_data = cls(
            status=status,
            balance=balance,
            days=days,
            details=details,
            json_error_code=json_error_code,
            json_error_message=json_error_message,
            limit=limit,
            maximum=maximum,
            params=params,
            request_status=request_status,
            requested=requested,
            retry_after=retry_after,
            window_minutes=window_minutes,
        )

        api_error_data.additional_properties = d
        return api_error_data

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
