"""Going through the wallets of a run: some hundred in a transaction, entries, counts and cursor committed together.

Whoever is killed leaves a cursor behind which everything is written, and before which nothing is. Several processes may
be at one run: its row is locked first, so that they take turns. A wallet that somebody holds is left behind and tried again
at the end; until all are through the run is not finished, and the next round of the job goes on.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace

from django.db import connection
from django.utils import timezone

from audit.acts import ActName
from audit.services import record
from ledger.book import SERVICE, Book, lock_accounts
from ledger.errors import AccountNotIntact, AmountOutOfRange, BalanceLimitExceeded, Busy, LedgerUnavailable, Refusal
from ledger.kinds import House, Kind
from ledger.models import Account
from ledger.money import Money
from ledger.movements import Circumstances, Event, Movement
from ledger.retry import in_transaction
from points.models import Plan, PlanRun
from points.plans.amounts import change, own_points
from points.plans.approving import require_within_limit, waits
from points.plans.beginning import begin_current
from points.plans.rows import locked_run, subject_of_run
from points.plans.wallets import wallets_of
from wallets.errors import ApprovalRequired

logger = logging.getLogger(__name__)

Progress = Callable[[int], object]

# Locked at once, and for as long as they take together: a tenth of a second or two.
BATCH = 200
# Whoever waits for one wallet holds all those before it: he does not wait for long.
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '100ms'"
# One that was left behind holds nobody up.
LEFT_TIMEOUT = "SET LOCAL lock_timeout = '1s'"
COUNTS = ("moved", "empty", "skipped", "short", "moved_minor")


def run_plans(progress: Progress = lambda wallets: None, *, plan_id: int | None = None) -> int:
    """Begin each current period that nobody did, and go on with every run that is not finished; how many runs there were.

    `progress` is told of wallets that are through, and may raise: what is committed stays, and the next round goes on.
    """
    plans = Plan.objects.filter(is_enabled=True, **({} if plan_id is None else {"pk": plan_id})).order_by("pk")
    stopped: list[Refusal] = [refusal for plan in plans if isinstance(refusal := begin_current(plan), LedgerUnavailable)]
    runs = PlanRun.objects.filter(finished_at=None, plan__in=plans).order_by("pk").values_list("pk", flat=True)
    for run_id in (numbers := list(runs)):
        progress(0)
        try:
            carry_on(run_id, progress)
        except ApprovalRequired as refusal:
            tell_grown(run_id, refusal)
        except Refusal as refusal:
            # It is as it was left, and goes on in the next round; the plans behind it do not wait for that.
            logger.exception("run %s of a plan was stopped", run_id)
            stopped.append(refusal)
    if stopped:
        raise stopped[0]
    return len(numbers)


def carry_on(run_id: int, progress: Progress = lambda wallets: None, *, batch: int | None = None) -> PlanRun:
    """Go through what is left of a run, as far as nobody holds it; it is finished when nothing is.

    Raises:
        ApprovalRequired: with the next wallets it would move more than one manager does alone, and no second one approved it.
    """
    while count := _advance(run_id, batch or BATCH):
        progress(count)
    for wallet_id in PlanRun.objects.get(pk=run_id).left_behind:
        progress(_make_up(run_id, wallet_id))
    in_transaction(lambda: _finish(run_id))
    return PlanRun.objects.get(pk=run_id)


def tell_grown(run_id: int, refusal: ApprovalRequired) -> None:
    """A person has to see to it that a run goes on; the plans behind it do not wait for that."""
    run = PlanRun.objects.select_related("plan").get(pk=run_id)
    told = f"period {run.period} has grown to {refusal.requested}, and {refusal.limit} is what it moves as one manager let it"
    waits(run.plan, f"{told}: a second one has to approve these terms before it goes on")


def _advance(run_id: int, batch: int) -> int:
    """How many wallets the cursor has passed. Where one is in the way of its batch, they go one by one."""
    try:
        return in_transaction(lambda: _book_next(run_id, batch))
    except (Busy, LedgerUnavailable) as refusal:
        if batch == 1:
            if not isinstance(refusal, Busy | AccountNotIntact):
                raise
            in_way = refusal
            return in_transaction(lambda: _pass_by(run_id, in_way))
    passed = 0
    while passed < batch and _advance(run_id, 1):
        passed += 1
    return passed


def _book_next(run_id: int, batch: int) -> int:
    run = locked_run(run_id)
    found = _next_wallets(run, batch)
    if found:
        _wait_at_most(LOCK_TIMEOUT)
        _book(run, found)
        run.cursor = found[-1]
        run.save(update_fields=["cursor", *COUNTS])
    return len(found)


def _next_wallets(run: PlanRun, batch: int) -> list[int]:
    if run.finished_at is not None or not run.plan.is_enabled:
        return []
    return list(wallets_of(run).filter(pk__gt=run.cursor).order_by("pk").values_list("pk", flat=True)[:batch])


def _pass_by(run_id: int, refusal: Busy | AccountNotIntact) -> int:
    """The next wallet cannot be had now, and is tried again at the end; or it refuses to move, and is skipped."""
    run = locked_run(run_id)
    found = _next_wallets(run, 1)
    for wallet_id in found:
        run.cursor = wallet_id
        if isinstance(refusal, Busy):
            run.left_behind = [*run.left_behind, wallet_id]
        elif refusal.account_id == wallet_id:
            run.skipped += 1
        else:
            # Somebody else was at it meanwhile, and has passed the one that refused.
            return 1
        run.save(update_fields=["cursor", "left_behind", "skipped"])
    return len(found)


def _make_up(run_id: int, wallet_id: int) -> int:
    """A wallet that was left behind; 0 where somebody still holds it."""
    try:
        return in_transaction(lambda: _book_left(run_id, wallet_id))
    except Busy:
        return 0
    except AccountNotIntact:
        return in_transaction(lambda: _book_left(run_id, wallet_id, is_intact=False))


def _book_left(run_id: int, wallet_id: int, *, is_intact: bool = True) -> int:
    run = locked_run(run_id)
    if wallet_id not in run.left_behind or not run.plan.is_enabled:
        return 0
    if is_intact:
        _wait_at_most(LEFT_TIMEOUT)
        _book(run, [wallet_id])
    else:
        run.skipped += 1
    run.left_behind = [left for left in run.left_behind if left != wallet_id]
    run.save(update_fields=["left_behind", *COUNTS])
    return 1


def _wait_at_most(timeout: str) -> None:
    """For a wallet, in this transaction; the run's own row is locked by now."""
    with connection.cursor() as cursor:
        cursor.execute(timeout)


