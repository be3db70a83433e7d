"""A main site on loopback that does what a test says: right, too late, garbage, down, and worse."""

import json
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Wallets = dict[str, dict[str, Any]]
KEY = "the-key-of-the-main-site"


class MainSite:
    """`mood` is how it answers the next calls; `wallets` what it has. With `repeats` it is one of us."""

    def __init__(self, *, repeats: bool = False) -> None:
        self.repeats = repeats
        self.mood: Callable[[BaseHTTPRequestHandler, Callable[[], bytes]], None] | None = None
        self.wallets: Wallets = {}
        self.outcomes: dict[str, bytes] = {}
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def has(self, name: str, points: Any, email: str = "", **extra: Any) -> None:
        number = len(self.wallets) + 1
        self.wallets[name] = {
            **{"wallet_id": number, "user_id": number + 100, "wallet_name": name, "points": points},
            **{"status": 1, "user_email": email, **extra},
        }

    def points(self, name: str) -> Decimal:
        return Decimal(str(self.wallets[name]["points"]))

    def withdrawals(self) -> list[str]:
        """The request ids that it was asked with, in their order."""
        return [asked["request_id"] for action, asked in self.calls if action == "withdraw_wallet_points_external"]

    def answer(self, action: str, asked: dict[str, str]) -> bytes:
        """Does the work, and says so."""
        with self.lock:
            self.calls.append((action, asked))
            if asked.get("key") != KEY:
                return no("Secure key is invalid")
            if action == "withdraw_wallet_points_external" and self.repeats and asked["request_id"] in self.outcomes:
                return self.outcomes[asked["request_id"]]
            done = getattr(self, f"_{action}")(asked)
            if action == "withdraw_wallet_points_external":
                self.outcomes[asked["request_id"]] = done
            return done  # type: ignore[no-any-return]

    def _get_wallets(self, asked: dict[str, str]) -> bytes:
        rows = list(self.wallets.values())
        if self.repeats:
            rows = [row for row in rows if row["wallet_id"] > int(asked.get("after", "0"))][: int(asked.get("limit", "1000"))]
        return yes(rows)

    def _get_wallet(self, asked: dict[str, str]) -> bytes:
        own = [wallet for wallet in self.wallets.values() if wallet["user_email"] == asked["email"]]
        return yes(own[0]) if own else no("Wallet does not exist")

    def _get_wallet_by_name(self, asked: dict[str, str]) -> bytes:
        wallet = self.wallets.get(asked["wallet_name"])
        return yes(wallet) if wallet else no("Wallet does not exist")

    def _withdraw_wallet_points_external(self, asked: dict[str, str]) -> bytes:
        wallet = self.wallets.get(asked["wallet_id"])
        if wallet is None:
            return no("Wallet does not exist")
        if Decimal(asked["points"]) > Decimal(str(wallet["points"])):
            return no("Wallet doesn't have enough points")
        wallet["points"] = str(Decimal(str(wallet["points"])) - Decimal(asked["points"]))
        return yes(wallet)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
                action = parts.path.rpartition("/")[2]
                self.request_id = asked.get("request_id", "")
                mood = site.mood or plainly
                mood(self, lambda: site.answer(action, asked))

            def log_message(self, *said: Any) -> None:
                """Nothing."""

        Handler.main_site = self  # type: ignore[attr-defined]
        return Handler


def yes(message: Any) -> bytes:
    return json.dumps({"success": True, "message": message}).encode()


def no(*words: str) -> bytes:
    return json.dumps({"success": False, "message": words}).encode()


def send(handler: Any, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    if handler.main_site.repeats:
        handler.send_header("X-Repeatable-By", "request_id")
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


# Moods: what it does with a call, and what it says of it.
def plainly(handler: Any, work: Callable[[], bytes]) -> None:
    answer, site = work(), handler.main_site
    is_decided = site.repeats and site.outcomes.get(handler.request_id) == answer
    send(handler, answer, **({"X-Decided-For": handler.request_id} if is_decided else {}))


def done_and_silent(handler: Any, work: Callable[[], bytes]) -> None:
    """The work is done, and the answer never comes."""
    work()
    time.sleep(0.8)
    handler.close_connection = True


def done_and_cut(handler: Any, work: Callable[[], bytes]) -> None:
    work()
    handler.close_connection = True
    handler.connection.close()


def says(body: bytes, status: int = 200, *, does: bool = False, **headers: str) -> Callable[[Any, Callable[[], bytes]], None]:
    """This answer, whatever was asked; `does`: and the work is done."""

    def mood(handler: Any, work: Callable[[], bytes]) -> None:
        if does:
            work()
        send(handler, body, status, **headers)

    return mood


def endless(handler: Any, work: Callable[[], bytes]) -> None:
    """An answer without an end."""
    work()
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"[" * 65536)
    except OSError:
        return
