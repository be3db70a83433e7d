"""GET /walletpro/v1/transactions/{id}/receipt."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from ledger.book import lock_accounts
from ledger.kinds import House, Kind
from ledger.models import Entry
from ledger.movements import Circumstances, Event, Movement
from people.models import User
from people.rights import Right
from tests.api.conftest import V1, nothing_moves, said
from tests.conftest import WHY
from wallets.holds import place_hold
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

SCRIPT = Path(__file__).parents[3] / "clients" / "verify_receipt.py"
FORBIDDEN = (403, "rest_forbidden")
NOTED = Circumstances(actor="key:3", reason="Order #8812", note="watch this one")


@pytest.fixture
def entry(wallet: Wallet) -> Entry:
    """Alice's, with a note that is none of her business."""
    movement = Movement(wallet.pk, Kind.CREDIT, wallet.money(250), House.ISSUED, NOTED)
    return lock_accounts(wallet.pk).post(movement, event=Event.once("test"))[0]


def receipt(client: APIClient, entry: Entry) -> Any:
    return client.get(f"{V1}/transactions/{entry.pk}/receipt")


def test_a_customer_checks_the_receipt_with_the_published_keys_alone(
    as_alice: APIClient, entry: Entry, seal: Callable[[], Any], tmp_path: Path
):
    seal()
    (tmp_path / "receipt.json").write_bytes(receipt(as_alice, entry).content)
    (tmp_path / "keys.json").write_bytes(as_alice.get(f"{V1}/checkpoints/keys").content)
    command = [sys.executable, "-I", str(SCRIPT), "receipt.json", "--public-key", "keys.json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert "250 minor units received (credit)" in done.stdout
    assert "“Order #8812”" in done.stdout
    assert "Note         there is one; this receipt does not show it" in done.stdout


def test_it_is_the_transaction_that_the_list_shows(as_alice: APIClient, entry: Entry, seal: Callable[[], Any]):
    seal()
    row = as_alice.get(f"{V1}/transactions/{entry.pk}").json()
    proof = receipt(as_alice, entry).json()["entry"]

    assert (proof["id"], proof["account_id"], proof["sequence"]) == (row["id"], row["wallet_id"], row["sequence"])
    assert (proof["amount"], proof["balance"]) == (row["amount"], row["balance_after"])
    assert f"sha256:{proof['mac']}" == row["hmac_chain"]
    assert f"{proof['at'][:19]}Z" == row["created_at"]


def test_before_it_is_sealed_it_says_when_to_come_back(as_alice: APIClient, entry: Entry, settings: Any):
    settings.SEAL_EVERY_SECONDS = 7
    with nothing_moves():
        response = receipt(as_alice, entry)

    assert response.status_code == 409
    assert response["Retry-After"] == "7"
    assert response.json() == {
        "code": "walletpro_not_sealed",
        "message": "No checkpoint covers this transaction yet. Please try again.",
        "data": {"status": 409, "retry_after": 7},
    }


def test_the_note_and_its_salt_are_for_managers(
    as_alice: APIClient, as_manager: APIClient, entry: Entry, seal: Callable[[], Any],
    person: Callable[..., User], client_with_key: Callable[..., APIClient],
):  # fmt: skip
    seal()
    as_reader = client_with_key(person("reader", Right.READ_WALLETS))
    salt = bytes(Entry.objects.get(pk=entry.pk).note_salt or b"").hex()

    assert receipt(as_manager, entry).json()["texts"]["note"] == {"text": "watch this one", "salt": salt}
    for client in (as_alice, as_reader):
        answer = receipt(client, entry)
        assert set(answer.json()["texts"]) == {"reason"}
        assert "watch this one" not in answer.content.decode()
        assert salt not in answer.content.decode()


def test_the_digest_of_the_call_does_not_tell_the_note(as_manager: APIClient, wallet: Wallet):
    """`asked` is in the receipt. Whoever knows all of the call but its note must not be able to try notes on it."""
    body = {"amount": "5", "reason": "x", "note": "fraud?"}
    asked = []
    for _ in range(2):
        key = str(uuid4())
        answer = as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", {**body, "idempotency_key": key}, format="json")
        again = as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", {**body, "idempotency_key": key}, format="json")
        assert again["Idempotent-Replay"] == "true"
        asked.append(bytes(Entry.objects.get(pk=answer.json()["transaction_id"]).asked or b""))

    assert asked[0] != asked[1]
    assert sha256(b"").digest() not in asked


def test_who_may_not_read_the_transaction_gets_no_receipt(
    entry: Entry, seal: Callable[[], Any], bob: User, client_with_key: Callable[..., APIClient], as_manager: APIClient
):
    seal()
    as_bob = client_with_key(bob)

    assert said(receipt(as_bob, entry)) == FORBIDDEN
    assert said(as_bob.get(f"{V1}/transactions/{10**9}/receipt")) == FORBIDDEN
    assert said(as_manager.get(f"{V1}/transactions/{10**9}/receipt")) == (404, "walletpro_transaction_not_found")


def test_an_entry_of_amount_0_is_no_transaction_and_has_none(
    as_manager: APIClient, wallet: Wallet, entry: Entry, seal: Callable[[], Any]
):
    soon = timedelta(minutes=15)
    hold = place_hold(wallet=wallet, amount=wallet.money(5), event=Event.once("test"), why=WHY, expires_in=soon)
    seal()

    assert said(as_manager.get(f"{V1}/transactions/{hold.pk}")) == (404, "walletpro_transaction_not_found")
    assert said(as_manager.get(f"{V1}/transactions/{hold.pk}/receipt")) == (404, "walletpro_transaction_not_found")


def test_what_was_changed_behind_the_service_is_503(as_alice: APIClient, entry: Entry, seal: Callable[[], Any]):
    seal()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_entry SET order_id = 1 WHERE id = %s", [entry.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")

    assert said(receipt(as_alice, entry)) == (503, "walletpro_ledger_unavailable")


def test_wordpress_habits_hold_here_too(as_alice: APIClient, entry: Entry, seal: Callable[[], Any]):
    seal()
    answer = as_alice.get(f"{V1}/transactions/{entry.pk}/receipt?_fields=format,log.index")

    assert answer.json() == {"format": "wallet-receipt/1", "log": {"index": answer.json()["log"]["index"]}}
    assert json.loads(as_alice.get(f"{V1}/transactions/{entry.pk}/receipt?_envelope").content)["status"] == 200


def test_the_rate_limit_counts_it(as_alice: APIClient, entry: Entry, seal: Callable[[], Any], limits: Any):
    seal()
    limits(rate_walletpro_per_minute=2)
    answers = [receipt(as_alice, entry) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0]["X-WalletPro-RateLimit-Remaining"] == "1"


def test_it_costs_six_statements_however_long_the_log_is(
    as_alice: APIClient, entry: Entry, seal: Callable[[], Any], give: Callable[..., Entry], wallet: Wallet
):
    counts = []
    for more in (1, 40):
        for _ in range(more):
            give(wallet, 1)
        seal()
        receipt(as_alice, entry)
        with CaptureQueriesContext(connection) as queries:
            assert receipt(as_alice, entry).status_code == 200
        counts.append(len([query for query in queries.captured_queries if "SAVEPOINT" not in query["sql"]]))

    # The credential, her wallets, the entry, its leaf, the checkpoint, hashes of leaves. Nodes are one more (tests/ledger).
    assert counts == [6, 6], queries.captured_queries
