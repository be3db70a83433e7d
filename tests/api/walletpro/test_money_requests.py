"""Money requests: who asks, who answers, and that only an accepted one moves anything, once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from audit.models import Act
from kyc.services import decide
from ledger.kinds import Kind
from ledger.models import Account, Entry
from ledger.money import currency
from ledger.verifying import verify
from notices.models import Notice
from people.models import User
from stepups.models import Challenge
from stepups.services import _mark_passed
from tests.api.conftest import V1, nothing_moves, said, same_caller
from tests.api.test_statements import statements
from tests.api.walletpro.clock import Clock
from transfers.models import MoneyRequest, Transfer
from transfers.requests import MOST, expire_requests
from wallets.models import Wallet
from wallets.services import change_wallet, open_wallet

pytestmark = pytest.mark.django_db

Give = Callable[..., Entry]
Site = Callable[..., None]

BOB = "bob@example.test"
FORBIDDEN = (403, "rest_forbidden")
NOT_PENDING = (409, "walletpro_request_not_pending")


def each(name: str, *values: Any) -> list[dict[str, Any]]:
    return [{name: value} for value in values]


@pytest.fixture(autouse=True)
def _switched_on(site: Site, wallet: Wallet, bobs_wallet: Wallet, give: Give) -> None:
    """Alice asks, Bob has the money."""
    site(transfers_enabled=True)
    give(bobs_wallet, 5000)


@pytest.fixture
def as_bob(bob: User, client_with_key: Callable[..., APIClient]) -> APIClient:
    return client_with_key(bob)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def ask(client: APIClient, **arguments: Any) -> Any:
    return client.post(f"{V1}/money_requests", {"from_user_email": BOB, "amount": "1000", **arguments}, format="json")


def act(client: APIClient, number: int, verb: str, **arguments: Any) -> Any:
    return client.post(f"{V1}/money_requests/{number}/{verb}", arguments, format="json")


def listed(client: APIClient, **query: Any) -> list[dict[str, Any]]:
    return list(client.get(f"{V1}/money_requests", query).json()["data"])


def balances(*wallets: Wallet) -> list[int]:
    return [Account.objects.get(pk=wallet.pk).balance for wallet in wallets]


@pytest.fixture
def asked(as_alice: APIClient) -> int:
    """A request of Alice's to Bob."""
    return int(ask(as_alice, note="For the tickets").json()["id"])


