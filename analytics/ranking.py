"""What takes longer than an answer may, kept: who spent most in windows of every length, and how many have money.

Windows of 1 to 365 days all end today, and what somebody spent only grows as they grow. So one walk back in time is enough:
who leads a window led the shorter one, or spent something on the day that was added. Within a day it only grows, too: who
leads now led at the last ranking, or has spent something since. So only the first walk of a day is about everybody.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from heapq import nlargest
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from analytics.counting import DAY, SPENDING
from analytics.models import DAYS_MAX, ActiveWallets, Progress, Ranking
from analytics.moments import one_moment
from ledger.retry import in_transaction
from wallets.models import Wallet

PLACES = 10
# A day's row holds everybody who spent something on it.
DAYS_AT_ONCE = 4
KEPT_FOR = timedelta(minutes=10)

# What accounts spent: what is counted, and what is not yet.
SPENT = f"""
SELECT day, account_id, spent FROM analytics_dayspending WHERE day >= %(first_day)s
UNION ALL SELECT {DAY}, entry.account_id, -entry.amount FROM ledger_entry entry
WHERE entry.id > %(counted)s AND entry.amount < 0 AND entry.kind = ANY (%(kinds)s) AND {DAY} >= %(first_day)s"""  # noqa: S608

# Without a join, which would sort a year of rows; and in integers, of which the largest is more than anybody can spend in a day.
SPENT_BY_DAY = f"""
SELECT day, array_agg(account_id), array_agg(least(spent, {2**63 - 1})::bigint)
FROM ({SPENT}) AS spent WHERE account_id = ANY (%(accounts)s) GROUP BY 1 ORDER BY 1 DESC"""  # noqa: S608

SPENT_SINCE = """
SELECT DISTINCT wallet.user_id FROM ledger_entry entry JOIN wallets_wallet wallet ON wallet.id = entry.account_id
WHERE entry.id > %s AND entry.amount < 0 AND entry.kind = ANY (%s)"""

TOP = f"""
SELECT wallet.user_id, sum(spent.spent) FROM ({SPENT}) AS spent
JOIN wallets_wallet wallet ON wallet.id = spent.account_id AND wallet.currency = %(currency)s
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {PLACES}"""  # noqa: S608

ACTIVE = """
SELECT wallet.currency, count(DISTINCT wallet.user_id) FROM ledger_account account
JOIN wallets_wallet wallet ON wallet.id = account.id WHERE account.balance <> 0 GROUP BY 1"""

Spender = tuple[int, int]


class Leaders:
    """Who spent most of one currency, as the walk goes back from today."""

    def __init__(self) -> None:
        self.top: list[Spender] = []
        self._sums: defaultdict[int, int] = defaultdict(int)

    def add(self, spent: Iterable[Spender]) -> bool:
        """Take one more day into the window; whether the ranking is another one now. A user may come more than once."""
        sums, before = self._sums, self.top
        changed = {user for user, _ in before}
        for user, amount in spent:
            sums[user] += amount
            changed.add(user)
        floor = min((sums[user] for user, _ in before), default=0) if len(before) == PLACES else 0
        candidates = [(user, sums[user]) for user in changed if sums[user] >= floor]
        self.top = nlargest(PLACES, candidates, key=lambda spender: (spender[1], -spender[0]))
        return self.top != before


def refresh_rankings() -> int:
    """Rank the spenders of windows of all lengths, and count who has money; how many rankings there are."""
    with one_moment():
        now, state = timezone.now(), Progress.objects.first() or Progress()
        rankings = _rankings(state, now.date())
        with connection.cursor() as cursor:
            cursor.execute(ACTIVE)
            active = [ActiveWallets(currency_code=code, count=count) for code, count in cursor.fetchall()]

    def keep() -> None:
        Progress.objects.update_or_create(pk=1, defaults={"ranked_at": now, "ranked_id": state.counted_id})
        Ranking.objects.all().delete()
        ActiveWallets.objects.all().delete()
        Ranking.objects.bulk_create(rankings)
        ActiveWallets.objects.bulk_create(active)

    in_transaction(keep)
    return len(rankings)


def top_spenders(state: Progress, *, currency_code: str, days: int) -> tuple[list[Spender], datetime]:
    """User and minor units, and as of when: the kept ranking while it is young enough, else a new one."""
    now = timezone.now()
    if kept_at := _kept_at(state, now):
        kept = Ranking.objects.filter(currency_code=currency_code, days__lte=days).order_by("-days").first()
        return [(user, minor) for user, minor in kept.spenders] if kept else [], kept_at
    with connection.cursor() as cursor:
        cursor.execute(TOP, {**_since(state, first_day_of(now.date(), days)), "currency": currency_code})
        return [(user, int(minor)) for user, minor in cursor.fetchall()], now


def active_wallets(state: Progress, *, currency_code: str) -> tuple[int, datetime]:
    """How many customers have a balance that is not 0, and as of when: as the job counted while that is young enough."""
    now = timezone.now()
    if kept_at := _kept_at(state, now):
        kept = ActiveWallets.objects.filter(pk=currency_code).first()
        return kept.count if kept else 0, kept_at
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count FROM ({ACTIVE}) AS active WHERE currency = %s", [currency_code])  # noqa: S608
        row = cursor.fetchone()
    return row[0] if row else 0, now


def first_day_of(today: date, days: int) -> date:
    """Of the window of `days` days that ends today."""
    return today - timedelta(days=days - 1)


def _rankings(state: Progress, today: date) -> list[Ranking]:
    """One for each window that another customer leads, or another ten do, than the next shorter one."""
    leaders: defaultdict[str, Leaders] = defaultdict(Leaders)
    kept: dict[tuple[str, int], Ranking] = {}
    wallets = _wallets_to_rank(state, today)
    holders = {pk: (code, user) for pk, code, user in wallets.values_list("pk", "currency_code", "user_id").iterator()}
    with connection.chunked_cursor() as cursor:
        cursor.execute(SPENT_BY_DAY, {**_since(state, first_day_of(today, DAYS_MAX)), "accounts": list(holders)})
        while rows := cursor.fetchmany(DAYS_AT_ONCE):
            for day, accounts, amounts in rows:
                for code, spent in _by_currency(zip(accounts, amounts, strict=True), holders).items():
                    if leaders[code].add(spent):
                        # A clock that is ahead may have written into tomorrow.
                        days = max(1, (today - day).days + 1)
                        kept[code, days] = Ranking(currency_code=code, days=days, spenders=leaders[code].top)
    return list(kept.values())


def _wallets_to_rank(state: Progress, today: date) -> "QuerySet[Wallet]":
    """Those of who led at the last ranking of this day or has spent something since; everybody's, where that is not known."""
    wallets = Wallet.objects.all()
    if state.ranked_at is None or state.ranked_at.date() != today:
        return wallets
    leading = {user for spenders in Ranking.objects.values_list("spenders", flat=True) for user, _ in spenders}
    with connection.cursor() as cursor:
        cursor.execute(SPENT_SINCE, [state.ranked_id, list(SPENDING)])
        return wallets.filter(user_id__in=leading.union(user for (user,) in cursor.fetchall()))


def _by_currency(spent: Iterable[tuple[int, int]], holders: dict[int, tuple[str, int]]) -> dict[str, list[Spender]]:
    """What accounts spent as what their holders did. An account without a wallet is nobody's."""
    found: defaultdict[str, list[Spender]] = defaultdict(list)
    for account, amount in spent:
        if holder := holders.get(account):
            found[holder[0]].append((holder[1], amount))
    return found


def _kept_at(state: Progress, now: datetime) -> datetime | None:
    """When what the job keeps was made, unless that is too long ago to be told."""
    return state.ranked_at if state.ranked_at and now - state.ranked_at < KEPT_FOR else None


def _since(state: Progress, first_day: date) -> dict[str, Any]:
    return {"first_day": first_day, "counted": state.counted_id, "kinds": list(SPENDING)}
