from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.event_type_name import EventTypeName
from ..models.webhook_status import WebhookStatus

if TYPE_CHECKING:
    from ..models.webhook_statistics import WebhookStatistics


T = TypeVar("T", bound="WebhookWithSecret")


@_attrs_define
class WebhookWithSecret:
    """A webhook, and its new secret: this answer alone shows it.

    Attributes:
        id (int):
        url (str):
        description (str):
        event_types (list[EventTypeName]): Empty: all of them.
        status (WebhookStatus): * `active` - active
            * `off` - off
            * `failing` - failing
        created_at (datetime.datetime):
        updated_at (datetime.datetime):
        failing_since (datetime.datetime | None): The first failure behind which nothing succeeded.
        last_success_at (datetime.datetime | None):
        two_signatures_until (datetime.datetime | None): Until then the secret before the current one signs as well.
        statistics (WebhookStatistics): The calls of the last hours, and what waits and is parked now.
        secret (str):
    """

    id: int
    url: str
    description: str
    event_types: list[EventTypeName]
    status: WebhookStatus
    created_at: datetime.datetime
    updated_at: datetime.datetime
    failing_since: datetime.datetime | None
    last_success_at: datetime.datetime | None
    two_signatures_until: datetime.datetime | None
    statistics: WebhookStatistics
    secret: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        url = self.url

        description = self.description

        event_types = []
        for event_types_item_data in self.event_types:
            event_types_item = event_types_item_data.value
            event_types.append(event_types_item)

        status = self.status.value

        created_at = self.created_at.isoformat()

        updated_at = self.updated_at.isoformat()

        failing_since: None | str
        if isinstance(self.failing_since, datetime.datetime):
            failing_since = self.failing_since.isoformat()
        else:
            failing_since = self.failing_since

        last_success_at: None | str
        if isinstance(self.last_success_at, datetime.datetime):
            last_success_at = self.last_success_at.isoformat()
        else:
            last_success_at = self.last_success_at

        two_signatures_until: None | str
        if isinstance(self.two_signatures_until, datetime.datetime):
            two_signatures_until = self.two_signatures_until.isoformat()
        else:
            two_signatures_until = self.two_signatures_until

        statistics = self.statistics.to_dict()

        secret = self.secret

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "url": url,
                "description": description,
                "event_types": event_types,
                "status": status,
                "created_at": created_at,
                "updated_at": updated_at,
                "failing_since": failing_since,
                "last_success_at": last_success_at,
                "two_signatures_until": two_signatures_until,
                "statistics": statistics,
                "secret": secret,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.webhook_statistics import WebhookStatistics

        d = dict(src_dict)
        id = d.pop("id")

        url = d.pop("url")

        description = d.pop("description")

        event_types = []
        _event_types = d.pop("event_types")
        for event_types_item_data in _event_types:
            event_types_item = EventTypeName(event_types_item_data)

            event_types.append(event_types_item)

        status = WebhookStatus(d.pop("status"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        def _parse_failing_since(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                failing_since_type_0 = datetime.datetime.fromisoformat(data)

                return failing_since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        failing_since = _parse_failing_since(d.pop("failing_since"))

        def _parse_last_success_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_success_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_success_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last_success_at = _parse_last_success_at(d.pop("last_success_at"))

        def _parse_two_signatures_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                two_signatures_until_type_0 = datetime.datetime.fromisoformat(data)

                return two_signatures_until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        two_signatures_until = _parse_two_signatures_until(
            d.pop("two_signatures_until")
        )

        statistics = WebhookStatistics.from_dict(d.pop("statistics"))

        secret = d.pop("secret")

        webhook_with_secret = cls(
            id=id,
            url=url,
            description=description,
            event_types=event_types,
            status=status,
            created_at=created_at,
            updated_at=updated_at,
            failing_since=failing_since,
            last_success_at=last_success_at,
            two_signatures_until=two_signatures_until,
            statistics=statistics,
            secret=secret,
        )

        webhook_with_secret.additional_properties = d
        return webhook_with_secret

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
