"""Withdrawals from mirrored wallets: an effect outside, whatever the main site does with the call."""

import signal
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from federation import services
from federation.errors import PushUnderWay, PushUnknown, SiteBusy, SiteNotReached, SiteRefused
from federation.models import ExternalWalletSite, Mirror, Push
from federation.refreshing import ask_refresh, run_refresh
from federation.remote import Said
from federation.services import settle_by_hand, settle_pushes
from federation.sites import change_site
from ledger.book import lock_accounts
from ledger.errors import AccountFrozen, EventReused, InsufficientFunds
from ledger.models import Account, Alarm, Entry
from ledger.movements import Event
from ledger.retry import in_transaction
from ledger.verifying import verify
from people.models import User
from tests.conftest import WHY
from tests.federation import double
from tests.federation.conftest import NAME, here, take, there
from tests.federation.double import MainSite
from tests.payments.conftest import all_at_once
from tests.payments.processes import elsewhere
from wallets.errors import ManagerRequired

pytestmark = pytest.mark.django_db
# What commits must be seen committed.
committed = pytest.mark.django_db(transaction=True, serialized_rollback=True)
Status = Push.Status
OTHER = "00000000-0000-4000-8000-000000000000"


def sound() -> bool:
    return verify().findings == []


def later(push: Push) -> None:
    Push.objects.filter(pk=push.pk).update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def repeating(external: ExternalWalletSite, main: MainSite) -> None:
    """The main site is one of us, and that is known."""
    main.repeats = True
    ExternalWalletSite.objects.filter(pk=external.pk).update(repeats_requests=True)


def test_yes_no_and_the_same_event_again(mirror: Mirror, main: MainSite):
    event = Event.named("order:7", 1000)
    push = take(mirror, event=event)
    assert (push.status, here(mirror), there(main)) == (Status.DONE, (9_000, 0), 9_000)
    assert take(mirror, event=event) == push
    with pytest.raises(EventReused):
        take(mirror, event=Event.named("order:7", 1))
    action, asked = main.calls[0]
    assert action == "withdraw_wallet_points_external"
    assert asked == {"key": double.KEY, "wallet_id": NAME, "type": "2", "points": "10.00", "request_id": str(push.pk)}

    main.mood = double.says(double.no("Wallet is inactive"))
    with pytest.raises(SiteRefused) as refused:
        take(mirror)
    assert refused.value.messages == ("Wallet is inactive",)
    with pytest.raises(InsufficientFunds):
        take(mirror, 9_001)
    in_transaction(lambda: lock_accounts(mirror.pk).set_terms(mirror.pk, status=Account.Status.MIRRORED_FROZEN))
    with pytest.raises(AccountFrozen):
        take(mirror)
    assert (here(mirror), there(main), len(main.calls)) == ((9_000, 0), 9_000, 1)
    kinds = list(Entry.objects.filter(account=mirror.pk).order_by("sequence").values_list("kind", flat=True))
    assert kinds == ["import", "hold", "capture", "hold", "release"]
    assert sound()


GARBAGE = {
    "done and no answer": double.done_and_silent,
    "done and cut": double.done_and_cut,
    "done and garbage": double.says(b"<html>Fatal error", does=True),
    "done and no envelope": double.says(b"[1]", does=True),
    "done and success in words": double.says(b'{"success":"true","message":[]}', does=True),
    "done and 500": double.says(double.no("busy"), 500, does=True),
    "done and 503": double.says(double.no("busy"), 503, does=True),
    "done and endless": double.endless,
    "a redirect": double.says(b"", 302, Location="/elsewhere"),
    "no in another shape": double.says(b'{"success":false,"message":"no"}'),
    "very deep": double.says(b"[" * 60_000, does=True),
}


