from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CreditWalletArguments")


@_attrs_define
class CreditWalletArguments:
    """
    Attributes:
        amount (float | Unset): Major units: `12.5` of USD is $12.50. A numeric string is taken too. Needed unless
            `order_total` is sent.
        note (str | Unset): Why; the row's `note`, which the customer reads too.
        reference (str | Unset): A reference of the caller's own; need not be unique.
        currency (str | Unset): ISO 4217 currency code, or a unit of the shop's own.
        order_id (int | Unset): The order that it belongs to.
        order_total (float | Unset): Instead of `amount`: what the order came to, in the site's currency. Credits the
            customer's wallet in points with the points that it brings, once per order.
    """

    amount: float | Unset = UNSET
    note: str | Unset = UNSET
    reference: str | Unset = UNSET
    currency: str | Unset = UNSET
    order_id: int | Unset = UNSET
    order_total: float | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        amount = self.amount

        note = self.note

        reference = self.reference

        currency = self.currency

        order_id = self.order_id

        order_total = self.order_total

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if amount is not UNSET:
            field_dict["amount"] = amount
        if note is not UNSET:
            field_dict["note"] = note
        if reference is not UNSET:
            field_dict["reference"] = reference
        if currency is not UNSET:
            field_dict["currency"] = currency
        if order_id is not UNSET:
            field_dict["order_id"] = order_id
        if order_total is not UNSET:
            field_dict["order_total"] = order_total

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        amount = d.pop("amount", UNSET)

        note = d.pop("note", UNSET)

        reference = d.pop("reference", UNSET)

        currency = d.pop("currency", UNSET)

        order_id = d.pop("order_id", UNSET)

        order_total = d.pop("order_total", UNSET)

        credit_wallet_arguments = cls(
            amount=amount,
            note=note,
            reference=reference,
            currency=currency,
            order_id=order_id,
            order_total=order_total,
        )

        credit_wallet_arguments.additional_properties = d
        return credit_wallet_arguments

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
