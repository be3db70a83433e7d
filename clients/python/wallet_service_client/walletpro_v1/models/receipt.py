from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.receipt_format import ReceiptFormat

if TYPE_CHECKING:
    from ..models.receipt_entry import ReceiptEntry
    from ..models.receipt_log import ReceiptLog
    from ..models.receipt_texts import ReceiptTexts
    from ..models.signed_checkpoint import SignedCheckpoint


T = TypeVar("T", bound="Receipt")


@_attrs_define
class Receipt:
    """What proves a transaction to whoever has the public key.

    Attributes:
        format_ (ReceiptFormat): * `wallet-receipt/1` - wallet-receipt/1
        entry (ReceiptEntry): Every field that was sealed. Money is signed here.
        texts (ReceiptTexts): Those texts of the entry that the reader may see.
        log (ReceiptLog): Where the entry stands in the log: RFC 6962's audit path.
        checkpoint (SignedCheckpoint): What was signed, byte for byte, and the Ed25519 signature over it.
    """

    format_: ReceiptFormat
    entry: ReceiptEntry
    texts: ReceiptTexts
    log: ReceiptLog
    checkpoint: SignedCheckpoint
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        format_ = self.format_.value

        entry = self.entry.to_dict()

        texts = self.texts.to_dict()

        log = self.log.to_dict()

        checkpoint = self.checkpoint.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "format": format_,
                "entry": entry,
                "texts": texts,
                "log": log,
                "checkpoint": checkpoint,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.receipt_entry import ReceiptEntry
        from ..models.receipt_log import ReceiptLog
        from ..models.receipt_texts import ReceiptTexts
        from ..models.signed_checkpoint import SignedCheckpoint

        d = dict(src_dict)
        format_ = ReceiptFormat(d.pop("format"))

        entry = ReceiptEntry.from_dict(d.pop("entry"))

        texts = ReceiptTexts.from_dict(d.pop("texts"))

        log = ReceiptLog.from_dict(d.pop("log"))

        checkpoint = SignedCheckpoint.from_dict(d.pop("checkpoint"))

        receipt = cls(
            format_=format_,
            entry=entry,
            texts=texts,
            log=log,
            checkpoint=checkpoint,
        )

        receipt.additional_properties = d
        return receipt

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
