"""Money that went back and that no wallet is charged for: kept, listed, and for a person to look at.

What was credited is charged for, once. A second payment for the same thing, one that was never booked, a dispute that was
won before it was told of: of these nobody has anything to give back.
"""

from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils import timezone

from ledger.alarms import clear_alarm, raise_alarm
from ledger.money import Money
from payments.models import TakeBack, Topup
from payments.services import AGAIN_ALARM, booked_as

Status, Unbooked = TakeBack.Status, TakeBack.Unbooked
MANUAL = "manual"
EXCESS_ALARM, UNBOOKED_ALARM = "take_back_excess", "take_back_unbooked"


def refund_of(topup: Topup, case: str) -> TakeBack | None:
    """The refund that was asked for here and that the provider tells of now, by its id."""
    try:
        return _refunds(topup).filter(pk=UUID(case)).first()
    except ValueError:
        return None


def refund_by_hand(topup: Topup, amount: Money) -> TakeBack | None:
    """The refund that somebody hands back, or has, which the shop's bank tells of under a name of its own.

    It knows no other: of the same amount, and not told of yet, it is the same money.
    """
    if topup.provider != MANUAL:
        return None
    untold = _refunds(topup).filter(case="", amount_minor=amount.minor).exclude(status=Status.FAILED)
    return untold.order_by("-status", "created_at").first()


def why_unbooked(topup: Topup, reference: str, own: TakeBack | None) -> str:
    """Why nothing is booked of what went back of this payment of a locked top-up; empty where it was credited.

    `own` is the refund of ours that it is told to be. One that has failed, the provider or a person has said so.
    """
    if own and own.status == Status.FAILED:
        return Unbooked.REFUND_FAILED
    if topup.status != Topup.Status.COMPLETED:
        return Unbooked.NEVER_BOOKED
    credited = booked_as(topup)
    return Unbooked.OTHER_PAYMENT if reference and credited and reference != credited else ""


def keep_unbooked(take_back: TakeBack, amount: Money, reason: str) -> TakeBack:
    """Write down that it went back. Of a second payment that is what somebody was called for: it is over with it."""
    take_back.reason = reason
    _keep(take_back)
    if reason in (Unbooked.NEVER_BOOKED, Unbooked.REFUND_FAILED, Unbooked.MIRRORED):
        told = f"{amount} went back of {take_back.topup} ({take_back.reference or take_back.case}), {Unbooked(reason).label}"
        raise_alarm(UNBOOKED_ALARM, str(take_back), f"{told}: nothing is booked")
    elif reason == Unbooked.OTHER_PAYMENT and _has_gone(take_back):
        clear_alarm(AGAIN_ALARM, str(take_back.topup))
    return take_back


def keep_other_currency(take_back: TakeBack, amount: Money) -> TakeBack:
    """In another currency than it was paid in: nobody here knows how much of it that is."""
    take_back.reason = Unbooked.OTHER_CURRENCY
    _keep(take_back)
    told = f"{amount} went back of {take_back.topup}, which is in another currency: nothing is booked"
    raise_alarm(EXCESS_ALARM, str(take_back), told)
    return take_back


def keep_won(*, topup: Topup, case: str, amount: Money, reference: str = "") -> None:
    """A dispute was won. Of one that was not told of before, that it was lost is not believed any more."""
    if not case or refund_of(topup, case) or topup.take_backs.filter(case=case).exists():
        return
    take_back = TakeBack(topup=topup, kind=TakeBack.Kind.DISPUTE, amount_minor=amount.minor, case=case, reference=reference)
    take_back.actor, take_back.reason = f"provider:{topup.provider}", Unbooked.WON
    _keep(take_back)


def told_again(earlier: TakeBack, amount: Money) -> TakeBack:
    """The same case once more is nothing new. Of more money than it was told to be, it is: a person looks, again."""
    is_more = amount.currency == earlier.topup.price.currency and amount.minor > earlier.amount_minor
    if is_more and earlier.reason != Unbooked.WON:
        earlier.seen_by = earlier.seen_at = None
        earlier.save(update_fields=["seen_by", "seen_at"])
        kept = earlier.topup.payment(earlier.amount_minor)
        told = f"{amount} went back of {earlier.topup} ({earlier.case}), of which {kept} is written down: no more is booked"
        raise_alarm(EXCESS_ALARM, str(earlier), told)
    return earlier


def _keep(take_back: TakeBack) -> None:
    take_back.status, take_back.finished_at = Status.DONE, timezone.now()
    take_back.save(force_insert=True)


def _refunds(topup: Topup) -> QuerySet[TakeBack]:
    return topup.take_backs.filter(kind=TakeBack.Kind.REFUND).select_related("topup__wallet__account")


def _has_gone(take_back: TakeBack) -> bool:
    """Whether as much of that payment has gone back as was asked for."""
    parts = take_back.topup.take_backs.filter(reference=take_back.reference)
    gone = parts.aggregate(gone=Sum("amount_minor"))["gone"]
    return bool(gone >= take_back.topup.price.minor)
