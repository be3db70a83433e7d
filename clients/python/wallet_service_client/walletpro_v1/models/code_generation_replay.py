from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.generated_code import GeneratedCode
    from ..models.replay_data import ReplayData


T = TypeVar("T", bound="CodeGenerationReplay")


@_attrs_define
class CodeGenerationReplay:
    """The original answer to a repeated idempotency key.

    Attributes:
        codes (list[GeneratedCode]):
        count (int):
        currency (str):
        code (str):
        message (str):
        data (ReplayData):
    """

    codes: list[GeneratedCode]
    count: int
    currency: str
    code: str
    message: str
    data: ReplayData
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        codes = []
        for codes_item_data in self.codes:
            codes_item = codes_item_data.to_dict()
            codes.append(codes_item)

        count = self.count

        currency = self.currency

        code = self.code

        message = self.message

        data = self.data.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "codes": codes,
                "count": count,
                "currency": currency,
                "code": code,
                "message": message,
                "data": data,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.generated_code import GeneratedCode
        from ..models.replay_data import ReplayData

        d = dict(src_dict)
        codes = []
        _codes = d.pop("codes")
        for codes_item_data in _codes:
            codes_item = GeneratedCode.from_dict(codes_item_data)

            codes.append(codes_item)

        count = d.pop("count")

        currency = d.pop("currency")

        code = d.pop("code")

        message = d.pop("message")

        data = ReplayData.from_dict(d.pop("data"))

        code_generation_replay = cls(
            codes=codes,
            count=count,
            currency=currency,
            code=code,
            message=message,
            data=data,
        )

        code_generation_replay.additional_properties = d
        return code_generation_replay

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
