"""Booking the good lines of an import, in batches: each line's entry and the line itself are committed together.

Whoever is killed leaves lines that say what was booked, and the next one goes on behind them. The wallets that something
is taken from come first, then by number, so that two never wait for each other crosswise.

An import that is not asked for in part and meets a line that is refused here, because its wallet has changed since the
check, goes no further: its batch was rolled back, and the batches before it are given back (`points.importing.undoing`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from django.db import connection
from django.utils import timezone

from audit.acts import ActName
from audit.services import record
from ledger.book import SERVICE, Book, lock_accounts
from ledger.errors import (
    AccountFrozen,
    AccountMirrored,
    AccountNotIntact,
    BalanceLimitExceeded,
    Busy,
    InsufficientFunds,
    LedgerUnavailable,
    Refusal,
)
from ledger.kinds import House, Kind
from ledger.models import Account
from ledger.money import Money
from ledger.movements import Circumstances, Event, Movement
from ledger.retry import in_transaction
from points.importing.services import locked_import, require_within_limit
from points.importing.staging import subject_of
from points.models import Import, ImportLine
from points.models.imports import PROBLEM_MAX
from site_settings.reading import current_settings
from wallets.errors import ApprovalRequired

Status = Import.Status
Progress = Callable[[int], object]
T = TypeVar("T")

# Accounts that are locked at once, and for as long as they take together: some tenths of a second.
BATCH = 200
COMMENT = "Import Operation"
# How often a lock that somebody else holds is waited for, each time twice the lock timeout.
ATTEMPTS = 5

NEXT = """
SELECT id, turn, wallet_id, number, points_minor FROM points_importline
WHERE import_id = %s AND status = 'good' AND (turn, wallet_id, number) > (%s, %s, %s)
ORDER BY turn, wallet_id, number LIMIT %s FOR NO KEY UPDATE"""
WRITE = """
UPDATE points_importline l SET status = r.status, problem = r.problem, change_minor = r.change, sequence = r.sequence
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[]) AS r (id, status, problem, change, sequence)
WHERE l.id = r.id"""
COUNT = """
UPDATE points_import SET applied = applied + %s, failed = failed + %s, moved_minor = moved_minor + %s WHERE id = %s"""

WORDS: dict[type[Refusal], str] = {
    InsufficientFunds: "the wallet has too little",
    AccountFrozen: "the wallet is frozen",
    AccountMirrored: "the wallet mirrors one of another site",
    BalanceLimitExceeded: "too many points in the wallet",
    AccountNotIntact: "the wallet was changed outside the service",
    ApprovalRequired: "with it the import would move more than one manager does alone; another one has to start it",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A good line that is not booked yet."""

    id: int
    turn: int
    wallet_id: int
    number: int
    points_minor: int

    @property
    def place(self) -> tuple[int, int, int]:
        return self.turn, self.wallet_id, self.number


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line."""

    id: int
    status: ImportLine.Status
    problem: str = ""
    change_minor: int | None = None
    sequence: int | None = None

    @property
    def size_minor(self) -> int:
        """What it moved, without its sign."""
        return abs(self.change_minor or 0)


Place = tuple[int, int, int]
BEFORE_ALL: Place = (-1, 0, 0)


class LineRefused(Exception):
    """A line was refused, and the import may not be had in part."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


def apply_import(number: int, *, progress: Progress = lambda lines: None, batch: int = BATCH) -> Import:
    """Book what is left of it, and end it: as it says, or by beginning to undo it. Several processes may be at it.

    `progress` is told of lines that are through, and may raise: what is committed stays, and the rest is for the next one.

    Raises:
        Busy: somebody holds a wallet, and goes on doing so.
    """
    place: Place | None = BEFORE_ALL
    one_by_one = 0
    while place is not None:
        try:
            place = _apply_next(number, place, progress, 1 if one_by_one else batch)
            one_by_one = max(0, one_by_one - 1)
        except LedgerUnavailable:
            # It is known of one of the batch's accounts, and not of which. Alone it says so of itself, or nothing can be done.
            if batch == 1 or one_by_one:
                raise
            one_by_one = batch
    return Import.objects.get(pk=number)


def _apply_next(number: int, place: Place, progress: Progress, batch: int) -> Place | None:
    """Where the next batch begins; None where there is none."""
    try:
        lines = patiently(lambda: _apply_batch(number, place, batch))
    except LineRefused as refused:
        outcome = refused.outcome
        in_transaction(lambda: _begin_undoing(number, outcome))
        return None
    except AccountNotIntact as refusal:
        # Of a batch nobody else shall suffer: its lines are marked, and the batch is tried without them.
        account_id, words = refusal.account_id, word_for(refusal)
        in_transaction(lambda: _fail_wallet(number, account_id, words))
        return place
    if not lines:
        in_transaction(lambda: _finish(number))
        return None
    progress(len(lines))
    return lines[-1].place


