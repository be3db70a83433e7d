from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.extensions import Extensions
    from ..models.replay_data import ReplayData


T = TypeVar("T", bound="TotalsReplay")


@_attrs_define
class TotalsReplay:
    """The original answer to a repeated idempotency key.

    Attributes:
        extensions (Extensions):
        code (str):
        message (str):
        data (ReplayData):
    """

    extensions: Extensions
    code: str
    message: str
    data: ReplayData
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        extensions = self.extensions.to_dict()

        code = self.code

        message = self.message

        data = self.data.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "extensions": extensions,
                "code": code,
                "message": message,
                "data": data,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.extensions import Extensions
        from ..models.replay_data import ReplayData

        d = dict(src_dict)
        extensions = Extensions.from_dict(d.pop("extensions"))

        code = d.pop("code")

        message = d.pop("message")

        data = ReplayData.from_dict(d.pop("data"))

        totals_replay = cls(
            extensions=extensions,
            code=code,
            message=message,
            data=data,
        )

        totals_replay.additional_properties = d
        return totals_replay

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
