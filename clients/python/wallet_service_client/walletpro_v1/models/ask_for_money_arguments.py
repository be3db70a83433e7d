from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="AskForMoneyArguments")


@_attrs_define
class AskForMoneyArguments:
    """
    Attributes:
        from_user_email (str): Who is to pay.
        amount (str): Minor units, a string of digits.
        note (str | Unset): A message to the other one.
    """

    from_user_email: str
    amount: str
    note: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from_user_email = self.from_user_email

        amount = self.amount

        note = self.note

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "from_user_email": from_user_email,
                "amount": amount,
            }
        )
        if note is not UNSET:
            field_dict["note"] = note

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        from_user_email = d.pop("from_user_email")

        amount = d.pop("amount")

        note = d.pop("note", UNSET)

        ask_for_money_arguments = cls(
            from_user_email=from_user_email,
            amount=amount,
            note=note,
        )

        ask_for_money_arguments.additional_properties = d
        return ask_for_money_arguments

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