@pytest.mark.parametrize("mood", GARBAGE.values(), ids=GARBAGE)
def test_what_is_no_answer_is_not_known_and_a_person_settles_it(
    mirror: Mirror, main: MainSite, external: ExternalWalletSite, manager: User, alice: User, mood: Any
):
    """Never booked as no, never tried again; the points stay set aside, and the operator is told."""
    main.mood = mood
    with pytest.raises(PushUnknown):
        take(mirror)
    push = Push.objects.get()
    assert (push.status, push.next_attempt_at, here(mirror)) == (Status.UNKNOWN, None, (10_000, 1_000))
    assert Alarm.objects.open().filter(name=services.UNKNOWN_ALARM, subject=str(push)).exists()
    assert (settle_pushes(), len(main.withdrawals()) <= 1, sound()) == (0, True, True)
    with pytest.raises(SiteBusy):
        in_transaction(lambda: change_site(site_id=external.pk, url="https://other.example", key="another"))
    with pytest.raises(ManagerRequired):
        in_transaction(lambda: settle_by_hand(push_id=push.pk, was_done=True, by=alice))

    was_done = there(main) == 9_000
    for _ in range(2):
        done = in_transaction(lambda: settle_by_hand(push_id=push.pk, was_done=was_done, by=manager))
    assert (done.status, done.settled_by) == (Status.DONE if was_done else Status.REFUSED, manager)
    assert here(mirror) == (there(main), 0)
    assert not Alarm.objects.open().exists()
    assert sound()


