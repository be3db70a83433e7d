"""Giving back an entry: once, whole or in part, linked to what it gives back, and never more than that."""

import logging
from collections.abc import Sequence
from uuid import UUID, uuid4

from django.db import transaction

from ledger import lots
from ledger.book import Book, lock_accounts
from ledger.errors import AccountNotIntact, AlreadyReversed, NotReversible, ReversalExceedsOriginal
from ledger.kinds import House, Kind
from ledger.models import ACTS_ONCE, Account, Entry
from ledger.money import Money
from ledger.movements import Choose, Circumstances, Event, Movement

logger = logging.getLogger(__name__)

# What is given back by its own route, or not at all (ledger.md, "Giving back").
NOT_REVERSIBLE = frozenset(
    {
        *(Kind.REVERSAL, Kind.EXPIRY, Kind.HOLD, Kind.RELEASE, Kind.DEBT, Kind.REPAYMENT, Kind.INTEREST, Kind.REFUND),
        *(Kind.FEE, Kind.WITHDRAWAL, Kind.WITHDRAWAL_RETURN, Kind.TOPUP),
    }
)

# Of these, what nobody gives back, but whoever paid for it may take back.
TAKEN_BACK = frozenset({Kind.TOPUP})


@transaction.atomic(savepoint=False)
def reverse(*, entry: Entry, amount: Money | None = None, event: Event, why: Circumstances) -> list[Entry]:
    """Give `entry` back, `amount` of it or all that can be; a transfer with its mirror and its fee. Once per `event`.

    The first of the returned entries is of the account that `entry` is of. Frozen accounts give back as well.

    Raises:
        NotReversible: an entry of this kind is undone by its own route, or not at all.
        AlreadyReversed: it was given back before, whole or in part.
        ReversalExceedsOriginal: `amount` is more than the entry's, less what of it has expired; or part of a transfer.
        InsufficientFunds: the account cannot give it back.
        AmountOutOfRange, CurrencyMismatch, BalanceLimitExceeded, EventReused: see `Book.post`.
    """
    parts = _group_of(entry) if entry.counter_account_id else [entry]
    book = lock_accounts(*{part.account_id for part in parts})
    if earlier := book.entries_of(event):
        return earlier
    for part in parts:
        _require_reversible(part, parts)
    if len(parts) > 1:
        return book.post(*_transfer_back(book, entry, parts, amount, why), event=event)
    movement = debit_back if entry.amount < 0 else _credit_back
    return book.post(movement(book, entry, amount, why), event=event)


def taken_back(book: Book, entry: Entry, amount_minor: int | None, why: Circumstances) -> Movement:
    """The reversal of a credit that whoever paid for it takes back, a top-up's too: for who has locked its account.

    All that can be unless `amount_minor` says; post it once and behind the debt (`ledger.debts.loan`) that pays for what
    the account lacks. What it takes is decided when it is written, so several may be posted together.

    Raises:
        NotReversible: it is no credit, or of a kind that is undone by its own route.
        AlreadyReversed: it was given back before, whole or in part.
        ReversalExceedsOriginal: `amount_minor` is more than the entry's, less what of it has expired.
    """
    if entry.amount <= 0 or entry.counter_account_id or entry.kind in NOT_REVERSIBLE - TAKEN_BACK:
        raise NotReversible(entry.kind)
    _require_not_reversed(entry)
    account = book[entry.account_id]
    asked = None if amount_minor is None else account.money(amount_minor)
    amount = _bounded(account, asked, taken_back_at_most(entry))
    return _movement(entry, Money(-amount.minor, amount.currency), why, choose=_choice(entry, amount.minor))


def taken_back_further(book: Book, entry: Entry, amount_minor: int, why: Circumstances) -> Movement:
    """A further part of a credit that was taken back in part before: a charge, because an entry is given back once.

    How much is left to be taken, the caller knows. Which lots pay is decided as for `taken_back`.
    """
    return Movement(
        entry.account_id,
        Kind.CHARGE,
        book[entry.account_id].money(-amount_minor),
        House(entry.house) if entry.house else None,
        why,
        is_bound=True,
        choose=_choice(entry, amount_minor),
    )


def is_given_back(entry: Entry) -> bool:
    """Whether it was given or taken back before, whole or in part."""
    return Entry.objects.filter(account_id=entry.account_id, of=entry.sequence, kind__in=ACTS_ONCE).exists()


def taken_back_at_most(entry: Entry) -> int:
    """How much of a credit can be taken back, in minor units: what of it has expired is gone."""
    return entry.amount - _expired_of(entry)


def require_reversible(entry: Entry, amount: Money) -> None:
    """Refuse at once what no lock could make possible: for who lets a reversal wait. `reverse` decides again, under the lock.

    Raises:
        NotReversible, AlreadyReversed, ReversalExceedsOriginal: see `reverse`.
    """
    _require_reversible(entry, [entry])
    if amount.minor > abs(entry.amount):
        raise ReversalExceedsOriginal(most=Money(abs(entry.amount), amount.currency), requested=amount)


