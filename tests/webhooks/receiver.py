"""A shop's receiver, built on the public `standardwebhooks` library: a real HTTP server that verifies, keeps, and can be flaky.

It knows nothing of the service but what the documents say. What comes and verifies is
kept in a file, a line of JSON each, on the disk before it is answered: a receiver that
is killed goes on where it was.

    python -m tests.webhooks.receiver --port 9000 --secret whsec_… --flaky 0.3 --seed 7 --log received.jsonl
"""

import contextlib
import hmac
import json
import os
import socket
import struct
import sys
import threading
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

HOST = "127.0.0.1"


class NotAuthentic(Exception):
    """It was not sent by who has the secret, or not like this, or not now."""


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """What the delivery says, by both of its signatures.

    Raises:
        NotAuthentic: a byte of it, or of what signs it, is another one than was sent.
    """
    said = verify_standard(secret, headers, body)
    given = _lower(headers)
    expected = f"sha256={hmac.new(secret.encode(), body, 'sha256').hexdigest()}"
    if not hmac.compare_digest(expected, given.get("x-walletpro-signature", "")):
        raise NotAuthentic("X-WalletPro-Signature")
    if (said["id"], said["type"]) != (given["webhook-id"], given.get("x-walletpro-event")):
        raise NotAuthentic("the headers name another event than the body")
    return said


