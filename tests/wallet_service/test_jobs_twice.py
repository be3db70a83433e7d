"""Every scheduled job may run again at any time: the second run finds nothing left to do, and does nothing."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from idempotency.models import Claim
from idempotency.services import Reply, answer_once
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.movements import Event
from notices.services import send_notice
from people.models import User
from tests.conftest import WHY
from transfers.requests import ask_for_money
from wallet_service.job_runs import run_job
from wallet_service.jobs import JOBS, Job
from wallet_service.models import JobRun, RateCounter
from wallets.holds import place_hold
from wallets.models import Wallet
from wallets.services import credit

pytestmark = pytest.mark.django_db

# When a job ran, when spenders were ranked, and what waits in the queue is another thing each time; the totals are compared.
LEFT_OUT = {"wallet_service_jobrun", "analytics_progress", "django_migrations"}
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'procrastinate_%' ORDER BY 1"
CONTENT = "SELECT coalesce(md5(string_agg(t::text, chr(10) ORDER BY t::text)), '') FROM \"{}\" t"


@pytest.fixture
def busy(
    wallet: Wallet,
    bob: User,
    give: Callable[..., Entry],
    settings: Any,
    site: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Something to do for everybody: money that moved, is due, is held; mails; what is over."""
    settings.LEDGER_SIGNING_KEYS = f"1:{'11' * 32}"
    site(request_log_days=1, transfers_enabled=True)
    give(wallet, 1000)
    send_notice(to=bob, kind="test", subject="Good news", text="None.")
    long_ago = timezone.now() - timedelta(days=400)
    with monkeypatch.context() as then:
        then.setattr(timezone, "now", lambda: long_ago)
        ask_for_money(requester=bob, payer_email="alice@example.test", amount=wallet.money(5))
    answer_once(caller="x", key=uuid4(), fingerprint=b"x", answer=lambda event: called(wallet, event))
    Claim.objects.update(created_at=long_ago)
    Session.objects.create(session_key="x", session_data="", expire_date=long_ago)
    RateCounter.objects.create(key="x", hits=1, expires=long_ago)
    JobRun.objects.create(name="sweep ledger", asked_at=long_ago)
    # Last: whoever moves the wallet's money settles what is due.
    place_hold(wallet=wallet, amount=wallet.money(5), event=Event.once("test"), why=WHY, expires_in=timedelta(milliseconds=200))
    give(wallet, 300, kind=Kind.BONUS, expires_at=timezone.now() + timedelta(milliseconds=200))
    time.sleep(0.3)


def called(wallet: Wallet, event: Event) -> Reply:
    credit(wallet=wallet, amount=wallet.money(5), event=event, why=WHY)
    return Reply(201, "{}")


def content() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [row[0] for row in cursor.fetchall() if row[0] not in LEFT_OUT]
        found = {}
        for table in tables:
            cursor.execute(CONTENT.format(table))
            found[table] = cursor.fetchone()[0]
        return found


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_the_second_run_changes_nothing(busy: None, job: Job):
    run_job(job)
    once = content()
    run_job(job)
    twice = content()
    # A row's place on the list of what waits is taken off by the round behind the one that sealed it.
    for found in (once, twice):
        del found["audit_unsealed"]

    assert twice == once
    run = JobRun.objects.get(pk=job.name)
    assert (run.outcome, run.failures) == ("ok", 0)


def test_all_of_them_come_to_rest(busy: None):
    """One job's work is another's: what is due becomes entries, entries are sealed, told and anchored."""
    before = content()
    for _ in range(2):
        for job in JOBS:
            run_job(job)
    rest = content()
    for job in JOBS:
        run_job(job)

    assert content() == rest
    changed = {table for table in rest if rest[table] != before[table]}
    assert changed >= {
        *("ledger_entry", "ledger_hold", "ledger_lot", "ledger_checkpoint", "ledger_anchorreceipt", "transfers_moneyrequest"),
        *("idempotency_claim", "django_session", "wallet_service_ratecounter", "notices_notice"),
    }
