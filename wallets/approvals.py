"""Four eyes: what a person moves by hand, and how much of it one person may move alone.

Whoever adjusts a wallet does it by `adjust`, from whatever screen. Up to the limit
of the wallet's currency it is posted at once; above it the adjustment waits until
a second manager approves or rejects it, or who asked takes it back.
"""

import json
import logging
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.acts import ActName
from audit.encoding import is_intact
from audit.models import Act
from audit.services import record
from ledger.encoding import microseconds
from ledger.errors import AmountOutOfRange, EventReused, LedgerUnavailable, Refusal
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.money import AMOUNT_MAX, Currency, Money
from ledger.movements import Circumstances, Event
from ledger.reversals import require_reversible, reverse
from people.models import User
from people.rights import Right, rights_of
from site_settings.reading import current_settings
from wallets.errors import (
    AlreadyDecided,
    ApprovalRequired,
    ExpiryPassed,
    ManagerRequired,
    NotYourAdjustment,
    OwnApproval,
    OwnWallet,
)
from wallets.models import Adjustment, Wallet
from wallets.services import credit, debit

logger = logging.getLogger(__name__)

# What of the refusals is kept, and how it is told.
KEPT: dict[type[Refusal], str] = {
    ApprovalRequired: "above the limit",
    OwnWallet: "own wallet",
    OwnApproval: "own request",
    NotYourAdjustment: "somebody else's request",
    ManagerRequired: "no manager",
}
ACTS = {
    Adjustment.Status.APPROVED: ActName.APPROVAL_GIVEN,
    Adjustment.Status.REJECTED: ActName.APPROVAL_REJECTED,
    Adjustment.Status.WITHDRAWN: ActName.APPROVAL_WITHDRAWN,
}
EVERY_CURRENCY = "*"
# What was asked for. A page that is sent twice says the same in all of them.
MOVED = ("wallet_id", "kind", "reverses_id", "amount_minor", "expires_at", "order_id", "reference", "asked_by_id")
ASKED = (*MOVED, "reason", "note")


def approval_limit(unit: Currency) -> Money | None:
    """The most of `unit` that one person moves by hand alone; None where there is no limit."""
    figures = current_settings().approval_above
    minor = figures.get(unit.code, figures.get(EVERY_CURRENCY, 0))
    return Money(minor, unit) if minor else None


def require_no_approval(wallet: Wallet, amount: Money, *, actor: str, is_kept: bool = True) -> None:
    """Refuse what a person may not move alone and has no way to let wait; with `is_kept`, that he tried is.

    Call it before there is a transaction. `amount` has no sign.

    Raises:
        ApprovalRequired: it is above the limit.
    """
    limit = approval_limit(amount.currency)
    if limit is not None and amount.minor > limit.minor:
        refusal = ApprovalRequired(limit=limit, requested=amount)
        if is_kept:
            keep_refused(refusal, actor=actor, wallet=wallet, amount=amount)
        raise refusal


def keep_refused(refusal: Refusal, *, actor: str, wallet: Wallet, amount: Money) -> None:
    """Write that somebody tried alone what takes two. After the roll-back, in a transaction of its own."""
    if why := next((word for kind, word in KEPT.items() if isinstance(refusal, kind)), None):
        facts = {"why": why, "amount_minor": amount.minor, "currency": amount.currency.code}
        with transaction.atomic(durable=True):
            record(ActName.APPROVAL_REFUSED, actor=actor, subject=f"wallet:{wallet.pk}", facts=facts)


@transaction.atomic(savepoint=False)
def adjust(*, adjustment: Adjustment) -> Entry | Adjustment:
    """Post what a person asks to be moved by hand or, above the limit, let it wait for a second manager.

    Once per `event_id`. `adjustment` is a new one, and is saved only where it has to wait.

    Raises:
        ManagerRequired: who asks is no shop manager.
        OwnWallet: it would have to wait, and the wallet is his own.
        EventReused: `event_id` named another adjustment before.
        Refusal: whatever `credit` and `debit` refuse, where it is posted at once.
    """
    limit = approval_limit(adjustment.wallet.currency)
    if limit is not None and abs(adjustment.amount_minor) > limit.minor:
        return ask_adjustment(adjustment=adjustment)
    require_manager(adjustment.asked_by)
    if Adjustment.objects.filter(event_id=adjustment.event_id).exists():
        raise EventReused(_key_of_waiting(adjustment))
    actor = f"user:{adjustment.asked_by_id} admin"
    return _post(adjustment, _event(_key_of_posted(adjustment), adjustment), actor)


