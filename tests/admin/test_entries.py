"""Entries, to look at."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ledger.admin_base import BoundedPaginator
from ledger.models import Entry
from ledger.movements import Circumstances, Event
from ledger.services import erase_texts
from wallets.models import Wallet
from wallets.services import credit

LIST = "/admin/ledger/entry/"


def rows_of(client: Client, **asked: Any) -> list[int]:
    return [entry.pk for entry in client.get(LIST, asked).context["cl"].result_list]


def page_of(entry: Entry) -> str:
    return reverse("admin:ledger_entry_change", args=[entry.pk])


@pytest.fixture
def ordered(wallet: Wallet) -> Entry:
    why = Circumstances(actor="test", reason="Paid <b>twice</b>", note="see mail", order_id=8123, reference="R-77")
    return credit(wallet=wallet, amount=wallet.money(8500), event=Event.once("test"), why=why)


def test_a_page_says_it_all(managers_browser: Client, ordered: Entry):
    text = managers_browser.get(page_of(ordered)).content.decode()

    for shown in ("+$85.00", "the shop: Issued", "Paid &lt;b&gt;twice&lt;/b&gt;", "see mail", "8123", "R-77"):
        assert shown in text
    assert f"sha256:{bytes(ordered.mac).hex()}" in text


def test_a_list_says_what_moved(managers_browser: Client, ordered: Entry):
    text = managers_browser.get(LIST).content.decode()

    assert "+$85.00" in text
    assert bytes(ordered.mac).hex()[:12] in text


def test_erased_words_are_said_to_be_erased(managers_browser: Client, ordered: Entry):
    erase_texts([ordered])

    assert "(erased)" in managers_browser.get(page_of(ordered)).content.decode()


@pytest.mark.parametrize("term", ["{account_id}", "8123", "R-77"])
def test_an_entry_is_found(managers_browser: Client, ordered: Entry, bobs_wallet: Wallet, give: Callable[..., Entry], term: str):
    give(bobs_wallet, 1)

    assert rows_of(managers_browser, q=term.format(account_id=ordered.account_id)) == [ordered.pk]


def test_a_search_that_is_no_text_is_said_to_be_wrong(managers_browser: Client, ordered: Entry):
    assert "Null characters" in managers_browser.get(LIST, {"q": "\0"}).content.decode()


@pytest.mark.parametrize("term", ["9" * 30, "R-7", "²"])
def test_a_strange_search_finds_nothing(managers_browser: Client, ordered: Entry, term: str):
    assert rows_of(managers_browser, q=term) == []


def test_entries_are_filtered_by_kind_account_and_month(managers_browser: Client, ordered: Entry):
    now = timezone.now()

    assert rows_of(managers_browser, kind__exact="credit", account__id__exact=ordered.account_id) == [ordered.pk]
    assert rows_of(managers_browser, kind__exact="debit") == []
    assert rows_of(managers_browser, month=f"{now:%Y-%m}") == [ordered.pk]
    assert rows_of(managers_browser, month=f"{now.replace(year=now.year - 1, day=1):%Y}-{now.month % 12 + 1:02}") == []


def test_nobody_counts_the_whole_table(
    managers_browser: Client, wallet: Wallet, give: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
):
    for _ in range(4):
        give(wallet, 1)
    monkeypatch.setattr("ledger.admin_base.COUNT_MAX", 3)

    assert BoundedPaginator(Entry.objects.order_by("-id"), 2).count == 3
    with CaptureQueriesContext(connection) as captured:
        managers_browser.get(LIST)
    counts = [query["sql"] for query in captured if "COUNT(" in query["sql"] and "ledger_entry" in query["sql"]]
    assert len(counts) == 1
    assert "LIMIT 3" in counts[0]
