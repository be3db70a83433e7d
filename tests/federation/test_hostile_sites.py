"""Main sites that mean no good, or are broken: nothing moves, nothing is a 500, and the operator reads a sentence."""

import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import Client
from django.urls import reverse

from apikeys.gateway import make_gateway_key
from federation import remote
from federation.checking import check_connection
from federation.errors import PushUnknown, SiteNotReached, SiteSilent
from federation.models import Difference, ExternalWalletSite, Mirror
from federation.refreshing import ask_refresh, run_refresh
from federation.services import refresh_wallet
from ledger import outbound
from ledger.models import Account, Entry
from ledger.verifying import verify
from people.models import User
from tests.federation import double
from tests.federation.conftest import NAME, here, take
from tests.federation.double import MainSite

pytestmark = pytest.mark.django_db

Mood = Callable[[Any, Callable[[], bytes]], None]
ONE = b'{"wallet_name":"' + NAME.encode() + b'","status":1,"points":'


def raw(*parts: bytes, pause: float = 0.0) -> Mood:
    """Just these bytes, and the end."""

    def mood(handler: Any, work: Callable[[], bytes]) -> None:
        handler.close_connection = True
        try:
            for part in parts:
                handler.wfile.write(part)
                time.sleep(pause)
        except OSError:
            return

    return mood


def body(data: bytes, **headers: Any) -> Mood:
    return double.says(data, **headers)


def told(points: bytes) -> Mood:
    return body(b'{"success":true,"message":[' + ONE + points + b"}]}")


HEAD = b"HTTP/1.1 200 OK\r\n"
LONG = HEAD + b"Content-Length: 10000000000\r\n\r\n"
SILENT: dict[str, tuple[Mood, str]] = {
    "a slow drip": (raw(LONG, *[b" "] * 40, pause=0.05), "no answer in time"),
    "no end of the head": (raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000), "no HTTP"),
    "a thousand headers": (raw(HEAD + b"X-A: b\r\n" * 1000 + b"\r\n"), "no HTTP"),
    "ten gigabytes": (raw(LONG, *[b" " * 65536] * 40), "longer than"),
    "a bomb": (body(gzip.compress(b" " * 50_000_000), Content_Encoding="gzip"), "not JSON"),
    "deep": (body(b'{"success":true,"message":' + b"[" * 200_000), "not JSON"),
    "NaN": (told(b"NaN"), "not JSON"),
    "Infinity": (told(b"-Infinity"), "not JSON"),
    "hexadecimal": (told(b"0x10"), "not JSON"),
    "a number without end": (told(b"9" * 5_000), "not JSON"),
    "an exponent without end": (told(b"1e" + b"9" * 30), "not JSON"),
    "points twice": (body(b'{"success":true,"message":[' + ONE + b'1,"points":9}]}'), "'points' twice"),
    "success twice": (body(b'{"success":false,"success":true,"message":[]}'), "'success' twice"),
    "no UTF-8": (body(b'{"success":true,"message":["\xff\xfe"]}'), "not JSON"),
    "UTF-16": (body('{"success":true,"message":[]}'.encode("utf-16")), "not JSON"),
    "cut in a chunk": (raw(HEAD + b'Transfer-Encoding: chunked\r\n\r\nff\r\n{"success":true'), "cut"),
    "no chunks": (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "cut"),
    "cut in the body": (raw(HEAD + b'Content-Length: 99\r\n\r\n{"success":true'), "cut"),
    "HTTP/0.9": (raw(b'{"success":true,"message":[]}\n'), "no HTTP"),
    "no status": (raw(b"HTTP/1.1 yes\r\n\r\n"), "no HTTP"),
    "nothing": (raw(), "cut"),
    "no content": (double.says(b"", 204), "status 204"),
    "a partial answer": (double.says(b"{}", 206), "status 206"),
}


