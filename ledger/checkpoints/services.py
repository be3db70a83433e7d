"""Sealing the ledger: one round of it, and how far it has come."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from ledger.alarms import clear_alarm, open_numbers, raise_alarm
from ledger.checkpoints import anchoring
from ledger.checkpoints.candidates import Candidates
from ledger.checkpoints.errors import AnchorMismatch
from ledger.checkpoints.log import Sealed
from ledger.checkpoints.sealing import Batch, fully_sealed
from ledger.checkpoints.sources import clear_sealed, registered, start_of, without_sealed
from ledger.checkpoints.statements import read_body
from ledger.checkpoints.writing import Writer
from ledger.errors import Busy, LedgerUnavailable
from ledger.keys import keyring
from ledger.merkle import leaf_hash
from ledger.models import AnchorReceipt, Checkpoint

# The most that one checkpoint seals. It bounds the memory and the length of a transaction.
BATCH = 10_000

UNSEALABLE = "unsealable"
FAILING = "sealing failing"
LATE = "sealing late"

# A lock of the session: it is held while anchors are called, and no row is.
TRY_LOCK = "SELECT pg_try_advisory_lock(20004, 1)"
WAIT_FOR_LOCK = "SELECT pg_advisory_lock(20004, 1)"
UNLOCK = "SELECT pg_advisory_unlock(20004, 1)"

# How long a sweep waits for a round that is under way. Of a minute, half is left to do its work in.
SWEEP_WAIT_SECONDS = 30

UNSEALED = """
SELECT coalesce(sum(ahead.entries), 0)::bigint, min(entry.at) FROM (
    SELECT account.id, account.sequence - coalesce(sealed.sequence, 0) AS entries, coalesce(sealed.sequence, 0) + 1 AS next
    FROM ledger_account account LEFT JOIN ledger_sealedaccount sealed ON sealed.account_id = account.id
    WHERE account.sequence > coalesce(sealed.sequence, 0)
) ahead LEFT JOIN ledger_entry entry ON entry.account_id = ahead.id AND entry.sequence = ahead.next"""

UNSEALED_UNDER_OTHERS = """
SELECT EXISTS (
    SELECT 1 FROM ledger_account account LEFT JOIN ledger_sealedaccount sealed ON sealed.account_id = account.id
    JOIN ledger_entry entry ON entry.account_id = account.id AND entry.sequence > coalesce(sealed.sequence, 0)
    WHERE account.sequence > coalesce(sealed.sequence, 0) AND entry.key_id <> %s)"""


@dataclass(slots=True)
class Outcome:
    """What one round did."""

    is_busy: bool = False
    checkpoints: int = 0
    leaves: int = 0
    last: int = 0
    left_out: dict[int, str] = field(default_factory=dict)

    def add(self, batch: Batch, checkpoint: Checkpoint | None) -> None:
        self.left_out |= batch.left_out
        if checkpoint:
            self.checkpoints += 1
            self.leaves += len(batch.rows)
            self.last = checkpoint.number

    def __str__(self) -> str:
        if self.is_busy:
            return "somebody else is sealing"
        sealed = f"{self.leaves} rows sealed, checkpoint {self.last}" if self.checkpoints else "nothing new to seal"
        return f"{sealed}; {len(self.left_out)} accounts left out" if self.left_out else sealed


@dataclass(frozen=True, slots=True)
class Status:
    """How far sealing has come."""

    unsealed_entries: int
    oldest_unsealed_at: datetime | None
    last: Checkpoint | None
    anchored: AnchorReceipt | None

    @property
    def oldest_unsealed_age_seconds(self) -> float | None:
        """None where everything is sealed."""
        return None if self.oldest_unsealed_at is None else (timezone.now() - self.oldest_unsealed_at).total_seconds()


def seal_ledger(
    *,
    sweep: bool = False,
    even_if_empty: bool = False,
    lost_key: str = "",
    accept_restore: str = "",
    progress: Callable[[int], object] = lambda count: None,
) -> Outcome:
    """Seal what is new, sign it, commit, and hand the last checkpoint to the anchors.

    A `sweep` looks at every account, and waits for a round that is under way; any other call leaves it to that round.
    `is_busy` says that somebody else was sealing all the time, and nothing was done. `lost_key` and `accept_restore` are
    reasons that a person gives: why the signing key before cannot speak for the new one, and why an anchor's checkpoints
    are given up. Both are recorded for ever. `progress` is told how many rows were sealed since it was last told.

    Raises:
        SealingRefused: nothing was signed, and a person has to look; an alarm says why.
        LogNotIntact: the log so far is not what was signed.
    """
    try:
        with _only_sealer(wait=sweep) as is_ours:
            if not is_ours:
                return Outcome(is_busy=True)
            outcome = _sign_round(sweep, even_if_empty, lost_key, accept_restore, progress)
            anchoring.hand_over()
            anchoring.watch()
            return outcome
    finally:
        # Whatever stood in the way, the other sealer as well: what waits too long is told.
        if sweep:
            watch_lag()


def sweep_ledger() -> Outcome:
    """Seal whatever is ahead of what is sealed, found by looking at every account: what correctness rests on.

    Raises:
        Busy: somebody else was sealing all the time. A sweep that did not take place is no success.
        SealingRefused, LogNotIntact: as `seal_ledger`.
    """
    outcome = seal_ledger(sweep=True)
    if outcome.is_busy:
        raise Busy(f"somebody else has been sealing for {SWEEP_WAIT_SECONDS} seconds")
    return outcome


def anchor_checkpoints() -> str:
    """Give the anchors the last checkpoint, also where nothing can be sealed; in words what they hold.

    Sealing does the same behind each round. What waits for longer than ANCHOR_PENDING_ALARM_SECONDS is an alarm.

    Raises:
        AnchorFailed: one did not take it, or cannot be read; the next run tries again.
        AnchorMismatch: one holds what this database does not, and is given nothing.
    """
    with _only_sealer(wait=True) as is_ours:
        return anchoring.hand_over_and_tell() if is_ours else str(Outcome(is_busy=True))


def status() -> Status:
    """How far sealing has come. It looks at every account: not for the path of a request."""
    with connection.cursor() as cursor:
        cursor.execute(UNSEALED)
        row = cursor.fetchone()
    assert row is not None
    return Status(
        unsealed_entries=row[0],
        oldest_unsealed_at=row[1],
        last=Checkpoint.objects.order_by("-number").first(),
        anchored=AnchorReceipt.objects.filter(receipt__isnull=False).order_by("-checkpoint_id").first(),
    )


def watch_lag() -> None:
    """Raise an alarm while the oldest unsealed entry is older than SEAL_LAG_ALARM_SECONDS. It needs no sealer's lock."""
    now = status()
    age = now.oldest_unsealed_age_seconds
    if age is not None and timedelta(seconds=age) > timedelta(seconds=settings.SEAL_LAG_ALARM_SECONDS):
        raise_alarm(LATE, "", f"{now.unsealed_entries} entries are not sealed, the oldest for {age:.0f} s")
    else:
        clear_alarm(LATE)