def patiently(work: Callable[[], T]) -> T:
    """As `in_transaction`, for who would rather wait for a lock than leave a line behind.

    Raises:
        Busy: somebody holds it, and goes on doing so.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return in_transaction(work)
        except Busy:
            continue
    return in_transaction(work)


def _apply_batch(number: int, place: tuple[int, int, int], batch: int) -> list[Waiting]:
    applying = locked_import(number)
    if applying.status != Status.APPLYING:
        return []
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [number, *place, batch])
        lines = [Waiting(*row) for row in cursor.fetchall()]
    if lines:
        book = lock_accounts(*{line.wallet_id for line in lines})
        with book.sending_together():
            outcomes = list(_booked(book, applying, lines))
        write_outcomes(number, outcomes)
    return lines


def _booked(book: Book, applying: Import, lines: Iterable[Waiting]) -> Iterator[Outcome]:
    moved_minor = int(applying.moved_minor)
    for line in lines:
        outcome = _book(book, applying, line, moved_minor)
        moved_minor += outcome.size_minor
        yield outcome


def _book(book: Book, applying: Import, line: Waiting, moved_minor: int) -> Outcome:
    """One line on its locked account. That no entry has its key is known: the line, locked as well, would say so.

    `moved_minor` is what was booked of the import so far: its row is locked, so that nobody else books meanwhile.
    """
    account = book[line.wallet_id]
    change = line.points_minor - (account.balance if applying.mode == Import.Mode.SET else 0)
    if change == 0:
        return Outcome(line.id, ImportLine.Status.UNCHANGED, change_minor=0)
    try:
        require_within_limit(applying, moved_minor + abs(change))
        movement = _movement(account, Money(change, applying.currency), applying.actor)
        entry = book.post(movement, event=replace(event_of(applying, line.number, line.points_minor), is_new=True))[0]
    except Refusal as refusal:
        outcome = Outcome(line.id, ImportLine.Status.FAILED, word_for(refusal))
        if not applying.is_partial:
            raise LineRefused(outcome) from refusal
        return outcome
    return Outcome(line.id, ImportLine.Status.APPLIED, "", change, entry.sequence)


def _movement(account: Account, change: Money, actor: str) -> Movement:
    """As an adjustment by the shop: no limit of the wallet holds, and no fee is taken."""
    return Movement(
        account.pk,
        Kind.IMPORT,
        change,
        House.ISSUED if change.minor > 0 else House.SPENT,
        Circumstances(actor, reason=COMMENT),
        is_bound=change.minor > 0 and account.status == Account.Status.FROZEN and current_settings().points_charge_inactive,
    )


def event_of(applying: Import, number: int, points_minor: int) -> Event:
    """What a line's entry is called for ever."""
    return Event.named(f"import:{applying.pk}:{number}", applying.mode, points_minor)


def word_for(refusal: Refusal) -> str:
    """What the report says of a line that was refused."""
    return WORDS.get(type(refusal), str(refusal) or type(refusal).__name__)[:PROBLEM_MAX]


def write_outcomes(number: int, outcomes: Sequence[Outcome]) -> None:
    """Into the lines and the counts of their import, which is locked."""
    failed = sum(outcome.status == ImportLine.Status.FAILED for outcome in outcomes)
    moved_minor = sum(outcome.size_minor for outcome in outcomes)
    columns = zip(*((o.id, o.status.value, o.problem, o.change_minor, o.sequence) for o in outcomes), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [list(column) for column in columns])
        cursor.execute(COUNT, [len(outcomes) - failed, failed, moved_minor, number])


def _fail_wallet(number: int, wallet_id: int, problem: str) -> None:
    """In part the others go on; else it is the line that the whole import is undone for."""
    applying = locked_import(number)
    waiting = applying.rows.filter(status=ImportLine.Status.GOOD, wallet_id=wallet_id).order_by("number")
    outcomes = [Outcome(pk, ImportLine.Status.FAILED, problem) for pk in waiting.values_list("pk", flat=True)]
    if applying.status != Status.APPLYING or not outcomes:
        return
    if applying.is_partial:
        write_outcomes(number, outcomes)
    else:
        _begin_undoing(number, outcomes[0])


def _begin_undoing(number: int, outcome: Outcome) -> None:
    applying = locked_import(number)
    if applying.status == Status.APPLYING:
        write_outcomes(number, [outcome])
        Import.objects.filter(pk=number).update(status=Status.UNDOING)
        record(ActName.IMPORT_STOPPED, actor=SERVICE, subject=subject_of(number), facts={"why": "a line was refused"})


def _finish(number: int) -> None:
    done = locked_import(number)
    if done.status == Status.APPLYING:
        Import.objects.filter(pk=number).update(status=Status.DONE, finished_at=timezone.now())
        tell_end(Import.objects.get(pk=number))


def tell_end(ended: Import) -> None:
    """Keep how it ended, in figures."""
    facts = {name: getattr(ended, name) for name in ("status", "lines", "applied", "failed", "undone")}
    record(ActName.IMPORT_FINISHED, actor=SERVICE, subject=subject_of(ended.pk), facts=facts)
