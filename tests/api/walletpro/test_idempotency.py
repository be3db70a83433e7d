"""One key, one effect, one answer (contract.md 2, "Idempotency")."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from rest_framework.test import APIClient

from apikeys.services import make_application_password
from idempotency import services
from idempotency.models import Claim
from ledger.models import Account, Entry
from ledger.sealing import seal
from ledger.verifying import verify
from people.models import User
from people.rights import Right
from tests.api.conftest import V1, nothing_moves, said, same_caller
from tests.conftest import basic
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db

KEY = "550e8400-e29b-41d4-a716-446655440000"
OTHER_KEY = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
REUSED = (422, "walletpro_idempotency_key_reused")


def call(client: APIClient, wallet: Wallet, verb: str = "credit", key: str | None = KEY, **arguments: Any) -> Any:
    body = {"amount": "1000", "reason": "once", **arguments}
    return client.post(f"{V1}/wallets/{wallet.pk}/{verb}", {**body, "idempotency_key": key} if key else body, format="json")


def is_replay(response: Any) -> bool:
    return (response.status_code, response.headers.get("Idempotent-Replay")) == (200, "true")


def test_a_replay_is_the_original_body_and_says_so(as_manager: APIClient, wallet: Wallet):
    first = call(as_manager, wallet)
    with nothing_moves():
        second = call(as_manager, wallet)

    assert first.status_code == 201
    assert "Idempotent-Replay" not in first.headers
    assert second.status_code == 200
    assert second["Idempotent-Replay"] == "true"
    assert list(second.json().items()) == [
        *first.json().items(),
        ("code", "walletpro_idempotent_replay"),
        ("message", "This idempotency key was used before: this is the original answer, and nothing was done again."),
        ("data", {"status": 200, "original_status": 201}),
    ]
    assert second.content.startswith(first.content[:-1])


def test_a_replay_of_a_partial_debit(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 700)
    first = call(as_manager, wallet, "debit", allow_partial=True)
    give(wallet, 700)
    with nothing_moves():
        second = call(as_manager, wallet, "debit", allow_partial=True)

    assert (first.status_code, second.status_code) == (206, 200)
    assert second.json()["data"] == {"status": 200, "original_status": 206}
    assert (second.json()["amount"], second.json()["requested"]) == ("700", "1000")


def test_a_replay_whatever_has_become_of_the_wallet(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    """The claim comes before everything that depends on state."""
    give(wallet, 1000)
    call(as_manager, wallet, "debit")
    change_wallet(wallet=wallet, spending_limit=0, status=Account.Status.FROZEN)

    assert is_replay(call(as_manager, wallet, "debit"))


def test_a_replay_trims_and_wraps_like_any_answer(as_manager: APIClient, wallet: Wallet):
    call(as_manager, wallet)
    body = {"amount": "1000", "reason": "once", "idempotency_key": KEY, "_fields": "code,amount"}
    response = as_manager.post(f"{V1}/wallets/{wallet.pk}/credit?_envelope", body, format="json")

    assert response.json()["body"] == {"amount": "1000", "code": "walletpro_idempotent_replay"}
    assert response.json()["status"] == 200


@pytest.mark.parametrize(
    "arguments",
    [
        {"amount": 1000},
        {"amount": "01000"},
        {"type": "credit"},
        {"unknown": "argument"},
        {"expiry_date": ""},
    ],
)
def test_the_same_in_other_words(as_manager: APIClient, wallet: Wallet, arguments: dict[str, Any]):
    call(as_manager, wallet)
    with nothing_moves():
        assert is_replay(call(as_manager, wallet, **arguments))


def test_the_same_moment_in_another_offset(as_manager: APIClient, wallet: Wallet):
    call(as_manager, wallet, expiry_date="2099-12-31T00:00:00Z")

    assert is_replay(call(as_manager, wallet, expiry_date="2099-12-31 02:00:00+02:00"))
    assert is_replay(call(as_manager, wallet, expiry_date="2099-12-31"))


def test_the_same_wallet_in_another_spelling(as_manager: APIClient, wallet: Wallet):
    call(as_manager, wallet)
    body = {"amount": "1000", "reason": "once", "idempotency_key": KEY}

    assert is_replay(as_manager.post(f"{V1}/wallets/00{wallet.pk}/credit/", body, format="json"))


def test_the_same_as_a_form(as_manager: APIClient, wallet: Wallet):
    call(as_manager, wallet)
    body = {"amount": "1000", "reason": "once", "idempotency_key": KEY}

    assert is_replay(as_manager.post(f"{V1}/wallets/{wallet.pk}/credit/", body, format="multipart"))


@pytest.mark.parametrize(
    "arguments",
    [{"amount": "1001"}, {"reason": "Once"}, {"note": ""}, {"order_id": 1}, {"type": "topup"}, {"expiry_date": "2099-01-01"}],
)
def test_the_key_with_another_body(as_manager: APIClient, wallet: Wallet, arguments: dict[str, Any]):
    call(as_manager, wallet)
    with nothing_moves():
        response = call(as_manager, wallet, **arguments)

    assert said(response) == REUSED
    assert "Idempotent-Replay" not in response.headers


def test_the_key_on_another_wallet(as_manager: APIClient, wallet: Wallet, bobs_wallet: Wallet):
    call(as_manager, wallet)
    with nothing_moves():
        assert said(call(as_manager, bobs_wallet)) == REUSED


def test_the_key_on_another_route(as_manager: APIClient, wallet: Wallet):
    call(as_manager, wallet)
    with nothing_moves():
        assert said(call(as_manager, wallet, "debit")) == REUSED


@pytest.mark.parametrize("key", ["", "abc", KEY.upper(), "550e8400-e29b-11d4-a716-446655440000", None])
def test_a_key_that_is_no_version_4_uuid(as_manager: APIClient, wallet: Wallet, key: str | None):
    body = {"amount": "1000", "reason": "once", "idempotency_key": key}
    with nothing_moves():
        response = as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", body, format="json")

    assert response.json()["data"]["params"] == {"idempotency_key": "idempotency_key is not a valid UUID."}


def test_without_a_key_each_call_counts(as_manager: APIClient, wallet: Wallet):
    answers = [call(as_manager, wallet, key=None).json()["balance_after"] for _ in range(3)]

    assert answers == ["1000", "2000", "3000"]
    assert not Claim.objects.exists()


def test_a_refusal_leaves_the_key_free(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    with nothing_moves():
        assert call(as_manager, wallet, "debit").status_code == 422
    give(wallet, 1000)

    assert call(as_manager, wallet, "debit").status_code == 201
    assert is_replay(call(as_manager, wallet, "debit"))


def test_a_refusal_leaves_the_key_free_for_another_call(as_manager: APIClient, wallet: Wallet):
    assert call(as_manager, wallet, "debit").status_code == 422

    assert call(as_manager, wallet, "credit").status_code == 201


def test_a_bug_leaves_the_key_free(as_manager: APIClient, wallet: Wallet, monkeypatch: pytest.MonkeyPatch):
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("after the entry, before the reply")

    as_manager.raise_request_exception = False
    with monkeypatch.context() as patched, nothing_moves():
        patched.setattr(services, "seal", fail)
        assert call(as_manager, wallet).status_code == 500

    assert call(as_manager, wallet).status_code == 201


@pytest.mark.parametrize(("hours", "new"), [(23.99, False), (24.01, True)])
def test_keys_live_24_hours(as_manager: APIClient, wallet: Wallet, hours: float, new: bool):
    call(as_manager, wallet)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE idempotency_claim SET created_at = created_at - make_interval(secs => %s)", [hours * 3600])
    again = call(as_manager, wallet)

    assert again.status_code == (201 if new else 200)
    assert Entry.objects.count() == (2 if new else 1)
    assert is_replay(call(as_manager, wallet))


def test_after_24_hours_the_key_may_mean_something_else(as_manager: APIClient, wallet: Wallet):
    call(as_manager, wallet)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE idempotency_claim SET created_at = created_at - interval '25 hours'")

    assert call(as_manager, wallet, "debit").status_code == 201
    assert verify().findings == []


def test_keys_belong_to_an_identity(
    as_manager: APIClient,
    manager: User,
    client_with_key: Callable[..., APIClient],
    by_session: Callable[[User], APIClient],
    person: Callable[..., User],
    wallet: Wallet,
):
    """Each API key is one of its own; a user's passwords and sessions are one together."""
    password = APIClient(**basic("manager", make_application_password(user=manager, name="test")[1]))
    clients = [as_manager, client_with_key(manager), password, client_with_key(person("clerk", Right.WRITE_WALLETS))]

    assert [call(client, wallet).status_code for client in clients] == [201] * 4
    assert [is_replay(call(client, wallet)) for client in clients] == [True] * 4
    assert is_replay(call(by_session(manager), wallet))


