from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.payment_method import PaymentMethod


T = TypeVar("T", bound="DeletedPaymentMethod")


@_attrs_define
class DeletedPaymentMethod:
    """What was removed.

    Attributes:
        deleted (bool):
        previous (PaymentMethod): A card or account that may be charged while its holder is away.
    """

    deleted: bool
    previous: PaymentMethod
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        deleted = self.deleted

        previous = self.previous.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "deleted": deleted,
                "previous": previous,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.payment_method import PaymentMethod

        d = dict(src_dict)
        deleted = d.pop("deleted")

        previous = PaymentMethod.from_dict(d.pop("previous"))

        deleted_payment_method = cls(
            deleted=deleted,
            previous=previous,
        )

        deleted_payment_method.additional_properties = d
        return deleted_payment_method

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
