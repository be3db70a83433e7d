"""The web's database role: it posts, and cannot touch what was posted."""

import json
import os
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from rest_framework.test import APIClient

from audit.models import Act
from ledger.models import Entry
from tests.conftest import basic
from wallet_service.asked_jobs import ask_for_job
from wallet_service.models import JobRun
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

# Roles are the whole server's; the workers of a parallel run share one.
ROLE = f"wallet_web_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


@pytest.fixture
def web_role(capsys: pytest.CaptureFixture[str]) -> str:
    call_command("create_web_role", "--name", ROLE, "--json")
    assert json.loads(capsys.readouterr().out)["role"] == ROLE
    return ROLE


def test_posts_and_reads(web_role: str, as_manager: APIClient, wallet: Wallet):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {web_role}")
        answer = as_manager.post(
            f"/wp-json/walletpro/v1/wallets/{wallet.pk}/credit", {"amount": "5", "reason": "x"}, format="json"
        )
        cursor.execute("RESET ROLE")

    assert answer.status_code == 201
    assert Entry.objects.get().amount == 5


def test_keeps_acts_and_counts_attempts(web_role: str, as_manager: APIClient, wallet: Wallet):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {web_role}")
        answer = as_manager.post(f"/wp-json/walletpro/v1/wallets/{wallet.pk}", {"status": "frozen"}, format="json")
        for _ in range(2):
            APIClient(**basic("nobody", "wrong")).get("/wp-json/walletpro/v1/wallets/me")
        cursor.execute("RESET ROLE")

    assert answer.status_code == 200
    assert Act.objects.filter(act="wallet.frozen").count() == 1
    assert Act.objects.get(act="credential.wrong").count == 2


def test_asks_for_a_job_and_queues_none(web_role: str):
    JobRun.objects.create(name="seal ledger")
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {web_role}")
        ask_for_job(name="seal ledger", actor="user:1 admin")
        cursor.execute("RESET ROLE")

    assert JobRun.objects.get().asked_at


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET amount = 1",
        "UPDATE ledger_entry SET reason = 'x', mac = '\\x00'",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry",
        "DELETE FROM ledger_account",
        "DELETE FROM ledger_alarm",
        "UPDATE wallet_service_jobrun SET outcome = 'ok'",
        "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('ledger', 'x')",
        "DELETE FROM procrastinate_workers",
        "UPDATE ledger_checkpoint SET size = 1",
        "DELETE FROM ledger_leaf",
        "UPDATE ledger_sealedaccount SET sequence = 1",
        "DELETE FROM ledger_signingkey",
        "INSERT INTO ledger_anchorreceipt (anchor) VALUES ('file')",
        "UPDATE audit_act SET actor = 'nobody'",
        "UPDATE audit_act SET minute = now()",
        "DELETE FROM audit_act",
        "DELETE FROM audit_unsealed",
        "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
    ],
)
def test_cannot_touch_what_was_posted(web_role: str, wallet: Wallet, give: Callable[..., Entry], statement: str):
    give(wallet, 5)
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SET LOCAL ROLE {web_role}")
        cursor.execute(statement)

    assert Entry.objects.get().amount == 5


def test_asked_for_again_keeps_its_password(web_role: str, capsys: pytest.CaptureFixture[str]):
    call_command("create_web_role", "--name", web_role, "--json")

    assert json.loads(capsys.readouterr().out) == {"role": ROLE, "password": None}


def test_is_not_the_owner_of_the_tables():
    with pytest.raises(CommandError, match="owns the tables"):
        call_command("create_web_role", "--name", connection.settings_dict["USER"])
