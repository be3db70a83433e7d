"""Wallets in which something is under way: they become no mirror until it is settled; what comes later waits for a person."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from standardwebhooks.webhooks import Webhook

from audit.models import Act
from federation import mirroring, settling
from federation.errors import NotMirrorable
from federation.models import Difference, ExternalWalletSite, Mirror
from federation.refreshing import ask_refresh, run_refresh
from federation.settling import take_over
from ledger.errors import AccountMirrored
from ledger.holds import history_of
from ledger.models import Account, Alarm
from ledger.movements import Event
from ledger.retry import in_transaction
from ledger.verifying import verify
from payments.by_hand import fail_by_hand
from payments.models import TakeBack, Topup
from payments.port import NoticeKind, ProviderNotice
from payments.receiving import take_notice
from people.models import User
from points.importing.applying import apply_import
from points.importing.running import advance
from points.importing.services import start_import
from points.importing.staging import stage_import
from refunds.services import ask_refund, reject_refund
from tests.conftest import WHY
from tests.federation.double import MainSite
from tests.payments.conftest import started
from tests.withdrawals.conftest import asked as withdrawn
from wallets.approvals import ask_adjustment, withdraw_adjustment
from wallets.holds import place_hold, void_hold
from wallets.models import Adjustment, Wallet
from wallets.services import change_wallet
from withdrawals.services import approve_withdrawal, mark_failed, reject_withdrawal

pytestmark = pytest.mark.django_db

THERE = "c" * 32
SECRET = "whsec_" + "c2VjcmV0" * 5
End = Callable[[], Any]


@pytest.fixture
def browser(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


@pytest.fixture
def theirs(external: ExternalWalletSite, main: MainSite, bobs_wallet: Wallet, site: Callable[..., None]) -> Wallet:
    """Bob's wallet, empty; he has 5.00 at the main site."""
    main.has(THERE, "5", email="bob@example.test")
    site(withdrawals_enabled=True, withdrawal_min=1, refund_requests_enabled=True)
    return bobs_wallet


def refreshed(external: ExternalWalletSite) -> Difference | None:
    """What a refresh lists of it; nothing where it mirrors by now."""
    assert run_refresh(ask_refresh(site=external, actor="test")).error == ""
    assert [*map(str, verify().findings)] == []
    return Difference.objects.filter(outcome="").first()


def topup(wallet: Wallet, manager: User) -> End:
    waits = started(wallet)
    return lambda: fail_by_hand(topup_id=waits.pk, by=None)


def paid_otherwise(wallet: Wallet, manager: User) -> End:
    looked_at = started(wallet)
    told(looked_at, 4_999)
    return lambda: fail_by_hand(topup_id=looked_at.pk, by=None)


def withdrawal(wallet: Wallet, manager: User) -> End:
    waits = withdrawn(wallet, 100)
    return lambda: reject_withdrawal(withdrawal_id=waits.pk, by=manager, actor="test")


def approved(wallet: Wallet, manager: User) -> End:
    number = withdrawn(wallet, 100).pk
    approve_withdrawal(withdrawal_id=number, by=manager, actor="test")
    return lambda: mark_failed(withdrawal_id=number, by=manager, actor="test")


def adjustment(wallet: Wallet, manager: User) -> End:
    wish = Adjustment(wallet=wallet, kind="credit", amount_minor=100, reason="Sorry", asked_by=manager)
    waits = ask_adjustment(adjustment=wish)
    return lambda: withdraw_adjustment(adjustment=waits, by=manager)


def refund(wallet: Wallet, manager: User) -> End:
    waits = ask_refund(wallet=wallet, order_id=7, amount=wallet.money(5), reason="Broken", event=Event.once("test"))
    return lambda: reject_refund(request_id=waits.pk, by=manager, event=Event.once("test"))


def import_line(wallet: Wallet, manager: User) -> End:
    checked = advance(stage_import(file=BytesIO(b"bob@example.test,1"), mode="grant").pk)
    start_import(number=checked.pk)
    return lambda: apply_import(checked.pk)


