"""Top-ups over REST: who may start one, what stands in the way, and that one key is one payment, whatever happens between.

Seen to fail: with the provider asked inside `answer_once`, its call meets an open savepoint; without `answered_before` a key
of another body reaches the provider; without a claim fifty at once start fifty top-ups.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from rest_framework.test import APIClient

from idempotency.models import Claim
from ledger.models import Entry
from ledger.money import currency
from ledger.retry import in_transaction
from ledger.verifying import verify
from payments.models import Topup
from payments.services import confirm_topup, fail_topup
from people.models import User
from people.rights import Right
from tests.api.conftest import V1, said, same_caller
from tests.payments.conftest import provider, started
from tests.payments.double import DoubleProvider
from wallets.models import Wallet
from wallets.services import change_wallet, open_wallet

__all__ = ["provider"]

pytestmark = pytest.mark.django_db

TOPUPS = f"{V1}/topups"
Site = Callable[..., None]


def start(client: APIClient, **extra: Any) -> Any:
    return client.post(TOPUPS, {"amount": "5000", **extra}, format="json")


def paid(topup: Topup) -> Topup:
    return in_transaction(lambda: confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test"))


class TestStarting:
    def test_answers_where_it_is_paid_and_moves_nothing(self, as_alice: APIClient, wallet: Wallet, provider: DoubleProvider):
        response = start(as_alice)

        topup = Topup.objects.get()
        assert response.status_code == 201
        assert response.json() == {
            "id": str(topup.pk),
            "wallet_id": wallet.pk,
            "amount": "5000",
            "bonus": "0",
            "currency": "USD",
            "status": "pending",
            "provider": "double",
            "payment_url": f"https://pay.example/{topup.pk}",
            "failure": None,
            "transaction_id": None,
            "origin": "customer",
            "created_at": response.json()["created_at"],
            "finished_at": None,
        }
        assert topup.actor.startswith(f"user:{wallet.user_id} application_password:")
        assert not Entry.objects.exists()

    def test_the_provider_is_asked_outside_of_any_transaction(self, as_alice: APIClient, provider: DoubleProvider):
        outside = len(connection.savepoint_ids)
        start(as_alice, idempotency_key=str(uuid4()))

        assert provider.savepoints == [outside]

    def test_promises_the_bonus_of_now(self, as_alice: APIClient, site: Site):
        site(topup_bonus_percent=10)

        assert start(as_alice).json()["bonus"] == "500"

    def test_by_hand_it_is_paid_where_a_page_of_ours_says(self, as_alice: APIClient):
        answer = start(as_alice).json()

        assert answer["payment_url"] == f"http://testserver/account/topups/{answer['id']}/"

    def test_of_a_wallet_that_is_missing_it_opens_one(self, as_alice: APIClient, alice: User):
        assert start(as_alice, currency="EUR").json()["currency"] == "EUR"
        assert Wallet.objects.get(user=alice, currency_code="EUR").topups.count() == 1

    def test_of_ones_own_wallets_any(self, as_alice: APIClient, alice: User):
        euros = open_wallet(user=alice, currency=currency("EUR"))

        assert start(as_alice, wallet_id=euros.pk).json()["wallet_id"] == euros.pk

    def test_of_anothers_wallet_only_by_who_may_write_wallets(
        self, as_alice: APIClient, bobs_wallet: Wallet, person: Any, client_with_key: Any
    ):
        for number in (bobs_wallet.pk, 10**9):
            assert said(start(as_alice, wallet_id=number)) == (403, "rest_forbidden")
        assert said(start(client_with_key(person("r", Right.READ_WALLETS)), wallet_id=bobs_wallet.pk))[0] == 403
        assert not Topup.objects.exists()

        writer = client_with_key(person("w", Right.WRITE_WALLETS))
        answer = start(writer, wallet_id=bobs_wallet.pk)
        assert (answer.status_code, answer.json()["origin"]) == (201, "manager")
        assert said(start(writer, wallet_id=10**9)) == (404, "walletpro_wallet_not_found")

    def test_whose_method_is_kept_is_his_own_to_say(self, as_manager: APIClient, wallet: Wallet, as_alice: APIClient):
        assert said(start(as_manager, wallet_id=wallet.pk, save_method=True)) == (403, "rest_forbidden")
        assert start(as_alice, save_method=True).status_code == 201
        assert Topup.objects.get().saves_method


class TestRefusals:
    """In their order; the provider hears of none of it, and no row is left."""

    @pytest.fixture(autouse=True)
    def _nothing_is_started(self, wallet: Wallet, provider: DoubleProvider) -> Any:
        yield
        assert provider.orders == []
        assert not any(model._default_manager.exists() for model in (Topup, Entry, Claim))

    def test_switched_off_comes_first(self, as_alice: APIClient, frozen: Wallet, site: Site):
        site(topups_enabled=False)

        assert said(start(as_alice, amount="1")) == (403, "walletpro_topups_disabled")

    def test_then_a_frozen_wallet(self, as_alice: APIClient, frozen: Wallet):
        assert said(start(as_alice, amount="1")) == (403, "walletpro_wallet_frozen")

    def test_then_the_currency(self, as_alice: APIClient, wallet: Wallet):
        assert said(start(as_alice, amount="1", wallet_id=wallet.pk, currency="EUR")) == (400, "rest_invalid_param")
        assert said(start(as_alice, currency="XXX9")) == (400, "rest_invalid_param")

    @pytest.mark.parametrize("amount", ["99", "2500001"])
    def test_then_the_bounds(self, as_alice: APIClient, amount: str):
        response = start(as_alice, amount=amount)

        assert said(response) == (422, "walletpro_topup_out_of_bounds")
        assert response.json()["data"] == {"status": 422, "minimum": "100", "maximum": "2500000", "requested": amount}

    def test_a_keys_maximum(self, alice: User, client_with_key: Callable[..., APIClient]):
        assert said(start(client_with_key(alice, max_amount=4999))) == (403, "walletpro_key_limit_exceeded")

    @pytest.mark.parametrize("amount", ["0", "-1", "1.5", "", None, 10**15 + 1, True])
    def test_no_amount(self, as_alice: APIClient, amount: Any):
        assert start(as_alice, amount=amount).status_code == 400

    @pytest.mark.parametrize(
        "url",
        [
            *("https://evil.example/", "//evil.example/", "/account/topups/", "javascript:alert(1)", "ftp://testserver/"),
            *("http://testserver@evil.example/", "http://testserver\\@evil.example/", "http://testserver.evil.example/"),
            *("http://testserver:81/", "https://testserver/", "http://", "http://testserver/\n", "http://tests​erver/", ""),
            *("http:/\\evil.example", "http://evil.example#@testserver/", "http://evil.example\\.testserver/", "http://[::1"),
            f"http://testserver/{'x' * 2000}",
        ],
    )
    def test_sends_nobody_to_a_site_that_is_not_ours(self, as_alice: APIClient, url: str):
        assert said(start(as_alice, return_url=url)) == (400, "rest_invalid_param")


@pytest.fixture
def frozen(wallet: Wallet) -> Wallet:
    change_wallet(wallet=wallet, status="frozen")
    return wallet


class TestReturning:
    @pytest.mark.parametrize("url", ["http://testserver/thanks?a=1#b", "HTTP://TestServer:80/", "https://shop.example:8443/x"])
    def test_comes_back_to_this_site_or_one_that_the_operator_names(self, as_alice: APIClient, settings: Any, url: str):
        settings.TOPUP_RETURN_ORIGINS = ["https://shop.example:8443"]

        assert start(as_alice, return_url=url).status_code == 201
        assert Topup.objects.get().return_url == url

    def test_unless_said_he_comes_back_to_his_top_ups(self, as_alice: APIClient, settings: Any):
        settings.PUBLIC_URL = "https://pay.shop.example"
        start(as_alice)

        assert Topup.objects.get().return_url == "https://pay.shop.example/account/topups/"


class TestRepeating:
    def test_a_replay_is_the_original_answer_and_asks_nobody(self, as_alice: APIClient, provider: DoubleProvider, site: Site):
        key = str(uuid4())
        first = start(as_alice, idempotency_key=key)
        paid(Topup.objects.get())
        site(topups_enabled=False)
        again = start(as_alice, idempotency_key=key)

        assert (again.status_code, again["Idempotent-Replay"]) == (200, "true")
        assert again.json()["code"] == "walletpro_idempotent_replay"
        assert {name: again.json()[name] for name in first.json()} == first.json()
        assert (len(provider.orders), Topup.objects.count()) == (1, 1)

    @pytest.mark.parametrize("other", [{"amount": "6000"}, {"save_method": True}, {"return_url": "http://testserver/"}])
    def test_another_body_is_refused_before_the_provider_hears(
        self, as_alice: APIClient, provider: DoubleProvider, other: dict[str, Any]
    ):
        key = str(uuid4())
        start(as_alice, idempotency_key=key)

        assert said(start(as_alice, idempotency_key=key, **other)) == (422, "walletpro_idempotency_key_reused")
        assert (len(provider.orders), Topup.objects.count()) == (1, 1)

    def test_a_key_of_another_route_too(self, as_manager: APIClient, wallet: Wallet, provider: DoubleProvider):
        key = str(uuid4())
        body = {"amount": "5", "reason": "x", "idempotency_key": key}
        assert as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", body, format="json").status_code == 201

        assert said(start(as_manager, idempotency_key=key)) == (422, "walletpro_idempotency_key_reused")
        assert provider.orders == []

    def test_where_the_provider_was_away_the_same_key_goes_on_with_the_same_payment(
        self, as_alice: APIClient, provider: DoubleProvider
    ):
        key = str(uuid4())
        provider.is_away = True
        response = start(as_alice, idempotency_key=key)
        assert said(response) == (503, "walletpro_payment_provider_away")
        assert int(response["Retry-After"]) > 0
        assert not Claim.objects.exists()

        assert said(start(as_alice, idempotency_key=key, amount="6000")) == (422, "walletpro_idempotency_key_reused")
        provider.is_away = False
        answer = start(as_alice, idempotency_key=key)
        assert answer.status_code == 201
        assert {order.topup_id for order in provider.orders} == {Topup.objects.get().pk}

    def test_where_the_service_died_behind_the_provider_too(
        self, as_alice: APIClient, provider: DoubleProvider, monkeypatch: pytest.MonkeyPatch
    ):
        key = str(uuid4())
        with monkeypatch.context() as dying, pytest.raises(SystemError):
            dying.setattr("wallet_service.api.moving.answer_once", dies)
            start(as_alice, idempotency_key=key)
        assert not Claim.objects.exists()

        # What was asked for meanwhile under the same key is another thing, and starts nothing.
        assert said(start(as_alice, idempotency_key=key, amount="6000")) == (422, "walletpro_idempotency_key_reused")
        assert start(as_alice, idempotency_key=key).status_code == 201
        assert (len(provider.orders), Topup.objects.count()) == (1, 1)

    def test_without_a_key_each_call_is_a_top_up(self, as_alice: APIClient):
        assert {start(as_alice).status_code for _ in range(2)} == {201}
        assert Topup.objects.count() == 2

    def test_the_verifier_knows_what_the_call_did(self, as_alice: APIClient):
        start(as_alice, idempotency_key=str(uuid4()))
        assert verify().findings == []

        Topup.objects.all().delete()
        [finding] = verify().findings
        assert "moved nothing" in str(finding)


def dies(**asked: Any) -> Any:
    raise SystemError


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestStorm:
    def test_fifty_at_once_under_one_key_are_one_top_up(
        self, as_alice: APIClient, at_once: Callable[..., list[Any]], provider: DoubleProvider
    ):
        key = str(uuid4())
        responses = at_once(50, lambda number: start(same_caller(as_alice), idempotency_key=key))

        assert sorted(response.status_code for response in responses) == [200] * 49 + [201]
        assert {response.json()["id"] for response in responses} == {str(Topup.objects.get().pk)}
        assert {order.topup_id for order in provider.orders} == {Topup.objects.get().pk}

    def test_of_two_bodies_under_one_key_one_is_heard_of(
        self, as_alice: APIClient, at_once: Callable[..., list[Any]], provider: DoubleProvider
    ):
        key = str(uuid4())
        amounts = ["5000", "6000"]
        responses = at_once(10, lambda number: start(same_caller(as_alice), idempotency_key=key, amount=amounts[number % 2]))

        assert sorted(response.status_code for response in responses) == [200] * 4 + [201] + [422] * 5
        assert {order.amount.minor for order in provider.orders} == {Topup.objects.get().amount_minor}


class TestReading:
    @pytest.fixture
    def topup(self, wallet: Wallet) -> Topup:
        return started(wallet)

    def test_ones_own(self, as_alice: APIClient, topup: Topup):
        answer = as_alice.get(f"{TOPUPS}/{topup.pk}")

        assert (answer.status_code, answer.json()["id"]) == (200, str(topup.pk))
        assert "state" not in answer.json()

    def test_an_id_is_one_in_any_case(self, as_alice: APIClient, topup: Topup):
        for number in (str(topup.pk).upper(), topup.pk.hex, topup.pk.hex.upper()):
            assert as_alice.get(f"{TOPUPS}/{number}").json()["id"] == str(topup.pk)

    def test_anothers_is_like_one_that_is_not_there(self, client_with_key: Any, bob: User, topup: Topup):
        for number in (topup.pk, uuid4(), "17"):
            assert said(client_with_key(bob).get(f"{TOPUPS}/{number}")) == (403, "rest_forbidden")

    def test_who_reads_any_wallet_reads_any_and_is_told_what_is_not_there(self, person: Any, client_with_key: Any, topup: Topup):
        reader = client_with_key(person("r", Right.READ_WALLETS))

        assert reader.get(f"{TOPUPS}/{topup.pk}").json()["state"] == "pending"
        assert said(reader.get(f"{TOPUPS}/{uuid4()}")) == (404, "walletpro_topup_not_found")
        assert said(reader.get(f"{TOPUPS}/17")) == (404, "walletpro_topup_not_found")

    def test_once_it_is_paid_it_names_the_transaction(self, as_alice: APIClient, topup: Topup):
        paid(topup)
        answer = as_alice.get(f"{TOPUPS}/{topup.pk}").json()

        assert (answer["status"], answer["payment_url"], bool(answer["finished_at"])) == ("completed", None, True)
        assert as_alice.get(f"{V1}/transactions/{answer['transaction_id']}").json()["amount"] == "5000"

    def test_once_it_has_failed_it_says_why(self, as_alice: APIClient, topup: Topup):
        in_transaction(lambda: fail_topup(topup_id=topup.pk, reason="card_declined"))
        answer = as_alice.get(f"{TOPUPS}/{topup.pk}").json()

        assert (answer["status"], answer["failure"], answer["payment_url"]) == ("failed", "card_declined", None)

    @pytest.mark.parametrize("state", ["created", "charging", "unknown"])
    def test_what_goes_on_inside_is_pending_to_a_customer(
        self, as_alice: APIClient, as_manager: APIClient, topup: Topup, state: str
    ):
        Topup.objects.update(status=state)

        own, managers = (client.get(f"{TOPUPS}/{topup.pk}").json() for client in (as_alice, as_manager))
        assert (own["status"], managers["status"], managers["state"]) == ("pending", "pending", state)
        assert own["payment_url"] is None

    def test_what_a_person_looks_at_too(self, as_alice: APIClient, as_manager: APIClient, topup: Topup, wallet: Wallet):
        in_transaction(lambda: confirm_topup(topup_id=topup.pk, paid=wallet.money(4000), actor="test"))

        own, managers = (client.get(f"{TOPUPS}/{topup.pk}").json() for client in (as_alice, as_manager))
        assert (own["status"], own["failure"], "paid" in own) == ("pending", None, False)
        assert (managers["state"], managers["failure"], managers["paid"]) == ("review", "amount_differs", "4000")

    def test_lists_ones_own_newest_first(self, as_alice: APIClient, wallet: Wallet, bobs_wallet: Wallet, topup: Topup):
        second = started(wallet, 6000)
        started(bobs_wallet)

        answer = as_alice.get(TOPUPS).json()
        assert [row["id"] for row in answer["data"]] == [str(second.pk), str(topup.pk)]
        assert answer["meta"]["total"] == 2
        assert said(as_alice.get(TOPUPS, {"wallet_id": bobs_wallet.pk})) == (403, "rest_forbidden")

    def test_lists_those_of_a_wallet_and_in_a_state(self, as_manager: APIClient, wallet: Wallet, bobs_wallet: Wallet):
        mine, other = started(wallet), started(bobs_wallet)
        paid(mine)
        Topup.objects.filter(pk=other.pk).update(status="unknown")

        def ids(**asked: Any) -> list[str]:
            return [row["id"] for row in as_manager.get(TOPUPS, asked).json()["data"]]

        assert ids(wallet_id=wallet.pk) == ids(status="completed") == [str(mine.pk)]
        assert ids(status="pending") == [str(other.pk)]
        assert ids(status="failed") == ids(wallet_id=10**9) == []
        assert as_manager.get(TOPUPS, {"status": "review"}).status_code == 400


class TestOptions:
    def test_tells_what_is_offered(self, as_alice: APIClient, site: Site):
        site(topup_max=6000, topup_bonus_percent="2.5", topup_bonus_from=2000)

        assert as_alice.get(f"{TOPUPS}/options").json() == {
            "enabled": True,
            "provider": "manual",
            "currency": "USD",
            "minimum": "100",
            "maximum": "6000",
            "presets": ["1000", "2500", "5000"],
            "bonus": {"percent": "2.5", "minimum": "2000", "maximum": None},
            "can_save_method": False,
        }

    def test_without_a_bonus_there_is_none(self, as_alice: APIClient, site: Site):
        site(topups_enabled=False)
        answer = as_alice.get(f"{TOPUPS}/options", {"currency": "JPY"}).json()

        assert (answer["enabled"], answer["bonus"], answer["currency"]) == (False, None, "JPY")
        assert said(as_alice.get(f"{TOPUPS}/options", {"currency": "XXX9"})) == (400, "rest_invalid_param")
