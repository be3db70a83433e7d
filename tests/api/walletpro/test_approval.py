"""Four eyes over REST: a person's session and application password stop at the limit, a key at its own maximum."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from apikeys.models import ApiKey
from apikeys.services import make_application_password
from audit.models import Act
from ledger.models import Account, Entry
from ledger.money import currency
from people.models import User
from people.rights import Right
from tests.api.conftest import V1, nothing_moves, said
from tests.conftest import basic
from wallets.models import Adjustment, Wallet
from wallets.services import open_wallet

pytestmark = pytest.mark.django_db

LIMIT = 10_000
REQUIRED = (403, "walletpro_approval_required")
TOO_MUCH = (403, "walletpro_key_limit_exceeded")


@pytest.fixture(autouse=True)
def _limit(site: Any) -> None:
    site(approval_above={"*": LIMIT, "JPY": 500})


@pytest.fixture(params=["session", "application password"])
def managers_client(request: Any, manager: User, by_session: Callable[[User], APIClient]) -> APIClient:
    if request.param == "session":
        return by_session(manager)
    _, password = make_application_password(user=manager, name="test")
    return APIClient(**basic("manager", password))


def post(client: APIClient, wallet: Wallet, verb: str, amount: int, **arguments: Any) -> Any:
    body = {"amount": str(amount), "reason": "Sorry", **arguments}
    return client.post(f"{V1}/wallets/{wallet.pk}/{verb}", body, format="json")


def kept(act: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [(row.actor, row.subject, json.loads(row.facts)) for row in Act.objects.filter(act=act).order_by("pk")]


@pytest.mark.parametrize("verb", ["credit", "debit"])
def test_a_person_moves_up_to_the_limit(managers_client: APIClient, wallet: Wallet, give: Callable[..., Entry], verb: str):
    give(wallet, LIMIT)

    assert post(managers_client, wallet, verb, LIMIT).status_code == 201
    assert not kept("approval.refused")


@pytest.mark.parametrize("verb", ["credit", "debit"])
def test_above_it_he_is_refused_and_it_is_kept(
    managers_client: APIClient, manager: User, wallet: Wallet, give: Callable[..., Entry], verb: str
):
    give(wallet, 5 * LIMIT)
    with nothing_moves():
        response = post(managers_client, wallet, verb, LIMIT + 1, idempotency_key=str(uuid4()))

    assert said(response) == REQUIRED
    assert (response.json()["data"]["limit"], response.json()["data"]["requested"]) == ("10000", "10001")
    assert not Adjustment.objects.exists()
    ((actor, subject, facts),) = kept("approval.refused")
    assert actor.startswith(f"user:{manager.pk} ")
    assert subject == f"wallet:{wallet.pk}"
    assert facts == {"why": "above the limit", "amount_minor": LIMIT + 1, "currency": "USD"}


def test_who_may_only_write_wallets_is_a_person_too(person: Callable[..., User], wallet: Wallet):
    _, password = make_application_password(user=person("carol", Right.WRITE_WALLETS), name="test")
    with nothing_moves():
        assert said(post(APIClient(**basic("carol", password)), wallet, "credit", LIMIT + 1)) == REQUIRED


def test_a_partial_debit_is_held_against_what_is_asked_for(
    managers_client: APIClient, wallet: Wallet, give: Callable[..., Entry]
):
    give(wallet, 5)
    with nothing_moves():
        assert said(post(managers_client, wallet, "debit", LIMIT + 1, allow_partial=True)) == REQUIRED


def test_a_dry_run_is_refused_as_well_and_writes_nothing(managers_client: APIClient, wallet: Wallet):
    with nothing_moves():
        assert said(post(managers_client, wallet, "credit", LIMIT + 1, dry_run=True)) == REQUIRED

    assert not kept("approval.refused")


def test_what_was_done_is_replayed_whatever_the_limit_is_by_now(managers_client: APIClient, wallet: Wallet, site: Any):
    key = str(uuid4())
    first = post(managers_client, wallet, "credit", LIMIT, idempotency_key=key)
    site(approval_above={"*": 5})
    with nothing_moves():
        again = post(managers_client, wallet, "credit", LIMIT, idempotency_key=key)
        other = post(managers_client, wallet, "credit", LIMIT - 1, idempotency_key=key)

    assert (again.status_code, again.json()["transaction_id"]) == (200, first.json()["transaction_id"])
    assert said(other) == REQUIRED
    assert len(kept("approval.refused")) == 1


def test_each_currency_has_its_limit(managers_client: APIClient, alice: User):
    yen = open_wallet(user=alice, currency=currency("JPY"))

    assert post(managers_client, yen, "credit", 500).status_code == 201
    assert post(managers_client, yen, "credit", 501).json()["data"]["limit"] == "500"


def test_without_a_limit_a_person_moves_anything(managers_client: APIClient, wallet: Wallet, site: Any):
    site(approval_above={})

    assert post(managers_client, wallet, "credit", 10**15).status_code == 201


def test_a_key_passes(as_manager: APIClient, wallet: Wallet):
    assert post(as_manager, wallet, "credit", 10**15).status_code == 201


class TestAKeyWithAMaximum:
    @pytest.fixture
    def client(self, manager: User, client_with_key: Callable[..., APIClient]) -> APIClient:
        """It moves 700 at most."""
        return client_with_key(manager, max_amount=700)

    @pytest.mark.parametrize("verb", ["credit", "debit"])
    def test_moves_up_to_it(self, client: APIClient, wallet: Wallet, give: Callable[..., Entry], verb: str):
        give(wallet, 700)

        assert post(client, wallet, verb, 700).status_code == 201

    @pytest.mark.parametrize("verb", ["credit", "debit"])
    def test_and_no_more(self, client: APIClient, manager: User, wallet: Wallet, give: Callable[..., Entry], verb: str):
        give(wallet, 5000)
        with nothing_moves():
            response = post(client, wallet, verb, 701, idempotency_key=str(uuid4()))

        key = ApiKey.objects.get()
        assert said(response) == TOO_MUCH
        assert (response.json()["data"]["limit"], response.json()["data"]["requested"]) == ("700", "701")
        assert kept("key.maximum_exceeded") == [
            (
                f"key:{key.pk} user:{manager.pk}",
                f"key:{key.pk}",
                {"amount_minor": 701, "currency": "USD", "max_amount": 700},
            )
        ]

    def test_in_the_query_too(self, manager: User, wallet: Wallet):
        from apikeys.services import mint_key

        key, secret = mint_key(owner=manager, scope="read_write", description="test", max_amount=700)
        path = f"{V1}/wallets/{wallet.pk}/credit?consumer_key={key.consumer_key}&consumer_secret={secret}"
        with nothing_moves():
            assert said(APIClient().post(path, {"amount": "701", "reason": "x"}, format="json")) == TOO_MUCH

    def test_a_dry_run_is_refused_as_well_and_writes_nothing(self, client: APIClient, wallet: Wallet):
        with nothing_moves():
            assert said(post(client, wallet, "credit", 701, dry_run=True)) == TOO_MUCH

        assert not kept("key.maximum_exceeded")

    def test_its_own_maximum_may_lie_above_the_limit(
        self, manager: User, client_with_key: Callable[..., APIClient], wallet: Wallet
    ):
        assert post(client_with_key(manager, max_amount=3 * LIMIT), wallet, "credit", 2 * LIMIT).status_code == 201


def test_who_is_a_stranger_or_a_customer_learns_no_limit(stranger: APIClient, as_alice: APIClient, wallet: Wallet):
    with nothing_moves():
        assert said(post(stranger, wallet, "credit", LIMIT + 1)) == (401, "rest_not_logged_in")
        assert said(post(as_alice, wallet, "credit", LIMIT + 1)) == (403, "rest_forbidden")


def test_a_wrong_argument_is_named_first(managers_client: APIClient, wallet: Wallet):
    response = post(managers_client, wallet, "credit", LIMIT + 1, type="nonsense")

    assert said(response) == (400, "rest_invalid_param")


def test_many_calls_of_no_more_than_the_limit_all_pass(managers_client: APIClient, wallet: Wallet):
    """The limit holds for a call: nobody adds them up (docs/operations.md, "Four eyes")."""
    for _ in range(3):
        assert post(managers_client, wallet, "credit", LIMIT).status_code == 201

    assert Account.objects.get(pk=wallet.pk).balance == 3 * LIMIT
