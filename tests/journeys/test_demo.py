"""The demo shop: the documents' own examples, with its ids."""

import json
import stat
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from apikeys.gateway import make_gateway_key
from ledger.models import Account, Entry
from ledger.verifying import verify
from payments.models import Topup
from people.models import User
from points.models import Plan, PlanRun
from points.plans.running import run_plans
from tests.conftest import basic
from tests.points.conftest import an_interval_later
from wallet_service.demo import demo_file, demo_lines, load_demo
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

API = "/wp-json/walletpro/v1"
WKWP = "/wp-json/wkwp-wallet/v1"
CMMP = "/wp-json/cmmpexapi/v1"
DONE = b'{"success":true,"message":[]}'


@pytest.fixture
def shop(settings: Any, tmp_path: Path) -> dict[str, str]:
    settings.DATA_DIR = tmp_path
    load_demo()
    access: dict[str, str] = json.loads(demo_file().read_text())
    return access


@pytest.fixture
def by_key(shop: dict[str, str]) -> APIClient:
    return APIClient(**basic(shop["consumer_key"], shop["consumer_secret"]))


def test_has_a_hundred_entries_of_several_kinds_and_is_intact(shop: dict[str, str]):
    kinds = Counter(Entry.objects.filter(account_id=42).values_list("kind", flat=True))

    assert kinds.total() == 100
    assert {"cashback", "milestone", "topup", "referral", "credit", "debit"} <= kinds.keys()
    assert verify().findings == []


def test_is_loaded_once_and_never_into_a_shop_that_is_in_use(shop: dict[str, str]):
    load_demo()

    assert Entry.objects.filter(account_id=42).count() == 100
    assert json.loads(demo_file().read_text()) == shop


def test_its_secrets_are_its_owners_alone(shop: dict[str, str]):
    assert stat.S_IMODE(demo_file().stat().st_mode) == 0o600


def test_says_how_to_try_it(shop: dict[str, str]):
    lines = "\n".join(demo_lines("http://127.0.0.1:8000"))

    assert all(secret in lines for secret in shop.values())
    assert "curl -u" in lines


def test_says_nothing_of_another_shop(shop: dict[str, str]):
    User.objects.get(username="manager").api_keys.update(consumer_key="ck_another")

    assert demo_lines("http://127.0.0.1:8000") == []


def test_reads_the_documents_wallet(by_key: APIClient):
    wallet = by_key.get(f"{API}/wallets/42").json()

    shown = {name: wallet[name] for name in ("id", "user_id", "currency", "balance", "balance_formatted", "spending_limit")}
    assert shown == {
        "id": 42,
        "user_id": 7,
        "currency": "USD",
        "balance": "8500",
        "balance_formatted": "$85.00",
        "spending_limit": "20000",
    }
    assert (wallet["auto_reload_enabled"], wallet["auto_reload_threshold"], wallet["auto_reload_amount"]) == (
        True,
        "1000",
        "5000",
    )


def test_the_customer_reads_it_with_his_application_password(shop: dict[str, str]):
    client = APIClient(**basic("customer", shop["application_password"]))

    assert client.get(f"{API}/wallets/me").json()["id"] == 42


def test_lists_wallets_over_fifty_dollars(by_key: APIClient):
    page = by_key.get(f"{API}/wallets?balance_min=5000&currency=USD").json()

    assert [wallet["id"] for wallet in page["data"]] == [123, 42]
    assert page["meta"] == {"total": 2, "total_pages": 1, "page": 1, "per_page": 10}


def test_credits_as_the_document_does(by_key: APIClient):
    body = {
        "amount": "1000",
        "reason": "Loyalty reward Q2",
        "expiry_date": "2099-12-31T23:59:59Z",
        "idempotency_key": "550e8400-e29b-41d4-a716-446655440000",
    }
    answer = by_key.post(f"{API}/wallets/42/credit", body, format="json")

    assert answer.status_code == 201
    assert answer.json()["balance_after"] == "9500"
    assert answer.json()["expiry_date"] == "2099-12-31T23:59:59Z"


def test_lists_cashback_and_milestones(by_key: APIClient):
    query = "wallet_id=42&type=cashback,milestone&after=2026-06-01T00:00:00Z&before=2099-06-30T23:59:59Z"
    rows = by_key.get(f"{API}/transactions?{query}").json()["data"]

    assert {row["type"] for row in rows} == {"cashback", "milestone"}
    assert any(row["reason"].startswith("3% cashback on order #") and row["order_id"] for row in rows)


