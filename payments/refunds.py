"""Refunds: a manager pays a top-up back through its provider. An effect outside (ledger.md), in four commits.

What is to go is set aside under an id that never changes; the provider is called without a lock or a transaction; then
what was set aside is taken, or freed. An answer that was lost is asked for by doing the same again under the same id, by a
job; nobody decides by hand while that goes on. After a day, or where nobody can be asked, a person settles it.
"""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from audit.acts import ActName
from audit.services import actor_of, record
from ledger.alarms import clear_alarm, raise_alarm
from ledger.book import lock_accounts
from ledger.effects import Outcome
from ledger.errors import AmountOutOfRange, Busy, CurrencyMismatch, LedgerUnavailable
from ledger.kinds import Kind
from ledger.money import Money
from ledger.movements import Event, Movement
from ledger.retry import in_transaction
from payments.adapters import provider_named
from payments.errors import RefundExceedsTopup, RefundUnderWay, TopupNotCompleted
from payments.models import TakeBack, Topup
from payments.port import Charged
from payments.services import locked_topup
from payments.taking_back import (
    KEY,
    book_take_back,
    circumstances,
    cost_of,
    facts_of,
    free_refund,
    left_of,
    movements_of,
    require_intact,
)
from people.models import User
from wallets.approvals import require_manager
from wallets.errors import OwnWallet

logger = logging.getLogger(__name__)

Status = TakeBack.Status
UNKNOWN_ALARM = "refund_unknown"
MANUAL = "manual"

# Longer than any call of a provider: who comes back after it asks.
LEASE = timedelta(minutes=5)
ASK_FIRST, ASK_LAST = timedelta(minutes=1), timedelta(hours=1)
ASKED_FOR = timedelta(hours=24)
BATCH = 20

TAKE = """
UPDATE payments_takeback SET next_attempt_at = clock_timestamp() + make_interval(secs => %s)
WHERE id = (SELECT id FROM payments_takeback WHERE next_attempt_at <= clock_timestamp()
    ORDER BY next_attempt_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id"""


def request_refund(*, topup: Topup, amount: Money | None = None, by: User | None) -> TakeBack:
    """Pay `amount` of a completed top-up back, all that is left of it unless said, and take it with its bonus.

    Call it outside any transaction. `by` is None for the operator at the console. What comes back says what became of it:
    done, failed, or not known, which is asked again by itself. Frozen wallets give back as well.

    Raises:
        TopupUnknown: there is none of this id.
        ManagerRequired, OwnWallet: `by` may not ask for it.
        TopupNotCompleted: nothing was credited.
        RefundUnderWay: one at a time.
        CurrencyMismatch, AmountOutOfRange, RefundExceedsTopup: so much cannot go back, or so little of what was bought.
        AccountNotIntact: what went back before is not what the entries say.
        InsufficientFunds: the wallet does not have it available, the bonus with it.
    """
    take_back = in_transaction(lambda: _intent(topup.pk, amount, by), durable=True)
    return _call(take_back)


def settle_refunds() -> int:
    """Ask again for refunds whose outcome is not known; how many were asked for."""
    for count in range(BATCH):
        with connection.cursor() as cursor:
            cursor.execute(TAKE, [LEASE.total_seconds()])
            row = cursor.fetchone()
        if row is None:
            return count
        try:
            _call(_read(row[0]))
        except (Busy, LedgerUnavailable):
            # The lease runs out, and then it is asked again: what was refunded is not refunded twice.
            logger.exception("take-back %s: what became of it could not be booked", row[0])
    return BATCH


@transaction.atomic(savepoint=False)
def settle_refund_by_hand(*, take_back_id: UUID, was_refunded: bool, by: User | None) -> TakeBack:
    """A person says what became of a refund of which nobody can be asked any more. Said again, it is said once.

    Raises:
        ManagerRequired, OwnWallet: `by` may not say so.
        RefundUnderWay: it is being paid, or still asked for.
    """
    take_back = _locked(take_back_id)
    _require_may(take_back.topup, by)
    if take_back.status in (Status.DONE, Status.FAILED):
        return take_back
    if not may_settle(take_back):
        raise RefundUnderWay
    facts = {"take_back": str(take_back.pk), "was_refunded": was_refunded, "amount_minor": take_back.amount_minor}
    record(ActName.REFUND_SETTLED, actor=actor_of(by), subject=f"topup:{take_back.topup_id}", facts=facts)
    return _yes(take_back, "") if was_refunded else _no(take_back, "by_hand")


def may_settle(take_back: TakeBack) -> bool:
    """Whether it is for a person to say what became of it: nobody asks any more."""
    return take_back.status == Status.UNKNOWN and take_back.next_attempt_at is None


