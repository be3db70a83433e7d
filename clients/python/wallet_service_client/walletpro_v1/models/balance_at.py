from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="BalanceAt")


@_attrs_define
class BalanceAt:
    """What a wallet held at a time, and what that rests on.

    Attributes:
        wallet_id (int):
        currency (str):
        at (datetime.datetime):
        balance (str):
        balance_formatted (str):
        held (str):
        is_before_first_entry (bool):
        sequence (int): The last entry at that time; 0 before the first.
        hmac_chain (None | str): That entry's chain value.
        checkpoint (int | None): The checkpoint that sealed it; null where none has yet.
    """

    wallet_id: int
    currency: str
    at: datetime.datetime
    balance: str
    balance_formatted: str
    held: str
    is_before_first_entry: bool
    sequence: int
    hmac_chain: None | str
    checkpoint: int | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        wallet_id = self.wallet_id

        currency = self.currency

        at = self.at.isoformat()

        balance = self.balance

        balance_formatted = self.balance_formatted

        held = self.held

        is_before_first_entry = self.is_before_first_entry

        sequence = self.sequence

        hmac_chain: None | str
        hmac_chain = self.hmac_chain

        checkpoint: int | None
        checkpoint = self.checkpoint

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "wallet_id": wallet_id,
                "currency": currency,
                "at": at,
                "balance": balance,
                "balance_formatted": balance_formatted,
                "held": held,
                "is_before_first_entry": is_before_first_entry,
                "sequence": sequence,
                "hmac_chain": hmac_chain,
                "checkpoint": checkpoint,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        wallet_id = d.pop("wallet_id")

        currency = d.pop("currency")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        balance = d.pop("balance")

        balance_formatted = d.pop("balance_formatted")

        held = d.pop("held")

        is_before_first_entry = d.pop("is_before_first_entry")

        sequence = d.pop("sequence")

        def _parse_hmac_chain(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        hmac_chain = _parse_hmac_chain(d.pop("hmac_chain"))

        def _parse_checkpoint(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        checkpoint = _parse_checkpoint(d.pop("checkpoint"))

        balance_at = cls(
            wallet_id=wallet_id,
            currency=currency,
            at=at,
            balance=balance,
            balance_formatted=balance_formatted,
            held=held,
            is_before_first_entry=is_before_first_entry,
            sequence=sequence,
            hmac_chain=hmac_chain,
            checkpoint=checkpoint,
        )

        balance_at.additional_properties = d
        return balance_at

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
