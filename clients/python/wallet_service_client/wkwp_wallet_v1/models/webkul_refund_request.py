from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.submission_status import SubmissionStatus

T = TypeVar("T", bound="WebkulRefundRequest")


@_attrs_define
class WebkulRefundRequest:
    """What a customer wants back of an order, and what was decided.

    Attributes:
        id (int):
        user_id (int):
        order_id (int): The shop's number of the order.
        amount (float): Asked for.
        approved_amount (float | None): Given; null until it is approved.
        currency (str):
        reason (str): The customer's words; empty once they are erased.
        note (str): More of the customer's words.
        status (SubmissionStatus): * `pending` - pending
            * `approved` - approved
            * `rejected` - rejected
        decision_note (str): The manager's words, which the customer reads.
        created_at (datetime.datetime):
        decided_at (datetime.datetime | None):
    """

    id: int
    user_id: int
    order_id: int
    amount: float
    approved_amount: float | None
    currency: str
    reason: str
    note: str
    status: SubmissionStatus
    decision_note: str
    created_at: datetime.datetime
    decided_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        user_id = self.user_id

        order_id = self.order_id

        amount = self.amount

        approved_amount: float | None
        approved_amount = self.approved_amount

        currency = self.currency

        reason = self.reason

        note = self.note

        status = self.status.value

        decision_note = self.decision_note

        created_at = self.created_at.isoformat()

        decided_at: None | str
        if isinstance(self.decided_at, datetime.datetime):
            decided_at = self.decided_at.isoformat()
        else:
            decided_at = self.decided_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "user_id": user_id,
                "order_id": order_id,
                "amount": amount,
                "approved_amount": approved_amount,
                "currency": currency,
                "reason": reason,
                "note": note,
                "status": status,
                "decision_note": decision_note,
                "created_at": created_at,
                "decided_at": decided_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        user_id = d.pop("user_id")

        order_id = d.pop("order_id")

        amount = d.pop("amount")

        def _parse_approved_amount(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        approved_amount = _parse_approved_amount(d.pop("approved_amount"))

        currency = d.pop("currency")

        reason = d.pop("reason")

        note = d.pop("note")

        status = SubmissionStatus(d.pop("status"))

        decision_note = d.pop("decision_note")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_decided_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                decided_at_type_0 = datetime.datetime.fromisoformat(data)

                return decided_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        decided_at = _parse_decided_at(d.pop("decided_at"))

        webkul_refund_request = cls(
            id=id,
            user_id=user_id,
            order_id=order_id,
            amount=amount,
            approved_amount=approved_amount,
            currency=currency,
            reason=reason,
            note=note,
            status=status,
            decision_note=decision_note,
            created_at=created_at,
            decided_at=decided_at,
        )

        webkul_refund_request.additional_properties = d
        return webkul_refund_request

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
