from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="WebkulTransfer")


@_attrs_define
class WebkulTransfer:
    """What was sent.

    Attributes:
        success (bool):
        transfer_id (int): The id of the sender's transaction.
        balance_after (float): The sender's, after the fee.
    """

    success: bool
    transfer_id: int
    balance_after: float
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        success = self.success

        transfer_id = self.transfer_id

        balance_after = self.balance_after

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "success": success,
                "transfer_id": transfer_id,
                "balance_after": balance_after,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        success = d.pop("success")

        transfer_id = d.pop("transfer_id")

        balance_after = d.pop("balance_after")

        webkul_transfer = cls(
            success=success,
            transfer_id=transfer_id,
            balance_after=balance_after,
        )

        webkul_transfer.additional_properties = d
        return webkul_transfer

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
