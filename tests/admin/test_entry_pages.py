"""Giving an entry back, capturing and voiding a hold: buttons of the admin, each by the service."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ledger.holds import State, history_of
from ledger.kinds import Kind
from ledger.models import Account, Entry, Hold
from ledger.movements import Event
from ledger.verifying import verify
from people.models import User
from tests.conftest import PASSWORD, WHY
from wallets.approvals import approve_adjustment
from wallets.errors import OwnWallet
from wallets.holds import place_hold
from wallets.models import Adjustment, Wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(manager: User) -> Client:
    client = Client()
    assert client.login(username="manager", password=PASSWORD)
    return client


@pytest.fixture
def hold(wallet: Wallet, give: Callable[..., Entry]) -> Hold:
    give(wallet, 1000)
    soon = timedelta(minutes=15)
    entry = place_hold(wallet=wallet, amount=wallet.money(400), event=Event.once("test"), why=WHY, expires_in=soon)
    return Hold.objects.get(pk=entry.pk)


def send(client: Client, model: str, pk: int, action: str, **typed: Any) -> Any:
    """Open the page, fill in what is typed, and send it."""
    address = f"/admin/ledger/{model}/{pk}/{action}/"
    shown = client.get(address)
    assert shown.status_code == 200, shown.content
    fields = shown.context["form"]
    drawn = {name: fields.get_initial_for_field(field, name) for name, field in fields.fields.items()}
    data = {name: fields.fields[name].prepare_value(value) for name, value in drawn.items() if value is not None}
    return client.post(address, {**data, "reason": "A mistake", **typed})


def test_an_entry_is_given_back(page: Client, wallet: Wallet, give: Callable[..., Entry]):
    entry = give(wallet, 1000)
    assert b"Give back" in page.get(reverse("admin:ledger_entry_change", args=[entry.pk])).content
    response = send(page, "entry", entry.pk, "give-back", amount="3.00")

    back = Entry.objects.latest("id")
    assert response["Location"] == reverse("admin:ledger_entry_change", args=[back.pk])
    assert (back.kind, back.amount, back.of, back.reason) == (Kind.REVERSAL, -300, 1, "A mistake")
    assert b"Give back" not in page.get(reverse("admin:ledger_entry_change", args=[entry.pk])).content
    assert "given back before" in send(page, "entry", entry.pk, "give-back").content.decode()
    assert verify().findings == []


def test_a_page_sent_twice_gives_back_once(page: Client, wallet: Wallet, give: Callable[..., Entry]):
    entry = give(wallet, 1000)
    address = f"/admin/ledger/entry/{entry.pk}/give-back/"
    data = {"event_id": "550e8400-e29b-41d4-a716-446655440000", "amount": "2", "reason": "x"}
    locations = [page.post(address, data)["Location"] for _ in range(2)]

    assert locations[0] == locations[1]
    assert Entry.objects.filter(kind=Kind.REVERSAL).count() == 1


def test_above_the_limit_it_waits_for_a_second_manager(
    page: Client, manager: User, wallet: Wallet, give: Callable[..., Entry], site: Any
):
    site(approval_above={"*": 500})
    entry = give(wallet, 1000)
    response = send(page, "entry", entry.pk, "give-back")

    waiting = Adjustment.objects.get()
    assert response["Location"] == reverse("admin:wallets_adjustment_change", args=[waiting.pk])
    assert (waiting.kind, waiting.amount_minor, waiting.reverses) == (Kind.REVERSAL, -1000, entry)
    assert Account.objects.get(pk=wallet.pk).balance == 1000

    second = User.objects.create_superuser("second", "second@example.test", PASSWORD)
    approved = approve_adjustment(adjustment=waiting, by=second)
    assert approved.entry is not None
    assert (approved.entry.kind, approved.entry.of) == (Kind.REVERSAL, 1)
    assert Account.objects.get(pk=wallet.pk).balance == 0
    assert verify().findings == []


def test_what_nobody_could_ever_approve_does_not_wait(page: Client, wallet: Wallet, give: Callable[..., Entry], site: Any):
    site(approval_above={"*": 500})
    entry, topup = give(wallet, 1000), give(wallet, 1000, Kind.TOPUP)

    assert "At most $10.00" in send(page, "entry", entry.pk, "give-back", amount="10.01").content.decode()
    assert "is not given back this way" in send(page, "entry", topup.pk, "give-back").content.decode()
    assert not Adjustment.objects.exists()


def test_nobody_approves_giving_back_to_his_own_wallet(
    page: Client, manager: User, wallet: Wallet, alice: User, give: Callable[..., Entry], site: Any
):
    site(approval_above={"*": 500})
    send(page, "entry", give(wallet, 1000).pk, "give-back")
    alice.groups.set(manager.groups.all())

    with pytest.raises(OwnWallet):
        approve_adjustment(adjustment=Adjustment.objects.get(), by=alice)


@pytest.mark.parametrize("kind", [Kind.TOPUP])
def test_what_is_not_given_back_this_way_has_no_button(page: Client, wallet: Wallet, give: Callable[..., Entry], kind: Kind):
    entry = give(wallet, 1000, kind)

    assert b"Give back" not in page.get(reverse("admin:ledger_entry_change", args=[entry.pk])).content
    assert "is not given back this way" in send(page, "entry", entry.pk, "give-back").content.decode()
    assert Entry.objects.count() == 1


def test_a_hold_is_captured_in_part(page: Client, hold: Hold):
    assert b"Capture" in page.get(reverse("admin:ledger_hold_change", args=[hold.pk])).content
    send(page, "hold", hold.pk, "capture", amount="3")

    history = history_of(hold.pk)
    assert history.closed is not None
    assert (history.closed.kind, history.closed.amount, history.closed.held) == (Kind.CAPTURE, -300, 0)
    assert b"/capture/" not in page.get(reverse("admin:ledger_hold_change", args=[hold.pk])).content


def test_a_hold_is_voided(page: Client, hold: Hold):
    send(page, "hold", hold.pk, "void", reason="")

    history = history_of(hold.pk)
    assert history.closed is not None
    assert (history.state(history.closed.at), history.closed.reason) == (State.VOIDED, "test")
    assert "was captured or voided before" in send(page, "hold", hold.pk, "void").content.decode()


def test_a_hold_gives_no_more_than_it_holds(page: Client, hold: Hold):
    assert "Only $4.00 is held" in send(page, "hold", hold.pk, "capture", amount="4.01").content.decode()
    assert Hold.objects.get().is_live


def test_the_list_of_holds(page: Client, hold: Hold):
    listed = page.get(reverse("admin:ledger_hold_changelist")).content.decode()
    assert "$4.00" in listed
    assert "Active" in listed
    for state, count in (("live", 1), ("over", 0)):
        shown = page.get(reverse("admin:ledger_hold_changelist"), {"state": state})
        assert shown.context["cl"].result_count == count


def test_only_managers_act(hold: Hold, alice: User):
    alice.is_staff = True
    alice.save()
    client = Client()
    client.login(username="alice", password=PASSWORD)

    for address in (f"entry/{hold.pk}/give-back", f"hold/{hold.pk}/capture", f"hold/{hold.pk}/void"):
        assert client.post(f"/admin/ledger/{address}/", {"reason": "x"}).status_code == 403
    assert Hold.objects.get().is_live


def test_wallets_show_what_is_left_when_what_is_due_is_subtracted(page: Client, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 700)
    Account.objects.filter(pk=wallet.pk).update(due_at="2020-01-01T00:00:00Z", held=300)
    Hold.objects.create(id=1, account_id=wallet.pk, sequence=1, amount=300, ends="2020-01-01T00:00:00Z")
    for address in (reverse("admin:wallets_wallet_changelist"), reverse("admin:wallets_wallet_change", args=[wallet.pk])):
        shown = page.get(address).content.decode()
        assert "$4.00" not in shown
        assert "$7.00" in shown
