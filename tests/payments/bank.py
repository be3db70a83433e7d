"""A provider that keeps its charges in a folder, so that they outlive the process that made them.

What it is to do stands in the folder as well: each mood is taken once, by whoever charges next.
"""

import os
import signal
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.utils import timezone

from ledger.effects import Outcome
from ledger.money import Money
from payments.port import Charged, NoticeNotAuthentic, Order, ProviderNotice, Started

FOLDER = "TEST_BANK"
FORGETS_AFTER = timedelta(hours=23)


class Bank:
    """Charges each key once, whatever it is asked; `moods` are told by `next`."""

    name = "bank"
    charges_off_session = True

    def __init__(self) -> None:
        self.folder = Path(os.environ[FOLDER])

    @property
    def charges(self) -> list[str]:
        """The keys that were charged."""
        return sorted(path.name for path in (self.folder / "charges").iterdir())

    @property
    def refunds(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "refunds").iterdir())

    @property
    def calls(self) -> list[str]:
        """`charge`, `ask`, `look up` or `refund`, in their order."""
        log = self.folder / "calls"
        return log.read_text().splitlines() if log.exists() else []

    def next(self, *moods: str) -> None:
        for mood in moods:
            (self.folder / "moods" / f"{time.monotonic_ns():020}-{mood}").touch()

    def start(self, order: Order) -> Started:
        return Started(reference=f"pay_{order.topup_id}")

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> ProviderNotice:
        raise NoticeNotAuthentic

    def charge_off_session(self, order: Order) -> Charged:
        return self._move("charge", "charges", order.topup_id, order.amount)

    def ask(self, order: Order, since: datetime, *, may_charge: bool) -> Charged:
        """As by an idempotency key: what was not charged yet is decided now, or when the key is forgotten."""
        if timezone.now() - since > FORGETS_AFTER:
            return self._look_up(order.topup_id)
        if not may_charge:
            found = self._look_up(order.topup_id)
            return found if found.outcome is Outcome.YES else Charged(Outcome.UNKNOWN)
        return self._move("ask", "charges", order.topup_id, order.amount)

    def refund(self, *, refund_id: UUID, reference: str, amount: Money) -> Charged:
        return self._move("refund", "refunds", refund_id, amount)

    def _look_up(self, key: UUID) -> Charged:
        self._log("look up")
        if self._mood() == "away":
            return Charged(Outcome.UNKNOWN)
        was_charged = (self.folder / "charges" / str(key)).exists()
        return Charged(Outcome.YES, reference=f"pay_{key}") if was_charged else Charged(Outcome.NO, reason="not_found")

    def _log(self, call: str) -> None:
        with (self.folder / "calls").open("a") as log:
            log.write(f"{call}\n")

    def _move(self, call: str, kind: str, key: UUID, amount: Money) -> Charged:
        self._log(call)
        mood = self._mood()
        if mood == "die before":
            os.kill(os.getpid(), signal.SIGKILL)
        if mood == "refuse" and not (self.folder / kind / str(key)).exists():
            return Charged(Outcome.NO, reason="card_declined")
        if mood == "away":
            return Charged(Outcome.UNKNOWN)
        (self.folder / kind / str(key)).write_text(str(amount.minor))
        if mood == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if mood == "lose":
            return Charged(Outcome.UNKNOWN)
        return Charged(Outcome.YES, reference=f"pay_{key}")

    def _mood(self) -> str:
        for path in sorted((self.folder / "moods").iterdir()):
            try:
                path.unlink()
            except FileNotFoundError:
                continue
            return path.name.partition("-")[2]
        return ""


def opened(folder: Path) -> Bank:
    """A bank in `folder`, which the processes that are started from here find as well."""
    for name in ("charges", "refunds", "moods"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    os.environ[FOLDER] = str(folder)
    return Bank()
