from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.direction_enum import DirectionEnum
from ..models.money_request_status_enum import MoneyRequestStatusEnum

T = TypeVar("T", bound="MoneyRequest")


@_attrs_define
class MoneyRequest:
    """One customer asks another for money.

    Attributes:
        id (int):
        direction (DirectionEnum): * `sent` - sent
            * `received` - received
        from_user_email (str): Who is to pay, as it was typed.
        requester_email (str):
        amount (str):
        currency (str):
        note (None | str):
        status (MoneyRequestStatusEnum): * `pending` - pending
            * `accepted` - accepted
            * `declined` - declined
            * `expired` - expired
            * `cancelled` - cancelled
            * `failed` - failed
        transfer_group_id (None | UUID): Of the transfer that paid it.
        created_at (datetime.datetime):
        expires_at (datetime.datetime):
        decided_at (datetime.datetime | None):
    """

    id: int
    direction: DirectionEnum
    from_user_email: str
    requester_email: str
    amount: str
    currency: str
    note: None | str
    status: MoneyRequestStatusEnum
    transfer_group_id: None | UUID
    created_at: datetime.datetime
    expires_at: datetime.datetime
    decided_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        direction = self.direction.value

        from_user_email = self.from_user_email

        requester_email = self.requester_email

        amount = self.amount

        currency = self.currency

        note: None | str
        note = self.note

        status = self.status.value

        transfer_group_id: None | str
        if isinstance(self.transfer_group_id, UUID):
            transfer_group_id = str(self.transfer_group_id)
        else:
            transfer_group_id = self.transfer_group_id

        created_at = self.created_at.isoformat()

        expires_at = self.expires_at.isoformat()

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
                "direction": direction,
                "from_user_email": from_user_email,
                "requester_email": requester_email,
                "amount": amount,
                "currency": currency,
                "note": note,
                "status": status,
                "transfer_group_id": transfer_group_id,
                "created_at": created_at,
                "expires_at": expires_at,
                "decided_at": decided_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        direction = DirectionEnum(d.pop("direction"))

        from_user_email = d.pop("from_user_email")

        requester_email = d.pop("requester_email")

        amount = d.pop("amount")

        currency = d.pop("currency")

        def _parse_note(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        note = _parse_note(d.pop("note"))

        status = MoneyRequestStatusEnum(d.pop("status"))

        def _parse_transfer_group_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                transfer_group_id_type_0 = UUID(data)

                return transfer_group_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        transfer_group_id = _parse_transfer_group_id(d.pop("transfer_group_id"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

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

        money_request = cls(
            id=id,
            direction=direction,
            from_user_email=from_user_email,
            requester_email=requester_email,
            amount=amount,
            currency=currency,
            note=note,
            status=status,
            transfer_group_id=transfer_group_id,
            created_at=created_at,
            expires_at=expires_at,
            decided_at=decided_at,
        )

        money_request.additional_properties = d
        return money_request

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