class TestAsking:
    def test_a_row_and_a_mail_and_no_money(self, as_alice: APIClient):
        with nothing_moves():
            response = ask(as_alice, from_user_email="BOB@example.test", note="For the tickets")

        assert response.status_code == 201
        body = response.json()
        created = body.pop("created_at")
        assert body.pop("expires_at") > created
        assert body == {
            "id": MoneyRequest.objects.get().pk,
            "direction": "sent",
            "from_user_email": "BOB@example.test",
            "requester_email": "alice@example.test",
            "amount": "1000",
            "currency": "USD",
            "note": "For the tickets",
            "status": "pending",
            "transfer_group_id": None,
            "decided_at": None,
        }
        assert list(Notice.objects.values_list("kind", "address")) == [("money_request.received", BOB)]

    def test_nobody_learns_whether_an_address_is_anybodys(self, as_alice: APIClient, bob: User, person: Callable[..., User]):
        person("idle", is_active=False)
        answers = [ask(as_alice, from_user_email=f"{name}@example.test").json() for name in ("bob", "nobody", "idle")]

        assert {(row["status"], row["note"], row["transfer_group_id"]) for row in answers} == {("pending", None, None)}
        assert {tuple(row) for row in listed(as_alice)} == {tuple(answers[0])}
        assert {row["status"] for row in listed(as_alice)} == {"pending"}
        assert Notice.objects.count() == 1

    def test_who_registers_with_the_address_finds_it(
        self, as_alice: APIClient, person: Callable[..., User], client_with_key: Any, give: Give
    ):
        number = ask(as_alice, from_user_email="Carol@Example.test").json()["id"]
        carol = person("carol")
        as_carol = client_with_key(carol)
        assert [(row["id"], row["direction"]) for row in listed(as_carol)] == [(number, "received")]
        as_carol.get(f"{V1}/wallets/me")
        give(Wallet.objects.select_related("account").get(user=carol), 1000)

        assert act(as_carol, number, "accept").status_code == 201
        assert MoneyRequest.objects.get().payer == carol

    def test_it_stays_his_when_his_address_changes(
        self, asked: int, bob: User, as_bob: APIClient, person: Callable[..., User], client_with_key: Any
    ):
        bob.email = "robert@example.test"
        bob.save()
        heir = person("heir")
        heir.email = BOB
        heir.save()

        assert [row["id"] for row in listed(as_bob)] == [asked]
        assert listed(client_with_key(heir)) == []

    def test_nobody_is_to_pay_himself_when_he_takes_the_address(self, as_alice: APIClient, alice: User):
        number = ask(as_alice, from_user_email="new@example.test").json()["id"]
        alice.email = "new@example.test"
        alice.save()

        assert [(row["id"], row["direction"]) for row in listed(as_alice)] == [(number, "sent")]
        assert listed(as_alice, direction="received") == []
        for verb in ("accept", "decline"):
            assert said(act(as_alice, number, verb)) == FORBIDDEN
        assert act(as_alice, number, "cancel").status_code == 200

    @pytest.mark.parametrize("own", ["alice@example.test", "ALICE@example.test"])
    def test_nobody_asks_himself(self, as_alice: APIClient, own: str):
        assert said(ask(as_alice, from_user_email=own)) == (422, "walletpro_invalid_recipient")
        assert not MoneyRequest.objects.exists()

    def test_switched_off(self, as_alice: APIClient, site: Site):
        site(transfers_enabled=False)

        assert said(ask(as_alice)) == (403, "walletpro_transfers_disabled")
        assert not MoneyRequest.objects.exists()

    @pytest.mark.parametrize(
        "wrong",
        [
            *each("from_user_email", None, "", "bob", "bob@", "a@b@c.test", "x" * 255, 5, [], "a\0@b.test"),
            *each("from_user_email", "a\nb@example.test", "x@y", f"{'x' * 250}@e.test"),
            *each("amount", None, "0", "-1", "1.5", "9" * 30, 1.5, []),
            *each("note", 5, "x" * 501, "a\0b"),
        ],
        ids=repr,
    )
    def test_bad_input(self, as_alice: APIClient, wrong: dict[str, Any]):
        response = ask(as_alice, **wrong)

        assert response.status_code == 400
        assert said(response)[1] in {"rest_invalid_param", "rest_missing_callback_param"}
        assert not MoneyRequest.objects.exists()

    def test_nobody_floods(self, as_alice: APIClient, alice: User, as_bob: APIClient, clock: Clock):
        """Neither with open ones, nor by taking each back: every one is a mail to somebody."""
        now = timezone.now()
        rows = [
            MoneyRequest(
                **{"requester": alice, "payer_email": BOB, "amount_minor": 1, "currency_code": "USD"},
                **{"status": "cancelled", "created_at": now, "decided_at": now, "expires_at": now + timedelta(days=30)},
            )
            for _ in range(MOST)
        ]
        MoneyRequest.objects.bulk_create(rows)
        response = ask(as_alice)

        assert said(response) == (429, "walletpro_too_many_money_requests")
        assert response.json()["data"]["limit"] == MOST
        assert 86000 < int(response["Retry-After"]) <= 86400
        assert not Notice.objects.exists()
        assert ask(as_bob, from_user_email="alice@example.test").status_code == 201
        clock.forward(days=1, seconds=1)
        assert ask(as_alice).status_code == 201
        MoneyRequest.objects.filter(status="cancelled").update(status="pending", decided_at=None)
        assert said(ask(as_alice)) == (429, "walletpro_too_many_money_requests")


