from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.event_fate import EventFate
    from ..models.event_with_fates_data import EventWithFatesData


T = TypeVar("T", bound="EventWithFates")


@_attrs_define
class EventWithFates:
    """An event, and what became of it at each webhook that it was sent to or waits for.

    Attributes:
        position (int | None): Its place among all; null: a test.
        id (str):
        type_ (str):
        created_at (datetime.datetime):
        data (EventWithFatesData):
        deliveries (list[EventFate]):
    """

    position: int | None
    id: str
    type_: str
    created_at: datetime.datetime
    data: EventWithFatesData
    deliveries: list[EventFate]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        position: int | None
        position = self.position

        id = self.id

        type_ = self.type_

        created_at = self.created_at.isoformat()

        data = self.data.to_dict()

        deliveries = []
        for deliveries_item_data in self.deliveries:
            deliveries_item = deliveries_item_data.to_dict()
            deliveries.append(deliveries_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "position": position,
                "id": id,
                "type": type_,
                "created_at": created_at,
                "data": data,
                "deliveries": deliveries,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.event_fate import EventFate
        from ..models.event_with_fates_data import EventWithFatesData

        d = dict(src_dict)

        def _parse_position(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        position = _parse_position(d.pop("position"))

        id = d.pop("id")

        type_ = d.pop("type")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        data = EventWithFatesData.from_dict(d.pop("data"))

        deliveries = []
        _deliveries = d.pop("deliveries")
        for deliveries_item_data in _deliveries:
            deliveries_item = EventFate.from_dict(deliveries_item_data)

            deliveries.append(deliveries_item)

        event_with_fates = cls(
            position=position,
            id=id,
            type_=type_,
            created_at=created_at,
            data=data,
            deliveries=deliveries,
        )

        event_with_fates.additional_properties = d
        return event_with_fates

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
