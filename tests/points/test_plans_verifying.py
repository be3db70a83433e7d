"""`verify_ledger` by mutation: plans, their runs, and the entries that name them."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import transaction

from ledger.models import Entry
from ledger.verifying import verify
from points.models import Plan, PlanRun
from points.plans.running import run_plans
from tests.points.conftest import planned
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


@pytest.fixture
def grant(hers: Wallet, his: Wallet, give: Callable[..., Entry]) -> Plan:
    """Run once, as was a charge and one of a part: three plans."""
    give(hers, 1000)
    give(his, 40)
    first = planned(amount_minor=10)
    planned(name="Rent", amount_minor=-60)
    planned(name="Part", amount_type="percent", amount_minor=None, percent=Decimal("2.5"))
    assert run_plans() == 3
    return first


def findings() -> list[str]:
    return [str(finding) for finding in verify().findings]


def after(sql: Sql, statement: str) -> list[str]:
    """What is found once somebody has run `statement` behind the service's back. It is undone."""
    with transaction.atomic():
        assert sql(statement) >= 1, statement
        found = findings()
        transaction.set_rollback(True)
    return found


def test_finds_nothing_on_honest_data(grant: Plan, hers: Wallet):
    assert [int(run.moved_minor) for run in PlanRun.objects.order_by("pk")] == [20, -110, 24]
    assert findings() == [str(finding) for finding in verify(hers.pk).findings] == []


UNLIKE_ACTS = "is not what its audit rows say"
RUN_UNLIKE_ACT, MISCOUNTED = "is not what its audit row says", "counts otherwise than its entries do"


def test_names_each_plan_that_was_edited(grant: Plan, sql: Sql):
    for edit in (
        "amount_minor = 11",
        "amount_type = 'percent', amount_minor = NULL, percent = 1",
        "interval_days = 6",
        "currency = 'USD'",
        "starts_at = starts_at - interval '1 day'",
        "periods_before = 3",
        "is_enabled = false",
        "group_id = (SELECT min(id) FROM auth_group)",
    ):
        found = after(sql, f"UPDATE points_plan SET {edit} WHERE id = {grant.pk}")
        assert found == [f"plan {grant.pk} {UNLIKE_ACTS}"], edit


def test_names_each_run_that_was_edited(grant: Plan, sql: Sql):
    name = f"period 1 of plan {grant.pk}"
    for edit, problem in (
        ("moved = 1", MISCOUNTED),
        ("moved_minor = 21", MISCOUNTED),
        ("skipped = 1", MISCOUNTED),
        ("wallets = 3", MISCOUNTED),
        ("group_number = 1", RUN_UNLIKE_ACT),
        ("actor = 'user:1'", RUN_UNLIKE_ACT),
        ("due_at = due_at + interval '1 day'", RUN_UNLIKE_ACT),
    ):
        found = after(sql, f"UPDATE points_planrun SET {edit} WHERE plan_id = {grant.pk}")
        assert found == [f"{name} {problem}"], edit


def test_names_the_entries_of_a_run_whose_amount_was_edited_or_that_is_gone(grant: Plan, hers: Wallet, his: Wallet, sql: Sql):
    key, name = f"plan:{grant.pk}:1", f"period 1 of plan {grant.pk}"
    entries = [(wallet.pk, Entry.objects.get(account_id=wallet.pk, key=key).sequence) for wallet in (hers, his)]

    edited = after(sql, f"UPDATE points_planrun SET amount_minor = 11 WHERE plan_id = {grant.pk}")
    gone = after(sql, f"DELETE FROM points_planrun WHERE plan_id = {grant.pk}")
    wholly = after(
        sql, f"WITH r AS (DELETE FROM points_planrun WHERE plan_id = {grant.pk}) DELETE FROM points_plan WHERE id = {grant.pk}"
    )

    unlike = [f"account {pk}: entry {sequence} is not what its period of a plan moves ({key})" for pk, sequence in entries]
    unknown = [f"account {pk}: entry {sequence} names no period of a plan ({key})" for pk, sequence in entries]
    assert edited == [*unlike, f"{name} {RUN_UNLIKE_ACT}"]
    assert gone == [*unknown, f"{key} is told of by an audit row, and is gone"]
    assert wholly == [*unknown, *(f"{subject} is told of by an audit row, and is gone" for subject in (f"plan:{grant.pk}", key))]


def test_names_an_entry_that_moved_another_part(grant: Plan, hers: Wallet, sql: Sql):
    """Whatever its MAC says: what it should have moved follows from its own balance."""
    for plan in Plan.objects.order_by("pk"):
        entry = Entry.objects.get(account_id=hers.pk, key=f"plan:{plan.pk}:1")
        found = after(sql, f"UPDATE ledger_entry SET amount = amount + 1, balance = balance + 1 WHERE id = {entry.pk}")
        assert f"account {hers.pk}: entry {entry.sequence} is not what its period of a plan moves ({entry.key})" in found
        assert f"period 1 of plan {plan.pk} {MISCOUNTED}" in found
