from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.hold_status import HoldStatus

if TYPE_CHECKING:
    from ..models.replay_data import ReplayData


T = TypeVar("T", bound="HoldReplay")


@_attrs_define
class HoldReplay:
    """The original answer to a repeated idempotency key.

    Attributes:
        id (int):
        wallet_id (int):
        amount (str):
        currency (str):
        status (HoldStatus): * `active` - active
            * `captured` - captured
            * `voided` - voided
            * `expired` - expired
        captured_amount (None | str):
        transaction_id (int | None): The capture's.
        reason (None | str):
        order_id (int | None):
        reference (None | str):
        expires_at (datetime.datetime | None):
        hmac_chain (str):
        created_at (datetime.datetime):
        closed_at (datetime.datetime | None):
        code (str):
        message (str):
        data (ReplayData):
    """

    id: int
    wallet_id: int
    amount: str
    currency: str
    status: HoldStatus
    captured_amount: None | str
    transaction_id: int | None
    reason: None | str
    order_id: int | None
    reference: None | str
    expires_at: datetime.datetime | None
    hmac_chain: str
    created_at: datetime.datetime
    closed_at: datetime.datetime | None
    code: str
    message: str
    data: ReplayData
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        wallet_id = self.wallet_id

        amount = self.amount

        currency = self.currency

        status = self.status.value

        captured_amount: None | str
        captured_amount = self.captured_amount

        transaction_id: int | None
        transaction_id = self.transaction_id

        reason: None | str
        reason = self.reason

        order_id: int | None
        order_id = self.order_id

        reference: None | str
        reference = self.reference

        expires_at: None | str
        if isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        hmac_chain = self.hmac_chain

        created_at = self.created_at.isoformat()

        closed_at: None | str
        if isinstance(self.closed_at, datetime.datetime):
            closed_at = self.closed_at.isoformat()
        else:
            closed_at = self.closed_at

        code = self.code

        message = self.message

        data = self.data.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "wallet_id": wallet_id,
                "amount": amount,
                "currency": currency,
                "status": status,
                "captured_amount": captured_amount,
                "transaction_id": transaction_id,
                "reason": reason,
                "order_id": order_id,
                "reference": reference,
                "expires_at": expires_at,
                "hmac_chain": hmac_chain,
                "created_at": created_at,
                "closed_at": closed_at,
                "code": code,
                "message": message,
                "data": data,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.replay_data import ReplayData

        d = dict(src_dict)
        id = d.pop("id")

        wallet_id = d.pop("wallet_id")

        amount = d.pop("amount")

        currency = d.pop("currency")

        status = HoldStatus(d.pop("status"))

        def _parse_captured_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        captured_amount = _parse_captured_amount(d.pop("captured_amount"))

        def _parse_transaction_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        transaction_id = _parse_transaction_id(d.pop("transaction_id"))

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

        def _parse_order_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        order_id = _parse_order_id(d.pop("order_id"))

        def _parse_reference(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reference = _parse_reference(d.pop("reference"))

        def _parse_expires_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        expires_at = _parse_expires_at(d.pop("expires_at"))

        hmac_chain = d.pop("hmac_chain")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_closed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                closed_at_type_0 = datetime.datetime.fromisoformat(data)

                return closed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        closed_at = _parse_closed_at(d.pop("closed_at"))

        code = d.pop("code")

        message = d.pop("message")

        data = ReplayData.from_dict(d.pop("data"))

        hold_replay = cls(
            id=id,
            wallet_id=wallet_id,
            amount=amount,
            currency=currency,
            status=status,
            captured_amount=captured_amount,
            transaction_id=transaction_id,
            reason=reason,
            order_id=order_id,
            reference=reference,
            expires_at=expires_at,
            hmac_chain=hmac_chain,
            created_at=created_at,
            closed_at=closed_at,
            code=code,
            message=message,
            data=data,
        )

        hold_replay.additional_properties = d
        return hold_replay

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
