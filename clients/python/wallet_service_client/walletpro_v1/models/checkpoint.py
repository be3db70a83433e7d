from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Checkpoint")


@_attrs_define
class Checkpoint:
    """A signed statement over everything sealed so far.

    Attributes:
        body (str):
        signature (str):
        key_id (int):
        number (int):
        size (int):
        root (str):
        hash_ (str):
        previous (None | str):
        created_at (datetime.datetime):
    """

    body: str
    signature: str
    key_id: int
    number: int
    size: int
    root: str
    hash_: str
    previous: None | str
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        body = self.body

        signature = self.signature

        key_id = self.key_id

        number = self.number

        size = self.size

        root = self.root

        hash_ = self.hash_

        previous: None | str
        previous = self.previous

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "body": body,
                "signature": signature,
                "key_id": key_id,
                "number": number,
                "size": size,
                "root": root,
                "hash": hash_,
                "previous": previous,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        body = d.pop("body")

        signature = d.pop("signature")

        key_id = d.pop("key_id")

        number = d.pop("number")

        size = d.pop("size")

        root = d.pop("root")

        hash_ = d.pop("hash")

        def _parse_previous(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        previous = _parse_previous(d.pop("previous"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        checkpoint = cls(
            body=body,
            signature=signature,
            key_id=key_id,
            number=number,
            size=size,
            root=root,
            hash_=hash_,
            previous=previous,
            created_at=created_at,
        )

        checkpoint.additional_properties = d
        return checkpoint

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
