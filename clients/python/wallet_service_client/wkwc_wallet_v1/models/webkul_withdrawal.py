from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.method_enum import MethodEnum
from ..models.webkul_withdrawal_status_enum import WebkulWithdrawalStatusEnum

T = TypeVar("T", bound="WebkulWithdrawal")


@_attrs_define
class WebkulWithdrawal:
    """A withdrawal. Where it is paid to is told to nobody.

    Attributes:
        id (int):
        user_id (int):
        amount (float): What left the wallet.
        fee (float): What of it stays with the shop.
        net (float): What is paid out.
        currency (str):
        method (MethodEnum):
        status (WebkulWithdrawalStatusEnum): * `pending` - pending
            * `approved` - approved
            * `paid` - paid
            * `rejected` - rejected
            * `failed` - failed
        note (None | str):
        payout_reference (None | str):
        created_at (datetime.datetime):
        decided_at (datetime.datetime | None):
    """

    id: int
    user_id: int
    amount: float
    fee: float
    net: float
    currency: str
    method: MethodEnum
    status: WebkulWithdrawalStatusEnum
    note: None | str
    payout_reference: None | str
    created_at: datetime.datetime
    decided_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        user_id = self.user_id

        amount = self.amount

        fee = self.fee

        net = self.net

        currency = self.currency

        method = self.method.value

        status = self.status.value

        note: None | str
        note = self.note

        payout_reference: None | str
        payout_reference = self.payout_reference

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
                "amount": amount,
                "fee": fee,
                "net": net,
                "currency": currency,
                "method": method,
                "status": status,
                "note": note,
                "payout_reference": payout_reference,
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

        amount = d.pop("amount")

        fee = d.pop("fee")

        net = d.pop("net")

        currency = d.pop("currency")

        method = MethodEnum(d.pop("method"))

        status = WebkulWithdrawalStatusEnum(d.pop("status"))

        def _parse_note(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        note = _parse_note(d.pop("note"))

        def _parse_payout_reference(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        payout_reference = _parse_payout_reference(d.pop("payout_reference"))

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

        webkul_withdrawal = cls(
            id=id,
            user_id=user_id,
            amount=amount,
            fee=fee,
            net=net,
            currency=currency,
            method=method,
            status=status,
            note=note,
            payout_reference=payout_reference,
            created_at=created_at,
            decided_at=decided_at,
        )

        webkul_withdrawal.additional_properties = d
        return webkul_withdrawal

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