@pytest.mark.parametrize(("mood", "why"), SILENT.values(), ids=SILENT)
def test_what_is_no_answer_is_told_in_a_sentence(
    external: ExternalWalletSite, main: MainSite, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, mood: Mood, why: str
):
    """Checking, refreshing all and one; a withdrawal that was asked for may have been done."""
    monkeypatch.setattr(remote, "LIST_SECONDS", 0.5)
    monkeypatch.setattr(remote, "LIST_BYTES_MAX", 1_000_000)
    entries, main.mood = Entry.objects.count(), mood
    outcome = check_connection(external)
    assert why in outcome
    assert outcome.startswith("The site ")
    done = run_refresh(ask_refresh(site=external, actor="test"))
    assert (why in done.error, done.finished_at is not None, done.seen) == (True, True, 0)
    with pytest.raises(SiteSilent):
        refresh_wallet(wallet=mirror.wallet)
    assert (here(mirror), Entry.objects.count(), Mirror.objects.get().difference) == ((10_000, 0), entries, "")
    with pytest.raises(PushUnknown):
        take(mirror)
    assert here(mirror) == (10_000, 1_000)
    assert verify().findings == []


POINTS = [b'"0x10"', b'"1e3"', b'" 1"', b'"+1"', b'"1,5"', '"١"'.encode(), b"-1", b"-0.01", b'"-5"', b"1.001", b'"1.001"']
POINTS += [b"1e999", b"1e400000", b"1e-400000", b"true", b"null", b"[]", b"{}", b'""', b'"NaN"', b"1" + b"0" * 20]
POINTS += [b'"' + b"1" * 4096 + b'"']
NAMES = ["a\0b", "\u202eabc", "\u200bx", "a\nb", " a", "x" * 4096, "123", "\ud800", "", "\ufffe", "\x1b[2J"]


def test_what_is_told_of_a_wallet_in_an_odd_way_is_listed(
    external: ExternalWalletSite, main: MainSite, mirror: Mirror, bob: User, manager: User
):
    """Each of them beside one that is in order, which is brought to what the site says."""
    rows = [
        b'{"wallet_name":"odd%d","status":1,"user_email":"bob@example.test","points":%s}' % (number, points)
        for number, points in enumerate(POINTS)
    ]
    plain = {"status": 1, "points": 1, "user_email": "bob@example.test"}
    rows += [json.dumps({**plain, "wallet_name": name}).encode() for name in NAMES]
    main.mood = body(b'{"success":true,"message":[' + b",".join([*rows, ONE + b"55.5}"]) + b"]}")
    done = run_refresh(ask_refresh(site=external, actor="test"))
    done.refresh_from_db()
    assert (done.error, done.changed, done.opened, done.differing) == ("", 1, 0, len(rows))
    assert here(mirror) == (5_550, 0)
    assert not Account.objects.exclude(pk=mirror.pk).exclude(balance=0).exists()
    assert set(Difference.objects.values_list("kind", flat=True)) == {"unusable"}
    client = Client()
    client.force_login(manager)
    assert client.get(reverse("admin:federation_difference_changelist")).status_code == 200
    assert verify().findings == []


def test_pages_that_do_not_go_on_end_the_run(external: ExternalWalletSite, main: MainSite, mirror: Mirror):
    ExternalWalletSite.objects.update(repeats_requests=True)
    main.repeats = True
    numbers: list[Any] = ["9" * 5_000, "1" * 70, "١٢", 10**30, -5, 0, True, 1.5, None, [], "1 OR 1=1"]
    for number in numbers:
        main.wallets[NAME].update(points="5", wallet_id=number)
        main.mood = body(double.yes(list(main.wallets.values())))
        done = run_refresh(ask_refresh(site=external, actor="test"))
        assert ("do not go on" in done.error, here(mirror)) == (True, (10_000, 0)), number


def test_a_site_that_is_switched_off_is_not_called(external: ExternalWalletSite, main: MainSite, mirror: Mirror):
    ExternalWalletSite.objects.update(enabled=False)
    external.refresh_from_db()
    with pytest.raises(SiteNotReached, match="switched off"):
        take(mirror)
    with pytest.raises(SiteNotReached, match="switched off"):
        refresh_wallet(wallet=mirror.wallet)
    assert (main.calls, here(mirror), verify().findings) == ([], (10_000, 0), [])
    assert "is fine" in check_connection(external)


