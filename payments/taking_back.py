"""Money of a top-up that goes back: taken by the provider, or refunded by the shop (payments.refunds).

It takes its bonus with it, in proportion, each as the reversal of its credit: as far as the wallet has it available, and
what is missing becomes a debt in the same event. Of what was sold at a price of its own goes what was got for that much of
the price, rounded down: nobody gives more than he got. An entry is given back once, so the reversals are of the first part that
goes back of a top-up; what goes back later is charged for, lots and all as a reversal would. Together they never come to
more than was credited: what a provider takes beyond that is for a person.
"""

import logging
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from audit.acts import ActName
from audit.services import actor_of, record
from ledger.alarms import clear_alarm, raise_alarm
from ledger.book import Book, lock_accounts
from ledger.debts import loan
from ledger.errors import AccountNotIntact
from ledger.holds import history_of, release
from ledger.kinds import Kind
from ledger.models import Account, Entry, Hold
from ledger.money import Money
from ledger.movements import Circumstances, Event, Movement
from ledger.reversals import is_given_back, taken_back, taken_back_at_most, taken_back_further
from payments.errors import TopupNotCompleted
from payments.mails import tell_taken_back
from payments.models import TakeBack, Topup
from payments.offers import require_as_offered
from payments.services import key_of, locked_topup
from payments.unbooked import (
    EXCESS_ALARM,
    UNBOOKED_ALARM,
    keep_other_currency,
    keep_unbooked,
    refund_by_hand,
    refund_of,
    told_again,
    why_unbooked,
)
from payments.verifying import verify_topups
from payments.verifying_take_backs import NOTHING_LEFT, verify_take_backs
from people.models import User
from wallets.approvals import require_manager

Kinds, Status = TakeBack.Kind, TakeBack.Status
logger = logging.getLogger(__name__)
KEY = "takeback:"
DEBT_ALARM = "take_back_debt"
# Whether these were paid is not known yet: what goes back of them is told again.
UNDECIDED = frozenset({Topup.Status.CREATED, Topup.Status.PENDING, Topup.Status.CHARGING, Topup.Status.UNKNOWN})
# The `reason` of a refund that was paid back beyond what was left.
EXCEEDS = "exceeds"
REASONS = {Kinds.DISPUTE: "Payment taken back", Kinds.REFUND: "Payment refunded"}


@transaction.atomic(savepoint=False)
def take_back_by_provider(*, topup: Topup, case: str, amount: Money, reason: str = "", reference: str = "") -> TakeBack:
    """Take what the provider took back of a completed top-up, once for each `case`, however often it is told.

    What went back of a payment that was not credited is kept, and not booked: `reference` is the payment that it is of.

    A frozen wallet gives back as well, what is held is not available, and what is missing is owed and shown to a person.
    `case` is the dispute's or refund's own name; of a refund that was asked for here, its id.

    Raises:
        TopupNotCompleted: whether it was paid is not known yet.
        AccountNotIntact, KeyMissing: see `lock_accounts`; or the row is not what was ordered.
    """
    topup = locked_topup(topup.pk)
    require_as_offered(topup)
    if topup.status in UNDECIDED:
        raise TopupNotCompleted(topup.status)
    own = refund_of(topup, case)
    if own and own.status != Status.FAILED:
        return book_take_back(own)
    if case and (earlier := topup.take_backs.filter(case=case).first()):
        if not earlier.booked_minor:
            # No entry bears it out: one that somebody wrote here would swallow what really went back.
            require_intact(topup)
        return told_again(earlier, amount)
    take_back = TakeBack(topup=topup, kind=Kinds.DISPUTE, amount_minor=amount.minor, case=case, reason=reason[:100])
    take_back.actor, take_back.reference = f"provider:{topup.provider}", reference
    if unbooked := why_unbooked(topup, reference, own):
        return keep_unbooked(take_back, amount, unbooked)
    if amount.currency != topup.price.currency:
        return keep_other_currency(take_back, amount)
    if by_hand := refund_by_hand(topup, amount):
        by_hand.case = case
        by_hand.save(update_fields=["case"])
        return book_take_back(by_hand)
    return book_take_back(take_back)


