from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.event_type_name import EventTypeName
from ..models.webhook_switch import WebhookSwitch
from ..types import UNSET, Unset

T = TypeVar("T", bound="CreateWebhookArguments")


@_attrs_define
class CreateWebhookArguments:
    """
    Attributes:
        url (str): An https address; http where the operator allows its host by name, or outside production.
        description (str | Unset): What it is for. Default: ''.
        event_types (list[EventTypeName] | Unset): Which events; none: all of them, new ones too.
        status (WebhookSwitch | Unset):  Default: WebhookSwitch.ACTIVE.
    """

    url: str
    description: str | Unset = ""
    event_types: list[EventTypeName] | Unset = UNSET
    status: WebhookSwitch | Unset = WebhookSwitch.ACTIVE
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        url = self.url

        description = self.description

        event_types: list[str] | Unset = UNSET
        if not isinstance(self.event_types, Unset):
            event_types = []
            for event_types_item_data in self.event_types:
                event_types_item = event_types_item_data.value
                event_types.append(event_types_item)

        status: str | Unset = UNSET
        if not isinstance(self.status, Unset):
            status = self.status.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "url": url,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if event_types is not UNSET:
            field_dict["event_types"] = event_types
        if status is not UNSET:
            field_dict["status"] = status

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        url = d.pop("url")

        description = d.pop("description", UNSET)

        _event_types = d.pop("event_types", UNSET)
        event_types: list[EventTypeName] | Unset = UNSET
        if _event_types is not UNSET:
            event_types = []
            for event_types_item_data in _event_types:
                event_types_item = EventTypeName(event_types_item_data)

                event_types.append(event_types_item)

        _status = d.pop("status", UNSET)
        status: WebhookSwitch | Unset
        if isinstance(_status, Unset):
            status = UNSET
        else:
            status = WebhookSwitch(_status)

        create_webhook_arguments = cls(
            url=url,
            description=description,
            event_types=event_types,
            status=status,
        )

        create_webhook_arguments.additional_properties = d
        return create_webhook_arguments

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
