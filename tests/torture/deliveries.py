"""The shop's side of the webhooks' test: it opens wallets and an endpoint, waits until all is delivered, and compares the books.

python -m tests.torture.deliveries open WALLETS URL | drain SECONDS | judge LOG FILE…
"""

import json
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import OperationalError  # noqa: E402
from django.utils import timezone  # noqa: E402

from ledger.due import settle_due  # noqa: E402
from ledger.models import Account, Entry, Outbox  # noqa: E402
from ledger.outbox import names_of  # noqa: E402
from tests.torture.books import Judge, open_bank  # noqa: E402
from tests.webhooks.receiver import Received, first_arrivals, read_log  # noqa: E402
from webhooks.models import Attempt, Delivery, Dispatch, Event, Queue  # noqa: E402
from webhooks.services import create_endpoint  # noqa: E402

# What is due so soon is waited for: it would be told of behind the judge's back.
SOON = timedelta(seconds=90)


def open_shop(wallets: int, url: str) -> dict[str, Any]:
    """The endpoint first: it is told of the wallets' opening credits as well."""
    _, secret = create_endpoint(url=url, description="torture", event_types=[], actor="torture", created_by=None)
    return {"secret": secret, "bank": open_bank(wallets)}


def drain(seconds: float) -> str:
    """Wait until everything that happened is delivered, and nothing more will happen; how long that took."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            settle_due()
            if not (waits := what_waits()):
                return f"All was delivered {time.monotonic() - began:.0f} s after the last call."
        except OperationalError as failure:
            waits = {"database": str(failure)}
        time.sleep(0.5)
    raise SystemExit(f"{seconds:.0f} s were not enough, there waits: {waits}")


def what_waits() -> dict[str, Any]:
    counts = {
        "to fall due": Account.objects.filter(due_at__lt=timezone.now() + SOON).count(),
        "in the outbox": Outbox.objects.count(),
        "queues": Queue.objects.exclude(next_attempt_at=None).count(),
        "deliveries": Delivery.objects.exclude(next_attempt_at=None).count(),
    }
    return {what: count for what, count in counts.items() if count}


class DeliveryJudge:
    """Holds what the receiver has kept against the log of events, and against the ledger without it."""

    def __init__(self, log: Path) -> None:
        self.received = read_log(log)
        self.first = first_arrivals(self.received)
        self.position = {event.name: event.position for event in Event.objects.only("pk", "position")}

    def judge(self) -> list[str]:
        return [*self._each_came(), *self._order(), *self._ledger(), *self._sums(), *self._tables()]

    def _each_came(self) -> Iterator[str]:
        """At least once, and nothing that did not happen."""
        came = {one.id for one in self.first}
        yield from (f"{name} (position {at}) never came" for name, at in self.position.items() if name not in came)
        yield from (f"{name} came and never happened" for name in came - self.position.keys())
        bodies: dict[str, set[str]] = defaultdict(set)
        for one in self.received:
            bodies[one.id].add(one.body)
        yield from (f"{name} came with {len(said)} bodies" for name, said in bodies.items() if len(said) > 1)

    def _order(self) -> Iterator[str]:
        """First arrivals ascend, within a wallet: by position, and by the sequence that the receiver itself can see."""
        last: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for one in self.first:
            wallet, now = wallet_of(one), (self.position.get(one.id) or 0, int(one.data.get("sequence") or 0))
            before = last[wallet]
            if now[0] <= before[0] or now[1] < before[1]:
                yield f"wallet {wallet}: {one.id} {now} came behind {before}"
            last[wallet] = now

    def _ledger(self) -> Iterator[str]:
        """Every entry is told as what it is, once; nothing else is told as an entry."""
        expected = Counter(
            (entry.account_id, entry.sequence, name)
            for entry in Entry.objects.select_related("account").iterator()
            for name in names_of(entry)
        )
        told = Counter((wallet_of(one), one.data["sequence"], one.type) for one in self.first if one.data.get("sequence"))
        yield from (f"{what} is in the ledger and {told[what]} times told" for what in expected if told[what] != expected[what])
        yield from (f"{what} is told and not in the ledger" for what in told.keys() - expected.keys())

    def _sums(self) -> Iterator[str]:
        """Who adds up what he was told has each wallet's balance; and the last thing he was told of it says so too."""
        sums: Counter[int] = Counter()
        said: dict[int, str] = {}
        for one in self.first:
            if one.type in {"wallet.credited", "wallet.debited"}:
                amount = int(one.data["amount"])
                sums[wallet_of(one)] += amount if one.type == "wallet.credited" else -amount
                said[wallet_of(one)] = one.data["balance_after"]
        for account_id, balance in Account.objects.values_list("pk", "balance"):
            if (sums[account_id], said.get(account_id, "0")) != (balance, str(balance)):
                yield f"wallet {account_id} holds {balance}, told were {sums[account_id]} and at last {said.get(account_id)}"

    def _tables(self) -> Iterator[str]:
        positions = sorted(position for position in self.position.values() if position)
        if positions != list(range(1, Dispatch.objects.get().position + 1)):
            yield "the positions have holes"
        if parked := Delivery.objects.filter(reason=Delivery.Reason.PARKED).count():
            yield f"{parked} events were given up"
        if refused := Attempt.objects.filter(status=401).count():
            yield f"{refused} deliveries did not verify"
        if waits := what_waits():
            yield f"there waits: {waits}"

    def summary(self) -> str:
        attempts = Counter(Attempt.objects.values_list("is_success", flat=True))
        fates = Counter(one.fate for one in self.received)
        wrong = ", ".join(f"{count} {fate}" for fate, count in sorted(fates.items()) if fate != "fine")
        return (
            f"{len(self.position)} events of {Account.objects.count()} wallets: {len(self.first)} came,"
            f" in {len(self.received)} deliveries that were kept ({wrong});"
            f" {attempts[True]} attempts went well, {attempts[False]} did not"
        )


def wallet_of(one: Received) -> int:
    return int(one.data.get("wallet_id") or 0)


def judge(log: str, files: Sequence[str]) -> int:
    deliveries, bank = DeliveryJudge(Path(log)), Judge(list(files))
    problems = [*deliveries.judge(), *bank.judge()]
    print(bank.summary())
    print(deliveries.summary())
    for problem in problems[:50]:
        print(problem)
    call_command("seal_ledger", sweep=True)
    call_command("verify_ledger")
    return bank.verdict(problems)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["open", wallets, url]:
            call_command("migrate", verbosity=0)
            print(json.dumps(open_shop(int(wallets), url)))
            return 0
        case ["drain", seconds]:
            print(drain(float(seconds)))
            return 0
        case ["judge", log, *files]:
            return judge(log, files)
    raise SystemExit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