def test_the_claim_comes_after_login_right_and_valid_arguments(
    as_manager: APIClient, stranger: APIClient, as_alice: APIClient, wallet: Wallet
):
    with nothing_moves():
        assert call(stranger, wallet).status_code == 401
        assert call(as_alice, wallet).status_code == 403
        assert call(as_manager, wallet, amount="-").status_code == 400
        assert call(as_manager, Wallet(pk=wallet.pk + 1000)).status_code == 404


def test_who_lost_the_right_gets_no_replay(as_manager: APIClient, manager: User, wallet: Wallet):
    call(as_manager, wallet)
    manager.groups.clear()

    assert said(call(as_manager, wallet)) == (403, "rest_forbidden")


def test_the_stored_reply_is_sealed(as_manager: APIClient, wallet: Wallet):
    call(as_manager, wallet, reason="hush hush")
    claim = Claim.objects.get()

    assert claim.status == 201
    assert b"hush" not in bytes(claim.body or b"")
    assert b"balance" not in bytes(claim.body or b"")


def test_a_reply_that_was_changed_is_not_told(as_manager: APIClient, wallet: Wallet, bobs_wallet: Wallet):
    call(as_manager, wallet)
    call(as_manager, bobs_wallet, key=OTHER_KEY)
    foreign = Claim.objects.get(key=OTHER_KEY).body
    Claim.objects.filter(key=KEY).update(body=foreign)

    assert said(call(as_manager, wallet)) == (503, "walletpro_ledger_unavailable")
    assert Entry.objects.count() == 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_fifty_calls_at_once_have_one_effect(as_manager: APIClient, wallet: Wallet, at_once: Callable[..., list[Any]]):
    responses = at_once(50, lambda number: call(same_caller(as_manager), wallet))

    codes = sorted(response.status_code for response in responses)
    assert codes == [200] * 49 + [201]
    assert len({response.json()["transaction_id"] for response in responses}) == 1
    assert Entry.objects.count() == 1
    assert Claim.objects.count() == 1
    assert Account.objects.get(pk=wallet.pk).balance == 1000


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_different_calls_at_once_with_one_key(as_manager: APIClient, wallet: Wallet, at_once: Callable[..., list[Any]]):
    """One of them is done, the others are told that the key is taken."""
    responses = at_once(8, lambda number: call(same_caller(as_manager), wallet, amount=str(number + 1)))

    assert sorted(response.status_code for response in responses) == [201] + [422] * 7
    assert Entry.objects.count() == 1


