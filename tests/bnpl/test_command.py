"""`allow_pay_later`, for scripts; and the list's buttons in the admin."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from audit.models import Act
from bnpl.models import Eligible
from people.models import User
from tests.admin.conftest import browser_of
from tests.bnpl.conftest import Buy, loan_of

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    call_command("allow_pay_later", "--json", *arguments)
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_puts_a_customer_on_the_list_and_takes_him_off(alice: User, capsys: pytest.CaptureFixture[str]):
    on = {"user_id": alice.pk, "may_pay_later": True}
    assert run(capsys, "--user", "alice@example.test") == {**on, "changed": True}
    assert run(capsys, "--user", "alice") == {**on, "changed": False}
    assert run(capsys, "--user", str(alice.pk), "--off") == {"user_id": alice.pk, "may_pay_later": False, "changed": True}
    acts = Act.objects.filter(subject=f"user:{alice.pk}", act__startswith="pay_later").order_by("pk")
    assert [act.act for act in acts] == ["pay_later.allowed", "pay_later.disallowed"]


def test_names_who_is_not_there(db: None):
    with pytest.raises(CommandError):
        call_command("allow_pay_later", "--user", "nobody")


@pytest.fixture
def browser(manager: User) -> Client:
    return browser_of(manager)


def test_a_manager_does_so_by_buttons(browser: Client, alice: User):
    browser.post(reverse("admin:bnpl_eligible_put_on_the_list"), {"user": alice.pk})
    eligible = Eligible.objects.get()
    assert eligible.added_by is not None
    assert (eligible.user, eligible.added_by.username) == (alice, "manager")
    off = reverse("admin:bnpl_eligible_take_off_the_list", args=[eligible.pk])
    assert browser.get(off).status_code == 200
    assert Eligible.objects.count() == 1
    browser.post(off)
    assert not Eligible.objects.exists()


def test_and_has_a_loan_repaid_out_of_the_wallet(browser: Client, lends: Any, buy: Buy, wallet: Any, give: Any):
    loan = loan_of(buy(3000))
    page = reverse("admin:bnpl_loan_repay_now", args=[loan.pk])
    assert b"nothing in the wallet" in browser.post(page).content
    give(wallet, 3000)
    assert b"repaid already" in browser.post(page).content
    for status, count in (("open", 0), ("overdue", 0), ("repaid", 1)):
        listed = browser.get(reverse("admin:bnpl_loan_changelist") + f"?status={status}").content.decode()
        assert (f"/admin/bnpl/loan/{loan.pk}/" in listed) == bool(count)
