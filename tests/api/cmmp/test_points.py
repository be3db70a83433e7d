"""The three documented actions: what they answer, byte for byte, and in which order they complain."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apikeys.gateway import make_gateway_key, revoke_gateway_key
from ledger.models import Account, Entry
from ledger.money import currency
from people.models import User
from tests.api.cmmp.conftest import OK, ROOT, no, told
from tests.api.conftest import nothing_moves
from wallets.models import Wallet
from wallets.services import change_wallet, open_wallet

pytestmark = pytest.mark.django_db

Call = Callable[..., Any]
Give = Callable[..., Entry]
CHECK, WITHDRAW, CHARGE = "wallet_has_enough_points", "withdraw_wallet_points", "charge_wallet"
ACTIONS = (CHECK, WITHDRAW, CHARGE)
NONE = ({"wallet_id": 2**63}, {"wallet_id": "9" * 400}, {"wallet_id": "a\0b"}, {"email": "a\0b"})
MISSING, NO_NUMBER = "Please provide wallet id or email and points", "Points must be a number"


def balance(wallet: Wallet) -> int:
    return Account.objects.get(pk=wallet.pk).balance


@pytest.fixture
def funded(wallet: Wallet, give: Give) -> Wallet:
    """With 100 points."""
    give(wallet, 10_000)
    return wallet


def test_enough_is_as_many_as_there_are(call: Call, funded: Wallet):
    assert told(call(CHECK, wallet_id=funded.pk, points=100)) == OK
    assert told(call(CHECK, wallet_id=funded.pk, points="100.01")) == no("Wallet doesn't have enough points")
    assert balance(funded) == 10_000


def test_what_is_withdrawn_is_gone(call: Call, funded: Wallet):
    assert told(call(WITHDRAW, wallet_id=funded.name, points="99.99")) == OK
    assert told(call(WITHDRAW, wallet_id=funded.name, points="0.02")) == no("Wallet doesn't have enough points")
    entry = Entry.objects.latest("pk")
    assert (balance(funded), entry.kind, entry.amount, entry.house) == (1, "debit", -9999, "spent")
    assert entry.actor.startswith("gateway_key:")


def test_a_charge_makes_points_or_removes_them_and_overdraws_nothing(call: Call, funded: Wallet):
    assert told(call(CHARGE, wallet_id=funded.pk, points=10)) == OK
    assert told(call(CHARGE, wallet_id=funded.pk, points=-110)) == OK
    assert told(call(CHARGE, wallet_id=funded.pk, points="-0.01")) == no("Wallet doesn't have enough points")
    assert balance(funded) == 0
    assert [entry.house for entry in Entry.objects.order_by("pk")[1:]] == ["issued", "spent"]


@pytest.mark.parametrize("action", ACTIONS)
def test_the_first_complaint_wins(action: str, call: Call, site: Callable[..., None], wallet: Wallet):
    with nothing_moves():
        site(gateway_open=False)
        assert told(call(action, key=None)) == told(call(action)) == no("External API gateway is closed")
        site(gateway_open=True)
        assert told(call(action, key=None)) == told(call(action, key="")) == no("Please provide a secure key")
        assert told(call(action, key="x")) == no("Secure key is invalid")
        for given in ({}, {"points": 5}, {"wallet_id": wallet.pk}, {"wallet_id": " ", "email": "", "points": "x"}):
            assert told(call(action, **given)) == no(MISSING), given
        assert told(call(action, wallet_id="nobody", points="x")) == no(NO_NUMBER)
        assert told(call(action, wallet_id="nobody", points=5)) == no("Wallet does not exist")
    change_wallet(wallet=wallet, status="frozen")
    with nothing_moves():
        assert told(call(action, wallet_id=wallet.pk, points=5)) == no("Wallet is inactive")


@pytest.mark.parametrize(
    "points",
    [
        *(
            "x",
            "0",
            "-0",
            "0.001",
            "1e-3",
            "1e16",
            "1e999999",
            "-1e999999",
            "NaN",
            "inf",
            "٣",
            "1_0",
            "1,5",
            "0x10",
            "--1",
            "\0",
            "5\0",
        ),
        *("9" * 400, "1." + "0" * 400 + "1", "true", "🍪"),
    ],
)
def test_what_is_no_number_of_points(call: Call, wallet: Wallet, points: str):
    with nothing_moves():
        for action in ACTIONS:
            assert told(call(action, wallet_id=wallet.pk, points=points)) == no(NO_NUMBER), action


def test_only_a_charge_takes_a_negative_number(call: Call, funded: Wallet):
    with nothing_moves():
        for action in (CHECK, WITHDRAW):
            assert told(call(action, wallet_id=funded.pk, points=-5)) == no(NO_NUMBER)


@pytest.mark.parametrize("body", ["5.10", '"5.10"', "510e-2", "5.1000000000000000000"])
def test_json_is_read_exactly(key: str, wallet: Wallet, body: str):
    sent = f'{{"key": "{key}", "wallet_id": {wallet.pk}, "points": {body}}}'
    assert told(Client().post(f"{ROOT}/{CHARGE}", sent, content_type="application/json")) == OK
    assert balance(wallet) == 510


@pytest.mark.parametrize("points", ["true", "[5]", "{}", "[]", "null", '""'])
def test_json_that_is_no_number(key: str, wallet: Wallet, points: str):
    sent = f'{{"key": "{key}", "wallet_id": {wallet.pk}, "points": {points}}}'
    expected = MISSING if points in {"[]", "{}", "null", '""'} else NO_NUMBER
    with nothing_moves():
        assert told(Client().post(f"{ROOT}/{CHARGE}", sent, content_type="application/json")) == no(expected)


@pytest.mark.parametrize("unreadable", [True, [], ["x"], {"a": "x"}])
def test_what_nobody_can_read_is_not_left_out(key: str, wallet: Wallet, unreadable: Any):
    """Both must agree, and with one alone nothing is compared."""
    both: dict[str, Any] = {"wallet_id": wallet.pk, "email": wallet.user.email}
    for name in both:
        sent = {"key": key, "points": 1, **both, name: unreadable}
        with nothing_moves():
            assert told(Client().post(f"{ROOT}/{CHARGE}", sent, content_type="application/json")) == no(MISSING)
    for empty in (None, ""):
        sent = {"key": key, "points": 1, **both, "email": empty}
        assert told(Client().post(f"{ROOT}/{CHARGE}", sent, content_type="application/json")) == OK


def test_arguments_come_in_any_way(key: str, wallet: Wallet):
    asked = {"key": key, "wallet_id": str(wallet.pk), "points": "1"}
    form = "&".join(f"{name}={value}" for name, value in asked.items())
    ways: list[dict[str, Any]] = [
        {"data": asked},
        {"data": form, "content_type": "application/x-www-form-urlencoded"},
        {"data": json.dumps(asked), "content_type": "application/json"},
        {"data": "", "content_type": "text/plain", "query_params": asked},
    ]
    for way in ways:
        assert told(Client().post(f"{ROOT}/{CHARGE}/", **way)) == OK, way
    assert balance(wallet) == 400


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("{", "application/json"),
        ("[" * 5000, "application/json"),
        (b"\xff\xfe", "application/json"),
        ("x" * (1024 * 1024 + 1), "application/json"),
        ("x", "multipart/form-data; boundary=y"),
        ("a=" + "&a=".join("1" * 5000), "application/x-www-form-urlencoded"),
    ],
)
def test_an_unreadable_body_is_an_empty_one(key: str, wallet: Wallet, body: Any, kind: str):
    with nothing_moves():
        assert told(Client().post(f"{ROOT}/{CHARGE}", body, content_type=kind)) == no("Please provide a secure key")
        asked = {"key": key, "wallet_id": str(wallet.pk)}
        assert told(Client().post(f"{ROOT}/{CHARGE}", body, content_type=kind, query_params=asked)) == no(MISSING)


class TestWhichWallet:
    def test_its_number_its_name_or_its_owners_address(self, call: Call, funded: Wallet, alice: User):
        for which in ({"wallet_id": funded.pk}, {"wallet_id": funded.name}, {"email": alice.email.upper()}):
            assert told(call(WITHDRAW, points=1, **which)) == OK, which
        assert balance(funded) == 9700

    def test_both_must_agree(self, call: Call, funded: Wallet, bob: User, alice: User):
        with nothing_moves():
            assert told(call(WITHDRAW, wallet_id=funded.pk, email=bob.email, points=1)) == no("Wallet does not exist")
        assert told(call(WITHDRAW, wallet_id=funded.pk, email=alice.email, points=1)) == OK

    def test_a_missing_one_is_opened_by_the_address(self, call: Call):
        user = User.objects.create_user("carol", "carol@example.test")
        assert told(call(CHARGE, email=user.email, points=5)) == OK
        assert balance(Wallet.objects.get(user=user)) == 500

    def test_nobody_and_who_is_not_active_have_none(self, call: Call):
        user = User.objects.create_user("carol", "carol@example.test", is_active=False)
        for which in ({"email": user.email}, {"email": "nobody@example.test"}, *NONE):
            assert told(call(CHARGE, points=5, **which)) == no("Wallet does not exist"), which
        assert (
            told(call(CHARGE, points=5, wallet_id="a\0b"))
            == told(call(CHARGE, points=5, email="a\0b"))
            == no("Wallet does not exist")
        )
        assert not Wallet.objects.filter(user=user).exists()

    def test_in_another_currency_it_does_not_exist(self, call: Call, alice: User, wallet: Wallet, site: Callable[..., None]):
        euros = open_wallet(user=alice, currency=currency("EUR"))
        with nothing_moves():
            assert told(call(CHARGE, wallet_id=euros.pk, points=5)) == no("Wallet does not exist")
        site(points_currency="EUR")
        assert told(call(CHARGE, wallet_id=euros.pk, points=5)) == OK
        assert told(call(CHARGE, email=alice.email, points=5)) == OK
        assert (balance(euros), balance(wallet)) == (1000, 0)


class TestTheKey:
    def test_a_new_one_ends_the_one_before(self, call: Call, key: str, wallet: Wallet):
        _, new = make_gateway_key()
        assert told(call(CHECK, wallet_id=wallet.pk, points=1)) == no("Secure key is invalid")
        assert told(call(CHECK, key=new, wallet_id=wallet.pk, points=1)) == no("Wallet doesn't have enough points")
        revoke_gateway_key()
        assert told(call(CHECK, key=new, wallet_id=wallet.pk, points=1)) == no("Secure key is invalid")

    def test_basic_and_session_are_not_looked_at(self, key: str, wallet: Wallet, browser: Any):
        asked = {"wallet_id": str(wallet.pk), "points": "1"}
        for header in ("Basic !!!", "Basic Y2tfYTpjc19i"):
            answer = browser.get(f"{ROOT}/{CHARGE}", {**asked, "key": key}, HTTP_AUTHORIZATION=header, HTTP_X_WP_NONCE="wrong")
            assert told(answer) == OK
        assert told(browser.get(f"{ROOT}/{CHARGE}", asked)) == no("Please provide a secure key")

    def test_wrong_ones_are_counted_and_right_ones_pass(self, call: Call, wallet: Wallet, limits: Callable[..., None]):
        limits(rate_gateway_wrong_keys=2)
        wrong = [call(CHARGE, key="wrong", wallet_id=wallet.pk, points=1) for _ in range(3)]
        assert [answer.status_code for answer in wrong] == [200, 200, 429]
        assert int(wrong[-1]["Retry-After"]) > 0
        assert list(wrong[-1].json()) == ["success", "message"]
        assert told(call(CHARGE, wallet_id=wallet.pk, points=1)) == OK


def test_only_get_and_post_are_routes_and_a_head_moves_nothing(key: str, funded: Wallet):
    asked = {"key": key, "wallet_id": str(funded.pk), "points": "1"}
    client = Client()
    with nothing_moves():
        for answer in (
            client.put(f"{ROOT}/{WITHDRAW}", query_params=asked),
            client.delete(f"{ROOT}/{WITHDRAW}", query_params=asked),
            client.post(f"{ROOT}/{WITHDRAW}?_method=DELETE", asked),
            client.get(f"{ROOT}/nothing", asked),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "rest_no_route")
        assert client.head(f"{ROOT}/{WITHDRAW}", asked).status_code == 404
        assert client.options(f"{ROOT}/{WITHDRAW}", query_params=asked).status_code == 200


def test_nobody_on_the_way_keeps_an_answer(call: Call, wallet: Wallet):
    for answer in (call(CHECK, wallet_id=wallet.pk, points=1), call(CHECK, key="x"), call(CHECK, key=None)):
        assert answer["Cache-Control"] == "no-store"
        assert answer["Content-Type"] == "application/json; charset=UTF-8"


def test_fields_and_envelopes_are_unknown_to_it(call: Call, wallet: Wallet):
    assert told(call(CHARGE, wallet_id=wallet.pk, points=1, _fields="success", _envelope=1)) == OK


def test_limits_hold_as_for_every_caller(call: Call, funded: Wallet, site: Callable[..., None]):
    change_wallet(wallet=funded, spending_limit=500)
    with nothing_moves():
        assert told(call(WITHDRAW, wallet_id=funded.pk, points=6)) == no("Wallet's spending limit is exceeded")
        site(velocity_max_sum=100)
        assert told(call(WITHDRAW, wallet_id=funded.pk, points=2)) == no("Wallet has reached its limit for now")
        site(kyc_enabled=True, kyc_required_features=["wallet_usage"])
        assert told(call(WITHDRAW, wallet_id=funded.pk, points=2)) == no("Wallet's owner has to be verified first")


@pytest.mark.parametrize(("action", "statements"), [(CHECK, 2), (WITHDRAW, 7), (CHARGE, 6)])
def test_statements(call: Call, funded: Wallet, action: str, statements: int):
    call(action, wallet_id=funded.pk, points=1)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert told(call(action, wallet_id=funded.pk, points=1)) == OK
    assert len(captured) == statements, [query["sql"][:90] for query in captured.captured_queries]
