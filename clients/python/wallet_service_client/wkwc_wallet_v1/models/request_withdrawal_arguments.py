from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.method_enum import MethodEnum
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.request_withdrawal_arguments_details import (
        RequestWithdrawalArgumentsDetails,
    )


T = TypeVar("T", bound="RequestWithdrawalArguments")


@_attrs_define
class RequestWithdrawalArguments:
    """
    Attributes:
        amount (float): Major units: `12.5` of USD is $12.50. A numeric string is taken too.
        method (MethodEnum):
        details (RequestWithdrawalArgumentsDetails | Unset): Where to; without it, where the last one by this method
            went. No answer tells them.
        currency (str | Unset): ISO 4217 currency code, or a unit of the shop's own.
    """

    amount: float
    method: MethodEnum
    details: RequestWithdrawalArgumentsDetails | Unset = UNSET
    currency: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        amount = self.amount

        method = self.method.value

        details: dict[str, Any] | Unset = UNSET
        if not isinstance(self.details, Unset):
            details = self.details.to_dict()

        currency = self.currency

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "amount": amount,
                "method": method,
            }
        )
        if details is not UNSET:
            field_dict["details"] = details
        if currency is not UNSET:
            field_dict["currency"] = currency

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.request_withdrawal_arguments_details import (
            RequestWithdrawalArgumentsDetails,
        )

        d = dict(src_dict)
        amount = d.pop("amount")

        method = MethodEnum(d.pop("method"))

        _details = d.pop("details", UNSET)
        details: RequestWithdrawalArgumentsDetails | Unset
        if isinstance(_details, Unset):
            details = UNSET
        else:
            details = RequestWithdrawalArgumentsDetails.from_dict(_details)

        currency = d.pop("currency", UNSET)

        request_withdrawal_arguments = cls(
            amount=amount,
            method=method,
            details=details,
            currency=currency,
        )

        request_withdrawal_arguments.additional_properties = d
        return request_withdrawal_arguments

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
