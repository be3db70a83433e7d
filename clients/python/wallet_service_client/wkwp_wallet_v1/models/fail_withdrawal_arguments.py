from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="FailWithdrawalArguments")


@_attrs_define
class FailWithdrawalArguments:
    """
    Attributes:
        note (str | Unset): Why. The customer reads it.
        payout_reference (str | Unset): What the bank calls it; of one that was paid, the return: the row goes on
            telling the payout.
    """

    note: str | Unset = UNSET
    payout_reference: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        note = self.note

        payout_reference = self.payout_reference

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if note is not UNSET:
            field_dict["note"] = note
        if payout_reference is not UNSET:
            field_dict["payout_reference"] = payout_reference

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        note = d.pop("note", UNSET)

        payout_reference = d.pop("payout_reference", UNSET)

        fail_withdrawal_arguments = cls(
            note=note,
            payout_reference=payout_reference,
        )

        fail_withdrawal_arguments.additional_properties = d
        return fail_withdrawal_arguments

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
