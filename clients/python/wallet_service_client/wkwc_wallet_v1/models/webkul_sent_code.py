from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="WebkulSentCode")


@_attrs_define
class WebkulSentCode:
    """A code is on its way.

    Attributes:
        success (bool):
        expires_at (datetime.datetime): It cannot be used any more from then on.
        resend_after (int): Seconds after which the next one may be asked for.
    """

    success: bool
    expires_at: datetime.datetime
    resend_after: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        success = self.success

        expires_at = self.expires_at.isoformat()

        resend_after = self.resend_after

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "success": success,
                "expires_at": expires_at,
                "resend_after": resend_after,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        success = d.pop("success")

        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

        resend_after = d.pop("resend_after")

        webkul_sent_code = cls(
            success=success,
            expires_at=expires_at,
            resend_after=resend_after,
        )

        webkul_sent_code.additional_properties = d
        return webkul_sent_code

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
