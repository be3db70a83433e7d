from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.webkul_refund_request import WebkulRefundRequest


T = TypeVar("T", bound="WebkulRefundRequestPage")


@_attrs_define
class WebkulRefundRequestPage:
    """A page of refund requests.

    Attributes:
        page (int):
        per_page (int):
        total (int):
        items (list[WebkulRefundRequest]):
    """

    page: int
    per_page: int
    total: int
    items: list[WebkulRefundRequest]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        page = self.page

        per_page = self.per_page

        total = self.total

        items = []
        for items_item_data in self.items:
            items_item = items_item_data.to_dict()
            items.append(items_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "page": page,
                "per_page": per_page,
                "total": total,
                "items": items,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.webkul_refund_request import WebkulRefundRequest

        d = dict(src_dict)
        page = d.pop("page")

        per_page = d.pop("per_page")

        total = d.pop("total")

        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = WebkulRefundRequest.from_dict(items_item_data)

            items.append(items_item)

        webkul_refund_request_page = cls(
            page=page,
            per_page=per_page,
            total=total,
            items=items,
        )

        webkul_refund_request_page.additional_properties = d
        return webkul_refund_request_page

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
