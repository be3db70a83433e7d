from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="CheckpointKey")


@_attrs_define
class CheckpointKey:
    """A public key, and what the key before said of it.

    Attributes:
        key_id (int):
        public_key (str):
        first_checkpoint (int):
        endorsement (None | str):
        endorsement_signature (None | str):
        created_at (datetime.datetime):
    """

    key_id: int
    public_key: str
    first_checkpoint: int
    endorsement: None | str
    endorsement_signature: None | str
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key_id = self.key_id

        public_key = self.public_key

        first_checkpoint = self.first_checkpoint

        endorsement: None | str
        endorsement = self.endorsement

        endorsement_signature: None | str
        endorsement_signature = self.endorsement_signature

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key_id": key_id,
                "public_key": public_key,
                "first_checkpoint": first_checkpoint,
                "endorsement": endorsement,
                "endorsement_signature": endorsement_signature,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        key_id = d.pop("key_id")

        public_key = d.pop("public_key")

        first_checkpoint = d.pop("first_checkpoint")

        def _parse_endorsement(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        endorsement = _parse_endorsement(d.pop("endorsement"))

        def _parse_endorsement_signature(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        endorsement_signature = _parse_endorsement_signature(
            d.pop("endorsement_signature")
        )

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        checkpoint_key = cls(
            key_id=key_id,
            public_key=public_key,
            first_checkpoint=first_checkpoint,
            endorsement=endorsement,
            endorsement_signature=endorsement_signature,
            created_at=created_at,
        )

        checkpoint_key.additional_properties = d
        return checkpoint_key

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
