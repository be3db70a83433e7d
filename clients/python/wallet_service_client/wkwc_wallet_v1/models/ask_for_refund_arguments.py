from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="AskForRefundArguments")


@_attrs_define
class AskForRefundArguments:
    """
    Attributes:
        order_id (int): The order that it belongs to.
        amount (float): Major units: `12.5` of USD is $12.50. A numeric string is taken too.
        reason (str): Why.
        note (str | Unset): More about it. Default: ''.
    """

    order_id: int
    amount: float
    reason: str
    note: str | Unset = ""
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        order_id = self.order_id

        amount = self.amount

        reason = self.reason

        note = self.note

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "order_id": order_id,
                "amount": amount,
                "reason": reason,
            }
        )
        if note is not UNSET:
            field_dict["note"] = note

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        order_id = d.pop("order_id")

        amount = d.pop("amount")

        reason = d.pop("reason")

        note = d.pop("note", UNSET)

        ask_for_refund_arguments = cls(
            order_id=order_id,
            amount=amount,
            reason=reason,
            note=note,
        )

        ask_for_refund_arguments.additional_properties = d
        return ask_for_refund_arguments

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
