"""Whose wallets a run goes through, and what it would move as they are now."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet

from ledger.models import FROZEN_STATUSES, MIRRORED_STATUSES
from people.models import User
from points.models import Plan, PlanRun
from points.plans.amounts import CHANGE_SQL
from site_settings.reading import current_settings
from wallets.models import Wallet
from wallets.reading import read_wallet_called

STILL = sorted({*FROZEN_STATUSES, *MIRRORED_STATUSES})

FORESEE = f"""
SELECT count(*), count(*) FILTER (WHERE still), count(*) FILTER (WHERE change <> 0 AND NOT still),
    count(*) FILTER (WHERE t.amount_minor < 0 AND change > t.amount_minor AND NOT still),
    coalesce(sum(change) FILTER (WHERE NOT still), 0)
FROM (SELECT %s::text AS amount_type, %s::bigint AS amount_minor, %s::numeric AS percent) AS t,
    LATERAL (SELECT still, {CHANGE_SQL} AS change FROM (
        SELECT a.status = ANY(%s) AS still, a.balance - a.held AS own FROM ledger_account a WHERE a.id IN ({{wallets}})
    ) AS there) AS changes"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Of so many wallets, how many would be skipped, move, or have less than a charge takes; and what it comes to."""

    wallets: int
    skipped: int
    moved: int
    short: int
    moved_minor: int

    @property
    def size_minor(self) -> int:
        """Without its sign: all wallets of a plan gain, or all pay."""
        return abs(self.moved_minor)


def wallets_of(run: PlanRun) -> QuerySet[Wallet]:
    """Those of its currency and group that were open when it was due, but for the one that fees are brought to."""
    # One that is run ahead of its time is for who is there.
    found = Wallet.objects.filter(currency_code=run.currency_code, created_at__lte=min(run.due_at, run.started_at))
    if run.group_number is not None:
        found = found.filter(user__groups=run.group_number)
    return found.exclude(pk=_fee_wallet_id())


def foresee(run: PlanRun) -> Foreseen:
    """What is left of `run`, which need not be saved, would move now. Nothing is locked: it may be otherwise a moment later."""
    left = wallets_of(run).filter(Q(pk__gt=run.cursor) | Q(pk__in=run.left_behind))
    wallets, asked = left.values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(FORESEE.format(wallets=wallets), [run.amount_type, run.amount_minor, run.percent, STILL, *asked])
        row = cursor.fetchone()
    assert row is not None
    return Foreseen(*map(int, row))


def own_wallets(plan: Plan, user: User) -> QuerySet[Wallet]:
    """Which of the wallets that a plan is for now are his."""
    found = Wallet.objects.filter(currency_code=plan.currency_code, user=user)
    return found if plan.group_id is None else found.filter(user__groups=plan.group_id)


def _fee_wallet_id() -> int:
    """0, which is no wallet's, where there is none."""
    word = current_settings().fee_wallet
    try:
        return read_wallet_called(word).pk if word else 0
    except Wallet.DoesNotExist:
        return 0
