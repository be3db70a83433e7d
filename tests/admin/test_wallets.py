"""Money moved by hand: through the service, once, or not at all."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.forms import ValidationError
from django.test import Client
from django.urls import reverse

from ledger.kinds import Kind
from ledger.models import Account, Entry, Lot
from ledger.money import Currency, currency
from ledger.verifying import verify
from people.models import User
from tests.admin.conftest import browser_of, errors_of
from wallets.admin_forms import minor_units
from wallets.models import Wallet
from wallets.services import change_wallet


def action(wallet: Wallet, verb: str) -> str:
    return reverse(f"admin:wallets_wallet_{verb}", args=[wallet.pk])


def drawn_on(client: Client, page: str) -> str:
    """The event that the page carries."""
    match = re.search(r'name="event_id" value="([0-9a-f-]{36})"', client.get(page).content.decode())
    assert match is not None
    return match[1]


def send(client: Client, wallet: Wallet, verb: str, **fields: Any) -> Any:
    given = {"event_id": str(uuid4()), "amount": "12.50", "reason": "Sorry", "kind": "credit", **fields}
    return client.post(action(wallet, verb), given)


def balance(wallet: Wallet) -> int:
    return Account.objects.get(pk=wallet.pk).balance


def test_a_credit_is_posted_with_all_that_was_said(managers_browser: Client, manager: User, wallet: Wallet):
    response = send(
        managers_browser,
        wallet,
        "credit",
        kind="cashback",
        note="call 7",
        order_id="81",
        reference="R-1",
        expires_at="2199-05-01T10:00",
    )

    assert response.status_code == 302
    entry = Entry.objects.get(account_id=wallet.pk)
    assert (entry.amount, entry.kind, entry.reason, entry.note) == (1250, Kind.CASHBACK, "Sorry", "call 7")
    assert (entry.order_id, entry.reference, entry.actor) == (81, "R-1", f"user:{manager.pk} admin")
    assert f"{Lot.objects.get(account_id=wallet.pk).ends:%Y-%m-%d %H:%M}" == "2199-05-01 10:00"
    assert "Entry" in managers_browser.get(response["Location"]).content.decode()


def test_a_debit_passes_the_spending_limit_by(managers_browser: Client, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 5000)
    change_wallet(wallet=wallet, spending_limit=100)

    assert send(managers_browser, wallet, "debit", amount="50").status_code == 302

    assert balance(wallet) == 0


def test_a_page_sent_twice_posts_once(managers_browser: Client, wallet: Wallet):
    event = drawn_on(managers_browser, action(wallet, "credit"))

    for _ in range(2):
        assert send(managers_browser, wallet, "credit", event_id=event).status_code == 302

    assert balance(wallet) == 1250
    assert Entry.objects.count() == 1


def test_a_page_sent_again_with_other_figures_is_refused(managers_browser: Client, wallet: Wallet):
    event = drawn_on(managers_browser, action(wallet, "credit"))
    send(managers_browser, wallet, "credit", event_id=event)

    response = send(managers_browser, wallet, "credit", event_id=event, amount="13.50")

    assert "sent before" in errors_of(response)["__all__"][0]
    assert balance(wallet) == 1250


def test_every_page_draws_an_event_of_its_own(managers_browser: Client, wallet: Wallet):
    page = action(wallet, "debit")
    assert drawn_on(managers_browser, page) != drawn_on(managers_browser, page)


def test_more_than_there_is_is_refused(managers_browser: Client, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 1000)

    response = send(managers_browser, wallet, "debit", amount="10.01")

    assert errors_of(response) == {"amount": ["Only $10.00 is available: nothing was moved."]}
    assert balance(wallet) == 1000


@pytest.mark.parametrize("verb", ["credit", "debit"])
def test_a_frozen_wallet_is_left_alone(managers_browser: Client, wallet: Wallet, give: Callable[..., Entry], verb: str):
    give(wallet, 5000)
    change_wallet(wallet=wallet, status="frozen")

    response = send(managers_browser, wallet, verb)

    assert "frozen" in errors_of(response)["__all__"][0]
    assert balance(wallet) == 5000


def test_an_end_in_the_past_is_refused(managers_browser: Client, wallet: Wallet):
    response = send(managers_browser, wallet, "credit", expires_at="2020-01-01T00:00")

    assert errors_of(response) == {"expires_at": ["This lies in the past."]}
    assert not Entry.objects.exists()


def test_an_account_changed_behind_our_back_moves_nothing(managers_browser: Client, wallet: Wallet):
    Account.objects.filter(pk=wallet.pk).update(balance=10**6)

    response = send(managers_browser, wallet, "debit")

    assert "An operator has to look" in errors_of(response)["__all__"][0]
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        *({"amount": amount} for amount in ("", "0", "-5", "1e3", "12.345", "1,250.00", "٣", "9" * 40, ".5", "5.", "nan")),
        *({"reason": reason} for reason in ("", " ", "x" * 256, "a\0b")),
        *({"kind": kind} for kind in ("debit", "withdrawal", "")),
        *({"order_id": number} for number in ("x", "-1", str(2**63))),
        *({"event_id": event} for event in ("", "x")),
        {"expires_at": "tomorrow"},
        {"reference": "x" * 256},
    ],
    ids=str,
)
def test_a_field_that_is_wrong_is_named_and_nothing_moves(managers_browser: Client, wallet: Wallet, wrong: dict[str, str]):
    response = send(managers_browser, wallet, "credit", **wrong)

    assert list(errors_of(response)) == list(wrong)
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("text", "decimals", "minor"),
    [("12.5", 2, 1250), ("12", 0, 12), ("0.001", 3, 1), ("10000000000000.00", 2, 10**15), (" 7 ", 2, 700)],
)
def test_major_units_are_read_exactly(text: str, decimals: int, minor: int):
    assert minor_units(text, Currency("XYZ", decimals, "Test", is_iso=False)) == minor


@pytest.mark.parametrize(("text", "code"), [("0.5", "JPY"), ("1.2345", "KWD"), ("10000000000000.01", "USD"), ("1.000", "USD")])
def test_what_the_currency_cannot_say_is_never_rounded(text: str, code: str):
    with pytest.raises(ValidationError):
        minor_units(text, currency(code))


def test_the_label_says_the_unit(managers_browser: Client, wallet: Wallet):
    assert "Amount in USD" in managers_browser.get(action(wallet, "credit")).content.decode()


def test_freezing_and_unfreezing_are_asked_and_logged(managers_browser: Client, manager: User, wallet: Wallet):
    managers_browser.get(action(wallet, "freeze"))
    assert not Account.objects.get(pk=wallet.pk).is_frozen

    managers_browser.post(action(wallet, "freeze"))
    assert Account.objects.get(pk=wallet.pk).is_frozen
    assert LogEntry.objects.get(user=manager).change_message == "status: frozen"

    managers_browser.post(action(wallet, "unfreeze"))
    assert not Account.objects.get(pk=wallet.pk).is_frozen


def test_terms_are_set_and_unset(managers_browser: Client, wallet: Wallet):
    sent = {"spending_limit": "50", "auto_reload_enabled": "on", "auto_reload_threshold": "0", "auto_reload_amount": "20.50"}
    assert managers_browser.post(action(wallet, "change_terms"), sent).status_code == 302
    wallet.refresh_from_db()
    assert (wallet.spending_limit, wallet.auto_reload_enabled) == (5000, True)
    assert (wallet.auto_reload_threshold, wallet.auto_reload_amount) == (0, 2050)
    assert 'value="50.00"' in managers_browser.get(action(wallet, "change_terms")).content.decode()

    managers_browser.post(action(wallet, "change_terms"), {**sent, "spending_limit": ""})
    wallet.refresh_from_db()
    assert (wallet.spending_limit, wallet.auto_reload_amount) == (None, 2050)


def test_half_an_auto_reload_is_refused(managers_browser: Client, wallet: Wallet):
    response = managers_browser.post(action(wallet, "change_terms"), {"auto_reload_enabled": "on", "auto_reload_amount": "5"})

    assert errors_of(response) == {"auto_reload_enabled": ["Auto-reload needs both of its amounts."]}
    wallet.refresh_from_db()
    assert not wallet.auto_reload_enabled


def test_a_wallet_is_opened_once_per_currency(managers_browser: Client, alice: User, wallet: Wallet):
    page = reverse("admin:wallets_wallet_add")

    assert managers_browser.post(page, {"user": alice.pk, "currency": "jpy"}).status_code == 302
    again = managers_browser.post(page, {"user": alice.pk, "currency": "JPY"})

    assert "already" in errors_of(again)["user"][0]
    assert sorted(Wallet.objects.filter(user=alice).values_list("currency_code", flat=True)) == ["JPY", "USD"]


@pytest.mark.parametrize(
    "wrong", [{"currency": "XXX"}, {"currency": ""}, {"user": "0"}, {"user": "alice"}, {"user": "9" * 30}, {"user": ""}], ids=str
)
def test_a_wallet_for_nobody_or_in_no_currency_is_refused(managers_browser: Client, alice: User, wrong: dict[str, str]):
    response = managers_browser.post(reverse("admin:wallets_wallet_add"), {"user": alice.pk, "currency": "JPY", **wrong})

    assert list(errors_of(response)) == list(wrong)
    assert Wallet.objects.count() == 1


@pytest.mark.parametrize("asked", ["{pk}", "{name}", "alice", "alice@example"])
def test_a_wallet_is_found_by_number_name_and_holder(managers_browser: Client, wallet: Wallet, bobs_wallet: Wallet, asked: str):
    term = asked.format(pk=wallet.pk, name=wallet.name)

    response = managers_browser.get(reverse("admin:wallets_wallet_changelist"), {"q": term})

    assert [found.pk for found in response.context["cl"].result_list] == [wallet.pk]


def test_the_page_shows_the_latest_entries(managers_browser: Client, wallet: Wallet, give: Callable[..., Entry]):
    entries = [give(wallet, 100 + step) for step in range(22)]

    text = managers_browser.get(reverse("admin:wallets_wallet_change", args=[wallet.pk])).content.decode()

    assert "+$1.21" in text
    assert "+$1.02" in text
    assert "+$1.01" not in text
    assert reverse("admin:ledger_entry_change", args=[entries[-1].pk]) in text


def test_only_the_button_that_makes_sense_is_there(managers_browser: Client, wallet: Wallet):
    page = reverse("admin:wallets_wallet_change", args=[wallet.pk])
    assert action(wallet, "freeze") in managers_browser.get(page).content.decode()
    assert action(wallet, "unfreeze") not in managers_browser.get(page).content.decode()

    change_wallet(wallet=wallet, status="frozen")

    assert action(wallet, "unfreeze") in managers_browser.get(page).content.decode()


@pytest.mark.parametrize("number", ["0", "x", "9" * 30])
def test_a_wallet_that_is_not_there_is_404(managers_browser: Client, number: str):
    assert managers_browser.get(f"/admin/wallets/wallet/{number}/credit/").status_code == 404


def test_the_ledger_verifies_after_all_of_it(managers_browser: Client, wallet: Wallet):
    send(managers_browser, wallet, "credit", amount="100", kind="bonus")
    send(managers_browser, wallet, "debit", amount="30")
    managers_browser.post(action(wallet, "freeze"))

    assert verify().findings == []


def test_a_wallet_in_a_unit_the_site_forgot_is_still_shown(managers_browser: Client, alice: User, settings: Any):
    settings.OWN_UNITS = ["PTS:Points:2"]
    managers_browser.post(reverse("admin:wallets_wallet_add"), {"user": alice.pk, "currency": "PTS"})
    settings.OWN_UNITS = []

    assert "0 minor units of PTS" in managers_browser.get(reverse("admin:wallets_wallet_changelist")).content.decode()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_double_click_posts_once(managers_browser: Client, manager: User, wallet: Wallet):
    event = drawn_on(managers_browser, action(wallet, "credit"))

    def click(_: int) -> int:
        try:
            return int(send(browser_of(manager), wallet, "credit", event_id=event).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(click, range(2))) == [302, 302]

    assert balance(wallet) == 1250
    assert Entry.objects.count() == 1
