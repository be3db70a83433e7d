"""Refreshing the state: what is overwritten, opened, taken over, left alone and listed."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from federation import refreshing, remote, services
from federation.checking import check_connection
from federation.errors import (
    DifferenceSettled,
    NotMirrorable,
    PushUnknown,
    RefreshUnderWay,
    SiteInvalid,
    SiteNotReached,
    SiteSilent,
)
from federation.mirroring import Source, follow
from federation.models import Difference, ExternalWalletSite, Mirror, Refresh
from federation.newcomers import look_up_newcomers
from federation.refreshing import ask_refresh, run_refresh, run_refreshes
from federation.remote_wallets import RemoteWallet
from federation.services import refresh_wallet, settle_by_hand
from federation.settling import leave_apart, take_over
from federation.sites import change_site
from ledger.models import Account, Entry
from ledger.retry import in_transaction
from ledger.verifying import verify
from people.models import User
from tests.conftest import PASSWORD
from tests.federation import double
from tests.federation.conftest import NAME, here, take
from tests.federation.double import KEY, MainSite
from wallets.models import Wallet
from wallets.services import change_wallet, create_customer

pytestmark = pytest.mark.django_db

Site = Callable[..., None]


def refreshed(external: ExternalWalletSite) -> Refresh:
    done = run_refresh(ask_refresh(site=external, actor="test"))
    done.refresh_from_db()
    assert [*map(str, verify().findings)] == []
    return done


def customer(name: str) -> Wallet:
    return create_customer(email=f"{name}@example.test", password=PASSWORD, username=name)


def points_of(wallet: Wallet) -> int:
    return Account.objects.get(pk=wallet.pk).balance


@pytest.mark.parametrize("repeats", [False, True])
def test_all_wallets(
    external: ExternalWalletSite, main: MainSite, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, give: Any, *, repeats: bool
):
    """By pages of one of us, and by the one list of a plain plugin."""
    main.repeats = repeats
    ExternalWalletSite.objects.update(repeats_requests=repeats)
    monkeypatch.setattr(refreshing, "PAGE", 2)
    unmoved, moved, walletless = customer("unmoved"), customer("moved"), customer("walletless")
    give(moved, 700)
    Wallet.objects.filter(pk=walletless.pk).delete()
    Account.objects.filter(pk=walletless.pk).delete()
    main.wallets[NAME].update(points=55.5, status=0)
    main.has("a" * 32, 7, email="UNMOVED@example.test")
    main.has("b" * 32, "8.25", email="moved@example.test")
    main.has("c" * 32, "9", email="walletless@example.test")
    main.has("d" * 32, "9", email="nobody@example.test")

    done = refreshed(external)
    told = (done.error, done.seen, done.changed, done.opened, done.differing, done.left_alone)
    assert told == ("", 5, 1, 2, 1, 0)
    account = Account.objects.get(pk=mirror.pk)
    assert (account.balance, account.status) == (5_550, "mirrored_frozen")
    assert (points_of(unmoved), Wallet.objects.get(pk=unmoved.pk).name) == (700, "a" * 32)
    opened = Wallet.objects.get(user__username="walletless")
    assert (opened.name, points_of(opened), Account.objects.get(pk=opened.pk).is_mirror) == ("c" * 32, 900, True)
    difference = Difference.objects.get()
    assert (difference.kind, difference.wallet, points_of(moved)) == ("own_points", moved, 700)
    assert Entry.objects.filter(account=mirror.pk, kind="import", house="issued").count() == 2

    entries = Entry.objects.count()
    main.wallets[NAME].update(status=1)
    again = refreshed(external)
    assert (again.changed, again.opened, again.differing, Entry.objects.count()) == (1, 0, 1, entries)
    assert Account.objects.get(pk=mirror.pk).status == "mirrored"

    del main.wallets[NAME]
    assert refreshed(external).differing == 2
    assert Mirror.objects.get(pk=mirror.pk).difference == refreshing.MISSING


def test_the_operator_settles_a_difference(external: ExternalWalletSite, main: MainSite, manager: User, give: Any):
    first, second = customer("first"), customer("second")
    for wallet, name in ((first, "a" * 32), (second, "b" * 32)):
        give(wallet, 700)
        main.has(name, "5", email=wallet.user.email)
    refreshed(external)
    taken, left = Difference.objects.order_by("remote_name")
    take_over(difference_id=taken.pk, by=manager)
    in_transaction(lambda: leave_apart(difference_id=left.pk, by=manager))

    assert (points_of(first), points_of(second)) == (500, 700)
    assert Account.objects.get(pk=first.pk).is_mirror
    for difference in (taken, left):
        with pytest.raises(DifferenceSettled):
            take_over(difference_id=difference.pk, by=manager)
    main.wallets["a" * 32]["points"] = "6"
    done = refreshed(external)
    assert (done.changed, points_of(first), points_of(second)) == (1, 600, 700)
    assert Difference.objects.get(pk=left.pk).outcome == "left_apart"

    third = customer("third")
    give(third, 10)
    change_wallet(wallet=third, auto_reload_enabled=True, auto_reload_threshold=1, auto_reload_amount=1)
    main.has("c" * 32, "5", email=third.user.email)
    refreshed(external)
    with pytest.raises(NotMirrorable, match="auto-reload"):
        take_over(difference_id=Difference.objects.get(remote_name="c" * 32).pk, by=manager)
    assert points_of(third) == 10


def test_an_unsettled_withdrawal_and_old_answers_are_left_alone(
    external: ExternalWalletSite, main: MainSite, mirror: Mirror, manager: User
):
    """What the site said before a withdrawal was settled is old: it would give the points back."""
    before = Source("lookup:1", timezone.now())
    main.mood = double.done_and_cut
    with pytest.raises(PushUnknown):
        take(mirror)
    main.mood = None
    assert refreshed(external).left_alone == 1
    refresh_wallet(wallet=mirror.wallet)
    assert here(mirror) == (10_000, 1_000)
    push = mirror.pushes.get()
    in_transaction(lambda: settle_by_hand(push_id=push.pk, was_done=True, by=manager))

    old = RemoteWallet(NAME, 10_000, is_active=True)
    assert in_transaction(lambda: follow(wallet_id=mirror.pk, remote=old, source=before)).value == "left_alone"
    assert here(mirror) == (9_000, 0)
    main.wallets[NAME]["points"] = "91"
    refresh_wallet(wallet=mirror.wallet)
    assert here(mirror) == (9_100, 0)


ODD: dict[str, dict[str, Any]] = {
    "negative": {"points": -1},
    "more decimals": {"points": "1.001"},
    "no number": {"points": "1e3"},
    "true": {"points": True},
    "list": {"points": [1]},
    "far too much": {"points": 10**30},
    "rounded": {"points": "1.000000000000000000000000000000000000001"},
    "NUL": {"wallet_name": "a\0b"},
    "half a character": {"wallet_name": "a\ud800"},
    "digits": {"wallet_name": "123"},
    "empty": {"wallet_name": ""},
    "no name": {"wallet_name": None},
    "long": {"wallet_name": "x" * 65},
    "status": {"status": "maybe"},
}


def test_what_cannot_be_used_is_listed_and_changes_nothing(external: ExternalWalletSite, main: MainSite, mirror: Mirror):
    for name, odd in ODD.items():
        main.has(f"odd {name}", 5, email="alice@example.test")
        main.wallets[f"odd {name}"].update(odd)
    main.wallets[NAME].update(points="-3")
    main.wallets["null"] = None  # type: ignore[assignment]
    main.has("twice", 5, email="bob@example.test")
    main.wallets["again"] = {**main.wallets["twice"], "points": 6}
    entries = Entry.objects.count()

    done = refreshed(external)
    assert (done.error, done.differing) == ("", len(ODD) + 3)
    assert (here(mirror), Entry.objects.count()) == ((10_000, 0), entries)
    assert "negative" in Mirror.objects.get().difference
    assert set(Difference.objects.values_list("kind", flat=True)) == {"unusable"}
    assert "twice" in Difference.objects.get(remote_name="twice").note


def test_somebody_elses(external: ExternalWalletSite, main: MainSite, mirror: Mirror, bobs_wallet: Wallet):
    """The mirror's name with another user's e-mail; a second wallet of a holder; a name that a wallet here has."""
    main.wallets[NAME].update(points="1", user_email="bob@example.test")
    main.has("second", "2", email="alice@example.test")
    other = customer("other")
    main.has(bobs_wallet.name, "3", email="other@example.test")
    done = refreshed(external)
    assert (done.differing, here(mirror), points_of(other)) == (3, (10_000, 0), 0)
    assert "another user" in Mirror.objects.get().difference
    assert [row.note for row in Difference.objects.order_by("pk").filter(kind="taken")]


def test_a_run_that_was_killed_is_taken_up(
    external: ExternalWalletSite, main: MainSite, monkeypatch: pytest.MonkeyPatch, site: Site
):
    """Its cursor and figures are committed with each batch; one run of a site at a time."""
    monkeypatch.setattr(refreshing, "PAGE", 2)
    people = [customer(f"person{number}") for number in range(5)]
    for number, wallet in enumerate(people):
        main.has(f"name{number}" + "x" * 20, number + 1, email=wallet.user.email)
    refresh = ask_refresh(site=external, actor="test")

    def die(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_refresh(refresh, die)
    refresh.refresh_from_db()
    assert (refresh.seen, refresh.opened, refresh.finished_at) == (2, 2, None)
    with pytest.raises(RefreshUnderWay):
        ask_refresh(site=external, actor="test")
    with pytest.raises(CommandError, match="already"):
        call_command("refresh_external_wallets")
    assert run_refreshes() == 0, "whoever works on it may live"

    Refresh.objects.update(alive_until=timezone.now() - timedelta(seconds=1))
    said = StringIO()
    call_command("refresh_external_wallets", stdout=said)
    refresh.refresh_from_db()
    assert (refresh.seen, refresh.opened, refresh.error) == (5, 5, "")
    assert "5 wallets, 0 changed, 5 new here" in said.getvalue()
    assert [points_of(wallet) for wallet in people] == [100, 200, 300, 400, 500]
    assert [*map(str, verify().findings)] == []


def test_by_schedule(external: ExternalWalletSite, main: MainSite, mirror: Mirror, site: Site):
    assert run_refreshes() == 0
    site(external_refresh="12_hours")
    assert (run_refreshes(), run_refreshes()) == (1, 0)
    Refresh.objects.update(started_at=timezone.now() - timedelta(hours=13))
    main.mood = double.says(b"", 500)
    assert run_refreshes() == 1
    assert "500" in Refresh.objects.latest("pk").error
    site(external_wallets_enabled=False)
    assert run_refreshes() == 0


def test_newcomers_are_looked_up_by_a_job(external: ExternalWalletSite, main: MainSite, site: Site):
    main.has("a" * 32, "12", email="new@example.test")
    new, other = customer("new"), customer("other")
    assert not main.calls
    User.objects.update(date_joined=timezone.now() - timedelta(minutes=1))
    main.mood = double.says(b"", 500)
    assert look_up_newcomers() == 0
    main.mood = None
    assert (look_up_newcomers(), look_up_newcomers()) == (2, 0)
    assert (points_of(new), points_of(other)) == (1_200, 0)
    assert not Account.objects.get(pk=other.pk).is_mirror
    assert [*map(str, verify().findings)] == []


def test_check_connection_says_what_is_wrong(external: ExternalWalletSite, main: MainSite, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(remote, "LIST_SECONDS", 2.0)
    monkeypatch.setattr(remote, "LIST_BYTES_MAX", 1_000_000)

    def checked(mood: Any = None) -> str:
        main.mood = mood
        outcome = check_connection(external)
        external.refresh_from_db()
        assert (external.check_outcome, external.checked_at is not None) == (outcome, True)
        return outcome

    assert "fine" in checked()
    assert "plain" in checked()
    main.repeats = True
    assert "one of ours" in checked()
    assert external.repeats_requests
    assert "External API gateway is closed" in checked(double.says(double.no("External API gateway is closed")))
    assert "not JSON" in checked(double.says(b"<html>"))
    assert "not that of cmmpexapi" in checked(double.says(b'{"code":"rest_no_route"}'))
    assert "status 404" in checked(double.says(b"{}", 404))
    assert "leads elsewhere" in checked(double.says(b"", 301, Location="/"))
    assert "its wallets" in checked(double.says(double.yes({})))
    assert "longer than" in checked(double.endless)
    in_transaction(lambda: change_site(site_id=external.pk, key="wrong"))
    external.refresh_from_db()
    assert "Secure key is invalid" in checked()
    main.stop()
    assert "refused" in check_connection(external)
    with pytest.raises(SiteNotReached):
        remote.ask(external, "get_wallets")


def test_the_key_is_told_nobody(
    external: ExternalWalletSite, main: MainSite, mirror: Mirror, caplog: pytest.LogCaptureFixture, manager: User, client: Client
):
    """Not in what failures say, in logs, in the audit trail, on pages."""
    caplog.set_level("DEBUG")
    for mood in (None, double.done_and_cut, double.says(b"x", 302, Location=f"/{KEY}")):
        main.mood = mood
        check_connection(external)
    main.stop()
    with pytest.raises(SiteSilent) as failure:
        remote.ask(external, "get_wallets")
    client.force_login(manager)
    page = client.get(reverse("admin:federation_externalwalletsite_change", args=[external.pk]))
    edit = client.get(reverse("admin:federation_externalwalletsite_edit", args=[external.pk]))
    assert (page.status_code, edit.status_code) == (200, 200)
    external.refresh_from_db()
    said = [str(failure.value), repr(failure.value.__cause__), page.content.decode(), edit.content.decode(), str(vars(external))]
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert KEY not in "\n".join([*said, logged])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "ftp://x"),
        ("url", "http://10.0.0.1"),
        ("url", "http://a:b@x.example"),
        ("url", "http://x.example/?a"),
        ("key", "a b"),
    ],
)
def test_what_is_no_site(external: ExternalWalletSite, field: str, value: str):
    with pytest.raises(SiteInvalid) as refused:
        change: dict[str, Any] = {field: value}
        in_transaction(lambda: change_site(site_id=external.pk, **change))
    assert refused.value.field == field


def test_what_is_silent_about_one_wallet(external: ExternalWalletSite, main: MainSite, mirror: Mirror):
    for mood in (double.says(b"", 500), double.says(double.yes([])), double.says(double.yes({"wallet_name": "x", "points": 1}))):
        main.mood = mood
        with pytest.raises(SiteSilent):
            refresh_wallet(wallet=mirror.wallet)
    assert here(mirror) == (10_000, 0)
    assert services.settle_pushes() == 0