class TestLists:
    def test_ones_own_both_ways(self, as_alice: APIClient, as_bob: APIClient, as_manager: APIClient, asked: int):
        back = ask(as_bob, from_user_email="alice@example.test").json()["id"]

        assert [(row["id"], row["direction"]) for row in listed(as_alice)] == [(back, "received"), (asked, "sent")]
        assert [row["id"] for row in listed(as_alice, direction="sent")] == [asked]
        assert [row["id"] for row in listed(as_alice, direction="received")] == [back]
        assert listed(as_manager) == []

    def test_by_status(self, as_alice: APIClient, as_bob: APIClient, asked: int, clock: Clock):
        declined = ask(as_alice).json()["id"]
        act(as_bob, declined, "decline")

        assert [row["id"] for row in listed(as_alice, status="pending")] == [asked]
        assert [row["id"] for row in listed(as_alice, status="declined")] == [declined]
        clock.forward(days=31)
        assert [row["id"] for row in listed(as_alice, status="expired")] == [asked]
        assert listed(as_alice, status="pending") == []
        assert as_alice.get(f"{V1}/money_requests", {"status": "nonsense"}).status_code == 400

    def test_pages(self, as_alice: APIClient):
        numbers = [ask(as_alice).json()["id"] for _ in range(3)]
        response = as_alice.get(f"{V1}/money_requests?per_page=2&page=2")

        assert [row["id"] for row in response.json()["data"]] == numbers[:1]
        assert response.json()["meta"] == {"total": 3, "total_pages": 2, "page": 2, "per_page": 2}
        assert response["X-WP-Total"] == "3"


