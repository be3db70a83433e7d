"""`verify_ledger` by mutation: a refund request's row, its entries and its audit rows."""

from collections.abc import Callable

import pytest

from ledger.models import Entry
from ledger.movements import Event
from ledger.verifying import verify
from people.models import User
from refunds.models import RefundRequest
from refunds.services import reject_refund
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


def findings(account_id: int | None = None) -> list[str]:
    return [str(finding) for finding in verify(account_id).findings]


@pytest.fixture
def approved(
    wallet: Wallet,
    bobs_wallet: Wallet,
    manager: User,
    pay: Callable[..., Entry],
    ask: Callable[..., RefundRequest],
    approve: Callable[..., RefundRequest],
) -> RefundRequest:
    """Alice got 45 of 50 back in two rows; beside it a plain credit, one that waits and one that was rejected."""
    pay(wallet, 20)
    pay(wallet, 30)
    request = approve(ask(wallet, 45), by=manager)
    approve(ask(wallet, 7, order=1))
    ask(wallet, 8, order=2)
    reject_refund(request_id=ask(bobs_wallet, 9).pk, by=manager, event=Event.once("test"))
    return request


def test_finds_nothing_on_honest_data(approved: RefundRequest, wallet: Wallet, bobs_wallet: Wallet):
    assert findings() == findings(wallet.pk) == findings(bobs_wallet.pk) == []


@pytest.mark.parametrize(
    "edit",
    [
        "amount_minor = 46",
        "approved_minor = 44",
        "currency = 'EUR'",
        "order_id = 1",
        "user_id = decided_by_id, decided_by_id = user_id",
        "wallet_id = (SELECT max(id) FROM wallets_wallet)",
        "status = 'rejected', approved_minor = NULL",
        "status = 'pending', approved_minor = NULL, decided_at = NULL, decided_by_id = NULL, decided_key = NULL",
        "decided_by_id = NULL",
        "decided_at = decided_at + interval '1 second'",
        "created_at = created_at - interval '1 second'",
    ],
)
def test_names_a_row_that_was_edited(approved: RefundRequest, sql: Sql, edit: str):
    sql("DROP INDEX IF EXISTS refunds_request_order_once")
    assert sql(f"UPDATE refunds_refundrequest SET {edit} WHERE id = {approved.pk}") == 1

    found = findings()
    assert found
    assert all(f"refund request {approved.pk} " in finding for finding in found)


@pytest.mark.parametrize("number", [0, 1])
def test_names_a_request_one_of_whose_entries_is_missing(approved: RefundRequest, sql: Sql, number: int):
    entry = Entry.objects.filter(key=f"refund_request:{approved.pk}").order_by("pk")[number]
    assert sql(f"DELETE FROM ledger_entry WHERE id = {entry.pk}") == 1

    assert any(f"refund request {approved.pk} is not what its wallet and its entries say" in finding for finding in findings())


def test_names_entries_whose_request_is_gone(approved: RefundRequest, wallet: Wallet, sql: Sql):
    assert sql(f"DELETE FROM refunds_refundrequest WHERE id = {approved.pk}") == 1

    named = f"account {wallet.pk}: refund request {approved.pk} has entries and no row"
    assert findings(wallet.pk) == [named]
    assert findings() == [named, f"refund request {approved.pk} was asked for, and is gone"]


@pytest.mark.parametrize("status", ["pending", "rejected"])
def test_names_one_that_was_made_to_be_approved(approved: RefundRequest, sql: Sql, status: str):
    """Of one that waits, or was rejected, there is no entry."""
    other = RefundRequest.objects.get(status=status)
    made = "status = 'approved', approved_minor = amount_minor, decided_at = now(), decided_key = 'x'"
    assert sql(f"UPDATE refunds_refundrequest SET {made} WHERE id = {other.pk}") == 1

    said = [finding for finding in findings() if f"refund request {other.pk} " in finding]
    assert [finding.split(f"request {other.pk} ")[1] for finding in said] == [
        "is not what its wallet and its entries say",
        "was not decided as its audit rows say",
    ]


def test_names_one_that_was_made_up(approved: RefundRequest, wallet: Wallet, sql: Sql):
    columns = "user_id, wallet_id, order_id, amount_minor, currency, reason, note, status, created_at, decision_note, asked_key"
    values = f"{wallet.user_id}, {wallet.pk}, 99, 5, 'USD', '', '', 'pending', now(), '', 'x'"
    sql(f"INSERT INTO refunds_refundrequest ({columns}) VALUES ({values})")

    (finding,) = findings()
    assert "has no audit row of its own that says what was asked for" in finding


@pytest.mark.parametrize("act", ["asked", "approved"])
def test_names_a_request_whose_audit_row_is_gone(approved: RefundRequest, sql: Sql, act: str):
    subject = f"refund_request:{approved.pk}"
    assert sql(f"DELETE FROM audit_act WHERE act = 'refund_request.{act}' AND subject = '{subject}'") == 1

    assert any(f"refund request {approved.pk} " in finding for finding in findings())


def test_erased_words_are_no_finding(approved: RefundRequest):
    RefundRequest.objects.update(reason="", note="", decision_note="")

    assert findings() == []
