"""All scheduled jobs. The apps offer plain services; when they run is decided here, and nowhere else.

A job is a line in `JOBS`: its name, how often, the service, in what words its answer is told, its queue. A service
must be idempotent: it runs again after a crash, or when somebody starts a second worker. Jobs that share a lock are due
at the same second every now and then: the one that matters more waits for it (sweeping), and fails if it was not had.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings

from analytics.counting import count_entries
from analytics.ranking import refresh_rankings
from bnpl.overdue import tell_overdue
from federation.newcomers import look_up_newcomers
from federation.refreshing import run_refreshes
from federation.services import settle_pushes
from kyc.documents import sweep_documents
from ledger.checkpoints.services import anchor_checkpoints, seal_ledger, sweep_ledger, watch_lag
from ledger.due import settle_due
from ledger.verifying.scheduled import verify_new, verify_whole
from notices.sending import send_waiting, send_waiting_sms
from payments.refunds import settle_refunds
from payments.reloads import run_reloads
from payments.unstarted import fail_unstarted
from points.importing.forgetting import forget_imported_emails
from points.importing.running import run_imports
from points.plans.running import run_plans
from points.sweeping import sweep_fees
from transfers.requests import expire_requests
from wallet_service import stopping
from wallet_service.asked_jobs import start_asked_jobs
from wallet_service.forgetting import (
    forget_challenges,
    forget_claims,
    forget_codes,
    forget_jobs,
    forget_notices,
    forget_oauth_nonces,
    forget_rate_windows,
    forget_sessions,
)
from wallet_service.forgetting_events import forget_attempts, forget_events
from wallet_service.forgetting_requests import forget_requests
from wallet_service.movement_mails import mail_movements
from wallet_service.schedules import Schedule, daily, every
from wallet_service.stalled_jobs import retry_stalled_jobs
from wallet_service.stopping import go_on
from webhooks.delivering import deliver_waiting
from webhooks.dispatching import dispatch_waiting
from withdrawals.payouts import run_payouts

# Sealing and settling, which money waits for. `manage.py worker --queue ledger` gives them a process of their own.
LEDGER = "ledger"
HOUSEKEEPING = "housekeeping"
# Calls to other people's machines, which are as slow as they like.
WEBHOOKS = "webhooks"
# What reads the whole ledger. Beside the others it takes VERIFY_PROCESSES processes of its own.
VERIFICATION = "verification"
ALL_QUEUES = (LEDGER, HOUSEKEEPING, WEBHOOKS, VERIFICATION)


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the schedule. `told` is what the admin shows of a run, around what the service returned.

    Where it is not `is_alone`, each worker may be at it at the same time, once: the service shares the work out itself.
    """

    name: str
    schedule: Schedule
    service: Callable[[], object]
    told: str = "{}"
    queue: str = HOUSEKEEPING
    is_alone: bool = True


# Longer than it is from one run of the dispatcher to the next.
DELIVER = partial(deliver_waiting, is_stopped=stopping.asked.is_set, linger_seconds=1.5)
VERIFYING: dict[str, Any] = {"processes": settings.VERIFY_PROCESSES, "progress": go_on}

JOBS = (
    Job("settle what is due", every(minutes=1), settle_due, "{} accounts settled", LEDGER),
    Job("seal ledger", every(settings.SEAL_EVERY_SECONDS), seal_ledger, queue=LEDGER),
    Job("sweep ledger", every(minutes=1), sweep_ledger, queue=LEDGER),
    # Sealing does it as well; this goes on where nothing can be sealed, and tells how it went.
    Job("anchor checkpoints", every(minutes=1), anchor_checkpoints),
    # Beside sealing, and in another queue: it has to tell where sealing hangs, or has no worker.
    Job("watch sealing", every(minutes=1), watch_lag),
    Job("retry stalled jobs", every(minutes=1), retry_stalled_jobs, "{} jobs of workers that are gone"),
    Job("start jobs asked for", every(5), start_asked_jobs, "{} jobs started"),
    Job("verify what is new", every(hours=1), partial(verify_new, **VERIFYING), queue=VERIFICATION),
    Job("verify the ledger", daily(3, 17), partial(verify_whole, **VERIFYING), queue=VERIFICATION),
    Job("send mails", every(5), send_waiting, "{} mails sent"),
    Job("send text messages", every(5), send_waiting_sms, "{} text messages sent"),
    Job("dispatch events", every(1), dispatch_waiting, "{} events dispatched", WEBHOOKS),
    Job("deliver events", every(1), DELIVER, "{} events delivered", WEBHOOKS, is_alone=False),
    Job("mail movements", every(5), mail_movements, "{} mails written"),
    Job("auto-reload", every(5), run_reloads, "{} reloads worked on", WEBHOOKS, is_alone=False),
    # Before the night's verification, which then looks at it.
    Job("sweep fees", daily(2, 40), sweep_fees, "{} minor units brought to the fee wallet"),
    Job("settle refunds", every(minutes=1), settle_refunds, "{} refunds asked for", WEBHOOKS),
    Job("pay out withdrawals", every(minutes=1), run_payouts, "{} payouts worked on", WEBHOOKS, is_alone=False),
    Job("import points", every(5), partial(run_imports, progress=go_on), "{} imports worked on"),
    Job("settle pushes", every(15), settle_pushes, "{} withdrawals at main sites asked for", WEBHOOKS),
    Job("refresh external wallets", every(minutes=1), partial(run_refreshes, progress=go_on), "{} refreshes worked on", WEBHOOKS),
    Job("look up newcomers", every(minutes=1), look_up_newcomers, "{} users looked up at main sites", WEBHOOKS),
    Job("run periodic plans", every(minutes=1), partial(run_plans, go_on), "{} runs worked on"),
    Job("fail unstarted top-ups", every(minutes=10), fail_unstarted, "{} top-ups failed"),
    Job("expire money requests", every(minutes=10), expire_requests, "{} requests expired"),
    # Whoever asks for figures adds up what is not counted yet.
    Job("count entries", every(10), partial(count_entries, progress=go_on), "{} entries counted"),
    # What it keeps is told for ten minutes.
    Job("rank spenders", every(minutes=5), refresh_rankings, "{} rankings made"),
    Job("tell of overdue debts", every(hours=1), tell_overdue, "{} mails about overdue debts"),
    Job("forget rate windows", every(minutes=10), forget_rate_windows, "{} windows deleted"),
    Job("forget idempotency keys", every(minutes=10), forget_claims, "{} keys deleted"),
    Job("forget OAuth nonces", every(minutes=10), forget_oauth_nonces, "{} nonces deleted"),
    Job("forget sessions", every(minutes=10), forget_sessions, "{} sessions deleted"),
    Job("forget logged requests", every(minutes=10), forget_requests, "{} requests deleted"),
    Job("forget mails", every(minutes=10), forget_notices, "{} mails deleted"),
    Job("forget codes", every(minutes=10), forget_codes, "{} codes deleted"),
    Job("forget step-ups", every(minutes=10), forget_challenges, "{} step-ups deleted"),
    Job("sweep documents", every(hours=1), sweep_documents, "{} files deleted"),
    Job("forget imported e-mails", every(hours=1), forget_imported_emails, "{} lines forgotten"),
    Job("forget events", every(minutes=10), forget_events, "{} events deleted"),
    Job("forget webhook calls", every(minutes=10), forget_attempts, "{} calls deleted"),
    Job("forget old jobs", every(minutes=10), forget_jobs, "{} jobs deleted"),
)
