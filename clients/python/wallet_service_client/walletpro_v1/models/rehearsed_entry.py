from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.burnt_lot import BurntLot


T = TypeVar("T", bound="RehearsedEntry")


@_attrs_define
class RehearsedEntry:
    """An entry that would be written.

    Attributes:
        wallet_id (int):
        kind (str):
        amount (str):
        held_change (str):
        currency (str):
        balance_before (str):
        balance_after (str):
        reason (None | str):
        lots (list[BurntLot]):
    """

    wallet_id: int
    kind: str
    amount: str
    held_change: str
    currency: str
    balance_before: str
    balance_after: str
    reason: None | str
    lots: list[BurntLot]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        wallet_id = self.wallet_id

        kind = self.kind

        amount = self.amount

        held_change = self.held_change

        currency = self.currency

        balance_before = self.balance_before

        balance_after = self.balance_after

        reason: None | str
        reason = self.reason

        lots = []
        for lots_item_data in self.lots:
            lots_item = lots_item_data.to_dict()
            lots.append(lots_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "wallet_id": wallet_id,
                "kind": kind,
                "amount": amount,
                "held_change": held_change,
                "currency": currency,
                "balance_before": balance_before,
                "balance_after": balance_after,
                "reason": reason,
                "lots": lots,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.burnt_lot import BurntLot

        d = dict(src_dict)
        wallet_id = d.pop("wallet_id")

        kind = d.pop("kind")

        amount = d.pop("amount")

        held_change = d.pop("held_change")

        currency = d.pop("currency")

        balance_before = d.pop("balance_before")

        balance_after = d.pop("balance_after")

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

        lots = []
        _lots = d.pop("lots")
        for lots_item_data in _lots:
            lots_item = BurntLot.from_dict(lots_item_data)

            lots.append(lots_item)

        rehearsed_entry = cls(
            wallet_id=wallet_id,
            kind=kind,
            amount=amount,
            held_change=held_change,
            currency=currency,
            balance_before=balance_before,
            balance_after=balance_after,
            reason=reason,
            lots=lots,
        )

        rehearsed_entry.additional_properties = d
        return rehearsed_entry

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
