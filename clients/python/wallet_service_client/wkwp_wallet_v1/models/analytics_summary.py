from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="AnalyticsSummary")


@_attrs_define
class AnalyticsSummary:
    """What a window of days came to, and what is there now.

    Attributes:
        window (int): Days, today (UTC) among them.
        currency (str):
        total_credited (float):
        total_debited (float): Not negative.
        net (float): Credited less debited.
        transactions (int): Rows of the ledger with an amount.
        active_wallets (int): Customers whose balance is not 0.
        active_wallets_at (datetime.datetime): When they were counted.
        liability (float): What all wallets hold now.
        pending_withdrawals (int):
        pending_kyc (int):
        pending_refund_requests (int):
        outstanding_bnpl (float): What is owed now.
    """

    window: int
    currency: str
    total_credited: float
    total_debited: float
    net: float
    transactions: int
    active_wallets: int
    active_wallets_at: datetime.datetime
    liability: float
    pending_withdrawals: int
    pending_kyc: int
    pending_refund_requests: int
    outstanding_bnpl: float
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        window = self.window

        currency = self.currency

        total_credited = self.total_credited

        total_debited = self.total_debited

        net = self.net

        transactions = self.transactions

        active_wallets = self.active_wallets

        active_wallets_at = self.active_wallets_at.isoformat()

        liability = self.liability

        pending_withdrawals = self.pending_withdrawals

        pending_kyc = self.pending_kyc

        pending_refund_requests = self.pending_refund_requests

        outstanding_bnpl = self.outstanding_bnpl

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "window": window,
                "currency": currency,
                "total_credited": total_credited,
                "total_debited": total_debited,
                "net": net,
                "transactions": transactions,
                "active_wallets": active_wallets,
                "active_wallets_at": active_wallets_at,
                "liability": liability,
                "pending_withdrawals": pending_withdrawals,
                "pending_kyc": pending_kyc,
                "pending_refund_requests": pending_refund_requests,
                "outstanding_bnpl": outstanding_bnpl,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        window = d.pop("window")

        currency = d.pop("currency")

        total_credited = d.pop("total_credited")

        total_debited = d.pop("total_debited")

        net = d.pop("net")

        transactions = d.pop("transactions")

        active_wallets = d.pop("active_wallets")

        active_wallets_at = datetime.datetime.fromisoformat(d.pop("active_wallets_at"))

        liability = d.pop("liability")

        pending_withdrawals = d.pop("pending_withdrawals")

        pending_kyc = d.pop("pending_kyc")

        pending_refund_requests = d.pop("pending_refund_requests")

        outstanding_bnpl = d.pop("outstanding_bnpl")

        analytics_summary = cls(
            window=window,
            currency=currency,
            total_credited=total_credited,
            total_debited=total_debited,
            net=net,
            transactions=transactions,
            active_wallets=active_wallets,
            active_wallets_at=active_wallets_at,
            liability=liability,
            pending_withdrawals=pending_withdrawals,
            pending_kyc=pending_kyc,
            pending_refund_requests=pending_refund_requests,
            outstanding_bnpl=outstanding_bnpl,
        )

        analytics_summary.additional_properties = d
        return analytics_summary

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