def test_a_topup_was_paid_and_one_waits_to_be_confirmed(shop: dict[str, str]):
    paid, waiting = Topup.objects.order_by("-amount_minor")
    assert (paid.wallet_id, paid.status, paid.bonus_minor) == (123, "completed", 2500)
    assert (waiting.wallet_id, waiting.status, str(waiting.pk)) == (42, "pending", shop["topup_id"])

    call_command("confirm_topup", shop["topup_id"])
    assert Account.objects.get(pk=42).balance == 8500 + 5000 + 250
    assert verify().findings == []


def test_something_of_each_kind_waits_for_a_decision(by_key: APIClient):
    lists = {name: by_key.get(f"{WKWP}/{name}?status=pending").json() for name in ("withdrawals", "refund_requests", "kyc")}

    assert {name: page["total"] for name, page in lists.items()} == {"withdrawals": 1, "refund_requests": 1, "kyc": 1}
    for name, page in lists.items():
        answer = by_key.post(f"{WKWP}/{name}/{page['items'][0]['id']}/approve")
        assert (answer.status_code, answer.json()["status"]) == (200, "approved"), name


def test_somebody_owes_and_has_something_to_repay_of_it(by_key: APIClient):
    account = Wallet.objects.get(user=8).account

    assert (account.balance, account.held, account.owed) == (2000, 0, 11_000)


def test_any_customer_pays_later(by_key: APIClient):
    body = {"amount": 150, "order_id": 9002, "bnpl": True}
    answer = by_key.post(f"{WKWP}/wallets/8/debit", body, format="json")

    assert answer.status_code == 200
    assert answer.content.startswith(b'{"balance_after":0.00,')
    assert by_key.get(f"{WKWP}/analytics/summary").json()["outstanding_bnpl"] == 240


@pytest.mark.parametrize(
    ("path", "moved"),
    [
        ("wallet_has_enough_points?wallet_id=123&points=10&key=", 0),
        ("withdraw_wallet_points?wallet_id=123&points=10&key=", -1000),
        ("charge_wallet?wallet_id=123&points=-10&key=", -1000),
        ("charge_wallet?wallet_id=123&points=10&key=", 1000),
    ],
)
def test_answers_the_documents_addresses(shop: dict[str, str], stranger: APIClient, path: str, moved: int):
    before = Account.objects.get(pk=123).balance
    answer = stranger.get(f"{CMMP}/{path}{shop['gateway_key']}")

    assert (answer.status_code, answer.content) == (200, DONE)
    assert Account.objects.get(pk=123).balance == before + moved
    assert verify().findings == []


def test_refuses_as_the_document_does(shop: dict[str, str], stranger: APIClient):
    asked = [
        (f"wallet_id=123&points=1000000&key={shop['gateway_key']}", "Wallet doesn't have enough points"),
        (f"key={shop['gateway_key']}", "Please provide wallet id or email and points"),
        ("", "Please provide a secure key"),
    ]
    for action in ("wallet_has_enough_points", "withdraw_wallet_points"):
        for query, words in asked:
            answer = stranger.get(f"{CMMP}/{action}?{query}")
            assert answer.content.decode() == f'{{"success":false,"message":["{words}"]}}', (action, query)


def test_sells_points_in_packages(shop: dict[str, str], by_key: APIClient):
    load_demo()
    offered = by_key.get(f"{API}/point-packages").json()["data"]
    assert [(row["points"], row["price"]) for row in offered] == [("1000", "900"), ("5000", "4250"), ("10000", "8000")]

    customer = APIClient(**basic("customer", shop["application_password"]))
    bought = customer.post(f"{API}/topups", {"package_id": offered[0]["id"]}, format="json").json()
    assert (bought["amount"], bought["price"]) == ("1000", "900")
    call_command("confirm_topup", bought["id"])
    assert Account.objects.get(pk=42).balance == 8500 + 1000
    assert verify().findings == []


def test_a_plan_moves_nothing_before_a_month_is_over(shop: dict[str, str]):
    load_demo()
    run_plans()
    assert not PlanRun.objects.exists()
    plan = Plan.objects.get()
    assert plan.is_enabled

    an_interval_later(plan)
    run_plans()
    assert [Account.objects.get(pk=wallet).balance for wallet in (42, 123)] == [8500 + 100, 115_000 + 100]


def test_prints_a_gateway_key_only_as_long_as_it_works(shop: dict[str, str]):
    make_gateway_key()

    assert shop["gateway_key"] not in "\n".join(demo_lines("http://127.0.0.1:8000"))
