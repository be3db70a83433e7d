"""A roll-up that was edited is found."""

from collections.abc import Callable

import pytest
from django.db.models import Max

from analytics.models import DaySpending, DayTotal, Progress
from ledger.models import Entry
from ledger.movements import Event
from ledger.verifying import verify
from tests.conftest import WHY
from wallets.models import Wallet
from wallets.services import debit

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]
SPENT = "what was spent on"


@pytest.fixture
def counted(wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry], count: Callable[[], int]) -> Wallet:
    """Three entries are counted, a fourth is not."""
    give(wallet, 1000)
    give(bobs_wallet, 10)
    debit(wallet=wallet, amount=wallet.money(30), event=Event.once("test"), why=WHY)
    assert count() == 3
    give(wallet, 5)
    return wallet


def found(account_id: int | None = None) -> list[str]:
    return [str(finding) for finding in verify(account_id).findings]


def test_finds_nothing_in_honest_roll_ups(counted: Wallet, count: Callable[[], int]):
    assert found() == found(counted.pk) == []
    count()
    assert found() == []


def test_adds_up_no_entry_where_only_what_is_new_is_verified(counted: Wallet, sql: Sql):
    sql("UPDATE analytics_daytotal SET credited = 7")

    assert not [finding for finding in verify(since_checkpoint=True).findings if "analytics" in str(finding)]


@pytest.mark.parametrize(
    "statement",
    [
        *(f"UPDATE analytics_daytotal SET {name} = {name} + 1 WHERE kind = 'credit'" for name in ("transactions", "credited")),
        *(f"UPDATE analytics_daytotal SET {name} = {name} + 1 WHERE kind = 'credit'" for name in ("debited", "owed_change")),
        "UPDATE analytics_daytotal SET day = day - 1 WHERE kind = 'credit'",
        "UPDATE analytics_daytotal SET currency = 'EUR' WHERE kind = 'credit'",
        "UPDATE analytics_daytotal SET kind = 'cashback' WHERE kind = 'credit'",
        "DELETE FROM analytics_daytotal WHERE kind = 'credit'",
        "INSERT INTO analytics_daytotal (day, currency, kind, transactions, credited, debited, owed_change) "
        "VALUES ('2020-01-01', 'USD', 'credit', 1, 1, 0, 0)",
        "DELETE FROM analytics_progress",
    ],
)
def test_finds_a_total_that_is_not_its_entries(counted: Wallet, sql: Sql, statement: str):
    assert sql(statement)

    problems = found()
    assert problems
    assert any("credit entries of" in problem and "do not come to what their daily total says" in problem for problem in problems)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE analytics_dayspending SET spent = spent + 1",
        "UPDATE analytics_dayspending SET day = day - 1",
        "DELETE FROM analytics_dayspending",
    ],
)
def test_finds_spending_that_is_not_its_entries(counted: Wallet, sql: Sql, statement: str):
    assert sql(statement)

    assert found() == found(counted.pk) != []
    assert found()[0].startswith(f"account {counted.pk}: {SPENT}")


def test_finds_an_entry_that_was_left_out(counted: Wallet, sql: Sql):
    """As if the job had been told that it had counted further than it had."""
    highest = Entry.objects.aggregate(highest=Max("id"))["highest"]
    Progress.objects.update(counted_id=highest)

    day, hour = found()
    assert ("daily total" in day, "hourly total" in hour) == (True, True)
    assert DayTotal.objects.count() == 2
    assert DaySpending.objects.count() == 1
