from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.event_type_name import EventTypeName
from ..types import UNSET, Unset

T = TypeVar("T", bound="RedeliverWebhookEventsArguments")


@_attrs_define
class RedeliverWebhookEventsArguments:
    """
    Attributes:
        event (str | Unset): One event, by its id or its position.
        parked (bool | Unset): What was given up: it gets all its attempts again. Default: False.
        after (int | Unset): Behind this position; 0: from the oldest that is kept.
        before (int | Unset): Before this position.
        from_ (datetime.datetime | Unset): Happened at this moment or later.
        to (datetime.datetime | Unset): Happened at this moment or before; a bare date is that whole day.
        type_ (list[EventTypeName] | Unset): Only these events; otherwise those that the webhook wants.
        wallet_id (int | Unset): Only this wallet's.
    """

    event: str | Unset = UNSET
    parked: bool | Unset = False
    after: int | Unset = UNSET
    before: int | Unset = UNSET
    from_: datetime.datetime | Unset = UNSET
    to: datetime.datetime | Unset = UNSET
    type_: list[EventTypeName] | Unset = UNSET
    wallet_id: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        event = self.event

        parked = self.parked

        after = self.after

        before = self.before

        from_: str | Unset = UNSET
        if not isinstance(self.from_, Unset):
            from_ = self.from_.isoformat()

        to: str | Unset = UNSET
        if not isinstance(self.to, Unset):
            to = self.to.isoformat()

        type_: list[str] | Unset = UNSET
        if not isinstance(self.type_, Unset):
            type_ = []
            for type_item_data in self.type_:
                type_item = type_item_data.value
                type_.append(type_item)

        wallet_id = self.wallet_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if event is not UNSET:
            field_dict["event"] = event
        if parked is not UNSET:
            field_dict["parked"] = parked
        if after is not UNSET:
            field_dict["after"] = after
        if before is not UNSET:
            field_dict["before"] = before
        if from_ is not UNSET:
            field_dict["from"] = from_
        if to is not UNSET:
            field_dict["to"] = to
        if type_ is not UNSET:
            field_dict["type"] = type_
        if wallet_id is not UNSET:
            field_dict["wallet_id"] = wallet_id

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        event = d.pop("event", UNSET)

        parked = d.pop("parked", UNSET)

        after = d.pop("after", UNSET)

        before = d.pop("before", UNSET)

        _from_ = d.pop("from", UNSET)
        from_: datetime.datetime | Unset
        if isinstance(_from_, Unset):
            from_ = UNSET
        else:
            from_ = datetime.datetime.fromisoformat(_from_)

        _to = d.pop("to", UNSET)
        to: datetime.datetime | Unset
        if isinstance(_to, Unset):
            to = UNSET
        else:
            to = datetime.datetime.fromisoformat(_to)

        _type_ = d.pop("type", UNSET)
        type_: list[EventTypeName] | Unset = UNSET
        if _type_ is not UNSET:
            type_ = []
            for type_item_data in _type_:
                type_item = EventTypeName(type_item_data)

                type_.append(type_item)

        wallet_id = d.pop("wallet_id", UNSET)

        redeliver_webhook_events_arguments = cls(
            event=event,
            parked=parked,
            after=after,
            before=before,
            from_=from_,
            to=to,
            type_=type_,
            wallet_id=wallet_id,
        )

        redeliver_webhook_events_arguments.additional_properties = d
        return redeliver_webhook_events_arguments

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
