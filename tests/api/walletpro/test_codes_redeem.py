"""`POST /codes/{code}/redeem` (seeds/002, "Codes Endpoints"; contract.md 2)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from audit.models import Act
from codes.models import Redemption
from codes.services import void_code
from ledger.models import Account, Entry
from ledger.verifying import verify
from people.models import User
from tests.api.conftest import V1, nothing_moves, said, same_caller
from tests.api.test_statements import UNCOUNTED, statements
from tests.codes.making import balance_of, new_code, new_codes, redeem, row_of
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db

INVALID = (404, "walletpro_code_invalid")
LIMITED = (429, "walletpro_rate_limited")
PAST = datetime(2020, 1, 1, tzinfo=UTC)


def post(client: APIClient, code: str, **arguments: Any) -> Any:
    extra = {"REMOTE_ADDR": arguments.pop("address")} if "address" in arguments else {}
    return client.post(f"{V1}/codes/{quote(code, safe='')}/redeem", arguments, format="json", **extra)


def test_brings_what_it_is_worth(as_alice: APIClient, wallet: Wallet):
    code = new_code(2000, prefix="SUMMER-")
    response = as_alice.post(f"{V1}/codes/{code.lower()}/redeem")
    entry = Entry.objects.get()

    assert response.status_code == 201
    assert response.json() == {
        "transaction_id": entry.pk,
        "wallet_id": wallet.pk,
        "type": "credit",
        "amount": "2000",
        "currency": "USD",
        "balance_after": "2000",
        "reason": f"Redeemed SUMMER-********{code[-4:]}",
        "expiry_date": None,
        "hmac_chain": f"sha256:{bytes(entry.mac).hex()}",
        "created_at": f"{entry.at:%Y-%m-%dT%H:%M:%SZ}",
        "redemption_code": code,
    }
    assert as_alice.get(f"{V1}/transactions/{entry.pk}").json()["reference"] == f"code:{row_of(code).pk}"


def test_by_session_and_by_a_key_it_is_the_callers_own_wallet(
    alice: User,
    bob: User,
    by_session: Callable[[User], APIClient],
    client_with_key: Callable[..., APIClient],
    bobs_wallet: Wallet,
):
    assert post(by_session(alice), new_code()).status_code == 201
    assert post(client_with_key(bob, "write"), new_code(700)).status_code == 201
    assert said(post(client_with_key(bob, "read"), new_code())) == (401, "walletpro_invalid_credentials")
    assert said(post(APIClient(), new_code())) == (401, "rest_not_logged_in")

    assert balance_of(bobs_wallet) == 700


def test_another_currencys_wallet_is_opened(as_alice: APIClient, alice: User):
    response = post(as_alice, new_code(500, currency_code="JPY"))

    assert response.json()["currency"] == "JPY"
    assert response.json()["wallet_id"] == Wallet.objects.get(user=alice, currency_code="JPY").pk


@pytest.mark.parametrize(
    "typed",
    [
        *("NOCODE", "SUMMER-A3KF92", "x" * 20_000, "\0", "A\0B", "%", "%zz", " ", "é" * 12, "０" * 12, "..", "a.b", "redeem"),
        *("a\nb", "{code}", "<script>", "'; DROP TABLE codes_code; --", "💶" * 12, "?", "#", "%2F", "\\", "\ud7ff"),
    ],
)
def test_whatever_is_no_code_is_the_same_404(as_alice: APIClient, wallet: Wallet, typed: str):
    new_code()
    with nothing_moves():
        response = post(as_alice, typed)

    assert response.json() == {
        "code": "walletpro_code_invalid",
        "message": "This redemption code is not valid.",
        "data": {"status": 404},
    }


def test_unknown_void_and_somebody_elses_cannot_be_told_apart(as_alice: APIClient, wallet: Wallet, bob: User):
    void = new_code()
    void_code(code=row_of(void), actor="test")
    with nothing_moves():
        answers = [post(as_alice, code) for code in ("A3KF92M7WQXT", void, new_code(restrict_to_user=bob))]

    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(name for name in answer.headers if name != "X-Request-Id") for answer in answers}) == 1
    assert said(answers[0]) == INVALID


def test_used_up(as_alice: APIClient, bob: User, wallet: Wallet):
    code = new_code()
    redeem(code, bob)
    with nothing_moves():
        response = post(as_alice, code)

    assert said(response) == (409, "walletpro_code_already_redeemed")


def test_used_up_by_this_user(as_alice: APIClient, alice: User):
    code = new_code(max_redemptions=9, max_per_user=1)
    redeem(code, alice)
    with nothing_moves():
        assert said(post(as_alice, code)) == (409, "walletpro_code_already_redeemed")


def test_past_its_end(as_alice: APIClient, wallet: Wallet):
    code = new_code(expires_at=PAST)
    with nothing_moves():
        assert said(post(as_alice, code)) == (410, "walletpro_code_expired")


def test_into_a_frozen_wallet(as_alice: APIClient, wallet: Wallet, bob: User):
    change_wallet(wallet=wallet, status="frozen")
    codes = [new_code(), new_code(expires_at=PAST), new_code(restrict_to_user=bob), "NOCODE"]
    with nothing_moves():
        assert {said(post(as_alice, code)) for code in codes} == {(403, "walletpro_wallet_frozen")}


def test_before_identity_is_checked(as_alice: APIClient, wallet: Wallet, site: Callable[..., None]):
    site(kyc_enabled=True, kyc_required_features=["redeem"])
    with nothing_moves():
        response = post(as_alice, new_code())
        assert said(post(as_alice, new_code(expires_at=PAST))) == (410, "walletpro_code_expired")

    assert said(response) == (403, "walletpro_kyc_required")
    assert response.json()["data"]["feature"] == "redeem"


def test_a_seal_that_does_not_open(as_alice: APIClient, wallet: Wallet, sql: Callable[[str], int]):
    code = new_code()
    sql("UPDATE codes_code SET sealed = '\\x00'")
    with nothing_moves():
        assert said(post(as_alice, code)) == (503, "walletpro_ledger_unavailable")


def test_sent_again_it_is_redeemed_once(as_alice: APIClient, wallet: Wallet):
    code, other, key = new_code(max_redemptions=5), new_code(), str(uuid4())
    first, again = post(as_alice, code, idempotency_key=key), post(as_alice, code.lower(), idempotency_key=key)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {
        **first.json(),
        "code": "walletpro_idempotent_replay",
        "message": again.json()["message"],
        "data": {"status": 200, "original_status": 201},
    }
    assert said(post(as_alice, other, idempotency_key=key)) == (422, "walletpro_idempotency_key_reused")
    assert (balance_of(wallet), row_of(code).redemptions) == (2000, 1)
    assert verify().findings == []


def test_a_refusal_leaves_the_key_free(as_alice: APIClient, wallet: Wallet):
    key = str(uuid4())
    assert said(post(as_alice, "NOCODE", idempotency_key=key)) == INVALID

    assert post(as_alice, new_code(), idempotency_key=key).status_code == 201


def test_tried_without_doing_it(as_alice: APIClient, wallet: Wallet):
    code = new_code()
    with nothing_moves():
        response = post(as_alice, code, dry_run=True)
        assert said(post(as_alice, "NOCODE", dry_run=True)) == INVALID

    body = response.json()
    assert (response.status_code, body["status"], body["wallets"][0]["balance_after"]) == (200, 201, "2000")
    assert [(entry["kind"], entry["amount"]) for entry in body["entries"]] == [("redemption", "2000")]
    assert row_of(code).redemptions == Redemption.objects.count() == 0


def test_a_manager_gives_it_back(as_manager: APIClient, as_alice: APIClient, wallet: Wallet):
    """The code stays used: whoever lost the money must not redeem it once more."""
    code = new_code()
    number = post(as_alice, code).json()["transaction_id"]
    back = as_manager.post(f"{V1}/transactions/{number}/reverse", {"reason": "Fraud"}, format="json")

    assert (back.status_code, back.json()["amount"], balance_of(wallet)) == (201, "2000", 0)
    assert said(post(as_alice, code)) == (409, "walletpro_code_already_redeemed")
    assert verify().findings == []


class TestAKeysMaximum:
    def test_holds_for_what_the_code_is_worth(self, alice: User, wallet: Wallet, client_with_key: Callable[..., APIClient]):
        client, code = client_with_key(alice, max_amount=1999), new_code(2000)
        with nothing_moves():
            response = post(client, code)

        assert said(response) == (403, "walletpro_key_limit_exceeded")
        assert response.json()["data"] == {"status": 403, "limit": "1999", "requested": "2000"}
        assert Act.objects.filter(act="key.maximum_exceeded").count() == 1
        assert post(client_with_key(alice, max_amount=2000), code).status_code == 201

    def test_tells_nothing_of_what_is_not_his(self, alice: User, bob: User, client_with_key: Callable[..., APIClient]):
        client = client_with_key(alice, max_amount=1)

        assert said(post(client, new_code(restrict_to_user=bob))) == said(post(client, "NOCODE")) == INVALID

    def test_holds_for_no_person(self, as_alice: APIClient, site: Callable[..., None]):
        """Whose money it becomes is no adjustment by hand."""
        site(approval_above={"*": 1})

        assert post(as_alice, new_code()).status_code == 201


class TestGuessing:
    def test_an_identity_has_so_many_tries(self, as_alice: APIClient, wallet: Wallet, limits: Callable[..., None]):
        limits(rate_redeem_per_minute=3, rate_walletpro_per_minute=0)
        code = new_code(max_redemptions=9)
        answers = [post(as_alice, typed) for typed in (code, "NOCODE", code, code, "NOCODE")]

        assert [answer.status_code for answer in answers] == [201, 404, 201, 429, 429]
        assert said(answers[-1]) == LIMITED
        assert answers[-1].json()["message"] == "Too many codes were tried."
        assert 1 <= int(answers[-1]["Retry-After"]) <= 60
        assert answers[-1].json()["data"]["retry_after"] == int(answers[-1]["Retry-After"])
        assert balance_of(wallet) == 4000

    def test_over_the_limit_no_code_is_looked_at(self, as_alice: APIClient, limits: Callable[..., None]):
        limits(rate_redeem_per_minute=1, rate_walletpro_per_minute=0)
        code = new_code(max_redemptions=9)
        post(as_alice, code)
        with CaptureQueriesContext(connection) as queries:
            assert said(post(as_alice, code)) == LIMITED

        assert not [query for query in queries.captured_queries if "codes_" in query["sql"]]

    def test_towards_an_address_only_misses_count(
        self, alice: User, bob: User, limits: Callable[..., None], client_with_key: Any
    ):
        limits(rate_redeem_per_minute=0, rate_redeem_per_address=2, rate_walletpro_per_minute=0)
        one, other = client_with_key(alice), client_with_key(bob)
        code, used = new_code(max_redemptions=9), new_code()
        redeem(used, alice)
        hits = [post(one, code, address="203.0.113.7") for _ in range(5)]
        misses = [post(client, "NOCODE", address="203.0.113.7") for client in (one, other)]

        assert [answer.status_code for answer in hits] == [201] * 5
        assert post(other, used, address="203.0.113.7").status_code == 429
        assert [said(answer) for answer in misses] == [INVALID] * 2
        assert said(post(other, code, address="203.0.113.7")) == LIMITED
        assert post(other, code, address="203.0.113.8").status_code == 201

    def test_what_was_used_or_is_over_was_no_guess(self, as_alice: APIClient, limits: Callable[..., None]):
        limits(rate_redeem_per_minute=0, rate_redeem_per_address=1, rate_walletpro_per_minute=0)
        over = new_code(expires_at=PAST)

        assert [post(as_alice, over).status_code for _ in range(4)] == [410] * 4
        assert not Act.objects.filter(act="code.wrong").exists()

    def test_wrong_codes_are_kept_by_the_minute(self, as_alice: APIClient, limits: Callable[..., None]):
        limits(rate_redeem_per_minute=5, rate_walletpro_per_minute=0)
        for _ in range(9):
            post(as_alice, "A3KF92M7WQXT", address="203.0.113.7")
        acts = Act.objects.filter(act="code.wrong")

        assert sum(act.count for act in acts) == 5
        assert {act.address for act in acts} == {"203.0.113.7/32"}
        assert "A3KF92M7WQXT" not in repr(list(Act.objects.values()))

    def test_switched_off(self, as_alice: APIClient, limits: Callable[..., None]):
        limits(rate_redeem_per_minute=0, rate_redeem_per_address=0, rate_walletpro_per_minute=0)

        assert {post(as_alice, "NOCODE").status_code for _ in range(40)} == {404}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_redeeming_costs(as_alice: APIClient, wallet: Wallet, limits: Callable[..., None]):
    codes = iter(new_codes(quantity=5))
    limits(rate_walletpro_per_minute=1000)
    spent = statements(lambda: post(as_alice, next(codes), idempotency_key=str(uuid4())), 201)

    # As a credit with a rate limit: the password, the limit, the claim, the lock, entry and balance, the reply; and the
    # wallet. Besides: the two limits of redeeming, the code, its counter and row, the lots that there are and the new one.
    assert len(spent) == 13, spent


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_a_wrong_code_costs(as_alice: APIClient, limits: Callable[..., None]):
    limits(rate_walletpro_per_minute=1000)
    post(as_alice, "NOCODE")
    with CaptureQueriesContext(connection) as queries:
        assert said(post(as_alice, "A3KF92M7WQXT")) == INVALID
    spent = [query["sql"] for query in queries.captured_queries if query["sql"] not in UNCOUNTED]

    # The password and three limits, the code, whether the wallet is frozen, the miss, the attempt and its MAC.
    assert len(spent) == 9, spent


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_fifty_at_once_as_many_succeed_as_may(
    bob: User, client_with_key: Callable[..., APIClient], person: Callable[..., User], at_once: Callable[..., list[Any]]
):
    """Seen to fail: without the lock on the code's row, those who read the same counter run into each other's number (503)."""
    code = new_code(10, max_redemptions=10)
    clients = [client_with_key(person(f"customer{number}")) for number in range(50)]
    answers = at_once(50, lambda number: post(same_caller(clients[number]), code))

    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 40
    assert row_of(code).redemptions == Redemption.objects.count() == Entry.objects.count() == 10
    assert sum(Account.objects.values_list("balance", flat=True)) == 100
    assert verify().findings == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_twenty_at_once_one_user_gets_what_he_may(as_alice: APIClient, wallet: Wallet, at_once: Callable[..., list[Any]]):
    code = new_code(10, max_redemptions=100, max_per_user=3)
    answers = at_once(20, lambda number: post(same_caller(as_alice), code))

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 17
    assert balance_of(wallet) == 30


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_missing_wallet_is_opened_once(as_alice: APIClient, alice: User, at_once: Callable[..., list[Any]]):
    codes = new_codes(10, quantity=10, currency_code="EUR")
    answers = at_once(10, lambda number: post(same_caller(as_alice), codes[number]))

    assert {answer.status_code for answer in answers} == {201}, [answer.content for answer in answers]
    assert balance_of(Wallet.objects.get(user=alice, currency_code="EUR")) == 100


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_one_key_redeems_once_of_twenty(as_alice: APIClient, wallet: Wallet, at_once: Callable[..., list[Any]]):
    code, key = new_code(10, max_redemptions=100), str(uuid4())
    answers = at_once(20, lambda number: post(same_caller(as_alice), code, idempotency_key=key))

    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert (balance_of(wallet), row_of(code).redemptions) == (10, 1)


def test_from_its_end_on_it_is_over(as_alice: APIClient):
    assert post(as_alice, new_code(expires_at=timezone.now() + timedelta(seconds=30))).status_code == 201
    assert post(as_alice, new_code(expires_at=timezone.now())).status_code == 410
