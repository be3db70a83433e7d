from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.external_wallet import ExternalWallet


T = TypeVar("T", bound="WalletAnswer")


@_attrs_define
class WalletAnswer:
    """The wallet; where there is none, `success` is false and `message` a list of what is wrong.

    Attributes:
        success (bool):
        message (ExternalWallet): A wallet, as a site that mirrors it reads it.
    """

    success: bool
    message: ExternalWallet
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        success = self.success

        message = self.message.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "success": success,
                "message": message,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.external_wallet import ExternalWallet

        d = dict(src_dict)
        success = d.pop("success")

        message = ExternalWallet.from_dict(d.pop("message"))

        wallet_answer = cls(
            success=success,
            message=message,
        )

        wallet_answer.additional_properties = d
        return wallet_answer

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
