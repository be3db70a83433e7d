"""Refreshing the state: what is overwritten, opened, taken over, left alone and listed."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from federation import listing, refreshing, remote, services
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
from federation.listing import batches_of
from federation.management.commands import refresh_external_wallets
from federation.mirroring import Source, follow
from federation.models import Difference, ExternalWalletSite, Mirror, Refresh
from federation.newcomers import look_up_newcomers
from federation.refreshing import ask_refresh, run_refresh, run_refreshes
from federation.remote_wallets import RemoteWallet
from federation.services import refresh_wallet, settle_by_hand
from federation.settling import leave_apart, take_over
from federation.sites import change_site
from ledger import outbound
from ledger.models import Account, Entry
from ledger.movements import Event
from ledger.retry import in_transaction
from ledger.verifying import verify
from people.models import User
from tests.conftest import PASSWORD, WHY
from tests.federation import double
from tests.federation.conftest import NAME, here, take
from tests.federation.double import KEY, MainSite
from wallet_service.stopping import Interrupted
from wallets.models import Wallet
from wallets.services import change_wallet, create_customer, credit, open_wallet

pytestmark = pytest.mark.django_db

Site = Callable[..., None]
GATEWAYS_NO = ("Secure key is invalid", "External API gateway is closed", "Please provide a secure key")


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
    monkeypatch.setattr(listing, "PAGE", 2)
    unmoved, moved, walletless = customer("unmoved"), customer("moved"), customer("walletless")
    give(moved, 700)
    Wallet.objects.filter(pk=walletless.pk).delete()
    Account.objects.filter(pk=walletless.pk).delete()
    main.wallets[NAME].update(points=55.5, status=0)
    main.has("a" * 32, 7, email="UNMOVED@example.test")
    main.has("b" * 32, "8.25", email="moved@example.test")
    main.has("c" * 32, "9", email="walletless@example.test")
    main.has("d" * 32, "9", email="nobody@example.test")
    # Of one who was erased there, as another was here.
    main.has("e" * 32, "9", email="")
    User.objects.create_user("erased-1", is_active=False)

    done = refreshed(external)
    told = (done.error, done.seen, done.changed, done.opened, done.differing, done.left_alone)
    assert told == ("", 6, 1, 2, 1, 0)
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
    monkeypatch.setattr(listing, "PAGE", 2)
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
    assert refresh.alive_until <= timezone.now(), "who could still say so has given it back"
    # As SIGKILL leaves it.
    Refresh.objects.update(alive_until=timezone.now() + refreshing.ALIVE)
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


@pytest.mark.parametrize("is_paged", [False, True])
def test_as_many_statements_for_many_wallets_as_for_few(external: ExternalWalletSite, main: MainSite, is_paged: bool):
    """Opened, taken over, listed, changed, the same: sixty cost what six do, but for what goes out in one round trip."""
    ExternalWalletSite.objects.update(repeats_requests=is_paged)
    main.repeats = is_paged
    counts = []
    for count in (6, 54):
        for number in range(len(main.wallets), len(main.wallets) + count):
            user = User.objects.create_user(f"user{number}", f"user{number}@example.test")
            if number % 3:
                own = open_wallet(user=user)
                if number % 3 == 2:
                    credit(wallet=own, amount=own.money(number), event=Event.once("test"), why=WHY)
            main.has(f"wallet {number}", number + 1, email=user.email)
        counts.append([statements(external), statements(external)])
        for row in main.wallets.values():
            row.update(points=row["points"] + 1, status=1 - row["status"])
        counts[-1].append(statements(external))
    assert (Mirror.objects.count(), Difference.objects.count()) == (40, 20)
    few, many = counts
    assert all(later <= earlier + 2 for earlier, later in zip(few, many, strict=True)), counts
    assert max(many) < 90, counts


def statements(external: ExternalWalletSite) -> int:
    refresh = ask_refresh(site=external, actor="test")
    with CaptureQueriesContext(connection) as queries:
        assert run_refresh(refresh).error == ""
    return len(queries)


@pytest.mark.parametrize("is_paged", [False, True])
def test_who_is_asked_to_stop_gives_the_run_back_at_once(
    external: ExternalWalletSite, main: MainSite, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, is_paged: bool
):
    """While a list comes, whose bytes are told, and between two batches."""
    monkeypatch.setattr(outbound, "WATCH_SECONDS", 0.02)
    told: list[int] = []

    def stop(count: int) -> None:
        if any(told) or count:
            raise Interrupted

    ExternalWalletSite.objects.update(repeats_requests=is_paged)
    main.repeats, main.mood = is_paged, None if is_paged else slowly
    refresh = ask_refresh(site=external, actor="test")
    with pytest.raises(Interrupted):
        run_refresh(refresh, stop, told.append)
    refresh.refresh_from_db()
    assert (refresh.error, refresh.finished_at, refresh.seen) == ("interrupted", None, int(is_paged))
    assert (refresh.bytes_read > 0) == any(told) == (not is_paged)
    main.mood = None
    assert run_refreshes() == 1, "no lease is waited for"
    refresh.refresh_from_db()
    assert (refresh.error, refresh.seen, refresh.finished_at is not None) == ("", 1, True)


def slowly(handler: Any, work: Callable[[], bytes]) -> None:
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        for _ in range(100):
            handler.wfile.write(b" " * outbound.PART_BYTES)
            time.sleep(0.02)
        handler.wfile.write(work())


def test_who_was_held_up_too_long_books_no_more(
    external: ExternalWalletSite, main: MainSite, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
):
    """Another one has the run by then, and his lease stays his."""
    monkeypatch.setattr(listing, "PAGE", 1)
    refresh = ask_refresh(site=external, actor="test")
    until = timezone.now() + timedelta(minutes=9)

    def overtake(count: int) -> None:
        Refresh.objects.update(alive_until=until)

    main.has("x" * 32, "1", email="nobody@example.test")
    with pytest.raises(RefreshUnderWay):
        run_refresh(refresh, overtake)
    refresh.refresh_from_db()
    assert (refresh.seen, refresh.alive_until, refresh.error) == (1, until, "")


def test_the_command_stops_at_once_and_says_what_it_reads(
    external: ExternalWalletSite, main: MainSite, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
):
    """SIGTERM is Ctrl-C to it."""
    monkeypatch.setattr(outbound, "WATCH_SECONDS", 0.02)
    main.mood = slowly
    said: list[str] = []
    reads = refresh_external_wallets._reading

    def reading(bar: Any, count: int) -> None:
        monkeypatch.setattr(bar, "set_postfix_str", said.append)
        reads(bar, count)
        if count:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(refresh_external_wallets, "_reading", reading)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(CommandError, match="interrupted; the next call goes on"):
        call_command("refresh_external_wallets")
    assert (signal.getsignal(signal.SIGTERM), said[-1][:2], said[-1][-7:]) == (before, "0.", "MB read")
    assert Refresh.objects.get().alive_until <= timezone.now()
    main.mood = None
    out = StringIO()
    call_command("refresh_external_wallets", stdout=out)
    assert "1 wallets, 0 changed" in out.getvalue()


def test_a_wallet_that_refuses_to_move_holds_up_no_other(
    external: ExternalWalletSite, main: MainSite, mirror: Mirror, sql: Callable[[str], int]
):
    """Edited behind the service's back: it is listed, and the others of its batch go through."""
    customer("other")
    main.has("o" * 32, "5", email="other@example.test")
    sql(f"UPDATE ledger_account SET balance = balance + 1 WHERE id = {mirror.pk}")
    done = run_refresh(ask_refresh(site=external, actor="test"))
    done.refresh_from_db()
    assert (done.error, done.opened, done.differing) == ("", 1, 1)
    assert "changed outside the service" in Mirror.objects.get(pk=mirror.pk).difference


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
    new, other, alike = customer("new"), customer("other"), customer("alike")
    # The main site's database may take ı for i, and its answer names no address.
    User.objects.filter(pk=alike.user_id).update(email="al\u0131ke@example.test")
    main.has("b" * 32, "12", email="al\u0131ke@example.test")
    assert not main.calls
    User.objects.update(date_joined=timezone.now() - timedelta(minutes=1))
    main.mood = double.says(b"", 500)
    assert look_up_newcomers() == 0
    # Shut to everybody is no word of him.
    for words in GATEWAYS_NO:
        main.mood = double.says(double.no(words))
        assert look_up_newcomers() == 0, words
    main.mood = None
    assert (look_up_newcomers(), look_up_newcomers()) == (3, 0)
    assert (points_of(new), points_of(other), points_of(alike)) == (1_200, 0, 0)
    assert not Account.objects.get(pk=other.pk).is_mirror
    assert [*map(str, verify().findings)] == []


