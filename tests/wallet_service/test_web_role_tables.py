"""The web's database role, table by table: what requests need of each, and of a table that nobody named nothing."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from codes.services import void_code
from ledger.models import Account, Entry, Outbox
from ledger.money import Money
from payments.by_hand import confirm_by_hand
from payments.models import ReceivedNotice, Topup
from payments.port import NoticeKind, ProviderNotice
from payments.receiving import take_notice
from payments.services import fail_topup, start_topup
from people.models import User
from tests.api.conftest import V1
from tests.codes.making import new_code, row_of
from tests.wallet_service.test_web_role import web_role
from tests.webhooks.making import happen, new_endpoint
from tests.withdrawals.conftest import asked
from wallet_service.management.commands.create_web_role import EVERYTHING, RIGHTS, grant_rights
from wallets.models import Wallet
from wallets.services import change_wallet
from webhooks.models import Delivery, Endpoint, Queue
from withdrawals.services import approve_withdrawal, mark_paid, reject_withdrawal

__all__ = ["web_role"]

pytestmark = pytest.mark.django_db

NAMED = [table for tables in RIGHTS.values() for table in tables]


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    """Inside, this connection may do what the role may, and nothing else."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        yield
        cursor.execute("RESET ROLE")


def test_every_table_is_named_once():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        there = {table for (table,) in cursor.fetchall()}

    assert [table for table, times in Counter(NAMED).items() if times > 1] == []
    assert set(NAMED) == there


def test_a_table_that_nobody_named_is_none_of_its_business(web_role: str):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE of_a_new_app (id int)")
    grant_rights(web_role)

    for statement in ("SELECT * FROM of_a_new_app", "INSERT INTO of_a_new_app VALUES (1)"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {web_role}")
            cursor.execute(statement)


def test_what_an_earlier_release_gave_is_taken_back_and_the_operators_own_is_not(web_role: str):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE of_the_operator (id int)")
        cursor.execute(f"GRANT {EVERYTHING} ON ALL TABLES IN SCHEMA public TO {web_role}")
    grant_rights(web_role)

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {web_role}")
        cursor.execute("DELETE FROM ledger_outbox")
    with acting_as(web_role), connection.cursor() as cursor:
        cursor.execute("INSERT INTO of_the_operator VALUES (1)")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger_outbox",
        "UPDATE ledger_outbox SET type = 'wallet.credited'",
        "UPDATE webhooks_event SET data = '{}'",
        "DELETE FROM webhooks_event",
        "UPDATE webhooks_dispatch SET position = 0",
        "INSERT INTO webhooks_queue (endpoint_id, account_id, position, last_position, attempts) VALUES (1, 1, 0, 1, 0)",
        "DELETE FROM webhooks_endpoint",
        "UPDATE webhooks_attempt SET is_success = true",
        "DELETE FROM webhooks_attempt",
        "UPDATE webhooks_tally SET failed = 0",
        "DELETE FROM payments_topup",
        "DELETE FROM withdrawals_withdrawal",
        "DELETE FROM payments_reload",
        "DELETE FROM payments_takeback",
        "DELETE FROM payments_receivednotice",
        "DELETE FROM ledger_hold",
        "UPDATE django_migrations SET applied = now()",
    ],
)
def test_it_may_not_undo_what_was_told_or_paid(web_role: str, statement: str):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {web_role}")
        cursor.execute(statement)


def test_tells_of_what_it_does_and_of_what_it_refuses(web_role: str, as_manager: APIClient, wallet: Wallet):
    code = row_of(new_code())
    change_wallet(wallet=wallet, spending_limit=1)
    with acting_as(web_role):
        body = {"amount": "5", "reason": "x"}
        assert as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", body, format="json").status_code == 201
        assert as_manager.post(f"{V1}/wallets/{wallet.pk}/debit", body, format="json").status_code == 422
        void_code(code=code, actor="test")

    told = ["wallet.credited", "wallet.spending_limit.blocked", "wallet.code.voided"]
    assert list(Outbox.objects.order_by("id").values_list("type", flat=True)) == told


def test_manages_endpoints(web_role: str, as_manager: APIClient, wallet: Wallet):
    """All that the screens and routes do: whoever gave too little would have them fail in production alone."""
    endpoint = new_endpoint()
    events = happen(wallet, 3)
    Delivery.objects.create(endpoint=endpoint, event=events[0], reason="parked", attempts=8, parked_at=timezone.now())
    Endpoint.objects.update(status="failing", failing_since=timezone.now())
    path = f"{V1}/webhooks/{endpoint.pk}"
    with acting_as(web_role):
        assert as_manager.post(f"{V1}/webhooks", {"url": "https://shop.example/2"}, format="json").status_code == 201
        for verb, body in (
            *(("resume", {}), ("rotate", {}), ("test", {}), ("skip", {})),
            *(("redeliver", {"after": 0}), ("redeliver", {"parked": True})),
        ):
            answer = as_manager.post(f"{path}/{verb}", body, format="json")
            assert answer.status_code in {200, 201, 202}, (verb, answer.content)
        for page in ("", "/deliveries", "/attempts"):
            assert as_manager.get(f"{path}{page}").status_code == 200
        assert as_manager.get(f"{V1}/events").json()["data"]
        assert as_manager.patch(path, {"description": "Books"}, format="json").status_code == 200
        assert as_manager.delete(path).status_code in {200, 204}

    assert not Queue.objects.filter(endpoint=endpoint).exists()


def test_reads_what_the_days_came_to(web_role: str, as_manager: APIClient, wallet: Wallet):
    with acting_as(web_role):
        for path in ("summary", "chart", "chart?metric=top_spenders"):
            assert as_manager.get(f"/wp-json/wkwp-wallet/v1/analytics/{path}").status_code == 200


def test_takes_top_ups(web_role: str, wallet: Wallet, manager: User, settings: Any, give: Callable[..., Entry]):
    settings.PAYMENT_PROVIDER = "manual"
    amount = Money(5000, wallet.currency)

    def start() -> Topup:
        return start_topup(wallet=wallet, amount=amount, origin=Topup.Origin.CUSTOMER, actor=f"user:{wallet.user_id}")

    with acting_as(web_role):
        paid, told, failed = start(), start(), start()
        confirm_by_hand(topup_id=paid.pk, amount=amount, by=manager)
        notice = ProviderNotice("n-1", kind=NoticeKind.PAID, topup_id=told.pk, amount=amount, reference="till-1")
        for _ in range(2):
            take_notice(provider="manual", notice=notice)
        fail_topup(topup_id=failed.pk, reason="declined")

    assert sorted(Topup.objects.values_list("status", flat=True)) == ["completed", "completed", "failed"]
    assert Account.objects.get(pk=wallet.pk).balance == 10_000
    assert ReceivedNotice.objects.get().times == 2


def test_pays_out(web_role: str, wallet: Wallet, manager: User, give: Callable[..., Entry], site: Callable[..., None]):
    site(withdrawals_enabled=True, withdrawal_min=1)
    give(wallet, 100)
    with acting_as(web_role):
        first, second = asked(wallet, 40), asked(wallet, 50)
        reject_withdrawal(withdrawal_id=first.pk, by=manager, actor="test")
        approve_withdrawal(withdrawal_id=second.pk, by=manager, actor="test")
        mark_paid(withdrawal_id=second.pk, by=manager, actor="test")

    assert Account.objects.get(pk=wallet.pk).balance == 50