class TestAccepting:
    def test_it_is_a_transfer_with_its_fee(
        self, as_alice: APIClient, as_bob: APIClient, asked: int, wallet: Wallet, bobs_wallet: Wallet, site: Site
    ):
        site(transfer_fee_type="fixed", transfer_fee_amount=5)
        response = act(as_bob, asked, "accept")

        assert response.status_code == 201
        body = response.json()
        assert (body["amount"], body["fee"], body["transfer_out"]["balance_after"]) == ("1000", "5", "4000")
        assert body["transfer_out"]["reason"] == body["transfer_in"]["reason"] == f"Money request {asked}"
        assert not {"balance_after", "wallet_id", "hmac_chain"} & set(body["transfer_in"])
        assert (body["money_request"]["status"], body["money_request"]["direction"]) == ("accepted", "received")
        assert balances(wallet, bobs_wallet) == [1000, 3995]
        (row,) = listed(as_alice)
        assert (row["status"], row["transfer_group_id"]) == ("accepted", body["transfer_group_id"])
        assert Transfer.objects.get().money_request.pk == asked
        assert verify().findings == []

    def test_once(self, as_bob: APIClient, asked: int):
        act(as_bob, asked, "accept")
        with nothing_moves():
            for verb in ("accept", "decline"):
                response = act(as_bob, asked, verb)
                assert said(response) == NOT_PENDING
                assert response.json()["data"]["request_status"] == "accepted"

    def test_a_replay(self, as_bob: APIClient, asked: int, wallet: Wallet):
        key = str(uuid4())
        first = act(as_bob, asked, "accept", idempotency_key=key)
        with nothing_moves():
            second = act(as_bob, asked, "accept", idempotency_key=key)

        assert (first.status_code, second.status_code, second["Idempotent-Replay"]) == (201, 200, "true")
        assert second.json()["transfer_group_id"] == first.json()["transfer_group_id"]
        assert verify().findings == []

    def test_a_short_balance_ends_it(self, as_alice: APIClient, as_bob: APIClient, give: Give, bobs_wallet: Wallet):
        number = ask(as_alice, amount="5001").json()["id"]
        with nothing_moves():
            response = act(as_bob, number, "accept")

        assert said(response) == (422, "walletpro_insufficient_balance")
        assert response.json()["data"] == {"status": 422, "balance": "5000", "requested": "5001"}
        assert [row["status"] for row in listed(as_alice)] == ["failed"]
        assert Notice.objects.filter(kind="money_request.failed", address="alice@example.test").count() == 1
        give(bobs_wallet, 1000)
        with nothing_moves():
            assert said(act(as_bob, number, "accept")) == NOT_PENDING

    def test_other_refusals_leave_it_waiting(
        self, as_bob: APIClient, bob: User, asked: int, bobs_wallet: Wallet, wallet: Wallet, site: Site, manager: User
    ):
        def is_refused(code: str) -> None:
            with nothing_moves():
                assert said(act(as_bob, asked, "accept"))[1] == code
            assert MoneyRequest.objects.get().state == "pending"

        site(transfers_enabled=False, kyc_enabled=True, kyc_required_features=["transfer"], velocity_max_sum=999)
        is_refused("walletpro_transfers_disabled")
        site(transfers_enabled=True, step_up_threshold=1000)
        change_wallet(wallet=wallet, status="frozen")
        is_refused("walletpro_recipient_not_found")
        change_wallet(wallet=wallet, status="active")
        change_wallet(wallet=bobs_wallet, status="frozen", spending_limit=999)
        is_refused("walletpro_wallet_frozen")
        change_wallet(wallet=bobs_wallet, status="active")
        is_refused("walletpro_kyc_required")
        decide(user=bob, status="approved", by=manager)
        is_refused("walletpro_spending_limit_exceeded")
        change_wallet(wallet=bobs_wallet, spending_limit=None)
        is_refused("walletpro_velocity_cap_exceeded")
        site(velocity_max_sum=0)
        is_refused("walletpro_step_up_required")
        with nothing_moves():
            assert said(act(as_bob, asked, "accept", if_sequence=9)) == (403, "walletpro_step_up_required")
        _mark_passed(Challenge.objects.get(), Challenge.How.MAIL)
        with nothing_moves():
            assert said(act(as_bob, asked, "accept", if_sequence=9))[1] == "walletpro_precondition_failed"
        assert act(as_bob, asked, "accept").status_code == 201

    def test_more_than_a_key_may_move(self, asked: int, bob: User, client_with_key: Any):
        with nothing_moves():
            response = act(client_with_key(bob, max_amount=999), asked, "accept")
        assert said(response) == (403, "walletpro_key_limit_exceeded")
        assert MoneyRequest.objects.get().state == "pending"

    def test_the_fee_counts_towards_a_keys_maximum(self, asked: int, bob: User, client_with_key: Any, site: Site):
        site(transfer_fee_type="fixed", transfer_fee_amount=5)
        with nothing_moves():
            response = act(client_with_key(bob, max_amount=1004), asked, "accept")
        assert response.json()["data"] == {"status": 403, "limit": "1004", "requested": "1005"}
        assert act(client_with_key(bob, max_amount=1005), asked, "accept").status_code == 201

    def test_a_dry_run_does_nothing_at_all(self, as_alice: APIClient, as_bob: APIClient, asked: int, bobs_wallet: Wallet):
        too_much = ask(as_alice, amount="5001").json()["id"]
        with nothing_moves():
            response = act(as_bob, asked, "accept", dry_run=True)
            assert said(act(as_bob, too_much, "accept", dry_run=True)) == (422, "walletpro_insufficient_balance")

        assert [row["wallet_id"] for row in response.json()["entries"]] == [bobs_wallet.pk]
        assert set(MoneyRequest.objects.values_list("status", flat=True)) == {"pending"}

    def test_who_asked_is_gone(self, as_bob: APIClient, asked: int, alice: User):
        alice.is_active = False
        alice.save()
        with nothing_moves():
            assert said(act(as_bob, asked, "accept")) == (404, "walletpro_recipient_not_found")

    def test_in_its_own_currency_whatever_the_sites_is_by_now(
        self, as_bob: APIClient, asked: int, wallet: Wallet, bobs_wallet: Wallet, site: Site
    ):
        site(default_currency="EUR")
        response = act(as_bob, asked, "accept")

        assert (response.status_code, response.json()["currency"]) == (201, "USD")
        assert balances(wallet, bobs_wallet) == [1000, 4000]
        assert verify().findings == []

    def test_without_a_wallet_in_its_currency(
        self, as_alice: APIClient, bob: User, site: Site, person: Callable[..., User], client_with_key: Any, give: Give
    ):
        """Who asks gets one; who is to pay finds it empty."""
        site(default_currency="EUR")
        number = ask(as_alice, from_user_email="carol@example.test").json()["id"]
        second = ask(as_alice).json()["id"]
        site(default_currency="USD")
        as_carol = client_with_key(person("carol"))
        response = act(as_carol, number, "accept")
        assert said(response) == (422, "walletpro_insufficient_balance")
        assert response.json()["data"]["balance"] == "0"
        assert not Entry.objects.filter(kind=Kind.TRANSFER).exists()
        euros = open_wallet(user=bob, currency=currency("EUR"))
        give(euros, 1000)

        assert act(client_with_key(bob), second, "accept").json()["currency"] == "EUR"
        assert balances(Wallet.objects.get(user__username="alice", currency_code="EUR"), euros) == [1000, 0]

    def test_one_that_was_edited_is_not_paid(self, as_bob: APIClient, asked: int, sql: Callable[[str], int]):
        for edit in ("amount_minor = 1001", "currency = 'XXX'"):
            sql(f"UPDATE transfers_moneyrequest SET {edit}")
            with nothing_moves():
                response = act(as_bob, asked, "accept")
            assert response.status_code == 503
            assert "audit" not in response.content.decode()
        assert MoneyRequest.objects.get().state == "pending"

    def test_both_entries_and_the_audit_rows_name_it(self, as_bob: APIClient, asked: int, alice: User, bob: User):
        act(as_bob, asked, "accept")

        subject = f"money_request:{asked}"
        assert Entry.objects.filter(reference=subject, kind=Kind.TRANSFER).count() == 2
        acts = list(Act.objects.filter(subject=subject).order_by("pk"))
        assert [act.act for act in acts] == ["money_request.asked", "money_request.accepted"]
        assert [act.actor.split(" ")[-1] for act in acts] != ["command"] * 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_it_costs(as_bob: APIClient, as_alice: APIClient):
    numbers = [ask(as_alice).json()["id"] for _ in range(2)]
    spent = statements(lambda: act(as_bob, numbers.pop(), "accept", idempotency_key=str(uuid4())), 201)

    # As a transfer, and: the request, twice; its audit rows; that it was not paid; its decision, with its row and that one's id.
    assert len(spent) == 13 + 7, spent


