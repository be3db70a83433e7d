"""What a provider's notice does here: once, however often it is sent, and in whatever order they come."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ledger.alarms import raise_alarm
from payments.methods import keep_method
from payments.models import ReceivedNotice, TakeBack, Topup
from payments.port import NoticeKind, ProviderNotice
from payments.services import confirm_topup, fail_topup, locked_topup
from payments.taking_back import take_back_by_provider
from payments.unbooked import keep_won

INCOMPLETE_ALARM, WON_ALARM = "payment_notice", "dispute_won"


@transaction.atomic(savepoint=False)
def take_notice(*, provider: str, notice: ProviderNotice) -> str:
    """Do what an authentic notice says, and keep that it came; what became of it, in a few words.

    Notice and effect are committed together, so one whose effect was refused is taken again when it is sent again. Of
    those that come at once one does the work, and the others wait for it.

    Raises:
        TopupNotCompleted: money went back of what is not known to be paid yet: to be sent again.
        Busy, AccountNotIntact, KeyMissing: see `lock_accounts`.
    """
    kept, is_new = ReceivedNotice.objects.get_or_create(
        provider=provider, notice_id=notice.id, defaults={"kind": notice.kind.value, "topup": _topup_of(notice)}
    )
    if not is_new:
        again = ReceivedNotice.objects.filter(pk=kept.pk)
        again.update(times=F("times") + 1, last_received_at=timezone.now())
        return kept.outcome
    kept.outcome = _effect(provider, notice, kept.topup)
    kept.save(update_fields=["outcome"])
    return kept.outcome


def _topup_of(notice: ProviderNotice) -> Topup | None:
    return Topup.objects.filter(pk=notice.topup_id).first() if notice.topup_id else None


def _effect(provider: str, notice: ProviderNotice, topup: Topup | None) -> str:
    if notice.kind is NoticeKind.OTHER:
        return "nothing to do"
    if topup is None:
        return "no such top-up"
    if topup.provider != provider:
        return "another provider's top-up"
    return EFFECTS[notice.kind](notice, topup)


def _paid(notice: ProviderNotice, topup: Topup) -> str:
    if notice.amount is None:
        raise_alarm(INCOMPLETE_ALARM, str(topup), f"notice {notice.id} says that it is paid, and not how much")
        return "said no amount"
    actor = f"provider:{topup.provider}"
    settled = confirm_topup(topup_id=topup.pk, paid=notice.amount, actor=actor, reference=notice.reference)
    # Of a person who was erased meanwhile nothing is kept.
    if notice.method and topup.saves_method and settled.wallet.user.is_active:
        keep_method(user=settled.wallet.user, provider=topup.provider, saved=notice.method)
    return settled.status


def _failed(notice: ProviderNotice, topup: Topup) -> str:
    return fail_topup(topup_id=topup.pk, reason=notice.reason or "failed").status


def _taken_back(notice: ProviderNotice, topup: Topup) -> str:
    amount = notice.amount or topup.price
    taken = take_back_by_provider(topup=topup, case=notice.case, amount=amount, reason=notice.reason, reference=notice.reference)
    return taken.reason if taken.reason in TakeBack.Unbooked.values else "taken back"


def _won(notice: ProviderNotice, topup: Topup) -> str:
    """A late word that it is lost books nothing any more."""
    amount = notice.amount or topup.price
    keep_won(topup=locked_topup(topup.pk), case=notice.case, amount=amount, reference=notice.reference)
    raise_alarm(WON_ALARM, str(topup), f"{amount} is the shop's again ({notice.case}); nothing is booked")
    return "won"


EFFECTS: dict[NoticeKind, Callable[[ProviderNotice, Topup], str]] = {
    NoticeKind.PAID: _paid,
    NoticeKind.FAILED: _failed,
    NoticeKind.TAKEN_BACK: _taken_back,
    NoticeKind.WON: _won,
}
