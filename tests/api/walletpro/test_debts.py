"""A wallet that owes: what the calls that credit it answer, and what its lists show."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from ledger.book import lock_accounts
from ledger.debts import loan
from ledger.kinds import House, Kind
from ledger.models import Entry
from ledger.movements import Event, Movement
from ledger.verifying import verify
from tests.api.conftest import V1
from tests.conftest import WHY
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def owing(wallet: Wallet) -> Wallet:
    """Alice's wallet: 1 a debt of 600, 2 the debit that it paid."""
    with transaction.atomic():
        book = lock_accounts(wallet.pk)
        book.post(loan(book[wallet.pk], wallet.money(600), WHY), event=Event.once("test"))
        book.post(Movement(wallet.pk, Kind.DEBIT, wallet.money(-600), House.SPENT, WHY), event=Event.once("test"))
    return wallet


def credit(client: APIClient, wallet: Wallet, amount: str = "1000", **extra: Any) -> Any:
    return client.post(f"{V1}/wallets/{wallet.pk}/credit", {"amount": amount, "reason": "Sorry", **extra}, format="json")


def test_a_credit_answers_with_its_own_entry(as_manager: APIClient, owing: Wallet):
    answer = credit(as_manager, owing)

    assert answer.status_code == 201
    assert (answer.json()["amount"], answer.json()["balance_after"]) == ("1000", "1000")
    assert as_manager.get(f"{V1}/wallets/{owing.pk}").json()["balance"] == "400"


def test_a_dry_run_tells_what_would_be_repaid(as_manager: APIClient, owing: Wallet):
    told = credit(as_manager, owing, dry_run=True).json()

    assert [(entry["kind"], entry["amount"], entry["balance_after"]) for entry in told["entries"]] == [
        ("credit", "1000", "1000"),
        ("repayment", "-600", "400"),
    ]
    assert told["wallets"][0]["balance_after"] == "400"
    assert Entry.objects.filter(account_id=owing.pk).count() == 2


def test_its_transactions_show_the_repayment_as_a_debit(as_manager: APIClient, owing: Wallet):
    credit(as_manager, owing)
    newest = as_manager.get(f"{V1}/transactions?wallet_id={owing.pk}").json()["data"][0]

    shown = {name: newest[name] for name in ("type", "amount", "balance_after", "of_sequence", "reason")}
    assert shown == {"type": "debit", "amount": "600", "balance_after": "400", "of_sequence": 1, "reason": "Debt repaid"}


def test_a_reversal_answers_with_its_own_rows_first(as_manager: APIClient, owing: Wallet):
    spent = Entry.objects.get(account_id=owing.pk, kind=Kind.DEBIT)
    answer = as_manager.post(f"{V1}/transactions/{spent.pk}/reverse", {"reason": "Not delivered"}, format="json").json()

    assert (answer["amount"], answer["type"]) == ("600", "credit")
    assert [(row["type"], row["amount"], row["of_sequence"]) for row in answer["entries"]] == [
        ("credit", "600", 2),
        ("debit", "600", 1),
    ]


def test_a_transfer_to_it_tells_the_sender_nothing_of_what_is_repaid(
    as_alice: APIClient, owing: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry], site: Callable[..., None]
):
    site(transfers_enabled=True)
    give(owing, 5000)
    with transaction.atomic():
        book = lock_accounts(bobs_wallet.pk)
        book.post(loan(book[bobs_wallet.pk], bobs_wallet.money(100), WHY), event=Event.once("test"))
    asked = {"to_user_email": "bob@example.test", "amount": "300"}
    rehearsed = as_alice.post(f"{V1}/transfers", {**asked, "dry_run": True}, format="json").json()
    sent = as_alice.post(f"{V1}/transfers", asked, format="json")

    assert {entry["wallet_id"] for entry in rehearsed["entries"]} == {owing.pk}
    assert sent.status_code == 201
    assert "repayment" not in sent.content.decode()
    assert Entry.objects.get(account_id=bobs_wallet.pk, kind=Kind.REPAYMENT).amount == -100
    assert verify().findings == []