def book_take_back(take_back: TakeBack) -> TakeBack:
    """Post what went back of a locked top-up, and free what was set aside for it. What was posted before stays so."""
    if take_back.status == Status.DONE:
        return take_back
    topup = take_back.topup
    require_intact(topup)
    book = lock_accounts(topup.wallet_id)
    if book[topup.wallet_id].is_mirror:
        # Nothing but its site moves it. A refund of ours holds money, so its wallet mirrors none.
        return keep_unbooked(take_back, topup.payment(take_back.amount_minor), TakeBack.Unbooked.MIRRORED)
    left = left_of(topup)
    asked = take_back.amount_minor
    if asked > left:
        _excess(take_back, topup.payment(asked), topup.payment(left))
        take_back.reason = EXCEEDS if take_back.kind == Kinds.REFUND else take_back.reason
    take_back.amount_minor = min(asked, left) or asked
    why = circumstances(take_back)
    freed = list(_freed(book, take_back, why))
    taken = movements_of(book, topup, min(asked, left), why)
    if topup.is_sale and left and not taken:
        take_back.reason = TakeBack.Unbooked.TOO_LITTLE
    return _post(book, take_back, freed, taken, why)


def free_refund(take_back: TakeBack) -> None:
    """Free what was set aside for a refund that does not happen; the caller has locked its top-up."""
    book = lock_accounts(take_back.topup.wallet_id)
    if freed := list(_freed(book, take_back, circumstances(take_back))):
        book.post(*freed, event=Event.named(f"{KEY}{take_back.pk}:freed"))
        _repay(book, take_back, _free_of(freed))


def event_of(take_back: TakeBack) -> Event:
    """What it is to the ledger, once and for ever."""
    return Event.named(f"{KEY}{take_back.pk}", *facts_of(take_back))


def facts_of(take_back: TakeBack) -> tuple[object, ...]:
    """What is asked for, as the digests of its events have it: how much of which payment, and why. They are in receipts."""
    return take_back.amount_minor, str(take_back.topup_id), str(take_back.kind)


def require_intact(topup: Topup) -> None:
    """Refuse what would believe rows that somebody edited: how much is left of a payment, they say and the entries bear out.

    Raises:
        AccountNotIntact: the top-ups of its wallet, or what went back of them, are not what the entries say.
    """
    require_as_offered(topup)
    if problems := [*verify_topups(topup.wallet_id), *verify_take_backs(topup.wallet_id)]:
        logger.critical("account %s: %s; nothing goes back of it", topup.wallet_id, "; ".join(map(str, problems)))
        raise AccountNotIntact(topup.wallet_id)


def circumstances(take_back: TakeBack) -> Circumstances:
    """Who moves the money and why, as its entries say it."""
    reference = take_back.case or take_back.topup.reference or None
    return Circumstances(take_back.actor, reason=REASONS[Kinds(take_back.kind)], reference=reference)


def left_of(topup: Topup) -> int:
    """How much of the payment has not gone back yet, in minor units."""
    return topup.price.minor - _gone(topup)[0]


def movements_of(book: Book, topup: Topup, amount_minor: int, why: Circumstances) -> list[Movement]:
    """What takes so much of the payment, and its bonus, out of the wallet."""
    movements = []
    for entry in Entry.objects.filter(account_id=topup.wallet_id, key=key_of(topup.pk)).order_by("sequence"):
        part = _of_credit(topup, amount_minor) if entry.kind == Kind.TOPUP else _of_bonus(topup, entry, amount_minor)
        if part > 0:
            further = is_given_back(entry)
            movements.append(taken_back_further(book, entry, part, why) if further else taken_back(book, entry, part, why))
    return movements


def cost_of(movements: Iterable[Movement]) -> int:
    """What they take, in minor units."""
    return -sum(movement.amount.minor for movement in movements)


@transaction.atomic(savepoint=False)
def mark_seen(*, take_back_id: UUID, by: User) -> TakeBack:
    """A manager has looked at it, and at what is owed. Said again, it is said once.

    Raises:
        ManagerRequired: he is none.
    """
    require_manager(by)
    take_back = TakeBack.objects.select_for_update(no_key=True, of=("self",)).select_related("topup").get(pk=take_back_id)
    if take_back.seen_at is None:
        take_back.seen_by, take_back.seen_at = by, timezone.now()
        take_back.save(update_fields=["seen_by", "seen_at"])
        facts = {"take_back": str(take_back.pk), "debt_minor": take_back.debt_minor}
        record(ActName.TAKE_BACK_SEEN, actor=actor_of(by), subject=f"topup:{take_back.topup_id}", facts=facts)
        for name in (DEBT_ALARM, EXCESS_ALARM, UNBOOKED_ALARM):
            clear_alarm(name, str(take_back))
    return take_back


