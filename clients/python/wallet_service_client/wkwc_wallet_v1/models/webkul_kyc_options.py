from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="WebkulKycOptions")


@_attrs_define
class WebkulKycOptions:
    """What the shop takes, and what it tells its customers of that.

    Attributes:
        document_types (list[str]):
        max_documents (int):
        max_file_mb (int): Of one file, in MiB.
        description (str):
    """

    document_types: list[str]
    max_documents: int
    max_file_mb: int
    description: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        document_types = self.document_types

        max_documents = self.max_documents

        max_file_mb = self.max_file_mb

        description = self.description

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "document_types": document_types,
                "max_documents": max_documents,
                "max_file_mb": max_file_mb,
                "description": description,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        document_types = cast(list[str], d.pop("document_types"))

        max_documents = d.pop("max_documents")

        max_file_mb = d.pop("max_file_mb")

        description = d.pop("description")

        webkul_kyc_options = cls(
            document_types=document_types,
            max_documents=max_documents,
            max_file_mb=max_file_mb,
            description=description,
        )

        webkul_kyc_options.additional_properties = d
        return webkul_kyc_options

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
