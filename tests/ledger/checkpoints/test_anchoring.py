"""Anchors: what they are handed, what happens while they fail, and what a restored backup looks like."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from ledger.checkpoints import anchoring
from ledger.checkpoints.anchors import AnchorFailed, FileAnchor
from ledger.checkpoints.errors import AnchorMismatch, AnchorUnreadable
from ledger.checkpoints.services import anchor_checkpoints, seal_ledger, sweep_ledger
from ledger.models import Alarm, AnchorReceipt, Checkpoint, Entry, Leaf
from ledger.outbound import OutboundFailed, call
from ledger.verifying import verify
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


class Receiver(BaseHTTPRequestHandler):
    """An anchor on the other side of HTTP; the class keeps what it was sent."""

    taken: ClassVar[list[dict[str, Any]]] = []
    tokens: ClassVar[list[str | None]] = []
    status: ClassVar[int] = 201
    can_say: ClassVar[bool] = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.tokens.append(self.headers["Authorization"])
        if self.status < 300:
            self.taken.append(json.loads(body))
        self._answer(self.status, b'{"kept": true}', {"Location": "http://localhost:1/elsewhere"})

    def do_GET(self) -> None:
        if self.path == "/long":
            self._answer(200, b"x" * 100_000, {})
        elif self.can_say and self.taken:
            self._answer(200, json.dumps(self.taken[-1]).encode(), {})
        else:
            self._answer(405, b"no", {})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def receiver(settings: Any) -> Iterator[type[Receiver]]:
    """A server that is the only anchor, allowed by name."""
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Receiver.taken, Receiver.tokens, Receiver.status, Receiver.can_say = [], [], 201, True
    settings.ANCHOR_FILE = ""
    settings.ANCHOR_URL = f"http://localhost:{server.server_port}/checkpoints"
    settings.ANCHOR_TOKEN = "anchor-token"
    settings.OUTBOUND_ALLOWED_HOSTS = ["localhost"]
    yield Receiver
    server.shutdown()
    server.server_close()


@pytest.fixture
def without_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchoring, "PAUSE", timedelta(0))


class TestHttp:
    def test_hands_over_and_keeps_the_receipt(self, moved: Wallet, receiver: type[Receiver]):
        sweep_ledger()

        (taken,) = receiver.taken
        assert taken["hash"] == bytes(Checkpoint.objects.get().hash).hex()
        assert receiver.tokens == ["Bearer anchor-token"]
        assert AnchorReceipt.objects.get().receipt == '201 {"kept": true}'
        assert (verify().findings, verify().unreadable) == ([], [])

    def test_the_last_of_a_backlog_is_enough(self, moved: Wallet, receiver: type[Receiver], monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("ledger.checkpoints.services.BATCH", 1)
        sweep_ledger()

        assert Checkpoint.objects.count() == 4
        assert [taken["number"] for taken in receiver.taken] == ["4"]

    @pytest.mark.usefixtures("without_pause")
    def test_one_that_fails_is_asked_again_until_it_has_taken_it(
        self, moved: Wallet, receiver: type[Receiver], give: Callable[..., Entry]
    ):
        receiver.status = 503
        sweep_ledger()
        sweep_ledger()
        tried = AnchorReceipt.objects.get()
        assert (tried.receipt, tried.failed_tries, tried.last_error) == (None, 2, "answered 503")

        receiver.status = 200
        assert sweep_ledger().checkpoints == 0
        tried.refresh_from_db()
        assert (tried.receipt, tried.last_error) == ('200 {"kept": true}', "")

    def test_one_that_failed_just_now_is_let_alone(self, moved: Wallet, receiver: type[Receiver]):
        receiver.status = 503
        sweep_ledger()
        sweep_ledger()

        assert AnchorReceipt.objects.get().failed_tries == 1

    @pytest.mark.usefixtures("without_pause")
    def test_one_that_is_behind_for_long_is_alarmed_and_the_alarm_cleared(
        self, moved: Wallet, receiver: type[Receiver], settings: Any
    ):
        receiver.status, settings.ANCHOR_PENDING_ALARM_SECONDS = 503, 0
        sweep_ledger()
        assert Alarm.objects.open().get(name="anchor pending").message == "has not taken checkpoint 1: answered 503"

        receiver.status = 201
        sweep_ledger()
        assert not Alarm.objects.open().exists()

    def test_a_redirect_is_not_followed(self, moved: Wallet, receiver: type[Receiver]):
        receiver.status = 307
        sweep_ledger()

        assert AnchorReceipt.objects.get().last_error == "answered 307"

    def test_a_database_that_is_behind_it_signs_nothing(
        self, moved: Wallet, receiver: type[Receiver], sql: Sql, give: Callable[..., Entry]
    ):
        sweep_ledger()
        give(moved, 5)
        sweep_ledger()
        restored(sql, 1)

        with pytest.raises(AnchorMismatch, match="the http anchor holds checkpoint 2, which is not here"):
            sweep_ledger()
        assert Checkpoint.objects.count() == 1

    @pytest.mark.parametrize(
        ("status", "answer"), [(503, b"no"), (307, b""), (200, b"garbage"), (200, b"[" * 60_000), (200, b"{}")]
    )
    def test_while_it_cannot_be_read_nothing_is_signed(
        self, moved: Wallet, receiver: type[Receiver], monkeypatch: pytest.MonkeyPatch, status: int, answer: bytes
    ):
        with monkeypatch.context() as failing:
            failing.setattr(receiver, "do_GET", lambda self: self._answer(status, answer, {}))
            with pytest.raises(AnchorUnreadable, match="the http anchor cannot be read"):
                sweep_ledger()
            assert not Checkpoint.objects.exists()
            assert Alarm.objects.open().exists()
            assert any("the http anchor cannot be read" in str(place) for place in verify().unreadable)

        sweep_ledger()
        assert Checkpoint.objects.count() == 1
        assert not Alarm.objects.open().exists()

    def test_one_that_lacks_what_a_receipt_says_it_took_is_a_mismatch(
        self, moved: Wallet, receiver: type[Receiver], give: Callable[..., Entry]
    ):
        sweep_ledger()
        give(moved, 5)
        sweep_ledger()
        receiver.taken.pop()

        with pytest.raises(AnchorMismatch, match="the http anchor does not hold what a receipt says it took: checkpoint 2"):
            sweep_ledger()

    def test_one_that_cannot_say_what_it_holds_is_no_answer(self, moved: Wallet, receiver: type[Receiver]):
        receiver.can_say = False
        sweep_ledger()
        sweep_ledger()

        assert [str(place)[:25] for place in verify().unreadable] == ["no anchor says what it ho"]


@pytest.mark.usefixtures("without_pause")
class TestJob:
    """What goes on where sealing does not."""

    def test_hands_over_what_sealing_could_not_and_tells_who_has_it(self, moved: Wallet, receiver: type[Receiver]):
        receiver.status = 503
        sweep_ledger()
        with pytest.raises(AnchorFailed, match="the http anchor: answered 503"):
            anchor_checkpoints()
        assert AnchorReceipt.objects.get().failed_tries == 2

        receiver.status = 201
        assert anchor_checkpoints() == "checkpoint 1 is held by: http"
        assert AnchorReceipt.objects.get().receipt

    def test_asks_for_nothing_that_it_has(self, moved: Wallet, receiver: type[Receiver]):
        sweep_ledger()
        anchor_checkpoints()
        anchor_checkpoints()

        assert len(receiver.taken) == 1

    def test_goes_on_where_nothing_can_be_signed(self, moved: Wallet, receiver: type[Receiver], settings: Any):
        receiver.status = 503
        sweep_ledger()
        receiver.status, settings.LEDGER_SIGNING_KEYS = 201, ""

        assert anchor_checkpoints() == "checkpoint 1 is held by: http"

    def test_one_that_is_away_keeps_no_other_from_its_own(
        self, moved: Wallet, receiver: type[Receiver], settings: Any, tmp_path: Path
    ):
        sweep_ledger()
        settings.ANCHOR_FILE = str(tmp_path / "new.jsonl")
        settings.ANCHOR_URL = "http://localhost:1/"
        AnchorReceipt.objects.all().delete()

        with pytest.raises(AnchorFailed, match="http anchor"):
            anchor_checkpoints()
        assert json.loads(Path(settings.ANCHOR_FILE).read_text())["number"] == "1"

    def test_one_that_holds_something_else_is_given_nothing(self, moved: Wallet, anchor_file: Path, sql: Sql):
        """Its receipt would hide what it holds from then on."""
        sweep_ledger()
        kept = anchor_file.read_text()
        sql("UPDATE ledger_checkpoint SET hash = sha256(hash)")
        sql("DELETE FROM ledger_anchorreceipt")

        with pytest.raises(AnchorMismatch, match="holds another checkpoint 1"):
            anchor_checkpoints()
        assert anchor_file.read_text() == kept
        assert not AnchorReceipt.objects.exists()

    def test_with_nothing_to_hand_over_it_says_so(self, db: None):
        assert anchor_checkpoints() == "there is no checkpoint yet"

    def test_without_an_anchor_it_says_so(self, moved: Wallet, seal: Callable[[], Any]):
        seal()

        assert anchor_checkpoints() == "there is no anchor"

    def test_alarms_one_that_is_behind_for_long(self, moved: Wallet, receiver: type[Receiver], settings: Any):
        receiver.status, settings.ANCHOR_PENDING_ALARM_SECONDS = 503, 10_000
        sweep_ledger()
        settings.ANCHOR_PENDING_ALARM_SECONDS = 0
        with pytest.raises(AnchorFailed):
            anchor_checkpoints()

        assert Alarm.objects.open().get().name == "anchor pending"


class TestGuard:
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:7f00:1]"])
    def test_private_addresses_are_refused(self, receiver: type[Receiver], settings: Any, host: str):
        settings.OUTBOUND_ALLOWED_HOSTS = []
        port = settings.ANCHOR_URL.split(":")[2].split("/")[0]

        with pytest.raises(OutboundFailed):
            call("GET", f"http://{host}:{port}/", deadline_seconds=3)

    def test_too_long_an_answer_is_refused(self, receiver: type[Receiver], settings: Any):
        with pytest.raises(OutboundFailed, match="longer than 65536"):
            call("GET", settings.ANCHOR_URL.replace("/checkpoints", "/long"))

    def test_one_that_takes_too_long_is_given_up(self, settings: Any):
        settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
        # It takes the connection and never answers.
        with HTTPServer(("127.0.0.1", 0), Receiver) as silent, pytest.raises(OutboundFailed):
            call("GET", f"http://127.0.0.1:{silent.server_port}/", deadline_seconds=0.5)

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.test/", "nonsense", "http://"])
    def test_only_http_is_spoken(self, url: str):
        with pytest.raises(OutboundFailed):
            call("GET", url)


def restored(sql: Sql, number: int) -> None:
    """The database as a backup had it after checkpoint `number`, entries and all."""
    last = Checkpoint.objects.get(pk=number)
    sql(f"DELETE FROM ledger_anchorreceipt WHERE checkpoint_id > {number}")
    sql(f"DELETE FROM ledger_leaf WHERE index >= {last.size}")
    sql(f"DELETE FROM ledger_checkpoint WHERE number > {number}")
    sql("UPDATE ledger_sealedaccount s SET sequence = (SELECT max(row) FROM ledger_leaf l WHERE l.account_id = s.account_id)")


class TestRestoredBackup:
    @pytest.fixture
    def behind(self, moved: Wallet, give: Callable[..., Entry], sql: Sql) -> Wallet:
        """The anchor holds checkpoints 1 to 3, the database the first only; the entries since are there to be sealed."""
        sweep_ledger()
        for amount in (5, 6):
            give(moved, amount)
            sweep_ledger()
        restored(sql, 1)
        return moved

    def test_nothing_is_signed_and_an_alarm_says_why(self, behind: Wallet):
        with pytest.raises(CommandError, match="holds checkpoint 3, which is not here: .*a backup was restored") as ended:
            call_command("seal_ledger")

        assert ended.value.returncode == 2
        assert (Checkpoint.objects.count(), Leaf.objects.count()) == (1, 4)
        assert Alarm.objects.open().filter(name="anchor mismatch").exists()

    def test_it_is_a_finding(self, behind: Wallet):
        assert any("a backup was restored" in str(finding) for finding in verify().findings)

    def test_what_was_given_up_is_signed_for_ever(
        self, behind: Wallet, anchor_file: Path, give: Callable[..., Entry], capsys: pytest.CaptureFixture[str]
    ):
        lost = FileAnchor(anchor_file).last()
        assert lost is not None
        call_command("seal_ledger", "--accept-restore", "Disk lost on Monday; backup of Sunday")

        assert "2 rows sealed, checkpoint 2" in capsys.readouterr().out
        assert json.loads(Checkpoint.objects.get(pk=2).body)["replaces"] == [
            {"anchor": "file", "number": "3", "hash": lost.hash, "reason": "Disk lost on Monday; backup of Sunday"}
        ]
        assert not Alarm.objects.open().exists()
        give(behind, 9)
        sweep_ledger()
        report = verify()
        assert (report.findings, report.unreadable) == ([], [])

    def test_with_nothing_new_it_is_signed_all_the_same(self, moved: Wallet, sql: Sql):
        sweep_ledger()
        seal_ledger(even_if_empty=True)
        sql("DELETE FROM ledger_anchorreceipt WHERE checkpoint_id = 2")
        sql("DELETE FROM ledger_checkpoint WHERE number = 2")
        call_command("seal_ledger", "--accept-restore", "a backup of five seconds ago")

        second = Checkpoint.objects.get(pk=2)
        assert (second.size, len(second.replaces)) == (4, 1)
        report = verify()
        assert (report.findings, report.unreadable) == ([], [])

    def test_the_fork_reaches_the_anchor_even_where_it_failed_at_first(
        self, behind: Wallet, anchor_file: Path, give: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(anchoring, "PAUSE", timedelta(0))
        with monkeypatch.context() as failing:
            failing.setattr(FileAnchor, "append", _fail)
            call_command("seal_ledger", "--accept-restore", "lost")
            give(behind, 9)
            sweep_ledger()
        assert [json.loads(line)["number"] for line in anchor_file.read_text().splitlines()] == ["1", "2", "3"]

        sweep_ledger()
        assert [json.loads(line)["number"] for line in anchor_file.read_text().splitlines()] == ["1", "2", "3", "2", "3"]
        report = verify()
        assert (report.findings, report.unreadable) == ([], [])

    def test_a_lost_anchor_file_is_given_up_in_the_same_way(self, moved: Wallet, anchor_file: Path, give: Callable[..., Entry]):
        sweep_ledger()
        anchor_file.unlink()
        with pytest.raises(AnchorMismatch, match="the file anchor is empty, and took checkpoint 1"):
            sweep_ledger()

        call_command("seal_ledger", "--accept-restore", "the anchor's disk is lost")
        assert sweep_ledger().checkpoints == 0
        report = verify()
        assert (report.findings, report.unreadable) == ([], [])


def _fail(anchor: FileAnchor, statement: dict[str, str]) -> str:
    raise AnchorFailed("the disk is full")


def test_an_anchor_that_cannot_be_read_stops_sealing(moved: Wallet, anchor_file: Path):
    sweep_ledger()
    anchor_file.unlink()
    anchor_file.mkdir()

    with pytest.raises(AnchorUnreadable, match="cannot be read"):
        sweep_ledger()


def test_the_statement_that_is_anchored_is_whole(moved: Wallet, anchor_file: Path):
    sweep_ledger()
    taken = json.loads(anchor_file.read_text())
    made = Checkpoint.objects.get()

    assert taken == {
        "number": "1",
        "body": made.body,
        "signature": bytes(made.signature).hex(),
        "hash": bytes(made.hash).hex(),
    }
    assert timezone.now() - made.created_at < timedelta(minutes=1)
