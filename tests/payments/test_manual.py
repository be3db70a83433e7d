"""The provider that is none: a till's notices, signed by a public standard, and what a developer has to try it."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from standardwebhooks.webhooks import Webhook

from audit.models import Act
from ledger.effects import Outcome
from ledger.models import Entry
from payments.adapters.manual import ManualProvider, signed_notice
from payments.models import Topup
from payments.port import NoticeKind, NoticeNotAuthentic, NoticeUnreadable, Order
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
SECRET = f"whsec_{b64encode(b'0123456789abcdef0123456789abcdef').decode()}"
TOPUP = "0d9b2c6e-2f0a-4f7e-9a59-27e1b1ad3f5e"
PAID = {"id": "till-1", "type": "topup.paid", "topup_id": TOPUP, "amount": "5000", "currency": "USD"}


@pytest.fixture(autouse=True)
def _secret(settings: Any) -> None:
    settings.PAYMENT_NOTICE_SECRET = SECRET


def read(said: dict[str, Any] | str, **headers: str) -> Any:
    """What the provider makes of it, signed as a stranger's library signs it."""
    body = said if isinstance(said, str) else json.dumps(said)
    now = datetime.now(UTC)
    signed = {
        "Webhook-Id": "till-1",
        "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": Webhook(SECRET).sign("till-1", now, body),
    }
    return ManualProvider().read_notice(body.encode(), {**signed, **headers})


def test_says_where_it_is_paid(topup: Topup, settings: Any):
    assert topup.payment_url == f"/account/topups/{topup.pk}/"
    settings.PUBLIC_URL = "https://shop.example"
    order = Order(topup.pk, topup.amount, 1, "", "")
    assert ManualProvider().start(order).payment_url == f"https://shop.example/account/topups/{topup.pk}/"


def test_reads_that_it_was_paid():
    notice = read(PAID)

    assert (notice.id, notice.kind, str(notice.topup_id)) == ("till-1", NoticeKind.PAID, TOPUP)
    assert (notice.amount.minor, notice.amount.currency.code, notice.method) == (5000, "USD", None)
    assert read({**PAID, "amount": 5000}) == notice


def test_reads_that_it_failed_and_that_it_went_back():
    failed = read({"id": "till-1", "type": "topup.failed", "topup_id": TOPUP, "reason": "cancelled"})
    assert (failed.kind, failed.reason, failed.amount) == (NoticeKind.FAILED, "cancelled", None)

    back = read({**PAID, "type": "topup.taken_back", "case": "bounced-7", "amount": "1"})
    assert (back.kind, back.case, back.amount.minor) == (NoticeKind.TAKEN_BACK, "bounced-7", 1)


def test_each_notice_is_of_a_payment_of_its_own_unless_it_names_one():
    assert read(PAID).reference == "till-1"
    assert read({**PAID, "payment": "transfer-9"}).reference == "transfer-9"
    back = {**PAID, "type": "topup.taken_back", "case": "bounced-7"}
    assert (read(back).reference, read({**back, "payment": "transfer-9"}).reference) == ("", "transfer-9")


def test_an_id_longer_than_any_is_not_understood():
    for length, is_read in ((255, True), (256, False)):
        body, headers = signed_notice({**PAID, "id": "x" * length})
        if is_read:
            assert ManualProvider().read_notice(body.encode(), headers).id == "x" * length
        else:
            with pytest.raises(NoticeUnreadable):
                ManualProvider().read_notice(body.encode(), headers)


def test_what_it_does_not_know_is_nothing_to_do():
    assert read({"id": "till-1", "type": "till.opened"}).kind is NoticeKind.OTHER


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "-1"},
        {"amount": "0"},
        {"amount": "50.00"},
        {"amount": 50.0},
        {"amount": True},
        {"amount": None},
        {"amount": "١٢"},
        {"amount": "9" * 17},
        {"amount": str(10**15 + 1)},
        {"currency": "XYZ"},
        {"currency": None},
        {"topup_id": "7"},
        {"topup_id": None},
        {"type": 7},
        {"id": "till-2"},
        {"type": "topup.taken_back"},
        {"type": "topup.taken_back", "case": "a\0"},
        {"reason": "x" * 101},
        {"payment": "x" * 256},
        {"payment": 7},
    ],
    ids=str,
)
def test_says_what_it_cannot_understand(change: dict[str, Any]):
    with pytest.raises(NoticeUnreadable):
        read({**PAID, **change})


@pytest.mark.parametrize("body", ["", "[]", "7", "{", "[" * 100_000], ids=lambda body: body[:3])
def test_no_body_breaks_it(body: str):
    with pytest.raises(NoticeUnreadable):
        read(body)


