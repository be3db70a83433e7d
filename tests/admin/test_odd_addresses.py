"""Addresses that nobody would type: filters, rows and texts that no table can hold. Never a 500."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from ledger.alarms import raise_alarm
from ledger.models import Alarm
from people.models import User

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

FAR = "9" * 25
ODD = (
    *("at__year=0", "at__year=-1", f"at__year={FAR}", "mac__exact=x", f"id__in={FAR}", f"id__exact={FAR}", "id__exact=x"),
    *(f"checkpoint__exact={FAR}", "status__exact=nothing", "status__exact=%00", "scope__exact=%00", "act=%00", "anchor=%00"),
    *("currency_code=%00", "reason__startswith=%00", "q=%00", f"q={FAR}", "p=x", "p=-1", f"p={FAR}", "o=x", "o=99", "e=1"),
    *("ends__gte=x", "month=x", "state=x", "account__id__exact=x", f"account__id__exact={FAR}", "nothing=1", "%ff=%fe"),
)


@pytest.fixture
def browser(manager: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(manager)
    return client


def lists() -> list[str]:
    return [f"admin:{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]


@pytest.mark.parametrize("name", lists())
def test_no_list_breaks(browser: Client, name: str):
    # The settings' page is one form, as long as ten lists, and looks at no query.
    odd = ODD[-1:] if name == "admin:constance_config" else ODD
    answers = {query: browser.get(f"{reverse(f'{name}_changelist')}?{query}").status_code for query in odd}

    assert not {query: status for query, status in answers.items() if status >= 500}


@pytest.mark.parametrize("name", lists())
def test_no_row_breaks(browser: Client, name: str):
    page = reverse(f"{name}_change", args=["ROW"])
    answers = {row: browser.get(page.replace("ROW", row)).status_code for row in ("1%00", "x", "-1", FAR, "%F0%9F%98%80", "_5F")}

    assert not {row: status for row, status in answers.items() if status >= 500}


@pytest.mark.parametrize("row", ["x\0", "x", FAR, ""])
def test_no_choice_of_rows_breaks(browser: Client, row: str):
    raise_alarm("late", "", "late")
    data: dict[str, Any] = {"action": "clear", "_selected_action": row}

    assert browser.post(reverse("admin:ledger_alarm_changelist"), data).status_code < 500
    assert Alarm.objects.open().count() == 1
