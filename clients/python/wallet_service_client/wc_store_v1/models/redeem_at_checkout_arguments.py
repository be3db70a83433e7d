from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="RedeemAtCheckoutArguments")


@_attrs_define
class RedeemAtCheckoutArguments:
    """
    Attributes:
        code (str): The code, as it was handed out.
        order_id (int | Unset): The order, by the shop's own number.
        total (str | Unset): What the cart costs, in minor units; the answer then tells what of it remains.
        idempotency_key (UUID | Unset): UUID v4. A repetition within 24 hours returns the original answer instead of
            doing it again.
    """

    code: str
    order_id: int | Unset = UNSET
    total: str | Unset = UNSET
    idempotency_key: UUID | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        order_id = self.order_id

        total = self.total

        idempotency_key: str | Unset = UNSET
        if not isinstance(self.idempotency_key, Unset):
            idempotency_key = str(self.idempotency_key)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
            }
        )
        if order_id is not UNSET:
            field_dict["order_id"] = order_id
        if total is not UNSET:
            field_dict["total"] = total
        if idempotency_key is not UNSET:
            field_dict["idempotency_key"] = idempotency_key

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        code = d.pop("code")

        order_id = d.pop("order_id", UNSET)

        total = d.pop("total", UNSET)

        _idempotency_key = d.pop("idempotency_key", UNSET)
        idempotency_key: UUID | Unset
        if isinstance(_idempotency_key, Unset):
            idempotency_key = UNSET
        else:
            idempotency_key = UUID(_idempotency_key)

        redeem_at_checkout_arguments = cls(
            code=code,
            order_id=order_id,
            total=total,
            idempotency_key=idempotency_key,
        )

        redeem_at_checkout_arguments.additional_properties = d
        return redeem_at_checkout_arguments

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
