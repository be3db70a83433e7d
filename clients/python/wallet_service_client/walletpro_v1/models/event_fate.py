from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.event_state import EventState

T = TypeVar("T", bound="EventFate")


@_attrs_define
class EventFate:
    """What became of an event at one webhook.

    Attributes:
        webhook_id (int):
        state (EventState): * `waiting` - waiting
            * `delivered` - delivered
            * `parked` - parked
            * `failed` - failed
        attempts (int):
        last_attempt_at (datetime.datetime | None):
        last_answer (None | str):
    """

    webhook_id: int
    state: EventState
    attempts: int
    last_attempt_at: datetime.datetime | None
    last_answer: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        webhook_id = self.webhook_id

        state = self.state.value

        attempts = self.attempts

        last_attempt_at: None | str
        if isinstance(self.last_attempt_at, datetime.datetime):
            last_attempt_at = self.last_attempt_at.isoformat()
        else:
            last_attempt_at = self.last_attempt_at

        last_answer: None | str
        last_answer = self.last_answer

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "webhook_id": webhook_id,
                "state": state,
                "attempts": attempts,
                "last_attempt_at": last_attempt_at,
                "last_answer": last_answer,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        webhook_id = d.pop("webhook_id")

        state = EventState(d.pop("state"))

        attempts = d.pop("attempts")

        def _parse_last_attempt_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_attempt_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_attempt_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last_attempt_at = _parse_last_attempt_at(d.pop("last_attempt_at"))

        def _parse_last_answer(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        last_answer = _parse_last_answer(d.pop("last_answer"))

        event_fate = cls(
            webhook_id=webhook_id,
            state=state,
            attempts=attempts,
            last_attempt_at=last_attempt_at,
            last_answer=last_answer,
        )

        event_fate.additional_properties = d
        return event_fate

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