def test_a_plain_plugin_may_say_in_any_language_that_there_is_no_wallet(external: ExternalWalletSite, main: MainSite):
    customer("new")
    User.objects.update(date_joined=timezone.now() - timedelta(minutes=1))
    main.mood = double.says(double.no("Le portefeuille n'existe pas"))
    ExternalWalletSite.objects.update(repeats_requests=True)
    assert look_up_newcomers() == 0
    ExternalWalletSite.objects.update(repeats_requests=False)
    assert (look_up_newcomers(), look_up_newcomers()) == (User.objects.count(), 0)


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
        ("url", "http://x.example:0"),
        ("url", "http://[::1]"),
        ("url", "http://[::ffff:10.0.0.1]"),
        ("url", "http://0x7f000001"),
        ("key", "a b"),
    ],
)
def test_what_is_no_site(external: ExternalWalletSite, field: str, value: str):
    with pytest.raises(SiteInvalid) as refused:
        change: dict[str, Any] = {field: value}
        in_transaction(lambda: change_site(site_id=external.pk, **change))
    assert refused.value.field == field
    # What only the operator can let pass names the setting by which he does.
    is_private = any(host in value for host in ("10.0.0.1", "[::1]", "0x7f000001"))
    assert ("OUTBOUND_ALLOWED_HOSTS" in refused.value.why) == is_private


def test_what_is_silent_about_one_wallet(external: ExternalWalletSite, main: MainSite, mirror: Mirror):
    for mood in (double.says(b"", 500), double.says(double.yes([])), double.says(double.yes({"wallet_name": "x", "points": 1}))):
        main.mood = mood
        with pytest.raises(SiteSilent):
            refresh_wallet(wallet=mirror.wallet)
    assert here(mirror) == (10_000, 0)
    assert services.settle_pushes() == 0


def test_a_run_that_is_taken_up_goes_on_as_it_began(external: ExternalWalletSite, main: MainSite):
    """It was found out meanwhile that the site is one of us, or is none any more: a name is no number to go on behind."""
    for name in ("a" * 32, "b" * 32):
        main.has(name, "1")
    for cursor, repeats in (("a" * 32, False), ("1", True)):
        main.repeats, external.repeats_requests = repeats, not repeats
        (batch,) = batches_of(external, cursor, lambda count: None)
        assert [read.name for read in batch.rows] == ["b" * 32]
