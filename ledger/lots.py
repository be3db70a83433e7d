"""Lots: which credit a debit takes, and what it leaves.

The order in which credit is burnt is (end, sequence): what ends soonest goes
first, credit without an end after it, money outside lots last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q

from ledger.models import Entry, Lot

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LotShare:
    """`amount` minor units of one lot: its rest, or what a movement adds to it (negative: takes from it)."""

    sequence: int
    ends: datetime | None
    amount: int


def shares_of(entry: Entry) -> list[LotShare]:
    """What a written entry did to its account's lots."""
    return [
        LotShare(sequence, None if ends is None else datetime.fromisoformat(ends), amount)
        for sequence, ends, amount in entry.lots
    ]


def _burn_order(lot: LotShare) -> tuple[datetime, int]:
    return (lot.ends or NEVER, lot.sequence)


def burn(lots: Iterable[LotShare], amount: int, held: int = 0) -> list[LotShare]:
    """What a debit of `amount` takes from `lots`, as negative shares; what they do not cover is money outside lots.

    `held` is the head of the burn order, which other debits leave alone: a hold has no lots of its own.
    """
    shares = []
    for lot in sorted(lots, key=_burn_order):
        kept = min(held, lot.amount)
        held -= kept
        taken = min(amount, lot.amount - kept)
        if taken:
            shares.append(LotShare(lot.sequence, lot.ends, -taken))
            amount -= taken
    return shares


def first_end(lots: Iterable[LotShare], held: int = 0) -> datetime | None:
    """When the first lot falls due that has a rest outside the held head; None if none ever does."""
    for lot in sorted(lots, key=_burn_order):
        kept = min(held, lot.amount)
        held -= kept
        if lot.amount > kept:
            return lot.ends
    return None


def due_at(rests: Iterable[LotShare], held: int, other_ends: Iterable[datetime | None]) -> datetime | None:
    """When something of an account falls due next: a lot with a rest outside the held head ends, or one of `other_ends` comes.

    Those are the ends of its live holds, and when its debts come to bear interest.
    """
    ends = [end for end in (*other_ends, first_end(rests, held)) if end is not None]
    return min(ends, default=None)


def ended(lots: Iterable[LotShare], held: int, now: datetime) -> list[LotShare]:
    """What of `lots` has ended by `now`, as negative shares, by end; the part inside the held head lives on."""
    shares = []
    for lot in sorted(lots, key=_burn_order):
        kept = min(held, lot.amount)
        held -= kept
        if lot.amount > kept and lot.ends is not None and lot.ends <= now:
            shares.append(LotShare(lot.sequence, lot.ends, kept - lot.amount))
    return shares


def give_back(shares: Iterable[LotShare], debited: int, amount: int, now: datetime) -> list[LotShare]:
    """Where `amount` of a debit of `debited` goes when it comes back: last taken first.

    Money outside lots comes first, then the lot that ends last. A lot that has
    ended meanwhile comes back as one without an end. So a debit of n of which x
    came back leaves what a debit of n - x would have left.
    """
    taken = sorted(shares, key=_burn_order, reverse=True)
    amount -= min(amount, debited + sum(share.amount for share in taken))
    back = []
    for share in taken:
        part = min(amount, -share.amount)
        if part:
            ends = share.ends if share.ends and share.ends > now else None
            back.append(LotShare(share.sequence, ends, part))
            amount -= part
    return merge(back)


def take_back(rests: Sequence[LotShare], *, sequence: int, loose: int, loose_left: int, amount: int) -> list[LotShare]:
    """What a credit gives back, as negative shares: first what it brought, then burn order, the held head included.

    `sequence` names the credit, and so its lots. `loose` of it came outside lots, and
    `loose_left` is what is outside lots now and may be taken from there.
    """
    own = burn([lot for lot in rests if lot.sequence == sequence], amount)
    amount += sum(share.amount for share in own)
    amount -= min(amount, loose, max(loose_left, 0))
    return [*own, *burn(merge([*rests, *own]), amount)] if amount else own


def handed_on(shares: Iterable[LotShare], sequence: int) -> list[LotShare]:
    """The lots that arrive where `shares` left: with their dates, as lots of the entry that receives them."""
    return merge(LotShare(sequence, share.ends, -share.amount) for share in shares)


def merge(shares: Iterable[LotShare]) -> list[LotShare]:
    """The rests that these shares add up to; a lot without a rest is none."""
    rests: dict[tuple[int, datetime | None], int] = {}
    for share in shares:
        name = (share.sequence, share.ends)
        rests[name] = rests.get(name, 0) + share.amount
    return [LotShare(sequence, ends, rest) for (sequence, ends), rest in rests.items() if rest]


def read(account_id: int) -> list[LotShare]:
    """The lots of an account, as rests."""
    rows = Lot.objects.filter(account_id=account_id).values_list("sequence", "ends", "rest")
    return [LotShare(sequence, ends, rest) for sequence, ends, rest in rows]


def store(account_id: int, rests: Iterable[LotShare], touched: Iterable[LotShare]) -> None:
    """Write the rests of the lots that were touched: a debit empties some and leaves at most one begun."""
    rest_of = {(lot.sequence, lot.ends): lot.amount for lot in rests}
    emptied = Q(pk__in=())
    for share in merge(touched):
        rest = rest_of.get((share.sequence, share.ends), 0)
        row = Q(sequence=share.sequence, ends=share.ends)
        if rest == share.amount:
            Lot.objects.create(account_id=account_id, sequence=share.sequence, ends=share.ends, rest=rest)
        elif rest:
            Lot.objects.filter(row, account_id=account_id).update(rest=rest)
        else:
            emptied |= row
    if emptied != Q(pk__in=()):
        Lot.objects.filter(emptied, account_id=account_id).delete()
