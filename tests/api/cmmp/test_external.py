"""What another site asks of its main site, and that a withdrawal it pushes happens once."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.models import Account, Entry
from ledger.money import currency
from ledger.movements import Event
from ledger.verifying import verify
from people.models import User
from points.models import PushedWithdrawal
from tests.api.cmmp.conftest import ROOT, no, told
from tests.api.conftest import nothing_moves
from tests.conftest import WHY
from wallet_service.privacy.services import erase_person
from wallets.holds import place_hold
from wallets.models import Wallet
from wallets.services import change_wallet, create_customer, open_wallet

pytestmark = pytest.mark.django_db

Call = Callable[..., Any]
Give = Callable[..., Entry]
PUSH = "withdraw_wallet_points_external"


@pytest.fixture
def funded(wallet: Wallet, give: Give) -> Wallet:
    """With 100 points."""
    give(wallet, 10_000)
    return wallet


def row(wallet: Wallet, points: str, status: int = 1) -> str:
    ids = f'"wallet_id":{wallet.pk},"user_id":{wallet.user_id},"wallet_name":"{wallet.name}"'
    return f'{{{ids},"points":{points},"status":{status}}}'


def body(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def test_all_wallets_in_the_order_of_their_numbers(call: Call, funded: Wallet, bobs_wallet: Wallet, alice: User, bob: User):
    open_wallet(user=bob, currency=currency("EUR"))
    change_wallet(wallet=bobs_wallet, status="frozen")
    answer = call("get_wallets")

    rows = [(row(funded, "100.00"), alice), (row(bobs_wallet, "0.00", 0), bob)]
    listed = ",".join(f'{told[:-1]},"user_email":"{user.email}"}}' for told, user in rows)
    assert body(answer) == f'{{"success":true,"message":[{listed}]}}'
    assert (answer["X-Repeatable-By"], answer["Cache-Control"]) == ("request_id", "no-store")
    assert [one["wallet_id"] for one in json.loads(body(call("get_wallets", after=funded.pk)))["message"]] == [bobs_wallet.pk]
    assert [one["wallet_id"] for one in json.loads(body(call("get_wallets", limit=1)))["message"]] == [funded.pk]


def test_a_wallet_stays_when_its_owner_is_erased(call: Call, funded: Wallet, alice: User):
    """Sites follow it by its name; the empty address leads them to nobody."""
    erase_person(user=alice, keep_balance=True)
    listed = f'{row(funded, "100.00")[:-1]},"user_email":""}}'
    assert body(call("get_wallets")) == f'{{"success":true,"message":[{listed}]}}'
    assert told(call("get_wallet", email="")) == no("Please provide wallet id or email and points")
    assert body(call("get_wallet_by_name", wallet_name=funded.name)) == f'{{"success":true,"message":{row(funded, "100.00")}}}'


def test_who_pages_is_told_where_he_cannot_go_on(call: Call, key: str, funded: Wallet):
    """The first page again and again would have no end."""
    for nonsense in ("x", "-1", "٣", "1.5", "1e3", "\0", "0x1"):
        for argument in ("after", "limit"):
            assert told(call("get_wallets", **{argument: nonsense})) == no("After and limit must be whole numbers of 0 or more")
    for unreadable in (True, [1], {"a": 1}, 1.5):
        answer = Client().post(f"{ROOT}/get_wallets", {"key": key, "after": unreadable}, content_type="application/json")
        assert told(answer) == no("After and limit must be whole numbers of 0 or more")
    for beyond in ("9" * 19, "9" * 30, "9" * 6_000):
        assert body(call("get_wallets", after=beyond)) == '{"success":true,"message":[]}'
    for first in ({"after": ""}, {"after": "0" * 40}, {"limit": "9" * 400}, {"limit": "0"}):
        assert len(json.loads(body(call("get_wallets", **first)))["message"]) == 1


def test_the_list_does_not_grow_in_statements(call: Call, funded: Wallet):
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            body(call("get_wallets"))
        return len(captured)

    body(call("get_wallets"))
    before = cost()
    for number in range(5):
        create_customer(email=f"c{number}@example.test", password="a long enough one")
    assert cost() == before


def test_one_wallet(call: Call, funded: Wallet, alice: User):
    expected = f'{{"success":true,"message":{row(funded, "100.00")}}}'
    assert call("get_wallet", email=alice.email.upper()).content.decode() == expected
    assert call("get_wallet_by_name", wallet_name=funded.name).content.decode() == expected
    for given in ({}, {"email": ""}):
        assert told(call("get_wallet", **given)) == no("Please provide wallet id or email and points")
    for name in ("nobody", "a\0b", str(funded.pk)):
        assert told(call("get_wallet_by_name", wallet_name=name)) == no("Wallet does not exist")
        assert told(call("get_wallet", email=name)) == no("Wallet does not exist")


def test_nothing_is_told_without_the_key(call: Call, funded: Wallet):
    for action in ("get_wallets", "get_wallet", "get_wallet_by_name", PUSH):
        given = {"email": funded.user.email, "wallet_name": funded.name, "wallet_id": funded.name, "points": 1}
        with nothing_moves():
            assert told(call(action, key=None, **given)) == no("Please provide a secure key"), action
            assert told(call(action, key="x" * 48, **given)) == no("Secure key is invalid"), action


class TestAPush:
    def test_happens_once_however_often_it_is_asked(self, call: Call, funded: Wallet):
        request_id = str(uuid4())
        answers = [call(PUSH, wallet_id=funded.name, type=2, points="30.5", request_id=request_id) for _ in range(3)]

        assert {body(answer) for answer in answers} == {f'{{"success":true,"message":{row(funded, "69.50")}}}'}
        assert [answer.get("Idempotent-Replay") for answer in answers] == [None, "true", "true"]
        assert Entry.objects.filter(kind="debit").count() == 1
        assert verify().findings == []

    def test_refused_stays_refused(self, call: Call, funded: Wallet, give: Give):
        asked = {"wallet_id": funded.name, "points": 101, "request_id": str(uuid4())}
        assert told(call(PUSH, **asked)) == no("Wallet doesn't have enough points")
        give(funded, 100)
        with nothing_moves():
            again = call(PUSH, **asked)
        assert told(again) == no("Wallet doesn't have enough points")
        assert again["Idempotent-Replay"] == "true"

    def test_of_a_wallet_that_comes_later_too(self, call: Call, wallet: Wallet, alice: User):
        asked = {"wallet_id": "to-come", "points": 1, "request_id": str(uuid4())}
        assert told(call(PUSH, **asked)) == no("Wallet does not exist")
        wallet = (
            open_wallet(user=alice, currency=currency("USD")) if not Wallet.objects.exists() else Wallet.objects.get(user=alice)
        )
        Wallet.objects.filter(pk=wallet.pk).update(name="to-come")
        assert told(call(PUSH, **asked)) == no("Wallet does not exist")

    def test_its_id_names_no_other_one(self, call: Call, funded: Wallet):
        request_id = str(uuid4())
        call(PUSH, wallet_id=funded.name, points=1, request_id=request_id)
        with nothing_moves():
            other = call(PUSH, wallet_id=funded.name, points=2, request_id=request_id)
            assert told(other) == no("Request id was used for another withdrawal")
            for wrong in ("x", "0" * 32, f"{request_id}x"):
                assert told(call(PUSH, wallet_id=funded.name, points=1, request_id=wrong)) == no("Request id must be a UUID")
        assert call(PUSH, wallet_id=funded.name, points=1, request_id=request_id.upper())["Idempotent-Replay"] == "true"

    def test_says_which_one_it_decided_and_nothing_else_does(self, call: Call, funded: Wallet, site: Callable[..., None]):
        """So that a lost answer is not taken for a no because of what is said before anything is decided."""
        done, refused = str(uuid4()), str(uuid4())
        for request_id, points in ((done, 60), (refused, 60)) * 2:
            assert call(PUSH, wallet_id=funded.name, points=points, request_id=request_id)["X-Decided-For"] == request_id
        asked = {"wallet_id": funded.name, "points": 60, "request_id": done}
        undecided = [call(PUSH, **{**asked, **given}) for given in ({"key": "x"}, {"key": None}, {"points": 61}, {"points": "x"})]
        site(gateway_open=False)
        undecided.append(call(PUSH, **asked))
        assert [answer.get("X-Decided-For") for answer in undecided] == [None] * 5
        assert b'"success":true' not in b"".join(answer.content for answer in undecided)

    @pytest.mark.parametrize("unit", ["EUR", "WHOLE"])
    def test_what_was_done_is_told_whatever_became_of_the_wallet(
        self, call: Call, funded: Wallet, site: Callable[..., None], settings: Any, unit: str
    ):
        """Renamed since, or the points currency is another one, of other decimals."""
        settings.OWN_UNITS = ["WHOLE:Points:0"]
        done = {"wallet_id": funded.name, "points": "30.5", "request_id": str(uuid4())}
        refused = {"wallet_id": funded.name, "points": "100.5", "request_id": str(uuid4())}
        call(PUSH, **done), call(PUSH, **refused)
        Wallet.objects.filter(pk=funded.pk).update(name="called-so-now")
        site(points_currency=unit)
        with nothing_moves():
            again, other = call(PUSH, **done), call(PUSH, **refused)
        funded.refresh_from_db()
        assert body(again) == f'{{"success":true,"message":{row(funded, "69.50")}}}'
        assert told(other) == no("Wallet doesn't have enough points")
        assert [answer["X-Decided-For"] for answer in (again, other)] == [done["request_id"], refused["request_id"]]

    def test_with_an_id_that_nobody_can_read_moves_nothing(self, key: str, call: Call, funded: Wallet):
        """It would happen each time that it is asked for, and its caller believes: once."""
        asked = {"key": key, "wallet_id": funded.name, "points": 1}
        for wrong in (True, False, 0, 7, [], {}, [str(uuid4())], {"a": str(uuid4())}, "x"):
            sent = {**asked, "request_id": wrong}
            with nothing_moves():
                answer = Client().post(f"{ROOT}/{PUSH}", sent, content_type="application/json")
            assert told(answer) == no("Request id must be a UUID"), wrong
        for name in ("request_id[]", "request_id[a]"):
            with nothing_moves():
                assert told(call(PUSH, wallet_id=funded.name, points=1, **{name: str(uuid4())})) == no(
                    "Request id must be a UUID"
                )
        for empty in (None, "", " "):
            sent = {**asked, "request_id": empty}
            assert Client().post(f"{ROOT}/{PUSH}", sent, content_type="application/json").json()["success"], "as left out"

    def test_of_a_name_that_no_wallet_can_have_is_kept_nowhere(self, call: Call, key: str, funded: Wallet):
        """Too long, no text, or the key itself, which would stand in a list then."""
        for name in ("a" * 65, "a" * 10_000, "a\0b", key, f"x{key.upper()}y", "\ufffe" * 65):
            for given in ({"request_id": str(uuid4())}, {}):
                with nothing_moves():
                    assert told(call(PUSH, wallet_id=name, points=1, **given)) == no("Wallet does not exist"), name
        assert not PushedWithdrawal.objects.exists()
        sent = f'{{"key":"{key}","wallet_id":"\\ud800","points":1,"request_id":"{uuid4()}"}}'
        assert Client().post(f"{ROOT}/{PUSH}", sent, content_type="application/json").status_code == 200
        assert told(call(PUSH, wallet_id="\ufffe", points=1, request_id=str(uuid4()))) == no("Wallet does not exist")
        for email in ("a" * 10_000, f"{'a' * 10_000}@example.test", "\ufffe"):
            assert told(call("get_wallet", email=email)) == no("Wallet does not exist")

    def test_without_an_id_is_as_the_plugin_does_it(self, call: Call, funded: Wallet):
        for points in ("99.00", "98.00"):
            assert (
                body(call(PUSH, wallet_id=funded.name, type=2, points=1)) == f'{{"success":true,"message":{row(funded, points)}}}'
            )
        assert told(call(PUSH, wallet_id=str(funded.pk), points=1)) == no("Wallet does not exist"), "it is a name here"

    def test_does_not_take_what_is_held(self, call: Call, funded: Wallet):
        place_hold(wallet=funded, amount=funded.money(9_999), event=Event.once("test"), why=WHY, expires_in=None)
        asked = {"wallet_id": funded.name, "points": "0.02", "request_id": str(uuid4())}
        assert told(call(PUSH, **asked)) == no("Wallet doesn't have enough points")

    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_twenty_at_once_are_one(self, key: str, funded: Wallet, at_once: Callable[..., list[Any]]):
        asked = {"key": key, "wallet_id": funded.name, "points": "60", "request_id": str(uuid4())}

        def push(number: int) -> bool:
            return bool(Client().post(f"{ROOT}/{PUSH}", asked).json()["success"])

        assert at_once(20, push) == [True] * 20
        assert Account.objects.get(pk=funded.pk).balance == 4_000

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            ("UPDATE points_pushedwithdrawal SET points_minor = 5", "has not the entry"),
            ("UPDATE points_pushedwithdrawal SET sequence = sequence - 1", "has not the entry"),
            ("DELETE FROM points_pushedwithdrawal", "is not there"),
            (
                "UPDATE points_pushedwithdrawal SET account_id = NULL, sequence = NULL, refusal = 'InsufficientFunds'",
                "or was refused",
            ),
        ],
    )
    def test_a_changed_row_is_named(self, call: Call, funded: Wallet, sql: Callable[[str], int], change: str, found: str):
        call(PUSH, wallet_id=funded.name, points=1, request_id=str(uuid4()))
        assert verify().findings == []
        assert sql(change) == 1
        assert any(found in str(finding) for finding in verify().findings)
        assert PushedWithdrawal.objects.count() == (0 if change.startswith("DELETE") else 1)
