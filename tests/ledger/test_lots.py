"""Burn order: what a debit takes, and what it leaves."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ledger.lots import LotShare, burn, first_end, merge

MAY = datetime(2027, 5, 1, tzinfo=UTC)
JUNE = datetime(2027, 6, 1, tzinfo=UTC)
LOTS = [LotShare(2, None, 10), LotShare(3, JUNE, 30), LotShare(4, MAY, 5), LotShare(5, JUNE, 7)]

SHARES = st.lists(st.builds(LotShare, st.integers(1, 9), st.sampled_from([None, MAY, JUNE]), st.integers(1, 50)), max_size=6).map(
    merge
)


def test_what_ends_soonest_goes_first_and_what_never_ends_last():
    assert burn(LOTS, 50) == [
        LotShare(4, MAY, -5),
        LotShare(3, JUNE, -30),
        LotShare(5, JUNE, -7),
        LotShare(2, None, -8),
    ]


def test_what_lots_do_not_cover_is_money_outside_them():
    assert sum(share.amount for share in burn(LOTS, 1000)) == -52


def test_the_held_head_is_left_alone():
    assert burn(LOTS, 10, held=20) == [LotShare(3, JUNE, -10)]
    assert burn(LOTS, 10, held=52) == []


def test_the_first_end_is_that_of_the_first_rest_outside_the_held_head():
    assert first_end(LOTS) == MAY
    assert first_end(LOTS, held=5) == JUNE
    assert first_end(LOTS, held=42) is None
    assert first_end([]) is None


@given(SHARES, st.integers(0, 200), st.integers(0, 200))
def test_takes_no_more_than_is_asked_for_or_there(lots: list[LotShare], amount: int, held: int):
    taken = burn(lots, amount, held)
    rests = merge([*lots, *taken])

    there = sum(lot.amount for lot in lots)
    assert -sum(share.amount for share in taken) == min(amount, max(there - held, 0))
    assert all(rest.amount > 0 for rest in rests)


@given(SHARES, st.integers(1, 100), st.integers(1, 100))
def test_two_debits_leave_what_one_of_both_leaves(lots: list[LotShare], first: int, second: int):
    rests = merge([*lots, *burn(lots, first)])

    one_by_one = merge([*rests, *burn(rests, second)])
    assert sorted(one_by_one, key=str) == sorted(merge([*lots, *burn(lots, first + second)]), key=str)
