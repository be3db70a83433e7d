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
        balance (str | Unset): Of `walletpro_balance_limit`, `walletpro_insufficient_balance`,
            `walletpro_precondition_failed`.
        details (ApiErrorDataDetails | Unset): Of `rest_invalid_param`.
        feature (str | Unset): Of `walletpro_kyc_required`.
        held (str | Unset): Of `walletpro_capture_exceeds_hold`.
        json_error_code (int | Unset): Of `rest_invalid_json`.
        json_error_message (str | Unset): Of `rest_invalid_json`.
        kind (str | Unset): Of `walletpro_not_reversible`.
        last_position (int | Unset): Of `walletpro_position_ahead`.
        limit (Any | Unset): Of `walletpro_approval_required`, `walletpro_key_limit_exceeded`,
            `walletpro_limit_exceeded`, `walletpro_spending_limit_exceeded`, `walletpro_too_many_money_requests`,
            `walletpro_too_many_webhooks`, `walletpro_velocity_cap_exceeded`.
        maximum (str | Unset): Of `walletpro_topup_out_of_bounds`.
        minimum (str | Unset): Of `walletpro_topup_out_of_bounds`.
        most (str | Unset): Of `walletpro_reversal_exceeds_original`.
        oldest_position (int | Unset): Of `walletpro_events_forgotten`.
        params (Any | Unset): Of `rest_invalid_param`, `rest_missing_callback_param`.
        reason (str | Unset): Of `walletpro_payment_refused`.
        request_status (str | Unset): Of `walletpro_request_not_pending`.
        requested (str | Unset): Of `walletpro_approval_required`, `walletpro_balance_limit`,
            `walletpro_capture_exceeds_hold`, `walletpro_insufficient_balance`, `walletpro_key_limit_exceeded`,
            `walletpro_limit_exceeded`, `walletpro_reversal_exceeds_original`, `walletpro_spending_limit_exceeded`,
            `walletpro_step_up_required`, `walletpro_topup_out_of_bounds`, `walletpro_velocity_cap_exceeded`.
        retry_after (int | Unset): Of `walletpro_busy`, `walletpro_idempotency_in_progress`, `walletpro_not_sealed`,
            `walletpro_payment_provider_away`, `walletpro_rate_limited`, `walletpro_too_many_money_requests`,
            `walletpro_velocity_cap_exceeded`.
        sequence (int | Unset): Of `walletpro_precondition_failed`.
        step_up_url (str | Unset): Of `walletpro_step_up_required`.
        wallet_id (int | Unset): Of `walletpro_wallet_exists`.
        window_minutes (int | Unset): Of `walletpro_velocity_cap_exceeded`.
    """

    status: int
    balance: str | Unset = UNSET
    details: ApiErrorDataDetails | Unset = UNSET
    feature: str | Unset = UNSET
    held: str | Unset = UNSET
    json_error_code: int | Unset = UNSET
    json_error_message: str | Unset = UNSET
    kind: str | Unset = UNSET
    last_position: int | Unset = UNSET
    limit: Any | Unset = UNSET
    maximum: str | Unset = UNSET
    minimum: str | Unset = UNSET
    most: str | Unset = UNSET
    oldest_position: int | Unset = UNSET
    params: Any | Unset = UNSET
    reason: str | Unset = UNSET
    request_status: str | Unset = UNSET
    requested: str | Unset = UNSET
    retry_after: int | Unset = UNSET
    sequence: int | Unset = UNSET
    step_up_url: str | Unset = UNSET
    wallet_id: int | Unset = UNSET
    window_minutes: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        balance = self.balance

        details: dict[str, Any] | Unset = UNSET
        if not isinstance(self.details, Unset):
            details = self.details.to_dict()

        feature = self.feature

        held = self.held

        json_error_code = self.json_error_code

        json_error_message = self.json_error_message

        kind = self.kind

        last_position = self.last_position

        limit = self.limit

        maximum = self.maximum

        minimum = self.minimum

        most = self.most

        oldest_position = self.oldest_position

        params = self.params

        reason = self.reason

        request_status = self.request_status

        requested = self.requested

        retry_after = self.retry_after

        sequence = self.sequence

        step_up_url = self.step_up_url

        wallet_id = self.wallet_id

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
        if details is not UNSET:
            field_dict["details"] = details
        if feature is not UNSET:
            field_dict["feature"] = feature
        if held is not UNSET:
            field_dict["held"] = held
        if json_error_code is not UNSET:
            field_dict["json_error_code"] = json_error_code
        if json_error_message is not UNSET:
            field_dict["json_error_message"] = json_error_message
        if kind is not UNSET:
            field_dict["kind"] = kind
        if last_position is not UNSET:
            field_dict["last_position"] = last_position
        if limit is not UNSET:
            field_dict["limit"] = limit
        if maximum is not UNSET:
            field_dict["maximum"] = maximum
        if minimum is not UNSET:
            field_dict["minimum"] = minimum
        if most is not UNSET:
            field_dict["most"] = most
        if oldest_position is not UNSET:
            field_dict["oldest_position"] = oldest_position
        if params is not UNSET:
            field_dict["params"] = params
        if reason is not UNSET:
            field_dict["reason"] = reason
        if request_status is not UNSET:
            field_dict["request_status"] = request_status
        if requested is not UNSET:
            field_dict["requested"] = requested
        if retry_after is not UNSET:
            field_dict["retry_after"] = retry_after
        if sequence is not UNSET:
            field_dict["sequence"] = sequence
        if step_up_url is not UNSET:
            field_dict["step_up_url"] = step_up_url
        if wallet_id is not UNSET:
            field_dict["wallet_id"] = wallet_id
        if window_minutes is not UNSET:
            field_dict["window_minutes"] = window_minutes

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.api_error_data_details import ApiErrorDataDetails

        d = dict(src_dict)
        status = d.pop("status")

        balance = d.pop("balance", UNSET)

        _details = d.pop("details", UNSET)
        details: ApiErrorDataDetails | Unset
        if isinstance(_details, Unset):
            details = UNSET
        else:
            details = ApiErrorDataDetails.from_dict(_details)

        feature = d.pop("feature", UNSET)

        held = d.pop("held", UNSET)

        json_error_code = d.pop("json_error_code", UNSET)

        json_error_message = d.pop("json_error_message", UNSET)

        kind = d.pop("kind", UNSET)

        last_position = d.pop("last_position", UNSET)

        limit = d.pop("limit", UNSET)

        maximum = d.pop("maximum", UNSET)

        minimum = d.pop("minimum", UNSET)

        most = d.pop("most", UNSET)

        oldest_position = d.pop("oldest_position", UNSET)

        params = d.pop("params", UNSET)

        reason = d.pop("reason", UNSET)

        request_status = d.pop("request_status", UNSET)

        requested = d.pop("requested", UNSET)

        retry_after = d.pop("retry_after", UNSET)

        sequence = d.pop("sequence", UNSET)

        step_up_url = d.pop("step_up_url", UNSET)

        wallet_id = d.pop("wallet_id", UNSET)

        window_minutes = d.pop("window_minutes", UNSET)

        api_error_data = cls(
            status=status,
            balance=balance,
            details=details,
            feature=feature,
            held=held,
            json_error_code=json_error_code,
            json_error_message=json_error_message,
            kind=kind,
            last_position=last_position,
            limit=limit,
            maximum=maximum,
            minimum=minimum,
            most=most,
            oldest_position=oldest_position,
            params=params,
            reason=reason,
            request_status=request_status,
            requested=requested,
            retry_after=retry_after,
            sequence=sequence,
            step_up_url=step_up_url,
            wallet_id=wallet_id,
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
