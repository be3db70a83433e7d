from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="WebkulRepayment")


@_attrs_define
class WebkulRepayment:
    """What was repaid.

    Attributes:
        success (bool):
        repaid (float):
        outstanding (float): What is still owed altogether in this currency.
        balance_after (float):
    """

    success: bool
    repaid: float
    outstanding: float
    balance_after: float
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        success = self.success

        repaid = self.repaid

        outstanding = self.outstanding

        balance_after = self.balance_after

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "success": success,
                "repaid": repaid,
                "outstanding": outstanding,
                "balance_after": balance_after,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        success = d.pop("success")

        repaid = d.pop("repaid")

        outstanding = d.pop("outstanding")

        balance_after = d.pop("balance_after")

        webkul_repayment = cls(
            success=success,
            repaid=repaid,
            outstanding=outstanding,
            balance_after=balance_after,
        )

        webkul_repayment.additional_properties = d
        return webkul_repayment

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