class TestOtherAnswers:
    def test_declined(self, as_alice: APIClient, as_bob: APIClient, asked: int):
        with nothing_moves():
            body = act(as_bob, asked, "decline").json()

        assert (body["status"], body["direction"]) == ("declined", "received")
        assert listed(as_alice)[0]["status"] == "declined"
        assert Notice.objects.filter(kind="money_request.declined", address="alice@example.test").count() == 1

    def test_taken_back(self, as_alice: APIClient, as_bob: APIClient, asked: int):
        with nothing_moves():
            assert act(as_alice, asked, "cancel").json()["status"] == "cancelled"
            for client, verb in ((as_bob, "accept"), (as_bob, "decline"), (as_alice, "cancel")):
                response = act(client, asked, verb)
                assert said(response) == NOT_PENDING
                assert response.json()["data"]["request_status"] == "cancelled"
        assert Notice.objects.filter(kind="money_request.cancelled", address=BOB).count() == 1

    def test_expired_at_once_and_by_the_job(self, as_alice: APIClient, as_bob: APIClient, asked: int, site: Site, clock: Clock):
        clock.forward(days=30, seconds=-5)
        assert listed(as_alice)[0]["status"] == "pending"
        clock.forward(seconds=10)
        with nothing_moves():
            for client, verb in ((as_bob, "accept"), (as_bob, "decline"), (as_alice, "cancel")):
                response = act(client, asked, verb)
                assert said(response) == NOT_PENDING
                assert response.json()["data"]["request_status"] == "expired"
        shown = listed(as_alice)
        assert (shown[0]["status"], shown[0]["decided_at"]) == ("expired", shown[0]["expires_at"])
        assert (expire_requests(), expire_requests()) == (1, 0)
        assert MoneyRequest.objects.get().status == "expired"
        assert listed(as_alice) == shown

    def test_it_lives_as_long_as_the_operator_says(self, as_alice: APIClient, site: Site):
        site(money_request_days=2)
        ask(as_alice)
        request = MoneyRequest.objects.get()

        assert request.expires_at - request.created_at == timedelta(days=2)