@transaction.atomic(savepoint=False)
def ask_adjustment(*, adjustment: Adjustment) -> Adjustment:
    """Let it wait for a second manager, once per `event_id`; whether the wallet can pay or take it is decided then.

    Raises:
        ManagerRequired, OwnWallet: who asks is no shop manager, or holds the wallet himself.
        AmountOutOfRange, ExpiryPassed, NotReversible, ReversalExceedsOriginal: nobody could ever approve it.
        EventReused: `event_id` named another adjustment before.
    """
    require_manager(adjustment.asked_by)
    _require_not_own(adjustment, adjustment.asked_by)
    if not 1 <= abs(adjustment.amount_minor) <= AMOUNT_MAX:
        raise AmountOutOfRange(adjustment.amount_minor)
    if adjustment.expires_at and adjustment.expires_at <= timezone.now():
        raise ExpiryPassed
    # A page that is sent again finds what it asked for, whatever has become of the entry.
    if adjustment.reverses and not Adjustment.objects.filter(event_id=adjustment.event_id).exists():
        require_reversible(adjustment.reverses, adjustment.money)
    if Entry.objects.filter(account_id=adjustment.wallet_id, key=_key_of_posted(adjustment)).exists():
        raise EventReused(_key_of_posted(adjustment))
    given = {name: getattr(adjustment, name) for name in ASKED}
    kept, is_new = Adjustment.objects.get_or_create(event_id=adjustment.event_id, defaults=given)
    if _asked(kept) != _asked(adjustment):
        raise EventReused(_key_of_waiting(adjustment))
    if is_new:
        _record(ActName.APPROVAL_ASKED, kept, adjustment.asked_by)
    return kept


@transaction.atomic(savepoint=False)
def approve_adjustment(*, adjustment: Adjustment, by: User, note: str = "") -> Adjustment:
    """Post it, as who asked for it and with who approved it. Said twice by the same manager, it is done once.

    Raises:
        ManagerRequired, OwnApproval, OwnWallet: `by` may not decide this.
        AlreadyDecided: somebody did before.
        LedgerUnavailable: it is not what was asked for: somebody changed it behind the service's back.
        Refusal: whatever `credit` and `debit` refuse; it then goes on waiting.
    """
    adjustment = _locked(adjustment)
    _require_may_decide(adjustment, by)
    if _is_repeated(adjustment, Adjustment.Status.APPROVED, by):
        return adjustment
    _require_as_asked(adjustment)
    actor = f"user:{adjustment.asked_by_id} admin, approved by user:{by.pk}"
    adjustment.entry = _post(adjustment, _event(_key_of_waiting(adjustment), adjustment), actor)
    return _decide(adjustment, Adjustment.Status.APPROVED, by, note)


@transaction.atomic(savepoint=False)
def reject_adjustment(*, adjustment: Adjustment, by: User, note: str = "") -> Adjustment:
    """Nothing will be moved.

    Raises:
        ManagerRequired, OwnApproval, OwnWallet: `by` may not decide this.
        AlreadyDecided: somebody did before.
    """
    adjustment = _locked(adjustment)
    _require_may_decide(adjustment, by)
    if _is_repeated(adjustment, Adjustment.Status.REJECTED, by):
        return adjustment
    return _decide(adjustment, Adjustment.Status.REJECTED, by, note)


@transaction.atomic(savepoint=False)
def withdraw_adjustment(*, adjustment: Adjustment, by: User, note: str = "") -> Adjustment:
    """Who asked takes it back; nothing will be moved.

    Raises:
        NotYourAdjustment: somebody else asked for it.
        AlreadyDecided: somebody decided before.
    """
    adjustment = _locked(adjustment)
    if adjustment.asked_by_id != by.pk:
        raise NotYourAdjustment
    if _is_repeated(adjustment, Adjustment.Status.WITHDRAWN, by):
        return adjustment
    return _decide(adjustment, Adjustment.Status.WITHDRAWN, by, note)


def wallets_with_adjustments(wallet_ids: Collection[int]) -> Iterable[int]:
    """Of these wallets, those of which an adjustment waits."""
    waiting = Adjustment.objects.filter(wallet__in=wallet_ids, status=Adjustment.Status.PENDING)
    return waiting.values_list("wallet_id", flat=True)


def require_manager(user: User) -> None:
    """Read anew: who was a manager when the page was drawn may be none any more."""
    if Right.MANAGE not in rights_of(User.objects.get(pk=user.pk)):
        raise ManagerRequired


def _locked(adjustment: Adjustment) -> Adjustment:
    """The business row, locked before the account is (ledger.md, "Writing"): of two who decide at once, one waits."""
    rows = Adjustment.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("wallet__account", "wallet__user", "asked_by", "reverses").get(pk=adjustment.pk)


def _require_may_decide(adjustment: Adjustment, by: User) -> None:
    require_manager(by)
    if adjustment.asked_by_id == by.pk:
        raise OwnApproval
    _require_not_own(adjustment, by)


def _require_not_own(adjustment: Adjustment, user: User) -> None:
    """A transfer that is given back is of two wallets."""
    accounts = [adjustment.wallet_id]
    if adjustment.reverses and adjustment.reverses.counter_account_id:
        accounts.append(adjustment.reverses.counter_account_id)
    if Wallet.objects.held_by(user).filter(pk__in=accounts).exists():
        raise OwnWallet