def _book(run: PlanRun, wallet_ids: Iterable[int]) -> None:
    """Move what the run says, and count it. Whose entry is there already is counted by it: nobody is asked twice."""
    book = lock_accounts(*wallet_ids)
    event = event_of(run)
    written = {entry.account_id: entry.amount for entry in book.entries_of(event) if entry.kind in (Kind.GRANT, Kind.CHARGE)}
    with book.sending_together():
        for wallet_id in wallet_ids:
            before = written.get(wallet_id)
            _count(run, _move(book, book[wallet_id], run, event) if before is None else before)
    require_within_limit(run)


def _move(book: Book, account: Account, run: PlanRun, event: Event) -> int | None:
    """What the account has gained, or paid; None where it was skipped."""
    if account.is_frozen or account.is_mirror:
        return None
    amount = change(run, own_points(account))
    if not amount:
        return 0
    try:
        # That no entry has the key was asked for all of them at once.
        book.post(_movement(account, run, amount), event=replace(event, is_new=True))
    except (AmountOutOfRange, BalanceLimitExceeded):
        return None
    return amount


def _movement(account: Account, run: PlanRun, amount: int) -> Movement:
    """As an adjustment by the shop: no limit of the wallet holds, and no fee is taken."""
    is_gain = amount > 0
    return Movement(
        account.pk,
        Kind.GRANT if is_gain else Kind.CHARGE,
        Money(amount, account.currency),
        House.ISSUED if is_gain else House.SPENT,
        Circumstances(run.actor, reason=run.label),
    )


def _count(run: PlanRun, amount: int | None) -> None:
    if amount is None:
        run.skipped += 1
        return
    run.moved += amount != 0
    run.empty += amount == 0
    run.moved_minor += amount
    run.short += run.amount_minor is not None and run.amount_minor < amount


def event_of(run: PlanRun) -> Event:
    """What its entries are called, in every wallet, for ever."""
    return Event.named(run.key, run.amount_type, run.amount_minor, run.percent and f"{run.percent:.4f}", run.currency_code)


def _finish(run_id: int) -> None:
    run = locked_run(run_id)
    if run.finished_at is not None or run.left_behind or _next_wallets(run, 1) or not run.plan.is_enabled:
        return
    PlanRun.objects.filter(pk=run_id).update(finished_at=timezone.now(), wallets=run.through, group=None)
    facts = {name: int(getattr(run, name)) for name in COUNTS}
    record(ActName.PLAN_RUN_FINISHED, actor=SERVICE, subject=subject_of_run(run), facts=facts)