@contextlib.contextmanager
def _only_sealer(*, wait: bool = False) -> Iterator[bool]:
    is_ours = _wait_for_lock() if wait else _try_lock()
    try:
        yield is_ours
    finally:
        if is_ours and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute(UNLOCK)


def _try_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK)
        row = cursor.fetchone()
    return bool(row and row[0])


def _wait_for_lock() -> bool:
    """Whether it was had in time. In the server's queue, which a round that only tries does not pass."""
    try:
        # The transaction bounds the setting; the lock outlives it.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{SWEEP_WAIT_SECONDS}s"])
            cursor.execute(WAIT_FOR_LOCK)
    except OperationalError as failure:
        if isinstance(failure.__cause__, LockNotAvailable):
            return False
        raise
    return True


def _sign_round(
    sweep: bool, even_if_empty: bool, lost_key: str, accept_restore: str, progress: Callable[[int], object]
) -> Outcome:
    """One round, and the alarms that say whether anything was signed."""
    try:
        writer = Writer(replaces=_give_up(accept_restore), lost_key=lost_key)
        outcome = _round(writer, sweep, even_if_empty or bool(writer.replaces), progress)
    except LedgerUnavailable as refusal:
        raise_alarm(anchoring.MISMATCH if isinstance(refusal, AnchorMismatch) else FAILING, "", str(refusal))
        raise
    clear_alarm(FAILING)
    clear_alarm(anchoring.MISMATCH)
    if sweep:
        _clear_repaired(outcome)
    return outcome


