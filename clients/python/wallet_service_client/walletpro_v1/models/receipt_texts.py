from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.receipt_text import ReceiptText


T = TypeVar("T", bound="ReceiptTexts")


@_attrs_define
class ReceiptTexts:
    """Those texts of the entry that the reader may see.

    Attributes:
        reason (ReceiptText | Unset): A text and the salt under its digest.
        note (ReceiptText | Unset): A text and the salt under its digest.
    """

    reason: ReceiptText | Unset = UNSET
    note: ReceiptText | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        reason: dict[str, Any] | Unset = UNSET
        if not isinstance(self.reason, Unset):
            reason = self.reason.to_dict()

        note: dict[str, Any] | Unset = UNSET
        if not isinstance(self.note, Unset):
            note = self.note.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if reason is not UNSET:
            field_dict["reason"] = reason
        if note is not UNSET:
            field_dict["note"] = note

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.receipt_text import ReceiptText

        d = dict(src_dict)
        _reason = d.pop("reason", UNSET)
        reason: ReceiptText | Unset
        if isinstance(_reason, Unset):
            reason = UNSET
        else:
            reason = ReceiptText.from_dict(_reason)

        _note = d.pop("note", UNSET)
        note: ReceiptText | Unset
        if isinstance(_note, Unset):
            note = UNSET
        else:
            note = ReceiptText.from_dict(_note)

        receipt_texts = cls(
            reason=reason,
            note=note,
        )

        receipt_texts.additional_properties = d
        return receipt_texts

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
