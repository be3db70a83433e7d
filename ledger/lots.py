"""Lots: which credit a debit takes, and what it leaves.

The order in which credit is burnt is (end, sequence): what ends soonest goes
first, credit without an end after it, money outside lots last.
"""

from collections.abc import Iterable
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
    for share in touched:
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