def verify_standard(secret: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The same by Standard Webhooks alone: the library's word, and that it was given to these very bytes.

    base64 has bits that mean nothing, and a time may be written in more ways than one: the library reads them all.
    """
    given, webhook = _lower(headers), Webhook(secret)
    try:
        said: dict[str, Any] = webhook.verify(body, given)
        at = datetime.fromtimestamp(int(given["webhook-timestamp"]), UTC)
        as_we_would = webhook.sign(given["webhook-id"], at, body.decode())
    except (WebhookVerificationError, ValueError) as wrong:
        raise NotAuthentic(str(wrong)) from wrong
    if str(int(at.timestamp())) != given["webhook-timestamp"] or as_we_would not in given["webhook-signature"].split(" "):
        raise NotAuthentic("it only looks alike")
    return said


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


class Fate(StrEnum):
    """What becomes of one call."""

    FINE = "fine"
    SLOW = "answered late"
    ERROR = "500, and not kept"
    KEPT_ERROR = "500, and kept"
    CUT_UNREAD = "cut before its body was read"
    CUT_KEPT = "cut when it was kept"
    TIMES_OUT = "kept, and not answered in time"

    @property
    def is_kept(self) -> bool:
        return self not in {Fate.ERROR, Fate.CUT_UNREAD}

    @property
    def is_answered(self) -> bool:
        """As having been received."""
        return self in {Fate.FINE, Fate.SLOW}


# How often each comes among those that go wrong. A time-out costs the sender the most.
WRONG = {Fate.SLOW: 3, Fate.ERROR: 5, Fate.KEPT_ERROR: 3, Fate.CUT_UNREAD: 3, Fate.CUT_KEPT: 3, Fate.TIMES_OUT: 1}
# What becomes of the call of this id, which came so often before.
Plan = Callable[[str, int], Fate]


def fine(event_id: str, times_before: int) -> Fate:
    return Fate.FINE


def flaky(share: float, seed: int, *, at_most: int = 4) -> Plan:
    """So large a share of the calls goes wrong, whoever comes first; of one event `at_most` running, so that none is given up."""

    def plan(event_id: str, times_before: int) -> Fate:
        dice = Random(f"{seed} {event_id} {times_before}")
        if times_before >= at_most or dice.random() >= share:
            return Fate.FINE
        return dice.choices(list(WRONG), list(WRONG.values()))[0]

    return plan


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery that verified, in the order in which they came."""

    id: str
    type: str
    body: str
    at: float
    fate: str

    @property
    def data(self) -> dict[str, Any]:
        """What of the event its wallet, amount, balance and so on are."""
        data: dict[str, Any] = json.loads(self.body)["data"]
        return data


class Log:
    """What came, in a file: appended to, and on the disk before anybody is told that it is there."""

    def __init__(self, path: Path) -> None:
        self.received = read_log(path)
        # A line that a kill has cut off is closed, so that it spoils no other one.
        self._file = path.open("ab")
        if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            self._file.write(b"\n")
        self._lock = threading.Lock()

    def keep(self, one: Received) -> None:
        with self._lock:
            self._file.write(json.dumps(asdict(one)).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self.received.append(one)

    def close(self) -> None:
        self._file.close()


def read_log(path: Path) -> list[Received]:
    """Everything that a receiver has kept there so far."""
    received = []
    for line in path.read_text().splitlines() if path.exists() else ():
        with contextlib.suppress(ValueError):
            received.append(Received(**json.loads(line)))
    return received


def first_arrivals(received: Sequence[Received]) -> list[Received]:
    """Each event once, where it came first: what a receiver acts on."""
    first: dict[str, Received] = {}
    for one in received:
        first.setdefault(one.id, one)
    return list(first.values())


class Receiver:
    """A receiver on a port of this machine, from `start` to `stop` or as a context."""

    def __init__(
        self, secret: str, *, log: Path, plan: Plan = fine, port: int = 0, slow_seconds: float = 0.2, hang_seconds: float = 15
    ) -> None:
        self.secrets = [secret]
        self.plan = plan
        self.slow_seconds = slow_seconds
        self.hang_seconds = hang_seconds
        # Calls that did not verify.
        self.refused: list[str] = []
        self.calls = 0
        self._log = Log(log)
        self._times: Counter[str] = Counter(one.id for one in self._log.received)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server = _Server((HOST, port), self)
        self.url = f"http://{HOST}:{self._server.server_port}/hook"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._log.close()

    def __enter__(self) -> "Receiver":
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop()

    @property
    def received(self) -> list[Received]:
        """All deliveries that verified and were kept."""
        return list(self._log.received)

    @property
    def events(self) -> list[Received]:
        """The same without repetitions."""
        return first_arrivals(self.received)

    def wait_for(self, count: int, seconds: float = 30) -> None:
        """Wait until so many different events are there."""
        deadline = time.monotonic() + seconds
        while len(self.events) < count:
            assert time.monotonic() < deadline, f"{len(self.events)} of {count} events came within {seconds} s"
            time.sleep(0.02)

    def fate_of(self, event_id: str) -> Fate:
        with self._lock:
            self.calls += 1
            times = self._times[event_id]
            self._times[event_id] += 1
        return self.plan(event_id, times)

    def take(self, headers: Mapping[str, str], body: bytes, fate: Fate) -> bool:
        """Whether it verifies by one of the secrets; then it is kept, unless it is not to be."""
        said = None
        for secret in self.secrets:
            with contextlib.suppress(NotAuthentic):
                said = verify(secret, headers, body)
        if said is None:
            self.refused.append(headers.get("webhook-id", ""))
            return False
        if fate.is_kept:
            self._log.keep(Received(said["id"], said["type"], body.decode(), time.time(), fate.value))
        return True

    def hang(self) -> None:
        self._stopping.wait(self.hang_seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], receiver: Receiver) -> None:
        self.receiver = receiver
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed has hung up; that is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # Senders that are killed leave connections behind.
    timeout = 60

    def do_POST(self) -> None:
        receiver = self.server.receiver
        fate = receiver.fate_of(self.headers.get("webhook-id", ""))
        if fate is Fate.CUT_UNREAD:
            self._cut()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not receiver.take(dict(self.headers), body, fate):
            self._answer(401)
            return
        match fate:
            case Fate.ERROR | Fate.KEPT_ERROR:
                self._answer(500)
            case Fate.CUT_KEPT:
                self._cut()
            case Fate.TIMES_OUT:
                receiver.hang()
                self._cut()
            case Fate.SLOW:
                time.sleep(receiver.slow_seconds)
                self._answer(200)
            case _:
                self._answer(200)

    def _answer(self, status: int) -> None:
        said = b'{"received":true}' if status == 200 else b'{"received":false}'
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def _cut(self) -> None:
        """At once, and not as one says goodbye: the other side gets a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def receiving(secret: str, folder: Path, **how: Any) -> Iterator[Receiver]:
    """A receiver with a log in this folder, for a test."""
    with Receiver(secret, log=folder / "received.jsonl", **how) as receiver:
        yield receiver


def main(arguments: list[str]) -> int:
    parser = ArgumentParser(prog="tests.webhooks.receiver", description="Receive webhooks, verify and keep them.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--secret", required=True, action="append", help="whsec_…; twice during a rotation")
    parser.add_argument("--flaky", type=float, default=0.0, metavar="SHARE", help="of the calls that go wrong, 0 to 1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hang-seconds", type=float, default=15.0)
    parser.add_argument("--log", type=Path, required=True, metavar="FILE")
    asked = parser.parse_args(arguments)
    plan = flaky(asked.flaky, asked.seed) if asked.flaky else fine
    receiver = Receiver(asked.secret[0], log=asked.log, plan=plan, port=asked.port, hang_seconds=asked.hang_seconds)
    receiver.secrets = asked.secret
    receiver.start()
    print(f"Listening on {receiver.url}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
    receiver.stop()
    print(f"{receiver.calls} calls, {len(receiver.events)} events, {len(receiver.refused)} refused", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
