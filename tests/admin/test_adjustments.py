"""Four eyes on the screen: what waits, who may decide, and what everybody is told."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from audit.models import Act
from ledger.models import Account, Entry
from people.models import User
from people.rights import SHOP_MANAGER
from tests.admin.conftest import browser_of, errors_of
from tests.admin.test_wallets import action, drawn_on, send
from tests.conftest import PASSWORD
from wallet_service.admin_navigation import figures
from wallets.models import Adjustment, Wallet
from wallets.services import open_wallet

LIST = "/admin/wallets/adjustment/"
VERBS = ("approve", "reject", "withdraw")


@pytest.fixture(autouse=True)
def _limit(site: Any) -> None:
    site(approval_above={"*": 100_00})


@pytest.fixture
def second(db: None) -> User:
    """Another shop manager."""
    user = User.objects.create_user("second", "second@example.test", PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=SHOP_MANAGER))
    return user


@pytest.fixture
def seconds_browser(second: User) -> Client:
    return browser_of(second)


@pytest.fixture
def waiting(managers_browser: Client, wallet: Wallet) -> Adjustment:
    """A credit of $100.01 that the manager asked for."""
    assert send(managers_browser, wallet, "credit", amount="100.01", note="call 7").status_code == 302
    return Adjustment.objects.get()


def page_of(adjustment: Adjustment) -> str:
    return f"{LIST}{adjustment.pk}/change/"


def verb_page(adjustment: Adjustment, verb: str) -> str:
    return reverse(f"admin:wallets_adjustment_{verb}", args=[adjustment.pk])


def buttons(client: Client, adjustment: Adjustment) -> set[str]:
    text = client.get(page_of(adjustment)).content.decode()
    return {verb for verb in VERBS if f'"{verb_page(adjustment, verb)}"' in text}


def balance(wallet: Wallet) -> int:
    return Account.objects.get(pk=wallet.pk).balance


def kept_refusals() -> list[str]:
    return list(Act.objects.filter(act="approval.refused").order_by("pk").values_list("facts", flat=True))


def test_up_to_the_limit_is_posted_at_once(managers_browser: Client, wallet: Wallet):
    assert send(managers_browser, wallet, "credit", amount="100.00").status_code == 302

    assert balance(wallet) == 100_00
    assert not Adjustment.objects.exists()


@pytest.mark.parametrize("verb", ["credit", "debit"])
def test_above_it_nothing_moves_and_the_page_of_what_waits_comes(managers_browser: Client, wallet: Wallet, verb: str):
    response = send(managers_browser, wallet, verb, amount="100.01")

    adjustment = Adjustment.objects.get()
    assert response["Location"] == page_of(adjustment)
    assert "nothing was moved yet. It waits" in managers_browser.get(page_of(adjustment)).content.decode()
    assert adjustment.amount_minor == (100_01 if verb == "credit" else -100_01)
    assert not Entry.objects.exists()
    assert Act.objects.filter(act="approval.asked", subject=f"wallet:{wallet.pk}").count() == 1


def test_a_page_sent_twice_waits_once(managers_browser: Client, wallet: Wallet):
    event = drawn_on(managers_browser, action(wallet, "credit"))

    answers = [send(managers_browser, wallet, "credit", amount="200", event_id=event) for _ in range(2)]

    assert {answer["Location"] for answer in answers} == {page_of(Adjustment.objects.get())}


def test_a_page_sent_again_with_less_is_refused(managers_browser: Client, wallet: Wallet):
    event = drawn_on(managers_browser, action(wallet, "credit"))
    send(managers_browser, wallet, "credit", amount="200", event_id=event)

    response = send(managers_browser, wallet, "credit", amount="50", event_id=event)

    assert "sent before" in errors_of(response)["__all__"][0]
    assert balance(wallet) == 0


def test_the_pages_say_so_before(managers_browser: Client, wallet: Wallet, waiting: Adjustment, site: Any):
    for verb in ("credit", "debit"):
        text = managers_browser.get(action(wallet, verb)).content.decode()
        assert "Above $100.00" in text
        assert f"{LIST}?wallet__exact={wallet.pk}" in text
    assert managers_browser.get(f"{LIST}?wallet__exact={wallet.pk}&status__exact=pending").status_code == 200

    site(approval_above={})
    assert "second manager" not in managers_browser.get(action(wallet, "credit")).content.decode()


def test_a_second_manager_approves(seconds_browser: Client, second: User, waiting: Adjustment, wallet: Wallet):
    asked = seconds_browser.get(verb_page(waiting, "approve"))
    assert all(fact in asked.content.decode() for fact in ("+$100.01", "manager", "Sorry", "call 7"))
    assert balance(wallet) == 0

    assert seconds_browser.post(verb_page(waiting, "approve"), {"note": "heard it"}).status_code == 302

    assert balance(wallet) == 100_01
    text = seconds_browser.get(page_of(waiting)).content.decode()
    entry = Entry.objects.get()
    assert all(fact in text for fact in ("approved", "heard it", reverse("admin:ledger_entry_change", args=[entry.pk])))
    assert buttons(seconds_browser, waiting) == set()


def test_a_second_manager_rejects(seconds_browser: Client, waiting: Adjustment, wallet: Wallet):
    seconds_browser.post(verb_page(waiting, "reject"), {"note": "no such call"})

    waiting.refresh_from_db()
    assert (waiting.status, waiting.decision_note) == ("rejected", "no such call")
    assert balance(wallet) == 0


def test_sent_twice_it_is_done_once(seconds_browser: Client, waiting: Adjustment, wallet: Wallet):
    for _ in range(2):
        assert seconds_browser.post(verb_page(waiting, "approve")).status_code == 302

    assert balance(wallet) == 100_01


def test_who_asked_has_no_button_and_is_refused(managers_browser: Client, manager: User, waiting: Adjustment, wallet: Wallet):
    assert buttons(managers_browser, waiting) == {"withdraw"}

    for verb in ("approve", "reject"):
        response = managers_browser.post(verb_page(waiting, verb))
        assert errors_of(response)["__all__"] == ["You asked for this yourself: another manager has to decide."]

    waiting.refresh_from_db()
    assert waiting.is_pending
    assert balance(wallet) == 0
    assert ["own request" in facts for facts in kept_refusals()] == [True, True]
    assert {act.actor for act in Act.objects.filter(act="approval.refused")} == {f"user:{manager.pk} admin"}


def test_a_superuser_is_two_eyes_as_well(boss_browser: Client, wallet: Wallet):
    send(boss_browser, wallet, "credit", amount="500")
    waiting = Adjustment.objects.get()

    assert buttons(boss_browser, waiting) == {"withdraw"}
    assert "yourself" in errors_of(boss_browser.post(verb_page(waiting, "approve")))["__all__"][0]
    assert balance(wallet) == 0


def test_the_holder_has_no_button_and_is_refused(managers_browser: Client, seconds_browser: Client, second: User):
    own = open_wallet(user=second)
    send(managers_browser, own, "credit", amount="500")
    waiting = Adjustment.objects.get()

    assert buttons(seconds_browser, waiting) == set()
    for verb in ("approve", "reject"):
        assert "your own" in errors_of(seconds_browser.post(verb_page(waiting, verb)))["__all__"][0]

    assert balance(own) == 0
    assert ["own wallet" in facts for facts in kept_refusals()] == [True, True]


def test_nobody_asks_for_his_own_wallet(seconds_browser: Client, second: User):
    own = open_wallet(user=second)

    response = send(seconds_browser, own, "credit", amount="500")

    assert "your own" in errors_of(response)["__all__"][0]
    assert not Adjustment.objects.exists()
    assert len(kept_refusals()) == 1


def test_who_asked_takes_it_back(managers_browser: Client, seconds_browser: Client, waiting: Adjustment):
    assert buttons(seconds_browser, waiting) == {"approve", "reject"}
    assert managers_browser.post(verb_page(waiting, "withdraw")).status_code == 302

    response = seconds_browser.post(verb_page(waiting, "approve"))

    assert errors_of(response)["__all__"] == ["It is withdrawn already: nothing was changed now."]


def test_what_the_wallet_cannot_pay_goes_on_waiting_and_says_why(
    managers_browser: Client, seconds_browser: Client, wallet: Wallet, give: Callable[..., Entry]
):
    give(wallet, 1000)
    send(managers_browser, wallet, "debit", amount="200")
    waiting = Adjustment.objects.get()

    response = seconds_browser.post(verb_page(waiting, "approve"))

    assert errors_of(response)["__all__"] == ["Only $10.00 is available: nothing was moved."]
    waiting.refresh_from_db()
    assert waiting.is_pending


@pytest.mark.parametrize("verb", VERBS)
def test_staff_without_the_right_decides_nothing(clerks_browser: Client, waiting: Adjustment, verb: str):
    assert clerks_browser.post(verb_page(waiting, verb)).status_code == 403

    waiting.refresh_from_db()
    assert waiting.is_pending


def test_a_note_that_is_too_long_is_named(seconds_browser: Client, waiting: Adjustment, wallet: Wallet):
    assert list(errors_of(seconds_browser.post(verb_page(waiting, "approve"), {"note": "x" * 2001}))) == ["note"]
    assert balance(wallet) == 0


def test_one_that_is_not_there_is_404(managers_browser: Client):
    assert managers_browser.post(f"{LIST}{10**9}/approve/").status_code == 404


def test_what_waits_comes_first(managers_browser: Client, seconds_browser: Client, wallet: Wallet, waiting: Adjustment):
    for _ in range(2):
        send(managers_browser, wallet, "credit", amount="300", event_id=str(uuid4()))
    last = Adjustment.objects.order_by("pk").last()
    assert last is not None
    seconds_browser.post(verb_page(last, "reject"))

    rows = seconds_browser.get(LIST).context["cl"].result_list

    assert [row.pk for row in rows] == [last.pk - 1, waiting.pk, last.pk]


@pytest.mark.parametrize("term", ["alice", "manager", "{wallet}"])
def test_it_is_found(managers_browser: Client, waiting: Adjustment, wallet: Wallet, term: str):
    found = managers_browser.get(LIST, {"q": term.format(wallet=wallet.pk)}).context["cl"].result_list

    assert list(found) == [waiting]


def test_the_overview_says_how_many_wait(managers_browser: Client, waiting: Adjustment):
    assert ">1</a>" in str(dict(figures())["Waiting for approval"])
    assert f"{LIST}?status__exact=pending" in managers_browser.get("/admin/").content.decode()