def _group_of(entry: Entry) -> list[Entry]:
    """The rows of a transfer, those of `entry`'s own account first. Written once, so they can be read before the lock."""
    rows = Entry.objects.filter(account_id__in=[entry.account_id, entry.counter_account_id], key=entry.key, group=entry.group)
    if {row.account_id for row in rows} != {entry.account_id, entry.counter_account_id}:
        logger.critical("transfer %s lacks one of its sides: it is not given back", entry.group)
        raise AccountNotIntact(entry.account_id)
    return sorted(rows, key=lambda row: (row.account_id != entry.account_id, row.sequence))


def _require_reversible(entry: Entry, parts: list[Entry]) -> None:
    if entry.kind in NOT_REVERSIBLE and not (entry.kind == Kind.FEE and len(parts) > 1):
        raise NotReversible(entry.kind)
    _require_not_reversed(entry)


def _require_not_reversed(entry: Entry) -> None:
    if is_given_back(entry):
        raise AlreadyReversed(entry.kind)


def _movement(entry: Entry, amount: Money, why: Circumstances, *, kind: Kind = Kind.REVERSAL, **extra: object) -> Movement:
    return Movement(
        entry.account_id,
        kind,
        amount,
        House(entry.house) if entry.house else None,
        why,
        is_bound=True,
        of=entry.sequence,
        counter_account_id=entry.counter_account_id,
        **extra,  # type: ignore[arg-type]
    )


def debit_back(
    book: Book,
    entry: Entry,
    amount: Money | None,
    why: Circumstances,
    *,
    kind: Kind = Kind.REVERSAL,
    group: UUID | None = None,
) -> Movement:
    """It comes back into the lots that it took from, last taken first: for who has locked its account, and seen that it may.

    Raises:
        ReversalExceedsOriginal: `amount` is more than was taken.
    """
    account = book[entry.account_id]
    amount = _bounded(account, amount, -entry.amount)
    back = lots.give_back(lots.shares_of(entry), -entry.amount, amount.minor, book.now)
    return _movement(entry, amount, why, kind=kind, shares=back, group=group)


def _credit_back(book: Book, entry: Entry, amount: Money | None, why: Circumstances, group: UUID | None = None) -> Movement:
    """First what it brought, then burn order; it may reach into what is held, which then moves on."""
    account = book[entry.account_id]
    amount = _bounded(account, amount, taken_back_at_most(entry))
    gone = _choice(entry, amount.minor)(account, book.lots_of(account.pk))
    return _movement(entry, Money(-amount.minor, amount.currency), why, shares=gone, group=group)


def _choice(entry: Entry, amount_minor: int) -> Choose:
    """Which lots pay when so much of the credit `entry` goes: its own first."""

    def choose(account: Account, rests: Sequence[lots.LotShare]) -> list[lots.LotShare]:
        return lots.take_back(
            rests,
            sequence=entry.sequence,
            loose=entry.amount - sum(share.amount for share in lots.shares_of(entry)),
            loose_left=account.balance - account.in_lots + account.credit_line,
            amount=amount_minor,
        )

    return choose


def _bounded(account: Account, amount: Money | None, most: int) -> Money:
    """What is asked for, all there is unless said; `most` is what may be given back, in minor units."""
    wanted = account.money(most) if amount is None else amount
    if wanted.minor > most or most <= 0:
        raise ReversalExceedsOriginal(most=account.money(max(most, 0)), requested=wanted)
    return wanted


def _expired_of(entry: Entry) -> int:
    """How much of what `entry` brought has expired; nothing can have where nothing ends."""
    brought = lots.shares_of(entry)
    if not any(share.ends for share in brought):
        return 0
    expiries = Entry.objects.filter(
        account_id=entry.account_id, sequence__gt=entry.sequence, kind=Kind.EXPIRY, lots__contains=[[entry.sequence]]
    )
    return -sum(share.amount for row in expiries for share in lots.shares_of(row) if share.sequence == entry.sequence)


def _transfer_back(book: Book, entry: Entry, parts: list[Entry], amount: Money | None, why: Circumstances) -> list[Movement]:
    """The recipient gives back as for a credit; what he gives arrives with its dates; the fee comes back as a debit's."""
    sent = next(part for part in parts if part.amount < 0 and part.counter_account_id)
    received = next(part for part in parts if part.amount > 0)
    if amount is not None and amount.minor != received.amount:
        raise ReversalExceedsOriginal(most=book[received.account_id].money(received.amount), requested=amount)
    group = uuid4()
    whole = book[received.account_id].money(received.amount)
    given = _credit_back(book, received, whole, why, group)
    arriving = lots.handed_on(given.shares or (), book[sent.account_id].sequence + 1)
    movements = [given, _movement(sent, whole, why, shares=arriving, group=group)]
    movements += [debit_back(book, fee, None, why, group=group) for fee in parts if fee.kind == Kind.FEE]
    return sorted(movements, key=lambda movement: movement.account_id != entry.account_id)
