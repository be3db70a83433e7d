"""A provider of the tests' own: it remembers what it was asked, and whether a transaction was open meanwhile."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from ledger.effects import Outcome
from ledger.money import Money
from payments.port import (
    Charged,
    NoticeNotAuthentic,
    Order,
    PaymentProviderAway,
    PaymentRefused,
    ProviderNotice,
    Started,
)


class DoubleProvider:
    name = "double"
    charges_off_session = False

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.savepoints: list[int] = []
        self.is_away = False
        self.refuses = ""
        # What happens elsewhere while it is asked.
        self.meanwhile: Callable[[], object] = lambda: None

    def start(self, order: Order) -> Started:
        self.orders.append(order)
        self.savepoints.append(len(connection.savepoint_ids))
        self.meanwhile()
        if self.is_away:
            raise PaymentProviderAway
        if self.refuses:
            raise PaymentRefused(self.refuses)
        return Started(reference=f"session-{order.topup_id}", payment_url=f"https://pay.example/{order.topup_id}")

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> ProviderNotice:
        raise NoticeNotAuthentic

    def charge_off_session(self, order: Order) -> Charged:
        return Charged(Outcome.NO)

    def ask(self, order: Order, since: datetime, *, may_charge: bool) -> Charged:
        return Charged(Outcome.UNKNOWN)

    def refund(self, *, refund_id: UUID, reference: str, amount: Money) -> Charged:
        return Charged(Outcome.UNKNOWN)
