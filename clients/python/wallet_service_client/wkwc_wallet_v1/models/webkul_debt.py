from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.webkul_debt_status_enum import WebkulDebtStatusEnum

T = TypeVar("T", bound="WebkulDebt")


@_attrs_define
class WebkulDebt:
    """A debt of the caller's.

    Attributes:
        id (int): The id of the transaction that made it.
        amount (float): What was lent.
        outstanding (float): What is still owed: principal and interest.
        principal (float): Of what was lent.
        interest (float): That came on top.
        currency (str):
        status (WebkulDebtStatusEnum): * `open` - open
            * `overdue` - overdue
            * `repaid` - repaid
        order_id (int | None):
        due_at (datetime.datetime | None): Overdue from then on; null: it was not lent to pay later.
        interest_from (datetime.datetime | None): It bears interest from then on; null: none.
        created_at (datetime.datetime):
    """

    id: int
    amount: float
    outstanding: float
    principal: float
    interest: float
    currency: str
    status: WebkulDebtStatusEnum
    order_id: int | None
    due_at: datetime.datetime | None
    interest_from: datetime.datetime | None
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        amount = self.amount

        outstanding = self.outstanding

        principal = self.principal

        interest = self.interest

        currency = self.currency

        status = self.status.value

        order_id: int | None
        order_id = self.order_id

        due_at: None | str
        if isinstance(self.due_at, datetime.datetime):
            due_at = self.due_at.isoformat()
        else:
            due_at = self.due_at

        interest_from: None | str
        if isinstance(self.interest_from, datetime.datetime):
            interest_from = self.interest_from.isoformat()
        else:
            interest_from = self.interest_from

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "amount": amount,
                "outstanding": outstanding,
                "principal": principal,
                "interest": interest,
                "currency": currency,
                "status": status,
                "order_id": order_id,
                "due_at": due_at,
                "interest_from": interest_from,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        amount = d.pop("amount")

        outstanding = d.pop("outstanding")

        principal = d.pop("principal")

        interest = d.pop("interest")

        currency = d.pop("currency")

        status = WebkulDebtStatusEnum(d.pop("status"))

        def _parse_order_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        order_id = _parse_order_id(d.pop("order_id"))

        def _parse_due_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                due_at_type_0 = datetime.datetime.fromisoformat(data)

                return due_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        due_at = _parse_due_at(d.pop("due_at"))

        def _parse_interest_from(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                interest_from_type_0 = datetime.datetime.fromisoformat(data)

                return interest_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        interest_from = _parse_interest_from(d.pop("interest_from"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        webkul_debt = cls(
            id=id,
            amount=amount,
            outstanding=outstanding,
            principal=principal,
            interest=interest,
            currency=currency,
            status=status,
            order_id=order_id,
            due_at=due_at,
            interest_from=interest_from,
            created_at=created_at,
        )

        webkul_debt.additional_properties = d
        return webkul_debt

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
