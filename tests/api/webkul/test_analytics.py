"""`GET /analytics/summary` and `/chart`: live figures, exact numbers, a constant number of statements."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from analytics import counting
from analytics.counting import count_entries
from analytics.ranking import refresh_rankings
from analytics.reading import Metric
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.money import currency
from ledger.movements import Event
from people.models import User
from tests.analytics.books import move_back
from tests.api.conftest import said
from tests.api.webkul.conftest import ADMIN, spelt
from tests.conftest import WHY
from wallets.models import Wallet
from wallets.services import debit, open_wallet

pytestmark = pytest.mark.django_db

Give = Callable[..., Entry]


@pytest.fixture
def traded(wallet: Wallet, give: Give, monkeypatch: pytest.MonkeyPatch) -> Wallet:
    """Cashback of $10 two days ago, which is counted; a debit of 10 cents today, which is not."""
    monkeypatch.setattr(counting, "_have_ended", lambda xid: True)
    move_back(give(wallet, 1000, Kind.CASHBACK), 2)
    count_entries()
    debit(wallet=wallet, amount=wallet.money(10), event=Event.once("test"), why=WHY)
    return wallet


def ask(client: APIClient, path: str, **asked: Any) -> Any:
    response = client.get(f"{ADMIN}/analytics/{path}", asked)
    assert response.status_code == 200, response.content
    return spelt(response)


def test_a_summary(as_manager: APIClient, traded: Wallet):
    refresh_rankings()
    body = ask(as_manager, "summary")

    assert body.pop("active_wallets_at").endswith("Z")
    assert body == {
        **{"window": 30, "currency": "USD", "total_credited": "10.00", "total_debited": "0.10"},
        **{"net": "9.90", "transactions": 2, "active_wallets": 1, "liability": "9.90"},
        **{"pending_withdrawals": 0, "pending_kyc": 0, "pending_refund_requests": 0, "outstanding_bnpl": "0.00"},
    }
    assert ask(as_manager, "summary", window=2)["total_credited"] == "0.00"


def test_a_credit_is_in_the_next_answer(as_manager: APIClient, traded: Wallet):
    before = ask(as_manager, "summary")
    credited = as_manager.post(f"{ADMIN}/wallets/{traded.user_id}/credit", {"amount": 0.25}, format="json")

    assert credited.status_code == 200
    after = ask(as_manager, "summary")
    assert (before["liability"], before["total_credited"]) == ("9.90", "10.00")
    assert (after["liability"], after["total_credited"]) == ("10.15", "10.25")
    assert ask(as_manager, "chart", metric="credited")["series"][-1]["value"] == "0.25"


def test_charts(as_manager: APIClient, traded: Wallet):
    today = timezone.now().date()
    days = [str(today - timedelta(days=2 - number)) for number in range(3)]
    expected: dict[Metric, list[Any]] = {
        Metric.TRANSACTION_VOLUME: [1, 0, 1],
        Metric.NET_MOVEMENT: ["10.00", "0.00", "-0.10"],
        Metric.CREDITED: ["10.00", "0.00", "0.00"],
        Metric.DEBITED: ["0.00", "0.00", "0.10"],
        Metric.WITHDRAWALS: ["0.00"] * 3,
        Metric.CASHBACK: ["10.00", "0.00", "0.00"],
    }
    for metric, values in expected.items():
        body = ask(as_manager, "chart", days=3, metric=metric.value)
        series = [{"date": day, "value": value} for day, value in zip(days, values, strict=True)]
        assert body == {"metric": metric, "days": 3, "currency": "USD", "series": series}
    usual = ask(as_manager, "chart")
    assert (usual["metric"], usual["days"], len(usual["series"])) == ("transaction_volume", 30, 30)
    spenders = ask(as_manager, "chart", metric="top_spenders", days=365)
    assert spenders.pop("as_of").endswith("Z")
    assert spenders["series"] == [{"user_id": traded.user_id, "value": "0.10"}]


def test_of_another_currency(as_manager: APIClient, alice: User, give: Give):
    give(open_wallet(user=alice, currency=currency("JPY")), 500)

    body = ask(as_manager, "summary", currency="JPY")
    assert (body["currency"], body["liability"]) == ("JPY", 500)
    assert ask(as_manager, "summary")["liability"] == "0.00"


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        *(("summary", {"window": value}) for value in ("0", "366", "-1", "1.5", "x", "", "9" * 40)),
        *(("chart", {"days": value}) for value in ("0", "366", "NaN")),
        *(("chart", {"metric": value}) for value in ("top_referrers", "", "CREDITED", "credited\0")),
        *(("summary", {"currency": value}) for value in ("", "XAU", "usd\0", "€" * 12)),
    ],
)
def test_refuses_what_it_does_not_have(as_manager: APIClient, path: str, asked: dict[str, str]):
    assert said(as_manager.get(f"{ADMIN}/analytics/{path}", asked)) == (400, "rest_invalid_param")


def test_a_year_of_many_costs_as_many_statements_as_a_day(as_manager: APIClient, traded: Wallet, give: Give):
    def statements(path: str, **asked: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            ask(as_manager, path, **asked)
        return len(captured)

    ask(as_manager, "summary")
    few = [statements("summary", window=1), *(statements("chart", days=1, metric=metric.value) for metric in Metric)]
    for number in range(10):
        move_back(give(traded, 1000), number)
    count_entries()
    give(traded, 5)

    many = [statements("summary", window=365), *(statements("chart", days=365, metric=metric.value) for metric in Metric)]
    assert many == few
    assert max(many) <= 8
