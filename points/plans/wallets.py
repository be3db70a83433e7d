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

STILL, MIRRORED = sorted({*FROZEN_STATUSES, *MIRRORED_STATUSES}), sorted(MIRRORED_STATUSES)

# A mirror stays one for good; one manager unfreezes a wallet, and has fees brought to another one, in a second.
FORESEE = f"""
SELECT count(*) FILTER (WHERE listed), count(*) FILTER (WHERE listed AND NOT moves),
    count(*) FILTER (WHERE change <> 0 AND moves),
    count(*) FILTER (WHERE t.amount_minor < 0 AND change > t.amount_minor AND moves),
    coalesce(sum(change) FILTER (WHERE moves), 0), coalesce(sum(change) FILTER (WHERE may_move), 0)
FROM (SELECT %s::text AS amount_type, %s::bigint AS amount_minor, %s::numeric AS percent, %s::bigint AS fee_wallet) AS t,
    LATERAL (SELECT listed, listed AND NOT still AS moves, may_move, {CHANGE_SQL} AS change FROM (
        SELECT a.id <> t.fee_wallet AS listed, a.status = ANY(%s) AS still, a.status <> ALL(%s) AS may_move,
            a.balance - a.held AS own
        FROM ledger_account a WHERE a.id IN ({{wallets}})
    ) AS there) AS changes"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Of so many wallets, how many would be skipped, move, or have less than a charge takes; and what it comes to.

    `at_most_minor` is what it would come to with the frozen wallets active and the fee wallet among them.
    """

    wallets: int
    skipped: int
    moved: int
    short: int
    moved_minor: int
    at_most_minor: int

    @property
    def size_minor(self) -> int:
        """What is held to the limit of one manager. Without its sign: all wallets of a plan gain, or all pay."""
        return abs(self.at_most_minor)


def wallets_of(run: PlanRun) -> QuerySet[Wallet]:
    """Those of its currency and group that were open when it was due, but for the one that fees are brought to."""
    return _with_fee_wallet(run).exclude(pk=_fee_wallet_id())


def _with_fee_wallet(run: PlanRun) -> QuerySet[Wallet]:
    # One that is run ahead of its time is for who is there.
    found = Wallet.objects.filter(currency_code=run.currency_code, created_at__lte=min(run.due_at, run.started_at))
    if run.group_number is not None:
        found = found.filter(user__groups=run.group_number)
    return found


def foresee(run: PlanRun) -> Foreseen:
    """What is left of `run`, which need not be saved, would move now. Nothing is locked: it may be otherwise a moment later."""
    left = _with_fee_wallet(run).filter(Q(pk__gt=run.cursor) | Q(pk__in=run.left_behind))
    wallets, asked = left.values("pk").query.sql_with_params()
    terms = [run.amount_type, run.amount_minor, run.percent, _fee_wallet_id()]
    with connection.cursor() as cursor:
        cursor.execute(FORESEE.format(wallets=wallets), [*terms, STILL, MIRRORED, *asked])
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
