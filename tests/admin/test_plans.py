"""Periodic plans in the admin: made, changed, switched, foreseen and run by hand."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from audit.models import Act
from ledger.models import Entry
from ledger.verifying import verify
from people.models import User
from points.models import Plan, PlanRun
from points.plans.beginning import start_run
from points.plans.rows import digest_of
from points.plans.running import run_plans
from points.plans.services import change_plan
from tests.admin.conftest import browser_of
from tests.points.conftest import an_interval_later, balance, hers, his, planned, points, second
from wallets.models import Wallet

__all__ = ["hers", "his", "points", "second"]
pytestmark = pytest.mark.django_db

ADD = reverse("admin:points_plan_add")
ASKED = {
    **{"name": "Weekly", "amount_type": "fixed", "amount": "-2.50", "interval_days": "7", "group": ""},
    **{"grant_label": "Bread", "charge_label": "Rent"},
}


def page(verb: str, plan: Plan) -> str:
    return reverse(f"admin:points_plan_{verb}", args=[plan.pk])


def test_makes_changes_and_switches_a_plan(managers_browser: Client, manager: User, points: None):
    group = Group.objects.create(name="Friends")
    managers_browser.post(ADD, ASKED)
    plan = Plan.objects.get()
    assert (plan.amount_minor, plan.percent, plan.currency_code, plan.group, plan.label) == (-250, None, "PTS", None, "Rent")

    form = managers_browser.get(page("edit", plan)).content.decode()
    assert 'value="-2.50"' in form
    changed = {**ASKED, "amount_type": "percent", "amount": "2.5", "group": str(group.pk)}
    managers_browser.post(page("edit", plan), changed)
    plan.refresh_from_db()
    assert (plan.amount_minor, plan.percent, plan.group) == (None, Decimal("2.5"), group)
    assert "2.5 %" in managers_browser.get(reverse("admin:points_plan_changelist")).content.decode()

    managers_browser.post(page("switch_off", plan))
    managers_browser.post(page("switch_on", plan))
    actor = f"user:{manager.pk} admin"
    acts = Act.objects.filter(subject=f"plan:{plan.pk}", actor=actor).order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["plan.created", "plan.changed", "plan.switched_off", "plan.switched_on"]
    assert verify().findings == []


BAD = [
    *({"amount": text} for text in ("", "0", "-0.00", "1.234", "x", "１", "--1", "1e3", "9" * 30, "1\x00", "NaN")),
    *({"amount_type": "percent", "amount": text} for text in ("0", "-100.0001", "1000.1", "2.55555", "Infinity", "1e1", "99999")),
    *({"interval_days": text} for text in ("0", "-1", "1.5", "99999", "x", "")),
    *(
        {"name": "x" * 81},
        {"name": ""},
        {"name": "a\x00"},
        {"group": "99999999999999999999"},
        {"group": "x"},
        {"amount_type": "all"},
    ),
]


def test_refuses_what_is_no_plan(managers_browser: Client, points: None):
    for wrong in BAD:
        response = managers_browser.post(ADD, {**ASKED, **wrong})
        assert (response.status_code, Plan.objects.count()) == (200, 0), wrong

    managers_browser.post(ADD, ASKED)
    assert "Another plan is called so." in managers_browser.post(ADD, ASKED).content.decode()
    assert Plan.objects.count() == 1


def test_foresees_and_runs_what_a_manager_asks_for(
    managers_browser: Client, hers: Wallet, his: Wallet, give: Callable[..., Entry]
):
    give(hers, 1000)
    plan = planned(amount_minor=-300)
    run_plans()

    facts = managers_browser.get(page("run_now", plan)).content.decode()
    assert "-3.00 Points" in facts.split("Moves in all")[1]

    for _ in range(2):
        managers_browser.post(page("run_now", plan), {"period": "2"})
    assert list(PlanRun.objects.order_by("pk").values_list("period", flat=True)) == [1, 2]
    shown = managers_browser.get(reverse("admin:points_planrun_change", args=[PlanRun.objects.get(period=2).pk]))
    assert (shown["Refresh"], "Running" in shown.content.decode()) == ("3", True)
    run_plans()
    assert (balance(hers), balance(his)) == (400, 0)
    shown = managers_browser.get(reverse("admin:points_planrun_change", args=[PlanRun.objects.get(period=2).pk]))
    assert ("Refresh" in shown, "Finished" in shown.content.decode()) == (False, True)


def test_runs_a_missed_period(managers_browser: Client, hers: Wallet):
    first = planned(amount_minor=5)
    plan = planned(name="Older", amount_minor=5, starts_at=first.starts_at - first.interval)
    run_plans()

    facts = managers_browser.get(reverse("admin:points_plan_change", args=[plan.pk])).content.decode()
    assert "1 (due " in facts
    for period in ("1", "1", "2", "9", "x", "", "-1", "99999999999999999999"):
        managers_browser.post(page("run_missed", plan), {"period": period})

    assert set(plan.runs.values_list("period", flat=True)) == {1, 2}
    assert (run_plans(), balance(hers)) == (1, 15)


def test_a_customer_and_staff_run_nothing(clerks_browser: Client, alices_browser: Client, hers: Wallet):
    plan = planned(amount_minor=5)
    for browser, status in ((clerks_browser, 403), (alices_browser, 302)):
        for verb in ("run_now", "run_missed", "switch_off", "edit", "approve"):
            sent: dict[str, Any] = {"period": "1", **ASKED}
            assert browser.post(page(verb, plan), sent).status_code == status
    plan.refresh_from_db()

    assert (PlanRun.objects.count(), plan.is_enabled, plan.name) == (0, True, "Weekly")
    assert start_run(plan_id=plan.pk, period=1)


def test_a_second_manager_approves_what_waits(
    managers_browser: Client, hers: Wallet, manager: User, second: User, site: Callable[..., None]
):
    """The page of the plan says what is wanted at once, the list as soon as a period is due."""
    site(approval_above={"PTS": 249})
    made = managers_browser.post(ADD, {**ASKED, "amount": "2.50"}, follow=True).content.decode()
    wanted = "a run moves up to 2.50 Points now, and one manager alone 2.49 Points."
    assert f"A second manager has to approve it first: {wanted}" in made
    plan = Plan.objects.get()
    an_interval_later(plan)
    Wallet.objects.update(created_at=plan.created_at - 9 * plan.interval)
    assert run_plans() == 0

    assert "Waits for a second manager" in managers_browser.get(reverse("admin:points_plan_changelist")).content.decode()
    shown = managers_browser.get(reverse("admin:points_plan_change", args=[plan.pk])).content.decode()
    assert "Wanted: a run moves up to 2.50 Points now" in shown
    form = managers_browser.get(page("edit", plan)).content.decode()
    assert "waits for a second manager; another amount or interval gives it up" in form
    refused = managers_browser.post(page("run_now", plan), {"period": "1"}).content.decode()
    assert "Above 2.49 Points a second manager has to approve it." in refused
    own = managers_browser.post(page("approve", plan), {"seen": digest_of(plan)}).content.decode()
    assert "You asked for this yourself" in own
    for wrong in ("", "x", "\x00", "x" * 65):
        assert browser_of(second).post(page("approve", plan), {"seen": wrong}).status_code == 200
    assert not Plan.objects.get().is_approved

    asked = browser_of(second).get(page("approve", plan))
    assert f'value="{digest_of(plan)}"' in asked.content.decode()
    browser_of(second).post(page("approve", plan), {"seen": digest_of(plan)})
    assert (run_plans(), balance(hers)) == (1, 250)
    shown = managers_browser.get(reverse("admin:points_plan_change", args=[plan.pk])).content.decode()
    assert f"By {second}" in shown
    assert verify().findings == []


def test_a_group_that_a_run_goes_through_is_not_deleted(managers_browser: Client, boss_browser: Client, hers: Wallet):
    """Though its plan is for another one by then; once the run is through it may go."""
    friends = Group.objects.create(name="Friends")
    friends.user_set.add(hers.user)
    plan = planned(amount_minor=5, group=friends)
    run = start_run(plan_id=plan.pk, period=1)
    change_plan(plan_id=plan.pk, group=None)
    delete = reverse("admin:auth_group_delete", args=[friends.pk])

    told = boss_browser.post(delete, {"post": "yes"}).content.decode()
    assert "would require deleting the following protected related objects" in told
    assert f"Period 1 of plan {plan.pk}" in told
    with pytest.raises(ProtectedError), transaction.atomic():
        friends.delete()
    assert (run_plans(), balance(hers), Group.objects.contains(friends)) == (1, 5, True)

    assert boss_browser.post(delete, {"post": "yes"}).status_code == 302
    run.refresh_from_db()
    assert (run.group_number, run.group, Group.objects.filter(name="Friends").exists()) == (friends.pk, None, False)
    assert verify().findings == []


def test_says_what_becomes_of_what_is_due_before_a_plan_is_changed(managers_browser: Client, hers: Wallet):
    older = planned(amount_minor=5, starts_at=planned(name="Another", amount_minor=5).starts_at - timedelta(days=7))

    form = managers_browser.get(page("edit", older)).content.decode()

    assert "Period 2, due " in form
    assert "is begun first, on the terms that it has" in form
    assert "Missed: 1" in form