def _give_up(reason: str) -> list[dict[str, Any]]:
    """Ask the anchors; what a person gives up of what they hold, by saying why."""
    found = anchoring.disagreements()
    if found and not reason:
        raise AnchorMismatch("; ".join(problem for _, _, problem in found))
    return [anchoring.given_up(anchor, last, reason) for anchor, last, _ in found]


def _round(writer: Writer, sweep: bool, even_if_empty: bool, progress: Callable[[int], object]) -> Outcome:
    outcome = Outcome()
    candidates = Candidates(sweep=sweep)

    def write(account_ids: list[int], rows: list[Sealed], **how: bool) -> list[int]:
        batch, checkpoint = writer.write(account_ids, rows, BATCH, **how)
        outcome.add(batch, checkpoint)
        _alarm(batch)
        progress(len(batch.rows))
        return batch.unfinished

    rows = _source_rows(sweep, lambda full: write([], full))
    for account_ids in candidates.pages(BATCH):
        while account_ids:
            account_ids, rows = write(account_ids, rows), []
    retire = sweep and not outcome.left_out and _is_old_key_done()
    if rows or retire or (even_if_empty and not outcome.checkpoints):
        write([], rows, even_if_empty=retire or even_if_empty, retire=retire)
    candidates.done()
    return outcome


def _source_rows(sweep: bool, write: Callable[[list[Sealed]], object]) -> list[Sealed]:
    """Rows that are no entries; full batches are written at once, what is left over is returned."""
    waiting: list[Sealed] = []
    for source in registered():
        after = start_of(source, sweep=sweep)
        while found := source.unsealed(after, BATCH - len(waiting)):
            after = found[-1][0]
            waiting += [Sealed(source.number, 0, row, leaf_hash(data)) for row, data in without_sealed(source, found)]
            if len(waiting) >= BATCH:
                write(waiting)
                waiting = []
    return waiting


def _is_old_key_done() -> bool:
    """Whether another HMAC key writes now than the last checkpoint says, and all that others wrote is sealed.

    What was not could never be: behind the checkpoint that retires its key, nobody takes it.
    """
    last, current = Checkpoint.objects.order_by("-number").first(), keyring().current
    if last is None or read_body(last.body)["ledger_key"] == current:
        return False
    with connection.cursor() as cursor:
        cursor.execute(UNSEALED_UNDER_OTHERS, [current])
        row = cursor.fetchone()
    return row is not None and not row[0]


def _alarm(batch: Batch) -> None:
    for account_id, problem in batch.left_out.items():
        raise_alarm(UNSEALABLE, _subject(account_id), problem)
    if batch.sealed_up_to:
        for account_id in open_numbers(UNSEALABLE, "account").intersection(batch.sealed_up_to):
            clear_alarm(UNSEALABLE, _subject(account_id))


def _clear_repaired(outcome: Outcome) -> None:
    """Clear what no sealing will: an account whose repair left nothing to seal, a row that became sound and was sealed."""
    alarmed = open_numbers(UNSEALABLE, "account").difference(outcome.left_out)
    for account_id in fully_sealed(sorted(alarmed), keyring()):
        clear_alarm(UNSEALABLE, _subject(account_id))
    for source in registered():
        clear_sealed(source)


def _subject(account_id: int) -> str:
    return f"account {account_id}"