class Elsewhere:
    """A first call that is still running: it has claimed the key and waits."""

    def __init__(self, manager_client: APIClient, wallet: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
        self.claimed, self.go_on = threading.Event(), threading.Event()
        self.response: Any = None
        real = seal

        def wait_before_sealing(*args: Any) -> bytes:
            if threading.current_thread() is self.thread:
                self.claimed.set()
                assert self.go_on.wait(20)
            return real(*args)

        def run() -> None:
            try:
                self.response = call(same_caller(manager_client), wallet)
            finally:
                connections.close_all()

        monkeypatch.setattr(services, "seal", wait_before_sealing)
        self.thread = threading.Thread(target=run)
        self.thread.start()
        assert self.claimed.wait(20)

    def finish(self) -> None:
        self.go_on.set()
        self.thread.join()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_second_call_waits_for_the_first(as_manager: APIClient, wallet: Wallet, monkeypatch: pytest.MonkeyPatch):
    first = Elsewhere(as_manager, wallet, monkeypatch)
    threading.Timer(0.3, first.go_on.set).start()
    started = time.monotonic()
    second = call(as_manager, wallet)

    assert time.monotonic() - started > 0.25
    first.finish()
    assert first.response.status_code == 201
    assert is_replay(second)
    assert second.json()["transaction_id"] == first.response.json()["transaction_id"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_past_the_lock_timeout_the_second_is_told_to_come_back(
    as_manager: APIClient, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
):
    first = Elsewhere(as_manager, wallet, monkeypatch)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        second = call(as_manager, wallet)
        other = call(as_manager, wallet, key=OTHER_KEY)
    finally:
        first.finish()
        connection.close()

    assert second.status_code == 409
    assert second.json() == {
        "code": "walletpro_idempotency_in_progress",
        "message": "The first request with this idempotency key is still running.",
        "data": {"status": 409, "retry_after": 1},
    }
    assert second["Retry-After"] == "1"
    assert said(other) == (503, "walletpro_busy")
    assert first.response.status_code == 201
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_first_call_that_dies_hands_the_key_to_the_second(
    as_manager: APIClient, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
):
    first = Elsewhere(as_manager, wallet, monkeypatch)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction'"
        )
    second = call(as_manager, wallet)
    first.finish()

    assert second.status_code == 201
    assert first.response.status_code == 503
    assert Entry.objects.count() == 1
