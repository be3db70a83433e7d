"""Deleting what is over, a thousand rows at a time: nobody waits behind a long statement, and the next run goes on."""

from django.contrib.sessions.models import Session
from django.db import connection, models
from django.utils import timezone

from apikeys.models import OauthNonce
from idempotency.models import Claim
from notices.models import Notice
from passcodes.models import Guesses, Passcode, TotpDevice
from stepups.models import Challenge
from wallet_service.models import RateCounter

BATCH = 1000

# Newest event first: a job that ended long ago has none that is younger. Jobs that went well are deleted as they end.
OLD_JOBS = """
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT id FROM procrastinate_jobs job
    WHERE status NOT IN ('todo', 'doing')
      AND NOT EXISTS (SELECT FROM procrastinate_events WHERE job_id = job.id AND at > now() - interval '3 days')
    LIMIT %s
)"""


def forget_rate_windows() -> int:
    """The rate limits' windows that are over; how many."""
    return _delete(RateCounter.objects.filter(expires__lt=timezone.now()))


def forget_claims() -> int:
    """Idempotency keys past their lifetime, with the answers kept for them; how many."""
    return _delete(Claim.objects.expired())


def forget_oauth_nonces() -> int:
    """Nonces of signed calls that nobody could send again; how many."""
    return _delete(OauthNonce.objects.expired())


def forget_sessions() -> int:
    """Browsers' sessions that have ended; how many."""
    return _delete(Session.objects.filter(expire_date__lt=timezone.now()))


def forget_notices() -> int:
    """Mails that were sent a month ago, or that nobody sends any more; how many."""
    return _delete(Notice.objects.over())


def forget_codes() -> int:
    """Codes that ended a day ago, wrong tries that count no more, apps that nobody confirmed; how many."""
    return sum(map(_delete, (Passcode.objects.over(), Guesses.objects.over(), TotpDevice.objects.abandoned())))


def forget_challenges() -> int:
    """Step-ups that ended unused a day ago, or paid three months ago; how many."""
    return _delete(Challenge.objects.over())


def forget_jobs() -> int:
    """Background jobs that failed or were given up more than three days ago; how many."""
    deleted, last = 0, BATCH
    while last == BATCH:
        with connection.cursor() as cursor:
            cursor.execute(OLD_JOBS, [BATCH])
            last = cursor.rowcount
        deleted += last
    return deleted


def _delete(rows: models.QuerySet) -> int:
    """The condition is asked again where a row is deleted: one that was renewed in between stays."""
    deleted, last = 0, BATCH
    while last == BATCH:
        last, _ = rows.filter(pk__in=rows.order_by().values("pk")[:BATCH]).delete()
        deleted += last
    return deleted