def test_only_the_payer_answers_and_only_the_requester_takes_back(
    asked: int,
    as_alice: APIClient,
    as_bob: APIClient,
    as_manager: APIClient,
    person: Callable[..., User],
    client_with_key: Any,
    stranger: APIClient,
):
    """To everybody else it is one that is not there: the same words for both, managers too."""
    as_carol = client_with_key(person("carol"))
    wrong = [
        *((as_alice, "accept"), (as_alice, "decline"), (as_bob, "cancel")),
        *((client, verb) for client in (as_carol, as_manager) for verb in ("accept", "decline", "cancel")),
    ]
    with nothing_moves():
        for client, verb in wrong:
            answers = [act(client, number, verb) for number in (asked, asked + 999, 10**30)]
            assert {said(answer) for answer in answers} == {FORBIDDEN}
            assert len({answer.content for answer in answers}) == 1
        assert act(stranger, asked, "accept").status_code == 401
    assert MoneyRequest.objects.get().state == "pending"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestAtOnce:
    """Seen to fail without the lock on the request's row (`_pending`)."""

    @pytest.mark.parametrize("one_key", [True, False])
    def test_twenty_acceptances_pay_once(
        self, as_bob: APIClient, asked: int, wallet: Wallet, bobs_wallet: Wallet, one_key: bool, at_once: Callable[..., list[Any]]
    ):
        keys = [str(uuid4())] * 20 if one_key else [str(uuid4()) for _ in range(20)]
        answers = at_once(20, lambda number: act(same_caller(as_bob), asked, "accept", idempotency_key=keys[number]))

        others = 200 if one_key else 409
        assert sorted(answer.status_code for answer in answers) == sorted([201, *[others] * 19])
        assert balances(wallet, bobs_wallet) == [1000, 4000]
        assert Entry.objects.filter(kind=Kind.TRANSFER).count() == 2
        assert verify().findings == []

    def test_accepted_or_taken_back_and_never_both(
        self, as_alice: APIClient, as_bob: APIClient, wallet: Wallet, at_once: Callable[..., list[Any]]
    ):
        numbers = [ask(as_alice).json()["id"] for _ in range(4)]

        def call(number: int) -> int:
            client, verb = ((as_alice, "cancel"), (as_bob, "accept"), (as_bob, "decline"))[number % 3]
            return int(act(same_caller(client), numbers[number // 3], verb).status_code)

        statuses = at_once(12, call)
        for first in range(0, 12, 3):
            assert sorted(status < 300 for status in statuses[first : first + 3]) == [False, False, True]
        accepted = MoneyRequest.objects.filter(status="accepted").count()
        assert balances(wallet) == [1000 * accepted]
        assert Transfer.objects.count() == accepted
