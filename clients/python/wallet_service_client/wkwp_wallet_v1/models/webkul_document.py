from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.content_type_enum import ContentTypeEnum

T = TypeVar("T", bound="WebkulDocument")


@_attrs_define
class WebkulDocument:
    """A file that was handed in. What it shows is read in the admin only.

    Attributes:
        content_type (ContentTypeEnum): * `application/pdf` - application/pdf
            * `image/jpeg` - image/jpeg
            * `image/png` - image/png
            * `image/webp` - image/webp
        size (int): In bytes.
    """

    content_type: ContentTypeEnum
    size: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        content_type = self.content_type.value

        size = self.size

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "content_type": content_type,
                "size": size,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        content_type = ContentTypeEnum(d.pop("content_type"))

        size = d.pop("size")

        webkul_document = cls(
            content_type=content_type,
            size=size,
        )

        webkul_document.additional_properties = d
        return webkul_document

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
