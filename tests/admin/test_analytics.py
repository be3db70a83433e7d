"""The analytics page, and its tables as files."""

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
import simplejson
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics import counting
from analytics.counting import count_entries
from analytics.models import DayTotal
from analytics.reading import Metric
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.movements import Event
from tests.analytics.books import move_back
from tests.conftest import WHY
from wallets.models import Wallet
from wallets.services import debit

pytestmark = pytest.mark.django_db

PAGE = "/admin/analytics/daytotal/"


@pytest.fixture
def traded(wallet: Wallet, give: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch) -> Wallet:
    """Yesterday's credit is counted; today's debit is not."""
    monkeypatch.setattr(counting, "_have_ended", lambda xid: True)
    move_back(give(wallet, 1000, Kind.CASHBACK), 1)
    count_entries()
    debit(wallet=wallet, amount=wallet.money(1), event=Event.once("test"), why=WHY)
    return wallet


def table_of(browser: Client, name: str, **asked: str) -> list[list[str]]:
    response = browser.get(PAGE, {"csv": name, **asked})
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith(f'attachment; filename="{name}-USD-')
    return list(csv.reader(StringIO(response.content.decode())))


def test_shows_figures_and_charts(managers_browser: Client, traded: Wallet):
    response = managers_browser.get(PAGE, {"days": "7"})
    text = response.content.decode()

    for figure in ("$10.00", "$0.01", "$9.99"):
        assert figure in text
    assert text.count('<canvas class="chart"') == 5
    assert "Transaction volume as CSV" in text
    assert f'/{traded.user_id}/change/">alice</a>' in re.sub(' class="[^"]*"', "", text)
    drawn = simplejson.loads(response.context["charts"][1]["data"], use_decimal=True)
    assert [str(value) for value in drawn["datasets"][0]["data"]][-3:] == ["0.00", "10.00", "-0.01"]
    assert len(drawn["labels"]) == 7
    assert drawn["labels"][-1] == str(timezone.now().date())


def test_each_table_is_a_file(managers_browser: Client, traded: Wallet):
    names, values = table_of(managers_browser, "summary", days="30")
    assert dict(zip(names, values, strict=True)) | {"active_wallets_at": ""} == {
        **{"window": "30", "currency": "USD", "total_credited": "10.00", "total_debited": "0.01", "net": "9.99"},
        **{"transactions": "2", "active_wallets": "1", "active_wallets_at": "", "liability": "9.99"},
        **{"pending_withdrawals": "0", "pending_kyc": "0", "pending_refund_requests": "0", "outstanding_bnpl": "0.00"},
    }
    for metric in set(Metric) - {Metric.TOP_SPENDERS}:
        rows = table_of(managers_browser, metric, days="365")
        assert rows[0] == ["date", "value"]
        assert len(rows) == 366
    assert [row[1] for row in table_of(managers_browser, "net_movement", days="7")][-2:] == ["10.00", "-0.01"]
    assert [row[1] for row in table_of(managers_browser, "transaction_volume", days="7")][-3:] == ["0", "1", "1"]
    assert table_of(managers_browser, "top_spenders") == [["user_id", "value"], [str(traded.user_id), "0.01"]]


@pytest.mark.parametrize("asked", [{"days": "0"}, {"days": "x\0"}, {"currency": "ÄÖÜ"}, {"currency": "XAU"}, {"csv": "wallets"}])
def test_shows_the_usual_page_for_what_it_does_not_know(managers_browser: Client, asked: dict[str, str]):
    response = managers_browser.get(PAGE, asked)

    assert response.status_code == 200
    assert (response.context["days"], response.context["currency"]) == (30, "USD")


def test_is_for_managers(clerks_browser: Client, alices_browser: Client, traded: Wallet):
    for asked in ({}, {"csv": "summary"}):
        assert clerks_browser.get(PAGE, asked).status_code == 403
        assert alices_browser.get(PAGE, asked).status_code == 302


def test_a_year_costs_as_many_statements_as_a_week(managers_browser: Client, traded: Wallet):
    def statements(days: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert managers_browser.get(PAGE, {"days": days}).status_code == 200
        return len(captured)

    managers_browser.get(PAGE)
    few = statements("7")
    for number in range(50):
        day = timezone.now().date() - timedelta(days=number + 2)
        DayTotal.objects.create(day=day, currency_code="USD", kind="credit", credited=5, transactions=1)

    assert statements("365") == few