def _intent(topup_id: UUID, amount: Money | None, by: User | None) -> TakeBack:
    """What is to go is set aside, without an end, and what is asked of the provider written down."""
    topup = locked_topup(topup_id)
    _require_may(topup, by)
    if topup.status != Topup.Status.COMPLETED:
        raise TopupNotCompleted(topup.status)
    if topup.take_backs.filter(status__in=(Status.REQUESTED, Status.UNKNOWN)).exists():
        raise RefundUnderWay
    require_intact(topup)
    asked = _bounded(topup, amount)
    take_back = TakeBack(topup=topup, kind=TakeBack.Kind.REFUND, amount_minor=asked.minor, actor=actor_of(by))
    take_back.next_attempt_at = timezone.now() + LEASE
    take_back.hold_sequence = _set_aside(take_back)
    take_back.save(force_insert=True)
    facts = {"take_back": str(take_back.pk), "amount_minor": asked.minor, "currency": topup.currency_code}
    record(ActName.REFUND_ASKED, actor=take_back.actor, subject=f"topup:{topup.pk}", facts=facts)
    return take_back


def _require_may(topup: Topup, by: User | None) -> None:
    if by is None:
        return
    require_manager(by)
    if topup.wallet.user_id == by.pk:
        raise OwnWallet


def _bounded(topup: Topup, amount: Money | None) -> Money:
    left = topup.payment(left_of(topup))
    asked = amount or left
    if asked.currency != left.currency:
        raise CurrencyMismatch(account_id=topup.wallet_id, holds=left.currency.code, asked=asked.currency.code)
    if asked.minor > left.minor or not left.minor:
        raise RefundExceedsTopup(most=left, requested=asked)
    if asked.minor < 1:
        raise AmountOutOfRange(asked.minor)
    return asked


def _set_aside(take_back: TakeBack) -> int:
    """By a movement of its own: a holder's limits and a freeze are for what he starts."""
    wallet_id = take_back.topup.wallet_id
    book, why = lock_accounts(wallet_id), circumstances(take_back)
    whole = cost_of(movements_of(book, take_back.topup, take_back.amount_minor, why))
    if not whole:
        raise AmountOutOfRange(take_back.amount_minor)
    movement = Movement(wallet_id, Kind.HOLD, book[wallet_id].money(0), None, why, is_bound=True, held_change=whole)
    return book.post(movement, event=Event.named(f"{KEY}{take_back.pk}:hold", *facts_of(take_back)))[0].sequence


def _call(take_back: TakeBack) -> TakeBack:
    """Ask the provider, for the first time or again: under one id it pays once."""
    require_intact(take_back.topup)
    topup, amount = take_back.topup, take_back.topup.payment(take_back.amount_minor)
    refund = provider_named(topup.provider).refund
    charged = refund(refund_id=take_back.pk, reference=topup.reference, amount=amount)
    return in_transaction(lambda: _settled(take_back.pk, charged))


def _settled(take_back_id: UUID, charged: Charged) -> TakeBack:
    """The answer is booked once, whoever brings it."""
    take_back = _locked(take_back_id)
    if take_back.status not in (Status.REQUESTED, Status.UNKNOWN):
        return take_back
    if charged.outcome is Outcome.YES:
        return _yes(take_back, charged.reference)
    if charged.outcome is Outcome.NO:
        return _no(take_back, charged.reason or "refused")
    return _not_known(take_back, charged.reason or "no_answer")


def _yes(take_back: TakeBack, reference: str) -> TakeBack:
    take_back.case = reference[:255]
    clear_alarm(UNKNOWN_ALARM, str(take_back))
    return book_take_back(take_back)


def _no(take_back: TakeBack, reason: str) -> TakeBack:
    free_refund(take_back)
    take_back.status, take_back.reason, take_back.finished_at = Status.FAILED, reason[:100], timezone.now()
    take_back.next_attempt_at = None
    take_back.save(update_fields=["status", "reason", "finished_at", "next_attempt_at"])
    clear_alarm(UNKNOWN_ALARM, str(take_back))
    return take_back


def _not_known(take_back: TakeBack, reason: str) -> TakeBack:
    """Ask again later. After a day, or where a person pays it back, a person says what became of it."""
    age = timezone.now() - take_back.created_at
    is_over = age >= ASKED_FOR or take_back.topup.provider == MANUAL
    take_back.status, take_back.reason = Status.UNKNOWN, reason[:100]
    take_back.next_attempt_at = None if is_over else timezone.now() + min(max(age, ASK_FIRST), ASK_LAST)
    take_back.save(update_fields=["status", "reason", "next_attempt_at"])
    if is_over and take_back.topup.provider != MANUAL:
        told = "whether it was refunded is not known after a day; see what the provider shows, and settle it"
        raise_alarm(UNKNOWN_ALARM, str(take_back), told)
    return take_back


def _read(take_back_id: UUID) -> TakeBack:
    return TakeBack.objects.select_related("topup__wallet__account", "topup__wallet__user").get(pk=take_back_id)


def _locked(take_back_id: UUID) -> TakeBack:
    """Behind its top-up's lock, which is that of all that goes back of it."""
    topup = locked_topup(TakeBack.objects.values_list("topup_id", flat=True).get(pk=take_back_id))
    take_back = TakeBack.objects.get(pk=take_back_id)
    take_back.topup = topup
    return take_back