def _gone(topup: Topup) -> tuple[int, int]:
    """What went back so far of the payment, and what the wallet was charged for it in all."""
    done = topup.take_backs.filter(status=Status.DONE).alias(booked=F("taken_minor") + F("debt_minor"))
    counts = Q(booked__gt=0) | Q(reason=TakeBack.Unbooked.TOO_LITTLE) if topup.is_sale else Q(booked__gt=0)
    sums = done.filter(counts).aggregate(of_payment=Sum("amount_minor"), in_all=Sum(F("taken_minor") + F("debt_minor")))
    return int(sums["of_payment"] or 0), int(sums["in_all"] or 0)


def _of_credit(topup: Topup, amount_minor: int) -> int:
    """What goes of what was credited, with so much of the payment: as much, or of a sale what was got for it, fee off."""
    if not topup.is_sale:
        return amount_minor
    gone, credit_gone = _gone(topup)
    got = topup.amount_minor - topup.fee_minor
    return got * (gone + amount_minor) // topup.price.minor - credit_gone


def _of_bonus(topup: Topup, entry: Entry, amount_minor: int) -> int:
    """What goes of the bonus with so much of the payment: in proportion, all of it with the last of it.

    Not what has expired, nor what somebody has taken back by hand.
    """
    if entry.kind != Kind.BONUS:
        return 0
    gone, in_all = _gone(topup)
    bonus_gone = in_all - gone
    by_hand = Entry.objects.filter(account_id=entry.account_id, of=entry.sequence, kind=Kind.REVERSAL)
    reversed_minor = -sum(by_hand.exclude(key__startswith=KEY).values_list("amount", flat=True))
    share = topup.bonus_minor * (gone + amount_minor) // topup.amount_minor - bonus_gone
    return min(share, taken_back_at_most(entry) - bonus_gone - reversed_minor)


def _freed(book: Book, take_back: TakeBack, why: Circumstances) -> Iterator[Movement]:
    if take_back.hold_sequence is None:
        return
    hold = Hold.objects.get(account_id=take_back.topup.wallet_id, sequence=take_back.hold_sequence)
    if book.is_live(history_of(hold.pk).hold):
        yield release(hold, book[hold.account_id].money(0), why)


def _free_of(freed: Iterable[Movement]) -> int:
    """What they free, in minor units."""
    return -sum(movement.held_change for movement in freed)


def _repay(book: Book, take_back: TakeBack, free_minor: int) -> None:
    """What was set aside and is free again pays what is owed first, as a credit would: who owes does not spend it."""
    if free_minor > 0:
        book.repay(take_back.topup.wallet_id, free_minor, event=Event.named(f"{KEY}{take_back.pk}:repaid"))


def _post(book: Book, take_back: TakeBack, freed: list[Movement], taken: list[Movement], why: Circumstances) -> TakeBack:
    account = book[take_back.topup.wallet_id]
    whole = cost_of(taken)
    available = account.available + _free_of(freed)
    missing = max(0, whole - available)
    lent = [loan(account, account.money(missing), why, is_bound=True)] if missing else []
    if movements := [*freed, *lent, *taken]:
        book.post(*movements, event=event_of(take_back))
    else:
        take_back.reason = take_back.reason if take_back.reason == TakeBack.Unbooked.TOO_LITTLE else NOTHING_LEFT
    _repay(book, take_back, _free_of(freed) - (whole - missing))
    take_back.taken_minor, take_back.debt_minor = whole - missing, missing
    return _done(take_back, account)


def _done(take_back: TakeBack, account: Account) -> TakeBack:
    take_back.status, take_back.finished_at, take_back.next_attempt_at = Status.DONE, timezone.now(), None
    take_back.save()
    if take_back.debt_minor:
        owed = account.money(take_back.debt_minor)
        raise_alarm(DEBT_ALARM, str(take_back), f"wallet {account.pk} lacked {owed} of what went back of {take_back.topup}")
    if take_back.booked_minor:
        tell_taken_back(take_back)
    return take_back


def _excess(take_back: TakeBack, asked: Money, left: Money) -> None:
    told = f"{asked} went back of {take_back.topup}, of which {left} was left: no more is booked"
    raise_alarm(EXCESS_ALARM, str(take_back), told)