def hold(wallet: Wallet, manager: User) -> End:
    lasting = timedelta(minutes=1)
    placed = place_hold(wallet=wallet, amount=wallet.money(1), expires_in=lasting, event=Event.once("test"), why=WHY)
    return lambda: void_hold(hold=history_of(placed.pk).hold, event=Event.once("test"), why=WHY)


UNDER_WAY = {
    "a top-up of it is not settled": (topup, paid_otherwise),
    "a withdrawal of it is neither paid out nor given back": (withdrawal, approved),
    "an adjustment of it waits for a second manager": (adjustment,),
    "a refund to it is asked for": (refund,),
    "an import that is running has a line of it": (import_line,),
    "points are set aside by a hold": (hold,),
}


@pytest.mark.parametrize(
    ("begin", "why"),
    [pytest.param(begin, why, id=begin.__name__) for why, makers in UNDER_WAY.items() for begin in makers],
)
def test_what_is_under_way_comes_first(
    theirs: Wallet, external: ExternalWalletSite, manager: User, give: Callable[..., Any], begin: Callable[..., End], why: str
):
    """By hand and by itself: it is listed with the reason, nothing moves, and when it is over the wallet may follow."""
    give(theirs, 1_000)
    end = begin(theirs, manager)
    before = Account.objects.get(pk=theirs.pk)
    listed = refreshed(external)
    assert listed is not None
    assert (listed.kind, why in listed.note) == ("own_points", True)
    with pytest.raises(NotMirrorable, match=why):
        take_over(difference_id=listed.pk, by=manager)
    account = Account.objects.get(pk=theirs.pk)
    assert (account.status, account.sequence) == ("active", before.sequence)

    in_transaction(end)
    assert "take it over" in refreshed(external).note  # type: ignore[union-attr]
    take_over(difference_id=listed.pk, by=manager)
    assert (Account.objects.get(pk=theirs.pk).balance, refreshed(external)) == (500, None)


@pytest.mark.parametrize("begin", [topup, adjustment, refund])
def test_so_it_does_in_a_wallet_that_never_moved(
    theirs: Wallet, external: ExternalWalletSite, manager: User, begin: Callable[..., End]
):
    end = begin(theirs, manager)
    listed = refreshed(external)
    assert listed is not None
    assert (listed.kind, Mirror.objects.exists()) == ("taken", False)
    assert listed.note in UNDER_WAY
    in_transaction(end)
    assert (refreshed(external), Account.objects.get(pk=theirs.pk).balance) == (None, 500)


def told(topup: Topup, minor: int, kind: NoticeKind = NoticeKind.PAID, number: str = "n1", **extra: Any) -> str:
    amount = topup.wallet.money(minor)
    notice = ProviderNotice(id=number, kind=kind, topup_id=topup.pk, reference="p1", amount=amount, **extra)
    return in_transaction(lambda: take_notice(provider="manual", notice=notice))


