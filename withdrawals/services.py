"""The verbs of withdrawals: request, approve, reject, say that it was paid, say that it was not.

Each is one transaction; who calls it makes it the outermost. Of whoever decides, `by` is None for the operator at the
console. Nobody decides on what goes to himself.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from ledger.alarms import clear_alarm
from ledger.book import Book, lock_accounts
from ledger.kinds import House, Kind
from ledger.models import Entry
from ledger.money import Money
from ledger.movements import Circumstances, Event, Movement
from ledger.outbox import tell
from people.models import User
from site_settings.reading import current_settings
from wallets.approvals import require_manager
from wallets.errors import OwnWallet
from wallets.models import Wallet
from webhooks.naming import WITHDRAWAL_APPROVED, WITHDRAWAL_REJECTED, WITHDRAWAL_REQUESTED
from withdrawals.acts import record_step
from withdrawals.adapters import current_provider
from withdrawals.bounds import require_may_withdraw, require_offered
from withdrawals.details import last_used, read_details, sealed
from withdrawals.errors import (
    PayoutNotDue,
    PayoutUnderWay,
    WithdrawalNotApproved,
    WithdrawalNotPending,
    WithdrawalUnknown,
)
from withdrawals.mails import tell_approved, tell_failed, tell_paid, tell_rejected, tell_requested
from withdrawals.models import Withdrawal
from withdrawals.returning import give_back, require_intact

Status = Withdrawal.Status
UNKNOWN_ALARM = "payout_unknown"
BY_HAND = "by_hand"
ID_MAX = 2**63 - 1
# The words are the same for everybody, so they need no erasing.
WITHDRAWAL, FEE = "Withdrawal", "Withdrawal fee"


@transaction.atomic(savepoint=False)
def request_withdrawal(
    *, wallet: Wallet, amount: Money, method: str, details: Mapping[str, object] | None = None, event: Event, actor: str
) -> Withdrawal:
    """Take `amount` out of the wallet, to be paid out to its holder, once per `event`. The fee comes out of it.

    It is debited now, the net to `payouts` and the fee to `fees`, out of money outside lots alone. Without `details` it
    goes where his last one by this `method` went.

    Raises:
        WithdrawalsDisabled, MethodNotOffered: the shop pays nothing out, or not so.
        DetailsInvalid, DetailsMissing: it is not known where to.
        Refusal: see `withdrawals.bounds.require_may_withdraw`.
        EventReused: see `Book.post`.
    """
    require_offered(method)
    # His row orders his own requests: two at once do not both fit under the monthly cap, from whichever of his wallets.
    user = User.objects.select_for_update(no_key=True).get(pk=wallet.user_id)
    where = last_used(user, method) if details is None else read_details(method, details)
    book = lock_accounts(wallet.pk)
    if earlier := book.entries_of(event):
        return Withdrawal.objects.select_related("wallet__account", "wallet__user").get(
            wallet=wallet, sequence=earlier[0].sequence
        )
    fee = require_may_withdraw(book, wallet, amount)
    withdrawal = Withdrawal(wallet=wallet, method=method, currency_code=amount.currency.code, group=uuid4())
    withdrawal.amount_minor, withdrawal.fee_minor = amount.minor, fee.minor
    entries = _debit(book, withdrawal, event, actor)
    withdrawal.sequence, withdrawal.created_at = entries[0].sequence, entries[0].at
    withdrawal.details = sealed(withdrawal, where)
    withdrawal.save(force_insert=True)
    tell_requested(withdrawal)
    _keep(withdrawal, actor, WITHDRAWAL_REQUESTED)
    return withdrawal


@transaction.atomic(savepoint=False)
def approve_withdrawal(*, withdrawal_id: int, by: User | None, actor: str, note: str = "") -> Withdrawal:
    """It will be paid out: at once, or when the days are over that the operator lets it wait. Nothing moves.

    Raises:
        WithdrawalUnknown: there is none of this id.
        ManagerRequired, OwnWallet: `by` may not decide this.
        WithdrawalNotPending: somebody decided before.
        LedgerUnavailable: it is not what was asked for.
    """
    withdrawal = _pending(withdrawal_id, by)
    now = timezone.now()
    _decide(withdrawal, Status.APPROVED, by, note, at=now)
    withdrawal.payable_at = now + _waiting_time()
    if withdrawal.method in current_provider().methods:
        withdrawal.next_attempt_at = withdrawal.payable_at
    withdrawal.save()
    tell_approved(withdrawal)
    _keep(withdrawal, actor, WITHDRAWAL_APPROVED)
    return withdrawal


@transaction.atomic(savepoint=False)
def reject_withdrawal(*, withdrawal_id: int, by: User | None, actor: str, note: str = "") -> Withdrawal:
    """It will not be paid out: what was taken is given back.

    Raises:
        WithdrawalUnknown, ManagerRequired, OwnWallet, WithdrawalNotPending, LedgerUnavailable: as for `approve_withdrawal`.
        BalanceLimitExceeded: the wallet would hold more than any may.
    """
    withdrawal = _pending(withdrawal_id, by)
    _decide(withdrawal, Status.REJECTED, by, note, at=timezone.now())
    withdrawal.save()
    give_back(withdrawal, actor=actor)
    tell_rejected(withdrawal)
    _keep(withdrawal, actor, WITHDRAWAL_REJECTED)
    return withdrawal


@transaction.atomic(savepoint=False)
def mark_paid(*, withdrawal_id: int, by: User | None, actor: str, payout_reference: str = "") -> Withdrawal:
    """Somebody has paid it out. `payout_reference` is what the bank calls that.

    Raises:
        WithdrawalUnknown, ManagerRequired, OwnWallet, LedgerUnavailable: as for `approve_withdrawal`.
        WithdrawalNotApproved: it was not approved, or its payout is known already.
        PayoutUnderWay: its provider is paying it, or is still asked.
        PayoutNotDue: the days that it waits are not over.
    """
    withdrawal = locked_withdrawal(withdrawal_id)
    _require_may_decide(withdrawal, by)
    if withdrawal.status != Status.APPROVED:
        raise WithdrawalNotApproved(withdrawal.status)
    _require_not_under_way(withdrawal)
    assert withdrawal.payable_at is not None, "what is approved has its day"
    if timezone.now() < withdrawal.payable_at:
        raise PayoutNotDue(withdrawal.payable_at)
    require_intact(withdrawal)
    return close_paid(withdrawal, payout_reference, actor=actor)


@transaction.atomic(savepoint=False)
def mark_failed(*, withdrawal_id: int, by: User | None, actor: str, payout_reference: str = "", note: str = "") -> Withdrawal:
    """It could not be paid out, or what was paid came back: what was taken is given back, once.

    Of one that was paid, `payout_reference` is what the bank calls the return, and is kept beside the payout's own.

    Raises:
        WithdrawalUnknown, ManagerRequired, OwnWallet, LedgerUnavailable: as for `approve_withdrawal`.
        WithdrawalNotApproved: it was neither approved nor paid, or has failed before.
        PayoutUnderWay: its provider is paying it, or is still asked.
        BalanceLimitExceeded: the wallet would hold more than any may.
    """
    withdrawal = locked_withdrawal(withdrawal_id)
    _require_may_decide(withdrawal, by)
    if withdrawal.status not in (Status.APPROVED, Status.PAID):
        raise WithdrawalNotApproved(withdrawal.status)
    _require_not_under_way(withdrawal)
    require_intact(withdrawal)
    withdrawal.note = note or withdrawal.note
    return close_failed(withdrawal, BY_HAND, actor=actor, reference=payout_reference)


def locked_withdrawal(withdrawal_id: int) -> Withdrawal:
    """The business row, locked before its account is: of two who decide at once, one waits.

    Raises:
        WithdrawalUnknown: there is none of this id.
    """
    rows = Withdrawal.objects.select_for_update(no_key=True, of=("self",)).select_related("wallet__account", "wallet__user")
    withdrawal = rows.filter(pk=withdrawal_id).first() if withdrawal_id <= ID_MAX else None
    if withdrawal is None:
        raise WithdrawalUnknown
    return withdrawal


def close_paid(withdrawal: Withdrawal, reference: str, *, actor: str) -> Withdrawal:
    """A locked, approved one was paid out."""
    withdrawal.status, withdrawal.paid_at, withdrawal.next_attempt_at = Status.PAID, timezone.now(), None
    withdrawal.payout_reference = reference
    withdrawal.save()
    clear_alarm(UNKNOWN_ALARM, str(withdrawal))
    tell_paid(withdrawal)
    record_step(withdrawal, actor=actor)
    return withdrawal


def close_failed(withdrawal: Withdrawal, failure: str, *, actor: str, reference: str = "") -> Withdrawal:
    """A locked one, approved or paid, is given back."""
    was_paid = withdrawal.status == Status.PAID
    withdrawal.status, withdrawal.failed_at, withdrawal.next_attempt_at = Status.FAILED, timezone.now(), None
    withdrawal.failure = failure
    if was_paid:
        withdrawal.return_reference = reference
    else:
        withdrawal.payout_reference = reference
    withdrawal.save()
    give_back(withdrawal, actor=actor)
    clear_alarm(UNKNOWN_ALARM, str(withdrawal))
    tell_failed(withdrawal)
    record_step(withdrawal, actor=actor)
    return withdrawal


def wallets_with_withdrawals(wallet_ids: Collection[int]) -> Iterable[int]:
    """Of these wallets, those of which a withdrawal waits, or is approved and its payout not known."""
    waiting = Withdrawal.objects.filter(wallet__in=wallet_ids, status__in=(Status.PENDING, Status.APPROVED))
    return waiting.values_list("wallet_id", flat=True)


def event_facts(withdrawal: Withdrawal) -> dict[str, Any]:
    """What events tell of it besides whose it is: nothing of where it goes."""
    return {
        "withdrawal_id": withdrawal.pk,
        "amount": str(withdrawal.amount_minor),
        "fee": str(withdrawal.fee_minor),
        "net": str(withdrawal.amount_minor - withdrawal.fee_minor),
        "method": withdrawal.method,
        "status": str(withdrawal.status),
    }


def _debit(book: Book, withdrawal: Withdrawal, event: Event, actor: str) -> list[Entry]:
    """The net first, then the fee, neither of them out of a lot."""
    legs = [
        (Kind.WITHDRAWAL, withdrawal.amount_minor - withdrawal.fee_minor, House.PAYOUTS, WITHDRAWAL),
        (Kind.FEE, withdrawal.fee_minor, House.FEES, FEE),
    ]
    account = book[withdrawal.wallet_id]
    movements = [
        Movement(
            *(account.pk, kind, account.money(-minor), house, Circumstances(actor, reason=reason)),
            group=withdrawal.group,
            shares=(),
        )
        for kind, minor, house, reason in legs
        if minor
    ]
    return book.post(*movements, event=event)


def _waiting_time() -> timedelta:
    now = current_settings()
    return timedelta(days=now.withdrawal_hold_days if now.withdrawal_hold_enabled else 0)


def _pending(withdrawal_id: int, by: User | None) -> Withdrawal:
    withdrawal = locked_withdrawal(withdrawal_id)
    _require_may_decide(withdrawal, by)
    if withdrawal.status != Status.PENDING:
        raise WithdrawalNotPending(withdrawal.status)
    require_intact(withdrawal)
    return withdrawal


def _require_may_decide(withdrawal: Withdrawal, by: User | None) -> None:
    if by is None:
        return
    require_manager(by)
    if withdrawal.wallet.user_id == by.pk:
        raise OwnWallet


def _require_not_under_way(withdrawal: Withdrawal) -> None:
    if withdrawal.is_under_way:
        raise PayoutUnderWay


def _decide(withdrawal: Withdrawal, status: Withdrawal.Status, by: User | None, note: str, *, at: datetime) -> None:
    withdrawal.status, withdrawal.decided_at, withdrawal.decided_by, withdrawal.note = status, at, by, note


def _keep(withdrawal: Withdrawal, actor: str, event_type: str) -> None:
    """The audit row and the event, in the money's own transaction."""
    record_step(withdrawal, actor=actor)
    tell(event_type, account_id=withdrawal.wallet_id, facts=event_facts(withdrawal))
