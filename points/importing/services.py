"""What a person decides of an import: to start it, to cancel it, to stop it. Each is one transaction."""

from collections.abc import Collection, Iterable

from django.db import connection, transaction
from django.utils import timezone

from audit.acts import ActName
from audit.services import actor_of, record
from ledger.money import Money
from people.models import User
from points.importing.errors import ImportNotReady, ImportRunning
from points.importing.staging import subject_of
from points.models import Import, ImportLine
from wallets.approvals import approval_limit, require_manager
from wallets.errors import ApprovalRequired, OwnApproval, OwnWallet

Status = Import.Status

WOULD_MOVE = """
SELECT coalesce(sum(abs(l.points_minor - a.balance)), 0) FROM points_importline l JOIN ledger_account a ON a.id = l.wallet_id
WHERE l.import_id = %s AND l.status = 'good'"""
# Two that are started at once: the second one sees the first.
LOCK_STARTING = "SELECT pg_advisory_xact_lock(20009)"


def locked_import(number: int) -> Import:
    """The business row, locked before its lines and their accounts are."""
    return Import.objects.select_for_update(no_key=True, of=("self",)).select_related("uploaded_by", "started_by").get(pk=number)


@transaction.atomic(savepoint=False)
def start_import(*, number: int, by: User | None = None) -> Import:
    """Let a checked import be booked; `by` is None for the operator at the console, whom no limit of the managers holds.

    Raises:
        ManagerRequired: `by` is no shop manager.
        ImportNotReady: it is not checked, has bad lines, was cancelled, or was started before.
        OwnApproval: together it moves more, as things are now, than one manager does alone, and he uploaded it himself.
        OwnWallet: it does, and one of the wallets is his.
        ImportRunning: another one is being booked.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK_STARTING)
    starting = locked_import(number)
    if by is not None:
        require_manager(by)
    if starting.status != Status.READY:
        raise ImportNotReady(starting.get_status_display())
    starting.moves_minor = moves_now(starting)
    starting.limit_minor = None if by is None else _limit_of_one(starting, by)
    _require_alone(starting)
    starting.status, starting.started_by, starting.started_at = Status.APPLYING, by, timezone.now()
    starting.actor = _actor(starting, by)
    starting.save(update_fields=["status", "started_by", "started_at", "actor", "moves_minor", "limit_minor"])
    record(ActName.IMPORT_STARTED, actor=actor_of(by), subject=subject_of(number), facts=_facts(starting))
    return starting


@transaction.atomic(savepoint=False)
def cancel_import(*, number: int, by: User | None = None) -> Import:
    """A checked import is not wanted: nothing was booked, and nothing will be.

    Raises:
        ManagerRequired: `by` is no shop manager.
        ImportNotReady: it was started, or is over.
    """
    cancelled = locked_import(number)
    if by is not None:
        require_manager(by)
    if cancelled.status not in (Status.UPLOADED, Status.READY):
        raise ImportNotReady(cancelled.get_status_display())
    cancelled.status, cancelled.finished_at = Status.CANCELLED, timezone.now()
    cancelled.save(update_fields=["status", "finished_at"])
    record(ActName.IMPORT_CANCELLED, actor=actor_of(by), subject=subject_of(number))
    return cancelled


@transaction.atomic(savepoint=False)
def stop_import(*, number: int, by: User | None = None) -> Import:
    """Book no more of it, and give back what was booked; or try that again where something could not be given back.

    Raises:
        ManagerRequired: `by` is no shop manager.
        ImportNotReady: it is not being booked.
        ImportRunning: another one is.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK_STARTING)
    stopped = locked_import(number)
    if by is not None:
        require_manager(by)
    if stopped.status not in (Status.APPLYING, Status.STUCK):
        raise ImportNotReady(stopped.get_status_display())
    _require_alone(stopped)
    stopped.status, stopped.finished_at = Status.UNDOING, None
    stopped.save(update_fields=["status", "finished_at"])
    record(ActName.IMPORT_STOPPED, actor=actor_of(by), subject=subject_of(number))
    return stopped


def wallets_with_lines(wallet_ids: Collection[int]) -> Iterable[int]:
    """Of these wallets, those that a running import is about to move, or may have to give back to."""
    rows = ImportLine.objects.filter(wallet__in=wallet_ids, of__status__in=Import.RUNNING)
    return rows.filter(status__in=(ImportLine.Status.GOOD, ImportLine.Status.APPLIED)).values_list("wallet_id", flat=True)


def needs_second(waiting: Import) -> bool:
    """Whether it would move more, all of it together, than one manager does alone."""
    limit = approval_limit(waiting.currency)
    return limit is not None and moves_now(waiting) > limit.minor


def moves_now(waiting: Import) -> int:
    """What a checked import would move as the wallets are now, in minor units without signs: `set` by other than at its check."""
    if waiting.mode == Import.Mode.GRANT or waiting.status != Status.READY:
        return int(waiting.moves_minor)
    with connection.cursor() as cursor:
        cursor.execute(WOULD_MOVE, [waiting.pk])
        (minor,) = cursor.fetchone()
    return int(minor)


def require_within_limit(applying: Import, moved_minor: int) -> None:
    """Ask before a line is booked with which the import, whose row is locked, has moved so much.

    Raises:
        ApprovalRequired: one manager alone started it, and does not move so much.
    """
    if applying.limit_minor is not None and moved_minor > applying.limit_minor:
        unit = applying.currency
        raise ApprovalRequired(limit=Money(applying.limit_minor, unit), requested=Money(moved_minor, unit))


def moves(counted: Import) -> Money:
    """All of its changes together, without their signs."""
    return Money(int(counted.moves_minor), counted.currency)


def _limit_of_one(starting: Import, by: User) -> int | None:
    """What may be booked where `by` is no second manager; None where he is, or where there is no limit.

    Nothing of it is locked yet, and wallets that move until they are do not make it more: the booking counts.
    """
    limit = approval_limit(starting.currency)
    missing = _why_no_second(starting, by) if limit is not None else None
    if limit is None or missing is None:
        return None
    if starting.moves_minor > limit.minor:
        raise missing
    return limit.minor


def _why_no_second(starting: Import, by: User) -> OwnApproval | OwnWallet | None:
    if starting.uploaded_by_id == by.pk:
        return OwnApproval()
    return OwnWallet() if starting.rows.filter(wallet__user=by, status="good").exists() else None


def _require_alone(starting: Import) -> None:
    other = Import.objects.filter(status__in=Import.RUNNING).exclude(pk=starting.pk).first()
    if other is not None:
        raise ImportRunning(other.pk)


def _actor(starting: Import, by: User | None) -> str:
    uploaded, started = actor_of(starting.uploaded_by), actor_of(by)
    return started if starting.uploaded_by_id == starting.started_by_id else f"{uploaded}, started by {started.split(' ')[0]}"


def _facts(starting: Import) -> dict[str, object]:
    counts = {"good": starting.good, "bad": starting.failed, "moves_minor": int(starting.moves_minor)}
    return {**counts, "limit_minor": starting.limit_minor}