def posted(topup: Topup, number: str, **said: Any) -> tuple[int, str]:
    """What the webhook answers a notice of the shop's till."""
    body = json.dumps({"id": number, "topup_id": str(topup.pk), "amount": "5000", "currency": "USD", "payment": "p1", **said})
    now = datetime.now(UTC)
    signature = Webhook(SECRET).sign(number, now, body)
    named = {"webhook-id": number, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    answer = Client().post("/payments/notices/manual/", data=body, content_type="application/json", headers=named)
    return answer.status_code, json.loads(answer.content).get("outcome", "")


def test_what_is_paid_or_goes_back_behind_it_waits_for_a_person(
    theirs: Wallet, external: ExternalWalletSite, manager: User, browser: Client, settings: Any
):
    """The provider is told 200 once and for all; confirming is refused in words, and giving back elsewhere ends it."""
    settings.PAYMENT_NOTICE_SECRET = SECRET
    early, late = started(theirs), started(theirs)
    assert told(early, 5_000) == "completed"
    in_transaction(lambda: fail_by_hand(topup_id=late.pk, by=None))
    listed = refreshed(external)
    assert listed is not None
    take_over(difference_id=listed.pk, by=manager)

    assert [posted(late, number, type="topup.paid") for number in ("n2", "n2", "n3")] == [(200, "review")] * 3
    late.refresh_from_db()
    assert (late.status, late.failure, Alarm.objects.open().filter(name="topup_review").count()) == ("review", "mirrored", 1)
    confirm = reverse("admin:payments_topup_confirm", args=[late.pk])
    assert b"lie at another site: nothing was moved here" in browser.post(confirm, {"amount": "50.00"}).content
    assert browser.post(reverse("admin:payments_topup_fail", args=[late.pk])).status_code == 302
    assert not Alarm.objects.open().filter(name="topup_review").exists()

    back = [posted(early, number, type="topup.taken_back", case="d1") for number in ("n4", "n4", "n5")]
    assert back == [(200, "mirrored")] * 3
    assert (TakeBack.objects.get().reason, Alarm.objects.open().filter(name="take_back_unbooked").count()) == ("mirrored", 1)
    assert Account.objects.get(pk=theirs.pk).balance == 500
    assert [*map(str, verify().findings)] == []


def test_points_that_came_since_they_were_shown_are_not_given_up(
    theirs: Wallet, external: ExternalWalletSite, manager: User, browser: Client, give: Callable[..., Any]
):
    give(theirs, 700)
    listed = refreshed(external)
    assert listed is not None
    page = reverse("admin:federation_difference_take_over", args=[listed.pk])
    assert b'name="seen_minor" value="700"' in browser.get(page).content
    give(theirs, 5_000)
    assert b"have changed since they were shown" in browser.post(page, {"seen_minor": "700"}).content
    assert Account.objects.get(pk=theirs.pk).balance == 5_700
    assert browser.post(page, {"seen_minor": "5700"}).status_code == 302
    assert Account.objects.get(pk=theirs.pk).balance == 500


def test_a_freeze_that_the_main_site_lifts_is_told(theirs: Wallet, external: ExternalWalletSite):
    change_wallet(wallet=theirs, status="frozen")
    assert refreshed(external) is None
    acts = Act.objects.filter(subject=f"wallet:{theirs.pk}").order_by("pk").values_list("act", flat=True)
    assert list(acts)[-4:] == ["wallet.frozen", "wallet.terms_changed", "wallet.unfrozen", "wallet.mirrored"]


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_comes_while_it_is_taken_over_finds_a_mirror(
    theirs: Wallet, external: ExternalWalletSite, manager: User, give: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    """A withdrawal and a top-up's notice that come behind the look wait for it: one is refused, the other is a person's."""
    give(theirs, 700)
    listed = refreshed(external)
    assert listed is not None
    look, late = mirroring.obstacles_to, []
    others = [
        threading.Thread(target=lambda: late.append(outcome(lambda: in_transaction(lambda: withdrawn(theirs, 100))))),
        threading.Thread(target=lambda: late.append(outcome(lambda: told(started(theirs), 5_000)))),
    ]

    def looking(*asked: Any) -> Any:
        found = look(*asked)
        for other in others:
            other.start()
        waiting(2)
        return found

    monkeypatch.setattr(mirroring, "obstacles_to", looking)
    settling.take_over(difference_id=listed.pk, by=manager)
    for other in others:
        other.join()
    assert sorted(map(str, late), key=len) == ["review", str(AccountMirrored(theirs.pk))]
    assert Account.objects.get(pk=theirs.pk).balance == 500
    assert [*map(str, verify().findings)] == []


def outcome(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as failure:
        return failure
    finally:
        connections.close_all()


def waiting(count: int) -> None:
    """Until so many wait for a lock, or have had time enough to go without one."""
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= count:
                return
        time.sleep(0.02)
