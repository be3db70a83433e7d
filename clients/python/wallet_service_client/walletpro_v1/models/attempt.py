from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Attempt")


@_attrs_define
class Attempt:
    """One call, and what came back.

    Attributes:
        id (int):
        event (str):
        type_ (str):
        number (int):
        at (datetime.datetime):
        duration_ms (int):
        status (int | None):
        error (None | str): Why there was no answer.
        answer (str): Its first kilobyte.
        is_success (bool):
    """

    id: int
    event: str
    type_: str
    number: int
    at: datetime.datetime
    duration_ms: int
    status: int | None
    error: None | str
    answer: str
    is_success: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        event = self.event

        type_ = self.type_

        number = self.number

        at = self.at.isoformat()

        duration_ms = self.duration_ms

        status: int | None
        status = self.status

        error: None | str
        error = self.error

        answer = self.answer

        is_success = self.is_success

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "event": event,
                "type": type_,
                "number": number,
                "at": at,
                "duration_ms": duration_ms,
                "status": status,
                "error": error,
                "answer": answer,
                "is_success": is_success,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        event = d.pop("event")

        type_ = d.pop("type")

        number = d.pop("number")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        duration_ms = d.pop("duration_ms")

        def _parse_status(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        status = _parse_status(d.pop("status"))

        def _parse_error(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        error = _parse_error(d.pop("error"))

        answer = d.pop("answer")

        is_success = d.pop("is_success")

        attempt = cls(
            id=id,
            event=event,
            type_=type_,
            number=number,
            at=at,
            duration_ms=duration_ms,
            status=status,
            error=error,
            answer=answer,
            is_success=is_success,
        )

        attempt.additional_properties = d
        return attempt

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