def _is_repeated(adjustment: Adjustment, status: str, by: User) -> bool:
    """Whether `by` decided just this before.

    Raises:
        AlreadyDecided: it was decided otherwise, or by somebody else.
    """
    if adjustment.is_pending:
        return False
    if (adjustment.status, adjustment.decided_by_id) != (status, by.pk):
        raise AlreadyDecided(adjustment.status)
    return True


def _decide(adjustment: Adjustment, status: Adjustment.Status, by: User, note: str) -> Adjustment:
    adjustment.status = status
    adjustment.decided_by = by
    adjustment.decided_at = timezone.now()
    adjustment.decision_note = note
    adjustment.save(update_fields=["status", "decided_by", "decided_at", "decision_note", "entry"])
    _record(ACTS[status], adjustment, by)
    return adjustment


def _post(adjustment: Adjustment, event: Event, actor: str) -> Entry:
    """An adjustment passes the wallet's own limits by, unless a setting says otherwise; an identity check always."""
    why = Circumstances(
        actor=actor,
        reason=adjustment.reason,
        note=adjustment.note or None,
        order_id=adjustment.order_id,
        reference=adjustment.reference or None,
    )
    wallet, amount, kind = adjustment.wallet, adjustment.money, Kind(adjustment.kind)
    if adjustment.reverses:
        return reverse(entry=adjustment.reverses, amount=amount, event=event, why=why)[0]
    if kind is Kind.DEBIT:
        is_limited = current_settings().limits_on_adjustments
        return debit(wallet=wallet, amount=amount, event=event, why=why, is_limited=is_limited, feature=None)
    return credit(wallet=wallet, amount=amount, event=event, why=why, kind=kind, expires_at=adjustment.expires_at)


def _record(act: ActName, adjustment: Adjustment, by: User) -> None:
    facts = {**facts_of(adjustment), "entry": adjustment.entry_id}
    record(act, actor=_manager(by.pk), subject=f"wallet:{adjustment.wallet_id}", facts=facts)


def facts_of(adjustment: Adjustment) -> dict[str, Any]:
    """What is asked for, as its audit rows say it: all that is moved by, and none of the words, which can be erased."""
    return {
        "adjustment": adjustment.pk,
        "kind": adjustment.kind,
        "amount_minor": adjustment.amount_minor,
        "currency": adjustment.wallet.currency_code,
        "reverses": adjustment.reverses_id,
        "event": str(adjustment.event_id),
        "expires_at": None if adjustment.expires_at is None else microseconds(adjustment.expires_at),
        "order": adjustment.order_id,
        "reference_digest": sha256(adjustment.reference.encode()).hexdigest() if adjustment.reference else None,
    }


def differs_from(adjustment: Adjustment, asked: Act) -> list[str]:
    """Which of an adjustment's facts are not those of the audit row that was written when it was asked for."""
    told = facts_in(asked.facts)
    differing = [name for name, value in facts_of(adjustment).items() if name in told and told[name] != value]
    differing += ["wallet"] * (asked.subject != f"wallet:{adjustment.wallet_id}")
    return differing + ["asker"] * (asked.actor != _manager(adjustment.asked_by_id))


def facts_in(text: str) -> Mapping[str, Any]:
    """The facts of an audit row; none where somebody made them something else."""
    try:
        facts = json.loads(text)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _require_as_asked(adjustment: Adjustment) -> None:
    """The audit row has a MAC, the adjustment has none: what is approved is what the row says was asked for."""
    # Facts are written with their names sorted, and this is the first.
    rows = Act.objects.filter(act=ActName.APPROVAL_ASKED, facts__startswith=f'{{"adjustment":{adjustment.pk},')
    asked = [act for act in rows if is_intact(act)]
    problems = differs_from(adjustment, asked[0]) if len(asked) == 1 else ["audit row"]
    if problems:
        told = f"adjustment {adjustment.pk} is not what was asked for ({', '.join(problems)})"
        # An alarm's row would be rolled back with the refusal.
        logger.critical("%s", told)
        raise LedgerUnavailable(told)


def _manager(user_id: int) -> str:
    return f"user:{user_id} admin"


def _asked(adjustment: Adjustment) -> tuple[object, ...]:
    return tuple(getattr(adjustment, name) for name in ASKED)


def _event(key: str, adjustment: Adjustment) -> Event:
    """The digest of what was asked for stands in receipts: it covers no words that somebody could try out on it."""
    return Event.named(key, *(str(getattr(adjustment, name)) for name in MOVED))


def _key_of_posted(adjustment: Adjustment) -> str:
    return f"admin:{adjustment.event_id}"


def _key_of_waiting(adjustment: Adjustment) -> str:
    return f"adjustment:{adjustment.event_id}"