def test_believes_no_other_signature(settings: Any):
    body, headers = signed_notice(PAID)
    provider = ManualProvider()
    late = str(int((datetime.now(UTC) - timedelta(minutes=6)).timestamp()))
    wrong = [
        (body.replace("5000", "9000"), headers),
        (body, {**headers, "webhook-id": "till-2"}),
        (body, {**headers, "webhook-timestamp": late}),
        (body, {**headers, "webhook-timestamp": "soon"}),
        (body, {**headers, "webhook-signature": "v1,AAAA"}),
        (body, {**headers, "webhook-signature": "nonsense"}),
        (body, {**headers, "webhook-signature": "v1,ünsinn"}),
        (body, {name: value for name, value in headers.items() if name != "webhook-signature"}),
        (body, {}),
    ]
    for changed, told in wrong:
        with pytest.raises(NoticeNotAuthentic):
            provider.read_notice(changed.encode(), told)
    with pytest.raises(NoticeNotAuthentic):
        provider.read_notice(b"\xff", headers)
    assert provider.read_notice(body.encode(), headers).kind is NoticeKind.PAID

    for secret in ("", f"whsec_{b64encode(b'another one').decode()}"):
        settings.PAYMENT_NOTICE_SECRET = secret
        with pytest.raises(NoticeNotAuthentic):
            provider.read_notice(body.encode(), headers)


def test_charges_nobody_and_refunds_by_hand(topup: Topup):
    order, provider = Order(topup.pk, topup.amount, 1, "", ""), ManualProvider()

    assert not provider.charges_off_session
    assert provider.charge_off_session(order).outcome is Outcome.NO
    assert provider.ask(order, datetime.now(UTC), may_charge=True).outcome is Outcome.NO
    assert provider.refund(refund_id=uuid4(), reference="", amount=topup.amount).outcome is Outcome.UNKNOWN


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_the_operator_confirms_from_the_console(topup: Topup):
    said = json.loads(run("confirm_topup", str(topup.pk), "--json"))

    entry = Entry.objects.get()
    assert said == {
        "topup_id": str(topup.pk),
        "wallet_id": topup.wallet_id,
        "amount": "5000",
        "bonus": "0",
        "currency": "USD",
        "status": "completed",
        "transaction_id": entry.pk,
    }
    assert (entry.amount, entry.actor) == (5000, "command")
    act = Act.objects.get(act="topup.confirmed")
    assert (act.actor, act.subject) == ("command", f"topup:{topup.pk}")
    assert run("confirm_topup", str(topup.pk)) == f"Top-up {topup.pk} is completed: $50.00 credited.\n"
    assert Entry.objects.count() == 1


def test_the_operator_says_what_was_paid(topup: Topup):
    run("confirm_topup", str(topup.pk), "--amount", "4200")

    assert (Entry.objects.get().amount, Topup.objects.get().amount_minor) == (4200, 4200)


@pytest.mark.parametrize("arguments", [(TOPUP,), (TOPUP, "--amount", "1.5"), (TOPUP, "--amount", "-1")], ids=str)
def test_the_console_says_in_one_line_what_is_wrong(arguments: tuple[str, ...]):
    with pytest.raises(CommandError) as refused:
        run("confirm_topup", *arguments)
    assert "\n" not in str(refused.value)
    with pytest.raises(CommandError, match="there is no top-up"):
        run("sign_payment_notice", "topup.paid", TOPUP)


def test_a_notice_is_signed_for_trying_things_out(topup: Topup):
    made = json.loads(run("sign_payment_notice", "topup.paid", str(topup.pk), "--id", "till-9", "--json"))
    notice = ManualProvider().read_notice(made["body"].encode(), made["headers"])

    assert (notice.id, notice.topup_id, notice.amount) == ("till-9", topup.pk, topup.amount)


def test_curl_reads_what_is_printed(topup: Topup, wallet: Wallet, tmp_path: Any, curl: Callable[[str], tuple[bytes, Any]]):
    body, headers = curl(run("sign_payment_notice", "topup.taken_back", str(topup.pk), "--case", 'a "b" \\ c'))

    notice = ManualProvider().read_notice(body, headers)
    assert (notice.kind, notice.case) == (NoticeKind.TAKEN_BACK, 'a "b" \\ c')


@pytest.fixture
def curl() -> Any:
    """What the real curl sends for a configuration."""
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    got: list[tuple[bytes, dict[str, str]]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Nothing to say."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = Thread(target=server.handle_request)
    thread.start()

    def send(configuration: str) -> tuple[bytes, dict[str, str]]:
        address = f"http://127.0.0.1:{server.server_port}/"
        subprocess.run(["curl", "-sS", "-K", "-", address], input=configuration.encode(), check=True, timeout=10)
        thread.join(10)
        return got[0]

    yield send
    server.server_close()
