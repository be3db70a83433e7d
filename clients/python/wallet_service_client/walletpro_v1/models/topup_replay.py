from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.origin_enum import OriginEnum
from ..models.topup_state import TopupState
from ..models.topup_status import TopupStatus
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.replay_data import ReplayData


T = TypeVar("T", bound="TopupReplay")


@_attrs_define
class TopupReplay:
    """The original answer to a repeated idempotency key.

    Attributes:
        id (UUID):
        wallet_id (int):
        amount (str): What is credited once it is paid, and what is paid unless there is a price.
        bonus (str): What is given on top of it, by a transaction of its own.
        currency (str):
        status (TopupStatus): * `pending` - pending
            * `completed` - completed
            * `failed` - failed
        provider (str):
        payment_url (None | str): Where the customer pays, while he can.
        failure (None | str): Why it failed: a short code.
        transaction_id (int | None): The credit, once it is completed.
        origin (OriginEnum): * `customer` - customer
            * `manager` - manager
            * `auto_reload` - auto_reload
        created_at (datetime.datetime):
        finished_at (datetime.datetime | None):
        code (str):
        message (str):
        data (ReplayData):
        price (str | Unset): Of a package of points: what is paid. Else it is the amount.
        price_currency (str | Unset):
        fee (str | Unset): Of a package: what is kept of the credit, by a transaction of its own.
        package_id (int | Unset): The package of points that is bought.
        state (TopupState | Unset): * `created` - created
            * `pending` - pending
            * `charging` - charging
            * `unknown` - unknown
            * `completed` - completed
            * `failed` - failed
            * `review` - review
        paid (None | str | Unset): What was paid and could not be booked; for who may read any wallet.
    """

    id: UUID
    wallet_id: int
    amount: str
    bonus: str
    currency: str
    status: TopupStatus
    provider: str
    payment_url: None | str
    failure: None | str
    transaction_id: int | None
    origin: OriginEnum
    created_at: datetime.datetime
    finished_at: datetime.datetime | None
    code: str
    message: str
    data: ReplayData
    price: str | Unset = UNSET
    price_currency: str | Unset = UNSET
    fee: str | Unset = UNSET
    package_id: int | Unset = UNSET
    state: TopupState | Unset = UNSET
    paid: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        wallet_id = self.wallet_id

        amount = self.amount

        bonus = self.bonus

        currency = self.currency

        status = self.status.value

        provider = self.provider

        payment_url: None | str
        payment_url = self.payment_url

        failure: None | str
        failure = self.failure

        transaction_id: int | None
        transaction_id = self.transaction_id

        origin = self.origin.value

        created_at = self.created_at.isoformat()

        finished_at: None | str
        if isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        code = self.code

        message = self.message

        data = self.data.to_dict()

        price = self.price

        price_currency = self.price_currency

        fee = self.fee

        package_id = self.package_id

        state: str | Unset = UNSET
        if not isinstance(self.state, Unset):
            state = self.state.value

        paid: None | str | Unset
        if isinstance(self.paid, Unset):
            paid = UNSET
        else:
            paid = self.paid

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "wallet_id": wallet_id,
                "amount": amount,
                "bonus": bonus,
                "currency": currency,
                "status": status,
                "provider": provider,
                "payment_url": payment_url,
                "failure": failure,
                "transaction_id": transaction_id,
                "origin": origin,
                "created_at": created_at,
                "finished_at": finished_at,
                "code": code,
                "message": message,
                "data": data,
            }
        )
        if price is not UNSET:
            field_dict["price"] = price
        if price_currency is not UNSET:
            field_dict["price_currency"] = price_currency
        if fee is not UNSET:
            field_dict["fee"] = fee
        if package_id is not UNSET:
            field_dict["package_id"] = package_id
        if state is not UNSET:
            field_dict["state"] = state
        if paid is not UNSET:
            field_dict["paid"] = paid

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.replay_data import ReplayData

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        wallet_id = d.pop("wallet_id")

        amount = d.pop("amount")

        bonus = d.pop("bonus")

        currency = d.pop("currency")

        status = TopupStatus(d.pop("status"))

        provider = d.pop("provider")

        def _parse_payment_url(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        payment_url = _parse_payment_url(d.pop("payment_url"))

        def _parse_failure(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        failure = _parse_failure(d.pop("failure"))

        def _parse_transaction_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        transaction_id = _parse_transaction_id(d.pop("transaction_id"))

        origin = OriginEnum(d.pop("origin"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_finished_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finished_at_type_0 = datetime.datetime.fromisoformat(data)

                return finished_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        finished_at = _parse_finished_at(d.pop("finished_at"))

        code = d.pop("code")

        message = d.pop("message")

        data = ReplayData.from_dict(d.pop("data"))

        price = d.pop("price", UNSET)

        price_currency = d.pop("price_currency", UNSET)

        fee = d.pop("fee", UNSET)

        package_id = d.pop("package_id", UNSET)

        _state = d.pop("state", UNSET)
        state: TopupState | Unset
        if isinstance(_state, Unset):
            state = UNSET
        else:
            state = TopupState(_state)

        def _parse_paid(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        paid = _parse_paid(d.pop("paid", UNSET))

        topup_replay = cls(
            id=id,
            wallet_id=wallet_id,
            amount=amount,
            bonus=bonus,
            currency=currency,
            status=status,
            provider=provider,
            payment_url=payment_url,
            failure=failure,
            transaction_id=transaction_id,
            origin=origin,
            created_at=created_at,
            finished_at=finished_at,
            code=code,
            message=message,
            data=data,
            price=price,
            price_currency=price_currency,
            fee=fee,
            package_id=package_id,
            state=state,
            paid=paid,
        )

        topup_replay.additional_properties = d
        return topup_replay

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