def test_what_was_never_sent_is_a_no(mirror: Mirror, main: MainSite, external: ExternalWalletSite, settings: Any, tmp_path: Path):
    """Nobody there, an address the guard refuses, a name nobody knows, a certificate that nobody vouches for."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    encrypted = self_signed(tmp_path)
    for url, why in (
        (nobody, "refused"),
        ("http://10.1.2.3", "private"),
        ("http://nobody.invalid", "not known"),
        (f"https://localhost:{encrypted}", "certificate"),
    ):
        ExternalWalletSite.objects.filter(pk=external.pk).update(url=url)
        with pytest.raises(SiteNotReached, match=why):
            take(mirror)
        assert (here(mirror), Push.objects.latest("asked_at").status) == ((10_000, 0), Status.NOT_SENT)
    assert sound()


def self_signed(folder: Path) -> int:
    """The port of a server whose certificate is its own."""
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    plain = serialization.NoEncryption()
    file = folder / "own.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            connection, _ = listening.accept()
            try:
                context.wrap_socket(connection, server_side=True).recv(1)
            except OSError:
                connection.close()

    threading.Thread(target=serve, daemon=True).start()
    return int(listening.getsockname()[1])


def test_one_of_us_is_asked_again_under_the_same_id(mirror: Mirror, main: MainSite, external: ExternalWalletSite, manager: User):
    repeating(external, main)
    main.mood = double.done_and_cut
    with pytest.raises(PushUnknown):
        take(mirror)
    push = Push.objects.get()
    assert push.next_attempt_at is not None
    with pytest.raises(PushUnderWay):
        in_transaction(lambda: settle_by_hand(push_id=push.pk, was_done=False, by=manager))
    assert settle_pushes() == 0

    later(push)
    main.mood = double.says(b"", 503)
    assert settle_pushes() == 1
    main.server.shutdown()
    main.server.server_close()
    later(push)
    assert settle_pushes() == 1, "not to be reached now says nothing of the first call"
    assert (Push.objects.get().status, here(mirror)) == (Status.UNKNOWN, (10_000, 1_000))

    again = MainSite(repeats=True)
    again.wallets, again.outcomes = main.wallets, main.outcomes
    ExternalWalletSite.objects.filter(pk=external.pk).update(url=again.url)
    later(push)
    assert settle_pushes() == 1
    assert (Push.objects.get().status, here(mirror), there(again)) == (Status.DONE, (9_000, 0), 9_000)
    assert {*main.withdrawals(), *again.withdrawals()} == {str(push.pk)}
    again.stop()
    assert sound()


@pytest.mark.parametrize(
    "sentence", ["Secure key is invalid", "External API gateway is closed", "Request id was used for another withdrawal"]
)
def test_what_may_have_been_done_is_not_undone_by_a_no_to_the_repetition(
    mirror: Mirror, main: MainSite, external: ExternalWalletSite, sentence: str
):
    """The main site did it, and then its key is another one, or it is closed: of the first call that says nothing."""
    repeating(external, main)
    main.mood = double.done_and_cut
    with pytest.raises(PushUnknown):
        take(mirror)
    push = Push.objects.get()
    for mood in (double.says(double.no(sentence)), double.says(double.no(sentence), X_Decided_For=OTHER)):
        later(push)
        main.mood = mood
        assert settle_pushes() == 1
        push.refresh_from_db()
        assert (push.status, here(mirror), sound()) == (Status.UNKNOWN, (10_000, 1_000), True)
        assert (push.message, push.next_attempt_at is None) == (f"Asked again, it says: {sentence}", False)

    Push.objects.update(asked_at=timezone.now() - timedelta(minutes=11))
    later(push)
    assert settle_pushes() == 1
    assert Alarm.objects.open().filter(name=services.UNKNOWN_ALARM, subject=str(push)).exists()
    main.mood = None
    later(push)
    assert settle_pushes() == 1
    assert (Push.objects.get().status, here(mirror), there(main)) == (Status.DONE, (9_000, 0), 9_000)
    assert not Alarm.objects.open().exists()


def test_what_is_decided_under_its_id_is_believed(mirror: Mirror, main: MainSite, external: ExternalWalletSite):
    """The first call never got through; then the main site says no, and will for ever."""
    repeating(external, main)
    main.mood = double.says(b"", 503)
    with pytest.raises(PushUnknown):
        take(mirror)
    main.mood = None
    main.has(NAME, "9.99", email="alice@example.test")
    later(Push.objects.get())
    assert settle_pushes() == 1
    push = Push.objects.get()
    assert (push.status, push.message) == (Status.REFUSED, "Wallet doesn't have enough points")
    assert (here(mirror), sound()) == ((10_000, 0), True)


def test_a_first_call_that_was_held_up_is_not_the_only_one(mirror: Mirror, main: MainSite, external: ExternalWalletSite):
    """Its lease was over, and the job may have asked by then: neither *no* nor *not sent* is one of the other call."""
    repeating(external, main)
    wallet = mirror.wallet
    for said in (SiteRefused(["Secure key is invalid"]), SiteNotReached("refused")):
        push, _ = in_transaction(lambda: services._intent(wallet, wallet.money(1_000), WHY, Event.once("test")))
        Push.objects.filter(pk=push.pk).update(asked_at=push.asked_at - services.LEASE)
        assert in_transaction(lambda: services._booked(push.pk, said, is_first=True)).status == Status.UNKNOWN  # noqa: B023
    assert here(mirror) == (10_000, 2_000)

    # By a clock that goes behind the lease is not over, and yet the job calls second.
    push, _ = in_transaction(lambda: services._intent(wallet, wallet.money(1_000), WHY, Event.once("test")))
    later(push)
    main.mood = double.says(double.no("External API gateway is closed"))
    assert settle_pushes() == 1
    push.refresh_from_db()
    assert (push.status, here(mirror)) == (Status.UNKNOWN, (10_000, 3_000))


def test_what_the_site_says_behind_a_persons_word_is_shown(
    mirror: Mirror, main: MainSite, external: ExternalWalletSite, manager: User
):
    main.mood = double.done_and_cut
    with pytest.raises(PushUnknown):
        take(mirror)
    push = Push.objects.get()
    in_transaction(lambda: settle_by_hand(push_id=push.pk, was_done=False, by=manager))
    in_transaction(lambda: services._booked(push.pk, Said(None, repeats=False), is_first=True))
    assert here(mirror) == (10_000, 0)
    assert Mirror.objects.get().difference == f"{push} was done there, and is settled here as refused."


def test_whether_a_site_repeats_is_learned_from_each_answer(
    mirror: Mirror, main: MainSite, external: ExternalWalletSite, manager: User
):
    """What was asked while it was plain stays a person's; one that is plain now is not asked again, and takes nothing twice."""
    main.mood = double.done_and_cut
    with pytest.raises(PushUnknown):
        take(mirror)
    main.mood, main.repeats = None, True
    run_refresh(ask_refresh(site=external, actor="test"))
    external.refresh_from_db()
    push = Push.objects.get()
    assert (external.repeats_requests, push.is_asked_again, services.may_settle(push)) == (True, False, True)
    in_transaction(lambda: settle_by_hand(push_id=push.pk, was_done=True, by=manager))

    main.mood = double.done_and_cut
    with pytest.raises(PushUnknown):
        take(mirror)
    main.mood, main.repeats = None, False
    run_refresh(ask_refresh(site=external, actor="test"))
    push = Push.objects.latest("asked_at")
    later(push)
    assert (settle_pushes(), there(main), len(main.withdrawals())) == (1, 8_000, 2)
    push.refresh_from_db()
    assert (push.is_repeatable, services.may_settle(push), here(mirror)) == (True, True, (9_000, 1_000))
    assert Alarm.objects.open().filter(subject=str(push)).exists()

    in_transaction(lambda: settle_by_hand(push_id=push.pk, was_done=True, by=manager))
    main.repeats = True
    take(mirror)
    external.refresh_from_db()
    assert (external.repeats_requests, here(mirror), sound()) == (True, (7_000, 0), True)


