from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.rehearsed_entry import RehearsedEntry
    from ..models.rehearsed_wallet import RehearsedWallet


T = TypeVar("T", bound="DryRun")


@_attrs_define
class DryRun:
    """What would happen. Nothing did.

    Attributes:
        dry_run (bool):
        status (int): Of the answer to the call without `dry_run`.
        entries (list[RehearsedEntry]):
        fee (str):
        wallets (list[RehearsedWallet]):
    """

    dry_run: bool
    status: int
    entries: list[RehearsedEntry]
    fee: str
    wallets: list[RehearsedWallet]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        dry_run = self.dry_run

        status = self.status

        entries = []
        for entries_item_data in self.entries:
            entries_item = entries_item_data.to_dict()
            entries.append(entries_item)

        fee = self.fee

        wallets = []
        for wallets_item_data in self.wallets:
            wallets_item = wallets_item_data.to_dict()
            wallets.append(wallets_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "dry_run": dry_run,
                "status": status,
                "entries": entries,
                "fee": fee,
                "wallets": wallets,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.rehearsed_entry import RehearsedEntry
        from ..models.rehearsed_wallet import RehearsedWallet

        d = dict(src_dict)
        dry_run = d.pop("dry_run")

        status = d.pop("status")

        entries = []
        _entries = d.pop("entries")
        for entries_item_data in _entries:
            entries_item = RehearsedEntry.from_dict(entries_item_data)

            entries.append(entries_item)

        fee = d.pop("fee")

        wallets = []
        _wallets = d.pop("wallets")
        for wallets_item_data in _wallets:
            wallets_item = RehearsedWallet.from_dict(wallets_item_data)

            wallets.append(wallets_item)

        dry_run = cls(
            dry_run=dry_run,
            status=status,
            entries=entries,
            fee=fee,
            wallets=wallets,
        )

        dry_run.additional_properties = d
        return dry_run

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
