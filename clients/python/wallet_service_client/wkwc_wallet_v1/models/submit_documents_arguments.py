from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types
from ..types import File

T = TypeVar("T", bound="SubmitDocumentsArguments")


@_attrs_define
class SubmitDocumentsArguments:
    """
    Attributes:
        full_name (str): The name in the document.
        document_type (str): Which document it is, one of those that `/kyc/options` names.
        document_number (str): The document's number; shown to nobody but managers, one by one.
        files (list[File]): JPEG, PNG, WebP or PDF; as many and as large as `/kyc/options` says.
    """

    full_name: str
    document_type: str
    document_number: str
    files: list[File]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        full_name = self.full_name

        document_type = self.document_type

        document_number = self.document_number

        files = []
        for files_item_data in self.files:
            files_item = files_item_data.to_tuple()

            files.append(files_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "full_name": full_name,
                "document_type": document_type,
                "document_number": document_number,
                "files": files,
            }
        )

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        files.append(("full_name", (None, str(self.full_name).encode(), "text/plain")))

        files.append(
            ("document_type", (None, str(self.document_type).encode(), "text/plain"))
        )

        files.append(
            (
                "document_number",
                (None, str(self.document_number).encode(), "text/plain"),
            )
        )

        for files_item_element in self.files:
            files.append(("files", files_item_element.to_tuple()))

        for prop_name, prop in self.additional_properties.items():
            files.append((prop_name, (None, str(prop).encode(), "text/plain")))

        return files

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        full_name = d.pop("full_name")

        document_type = d.pop("document_type")

        document_number = d.pop("document_number")

        files = []
        _files = d.pop("files")
        for files_item_data in _files:
            files_item = File(payload=BytesIO(files_item_data))

            files.append(files_item)

        submit_documents_arguments = cls(
            full_name=full_name,
            document_type=document_type,
            document_number=document_number,
            files=files,
        )

        submit_documents_arguments.additional_properties = d
        return submit_documents_arguments

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
