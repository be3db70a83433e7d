from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="VerifyOtpArguments")


@_attrs_define
class VerifyOtpArguments:
    """
    Attributes:
        recipient_id (int): The recipient's user id.
        amount (float): Major units: `12.5` of USD is $12.50. A numeric string is taken too.
        note (str | Unset): A message to the other one, who reads it as the transaction's note.
    """

    recipient_id: int
    amount: float
    note: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        recipient_id = self.recipient_id

        amount = self.amount

        note = self.note

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "recipient_id": recipient_id,
                "amount": amount,
            }
        )
        if note is not UNSET:
            field_dict["note"] = note

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        recipient_id = d.pop("recipient_id")

        amount = d.pop("amount")

        note = d.pop("note", UNSET)

        verify_otp_arguments = cls(
            recipient_id=recipient_id,
            amount=amount,
            note=note,
        )

        verify_otp_arguments.additional_properties = d
        return verify_otp_arguments

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
