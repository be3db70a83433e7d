from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="WebhookStatistics")


@_attrs_define
class WebhookStatistics:
    """The calls of the last hours, and what waits and is parked now.

    Attributes:
        hours (int):
        delivered (int): Calls that were answered with a 2xx.
        failed (int): Calls that were not.
        average_ms (int | None):
        waiting (int): Events; 1000 means that many or more.
        oldest_waiting_at (datetime.datetime | None): When the oldest of them happened.
        parked (int): Events that were given up; 1000 means that many or more.
        last_attempt_at (datetime.datetime | None):
        last_answer (None | str): Its status, or why there was none.
    """

    hours: int
    delivered: int
    failed: int
    average_ms: int | None
    waiting: int
    oldest_waiting_at: datetime.datetime | None
    parked: int
    last_attempt_at: datetime.datetime | None
    last_answer: None | str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        hours = self.hours

        delivered = self.delivered

        failed = self.failed

        average_ms: int | None
        average_ms = self.average_ms

        waiting = self.waiting

        oldest_waiting_at: None | str
        if isinstance(self.oldest_waiting_at, datetime.datetime):
            oldest_waiting_at = self.oldest_waiting_at.isoformat()
        else:
            oldest_waiting_at = self.oldest_waiting_at

        parked = self.parked

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
                "hours": hours,
                "delivered": delivered,
                "failed": failed,
                "average_ms": average_ms,
                "waiting": waiting,
                "oldest_waiting_at": oldest_waiting_at,
                "parked": parked,
                "last_attempt_at": last_attempt_at,
                "last_answer": last_answer,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        hours = d.pop("hours")

        delivered = d.pop("delivered")

        failed = d.pop("failed")

        def _parse_average_ms(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        average_ms = _parse_average_ms(d.pop("average_ms"))

        waiting = d.pop("waiting")

        def _parse_oldest_waiting_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                oldest_waiting_at_type_0 = datetime.datetime.fromisoformat(data)

                return oldest_waiting_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        oldest_waiting_at = _parse_oldest_waiting_at(d.pop("oldest_waiting_at"))

        parked = d.pop("parked")

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

        webhook_statistics = cls(
            hours=hours,
            delivered=delivered,
            failed=failed,
            average_ms=average_ms,
            waiting=waiting,
            oldest_waiting_at=oldest_waiting_at,
            parked=parked,
            last_attempt_at=last_attempt_at,
            last_answer=last_answer,
        )

        webhook_statistics.additional_properties = d
        return webhook_statistics

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
