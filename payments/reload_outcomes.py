"""What became of an auto-reload's charge: in the transaction that books it, whoever comes with it.

A job's answer, the provider's notice and a person may all be first. Each of them settles the top-up, and that settles
its reload, so that the two never say different things.
"""

from datetime import timedelta

from django.utils import timezone

from ledger.alarms import clear_alarm, raise_alarm
from payments.mails import tell_reload_failed, tell_reloaded
from payments.models import Reload, Topup
from site_settings.reading import current_settings

Status = Reload.Status
LIVE = (Status.WAITING, Status.CHARGING)
FAILED_ALARM, UNKNOWN_ALARM = "auto_reload_failed", "auto_reload_unknown"

# How long after a refusal the next attempt begins; the last one is for those that follow.
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))


def note_outcome(topup: Topup) -> None:
    """A top-up was completed, has failed, or was paid and could not be booked: if it is a reload's, go on with that.

    Whoever calls it has locked the top-up, and its account if he needs that. Nobody locks an account while he holds a
    reload's row, so the row comes last in the order of locks.
    """
    if topup.origin != Topup.Origin.AUTO_RELOAD:
        return
    reload = Reload.objects.select_for_update(no_key=True).filter(topup=topup, status__in=LIVE).first()
    if reload:
        reload.wallet, reload.topup = topup.wallet, topup
    if topup.status == Topup.Status.COMPLETED:
        _paid(topup, reload)
    elif reload and topup.status == Topup.Status.REVIEW:
        # He has paid. A person decides on it, and nothing more is charged for this fall.
        finish(reload, Status.FAILED, topup.failure)
    elif reload and reload.status == Status.CHARGING:
        _refused(reload, topup.failure)


def is_asked_for(topup: Topup) -> bool:
    """Whether its charge is under way, or the provider is still asked what became of it: nobody else decides that."""
    return Reload.objects.filter(topup=topup, status=Status.CHARGING, next_attempt_at__isnull=False).exists()


def finish(reload: Reload, status: Status, failure: str = "") -> None:
    """Nothing more is done about this fall."""
    reload.status, reload.failure = status, failure
    reload.next_attempt_at, reload.finished_at = None, timezone.now()
    reload.save(update_fields=["status", "failure", "next_attempt_at", "finished_at"])
    clear_alarm(UNKNOWN_ALARM, subject_of(reload))


def give_up(reload: Reload, failure: str) -> None:
    """The balance stays low, and its holder hears why."""
    finish(reload, Status.FAILED, failure)
    tell_reload_failed(reload.wallet, reason=failure)


def subject_of(reload: Reload) -> str:
    """What an alarm names it by."""
    return f"wallet {reload.wallet_id}"


def _paid(topup: Topup, reload: Reload | None) -> None:
    """Also of an attempt that was thought to have failed: what waits for the next one is done."""
    if reload:
        finish(reload, Status.COMPLETED)
        clear_alarm(FAILED_ALARM, subject_of(reload))
    tell_reloaded(topup)


def _refused(reload: Reload, failure: str) -> None:
    if reload.attempts >= current_settings().auto_reload_attempts:
        give_up(reload, failure)
        raise_alarm(FAILED_ALARM, subject_of(reload), f"not charged in {reload.attempts} attempts: {failure or 'refused'}")
        return
    reload.status, reload.failure = Status.WAITING, failure
    reload.next_attempt_at = timezone.now() + BACK_OFF[min(reload.attempts, len(BACK_OFF)) - 1]
    reload.save(update_fields=["status", "failure", "next_attempt_at"])
    clear_alarm(UNKNOWN_ALARM, subject_of(reload))
