from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="FeedMeta")


@_attrs_define
class FeedMeta:
    """Where the feed goes on, and from where to where it reaches.

    Attributes:
        next_ (int): `after` for the next call.
        has_more (bool):
        last_position (int):
        oldest_position (int): The oldest that is kept; where none is, the one that comes next.
    """

    next_: int
    has_more: bool
    last_position: int
    oldest_position: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        next_ = self.next_

        has_more = self.has_more

        last_position = self.last_position

        oldest_position = self.oldest_position

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "next": next_,
                "has_more": has_more,
                "last_position": last_position,
                "oldest_position": oldest_position,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        next_ = d.pop("next")

        has_more = d.pop("has_more")

        last_position = d.pop("last_position")

        oldest_position = d.pop("oldest_position")

        feed_meta = cls(
            next_=next_,
            has_more=has_more,
            last_position=last_position,
            oldest_position=oldest_position,
        )

        feed_meta.additional_properties = d
        return feed_meta

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
