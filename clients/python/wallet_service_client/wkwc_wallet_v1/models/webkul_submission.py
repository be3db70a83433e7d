from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.submission_status import SubmissionStatus

if TYPE_CHECKING:
    from ..models.webkul_document import WebkulDocument


T = TypeVar("T", bound="WebkulSubmission")


@_attrs_define
class WebkulSubmission:
    """What a customer handed in to have his identity checked. The document's number is read in the admin only.

    Attributes:
        id (int):
        user_id (int):
        full_name (str):
        document_type (str):
        status (SubmissionStatus): * `pending` - pending
            * `approved` - approved
            * `rejected` - rejected
        note (None | str): The decision's; the customer reads it.
        created_at (datetime.datetime):
        decided_at (datetime.datetime | None):
        documents (list[WebkulDocument]):
    """

    id: int
    user_id: int
    full_name: str
    document_type: str
    status: SubmissionStatus
    note: None | str
    created_at: datetime.datetime
    decided_at: datetime.datetime | None
    documents: list[WebkulDocument]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        user_id = self.user_id

        full_name = self.full_name

        document_type = self.document_type

        status = self.status.value

        note: None | str
        note = self.note

        created_at = self.created_at.isoformat()

        decided_at: None | str
        if isinstance(self.decided_at, datetime.datetime):
            decided_at = self.decided_at.isoformat()
        else:
            decided_at = self.decided_at

        documents = []
        for documents_item_data in self.documents:
            documents_item = documents_item_data.to_dict()
            documents.append(documents_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "user_id": user_id,
                "full_name": full_name,
                "document_type": document_type,
                "status": status,
                "note": note,
                "created_at": created_at,
                "decided_at": decided_at,
                "documents": documents,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.webkul_document import WebkulDocument

        d = dict(src_dict)
        id = d.pop("id")

        user_id = d.pop("user_id")

        full_name = d.pop("full_name")

        document_type = d.pop("document_type")

        status = SubmissionStatus(d.pop("status"))

        def _parse_note(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        note = _parse_note(d.pop("note"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_decided_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                decided_at_type_0 = datetime.datetime.fromisoformat(data)

                return decided_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        decided_at = _parse_decided_at(d.pop("decided_at"))

        documents = []
        _documents = d.pop("documents")
        for documents_item_data in _documents:
            documents_item = WebkulDocument.from_dict(documents_item_data)

            documents.append(documents_item)

        webkul_submission = cls(
            id=id,
            user_id=user_id,
            full_name=full_name,
            document_type=document_type,
            status=status,
            note=note,
            created_at=created_at,
            decided_at=decided_at,
            documents=documents,
        )

        webkul_submission.additional_properties = d
        return webkul_submission

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