def test_nobody_follows_it_elsewhere_and_the_gateway_says_so(
    external: ExternalWalletSite, main: MainSite, mirror: Mirror, site: Callable[..., None]
):
    """A redirect would carry the key to another host. Who asks the gateway meanwhile reads why, with 200."""
    elsewhere = MainSite()
    site(gateway_open=True)
    given = {"key": make_gateway_key()[1], "wallet_id": NAME, "points": "1"}
    for status in (301, 302, 303, 307, 308):
        main.mood = double.says(b"", status, Location=f"{elsewhere.url}/wp-json/cmmpexapi/v1/get_wallets")
        assert "leads elsewhere" in check_connection(external)
    for mood in (main.mood, *(mood for mood, _ in list(SILENT.values())[3:9])):
        main.mood = mood
        answer = Client().get("/wp-json/cmmpexapi/v1/wallet_has_enough_points", given)
        assert (answer.status_code, answer.json()["success"]) == (200, False)
    assert (elsewhere.calls, here(mirror)) == ([], (10_000, 0))
    elsewhere.stop()


def test_a_name_that_leads_inside_is_not_called(external: ExternalWalletSite, monkeypatch: pytest.MonkeyPatch):
    ExternalWalletSite.objects.update(url="http://main.example")
    external.refresh_from_db()
    for address in ("10.1.2.3", "169.254.169.254", "127.0.0.1", "::1", "::ffff:10.0.0.1"):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        found = [(family, socket.SOCK_STREAM, 6, "", (address, 80))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, found=found, **more: found)
        assert "private address" in check_connection(external)


def test_a_certificate_that_is_anothers_or_over_tells_the_key_nobody(
    external: ExternalWalletSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Of an authority that is trusted here; the right one is let through."""
    authority = Authority(tmp_path)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(authority.file))
    for name, until, is_good in (("localhost", 2090, True), ("other.example", 2090, False), ("localhost", 2021, False)):
        port, heard = authority.serve(name, until)
        ExternalWalletSite.objects.update(url=f"https://localhost:{port}")
        external.refresh_from_db()
        assert ("is fine" if is_good else "certificate does not hold") in check_connection(external)
        assert bool(heard) == is_good


class Authority:
    """Makes certificates, and servers that show them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "authority.pem"
        self.key, self.name = ec.generate_private_key(ec.SECP256R1()), _named("Authority")
        is_authority = x509.BasicConstraints(ca=True, path_length=None)
        made = self._builder(self.name, self.key, 2090).add_extension(is_authority, critical=True)
        made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
        self.file.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def serve(self, name: str, until: int) -> tuple[int, list[bytes]]:
        """The port of a main site without wallets, and what it is told."""
        key, file = ec.generate_private_key(ec.SECP256R1()), self.folder / f"{name}{until}.pem"
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        made = self._builder(_named(name), key, until).add_extension(names, critical=False).sign(self.key, hashes.SHA256())
        plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(key.private_bytes(*plain) + made.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        listening, heard = socket.create_server(("127.0.0.1", 0)), []

        def answer() -> None:
            try:
                with listening:
                    connection, _ = listening.accept()
                with connection, context.wrap_socket(connection, server_side=True) as encrypted:
                    heard.append(encrypted.recv(4096))
                    said = double.yes([])
                    encrypted.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(said) + said)
            except OSError:
                return

        threading.Thread(target=answer, daemon=True).start()
        return int(listening.getsockname()[1]), heard

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, until: int) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        return made.not_valid_after(datetime(until, 1, 1, tzinfo=UTC))


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def test_the_guard_tells_no_names_of_errors():
    """Whatever a server does wrong has words of its own."""
    assert all(" " in words for words in outbound.TOLD.values())