def test_after_a_day_it_is_a_persons(mirror: Mirror, main: MainSite, external: ExternalWalletSite, manager: User):
    repeating(external, main)
    main.mood = double.says(b"", 500)
    with pytest.raises(PushUnknown):
        take(mirror)
    push = Push.objects.get()
    Push.objects.update(asked_at=timezone.now() - timedelta(hours=25), next_attempt_at=timezone.now() - timedelta(seconds=1))
    assert settle_pushes() == 1
    push.refresh_from_db()
    assert push.next_attempt_at is None
    assert Alarm.objects.open().filter(subject=str(push)).exists()
    in_transaction(lambda: settle_by_hand(push_id=push.pk, was_done=False, by=None))
    assert here(mirror) == (10_000, 0)


@committed
@pytest.mark.parametrize(
    ("dies", "repeats"), [("before the call", True), ("in the call", True), ("in the call", False), ("behind the call", False)]
)
def test_a_process_that_dies_takes_the_points_once(
    mirror: Mirror, main: MainSite, external: ExternalWalletSite, manager: User, *, dies: str, repeats: bool
):
    """SIGKILL between any two commits: the job takes it up, or lists it; no point is lost or doubled."""
    if repeats:
        repeating(external, main)
    assert elsewhere(str(mirror.pk), dies, module="tests.federation.killed") == -signal.SIGKILL
    push = Push.objects.get()
    assert (push.status, here(mirror), sound()) == (Status.INTENT, (10_000, 1_000), True)
    assert there(main) == (10_000 if dies == "before the call" else 9_000)

    assert settle_pushes() == 0, "its lease is not over"
    Push.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
    Entry_at_is_not_checked = push  # noqa: F841
    later(push)
    assert settle_pushes() == 1
    if not repeats:
        was_done = there(main) == 9_000
        in_transaction(lambda: settle_by_hand(push_id=push.pk, was_done=was_done, by=manager))
    assert here(mirror) == (there(main), 0)
    assert Push.objects.get().status in (Status.DONE, Status.REFUSED)


@committed
def test_twenty_at_once(mirror: Mirror, main: MainSite):
    """Of 100.00, twenty times 9.00: eleven fit, there and here."""
    outcomes = all_at_once([lambda: take(mirror, 900)] * 20)

    refused = [outcome for outcome in outcomes if isinstance(outcome, InsufficientFunds)]
    assert (len(refused), [outcome for outcome in outcomes if isinstance(outcome, Exception)]) == (9, refused)
    assert (here(mirror), there(main)) == ((100, 0), 100)
    assert len(set(main.withdrawals())) == 11
    assert Mirror.objects.get().difference == ""
    assert sound()


def test_a_site_that_took_something_else_is_shown(mirror: Mirror, main: MainSite):
    main.mood = double.says(double.yes({"wallet_name": NAME, "points": "80", "status": 1}))
    take(mirror)
    assert "80.00 there, and $90.00 here" in Mirror.objects.get().difference


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE federation_push SET points_minor = points_minor + 1",
        "UPDATE federation_push SET status = 'refused'",
        "DELETE FROM federation_push",
        "UPDATE federation_push SET id = gen_random_uuid()",
        "DELETE FROM federation_push; DELETE FROM federation_mirror",
        "UPDATE federation_externalwalletsite SET key = '\\x00'",
        "UPDATE federation_mirror SET site_id = site_id + 1",
    ],
)
def test_an_edit_is_found(mirror: Mirror, main: MainSite, sql: Callable[[str], int], edit: str):
    take(mirror)
    assert sound()
    sql(edit)
    assert not sound()
