from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="RepayDebtArguments")


@_attrs_define
class RepayDebtArguments:
    """
    Attributes:
        debt_id (int | Unset): Which debt; without it the oldest first.
        amount (float | Unset): Major units; without it all that is owed, as far as it is there.
        currency (str | Unset): ISO 4217 currency code, or a unit of the shop's own.
    """

    debt_id: int | Unset = UNSET
    amount: float | Unset = UNSET
    currency: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        debt_id = self.debt_id

        amount = self.amount

        currency = self.currency

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if debt_id is not UNSET:
            field_dict["debt_id"] = debt_id
        if amount is not UNSET:
            field_dict["amount"] = amount
        if currency is not UNSET:
            field_dict["currency"] = currency

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        debt_id = d.pop("debt_id", UNSET)

        amount = d.pop("amount", UNSET)

        currency = d.pop("currency", UNSET)

        repay_debt_arguments = cls(
            debt_id=debt_id,
            amount=amount,
            currency=currency,
        )

        repay_debt_arguments.additional_properties = d
        return repay_debt_arguments

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
