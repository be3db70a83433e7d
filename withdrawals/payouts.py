"""Paying out what was approved, where a provider does it by itself. An effect outside (docs/ledger.md), in four commits.

The money was set aside when its holder asked, under a key that never changes. That the payout begins is committed before
the provider is called; he is called without a lock or a transaction; then his answer is booked: paid, or given back. An
answer that was lost, or a worker that died, leaves a payout whose outcome is not known: it is asked for under the same
key, and nobody decides by hand while that goes on. After a day it is listed, until a person settles it.

Who works on one has it leased: `next_attempt_at` lies ahead of him, committed before he does anything.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from ledger.alarms import raise_alarm
from ledger.book import SERVICE
from ledger.effects import Outcome
from ledger.errors import Refusal
from ledger.retry import in_transaction
from withdrawals.adapters import current_provider, provider_named
from withdrawals.details import opened
from withdrawals.models import Withdrawal
from withdrawals.port import Answered, Payout
from withdrawals.returning import require_intact
from withdrawals.services import UNKNOWN_ALARM, close_failed, close_paid, locked_withdrawal

logger = logging.getLogger(__name__)

Status = Withdrawal.Status

# Longer than any call of a provider: who comes back after it finds a payout that somebody has to ask for.
LEASE = timedelta(minutes=5)
# Who was held up for so long between lease and call does not call any more.
CALL_WITHIN = timedelta(minutes=2)
# A payout that is not known of is asked for after so long, then after as long as it has been so, at most each hour.
ASK_FIRST, ASK_LAST = timedelta(minutes=1), timedelta(hours=1)
# What is not known when it is asked for a day later, a person settles, who looks at what the provider shows.
ASKED_FOR = timedelta(hours=24)
RUN_SECONDS = 20
TEXT_MAX = 100
REFERENCE_MAX = 255

TAKE = """
UPDATE withdrawals_withdrawal SET next_attempt_at = clock_timestamp() + make_interval(secs => %s)
WHERE id = (SELECT id FROM withdrawals_withdrawal WHERE next_attempt_at <= clock_timestamp()
    ORDER BY next_attempt_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id, next_attempt_at"""


@dataclass(frozen=True, slots=True)
class Lease:
    """One payout, for one worker. `taken_at` is of the monotonic clock."""

    withdrawal_id: int
    until: datetime
    taken_at: float

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.taken_at < CALL_WITHIN.total_seconds()


@dataclass(frozen=True, slots=True)
class Begun:
    """A payout that is written down as begun, and whether this worker wrote it."""

    payout: Payout
    provider: str
    since: datetime
    is_new: bool


def run_payouts() -> int:
    """Pay out what is due, and ask for payouts whose outcome is not known; how many were worked on.

    Several workers may be at it: each payout is leased to one. A run ends after RUN_SECONDS, and the next one goes on.
    """
    count, began = 0, time.monotonic()
    while time.monotonic() - began < RUN_SECONDS and (lease := _take()):
        _work(lease)
        count += 1
    return count


def _take() -> Lease | None:
    """The payout that has waited longest. In autocommit: the lease stands before anything is done."""
    with connection.cursor() as cursor:
        taken_at = time.monotonic()
        cursor.execute(TAKE, [LEASE.total_seconds()])
        row = cursor.fetchone()
    return Lease(row[0], row[1], taken_at) if row else None


def _work(lease: Lease) -> None:
    try:
        begun = in_transaction(lambda: _begin(lease), durable=True)
        if begun is not None and lease.is_fresh:
            answered = _call(begun)
            in_transaction(lambda: _book(lease, answered))
    except Refusal:
        # The lease runs out, and then it is asked for: what was paid out is not paid again.
        logger.exception("withdrawal %s: what became of its payout could not be booked", lease.withdrawal_id)


def _call(begun: Begun) -> Answered:
    provider = provider_named(begun.provider)
    return provider.pay(begun.payout) if begun.is_new else provider.ask(begun.payout, begun.since)


def _begin(lease: Lease) -> Begun | None:
    """Write down what is about to be paid out; None where it is not, or somebody else's to do."""
    withdrawal = _leased(lease)
    if withdrawal is None:
        return None
    is_new = withdrawal.payout_began_at is None
    if is_new and withdrawal.method not in current_provider().methods:
        # The operator has changed his mind meanwhile: a person pays it out.
        withdrawal.next_attempt_at = None
        withdrawal.save(update_fields=["next_attempt_at"])
        return None
    require_intact(withdrawal)
    payout = Payout(withdrawal.group, withdrawal.pk, withdrawal.net, withdrawal.method, opened(withdrawal))
    if is_new:
        withdrawal.provider, withdrawal.payout_began_at = current_provider().name, timezone.now()
        withdrawal.save(update_fields=["provider", "payout_began_at"])
    assert withdrawal.payout_began_at is not None, "it was written just now, or before"
    return Begun(payout, withdrawal.provider, withdrawal.payout_began_at, is_new)


def _leased(lease: Lease) -> Withdrawal | None:
    """The locked row, if it is still this worker's: nobody has settled it, and no other has it by now."""
    withdrawal = locked_withdrawal(lease.withdrawal_id)
    is_mine = withdrawal.status == Status.APPROVED and withdrawal.next_attempt_at == lease.until
    return withdrawal if is_mine else None


def _book(lease: Lease, answered: Answered) -> None:
    """An answer is booked once, whoever brings it: also one that comes when the lease is another's."""
    withdrawal = locked_withdrawal(lease.withdrawal_id)
    if withdrawal.status != Status.APPROVED:
        return
    reference = answered.reference[:REFERENCE_MAX]
    if answered.outcome is Outcome.YES:
        close_paid(withdrawal, reference, actor=SERVICE)
    elif answered.outcome is Outcome.NO:
        close_failed(withdrawal, (answered.reason or "refused")[:TEXT_MAX], actor=SERVICE, reference=reference)
    elif withdrawal.next_attempt_at == lease.until:
        _not_known(withdrawal, reference)


def _not_known(withdrawal: Withdrawal, reference: str) -> None:
    """Ask again later; after a day it is listed, until a person settles it."""
    assert withdrawal.payout_began_at is not None, "it was called"
    age = timezone.now() - withdrawal.payout_began_at
    withdrawal.payout_reference = withdrawal.payout_reference or reference
    withdrawal.next_attempt_at = None
    if age < ASKED_FOR:
        withdrawal.next_attempt_at = timezone.now() + min(max(age, ASK_FIRST), ASK_LAST, ASKED_FOR - age)
    else:
        told = f"whether {withdrawal.net} was paid out is not known after a day; see what the provider shows, and settle it"
        raise_alarm(UNKNOWN_ALARM, str(withdrawal), told)
    withdrawal.save(update_fields=["payout_reference", "next_attempt_at"])
