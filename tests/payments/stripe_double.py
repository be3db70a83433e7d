"""A double of Stripe on this machine: as much of it as the adapter speaks to, by its own rules.

It honours idempotency keys as Stripe does (the first answer again, a 500 too; another body is refused), signs notices
as Stripe does, and can be told to decline, to hang, to cut the connection before or after it has charged, to fail or
to answer garbage. As a program it shows a payment page, and tells the service what happened there:

    python -m tests.payments.stripe_double --port 12111 --notices-to http://127.0.0.1:8000/payments/notices/stripe/
"""

import argparse
import hashlib
import hmac
import json
import sys
import time
from collections import deque
from enum import Enum
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Event, RLock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.payments.stripe_books import Refused, Reply, Said, StripeBooks

HOST = "127.0.0.1"
SECRET_KEY, WEBHOOK_SECRET = "sk_test_double", "whsec_double"


class Way(Enum):
    """How the next call that would move money goes wrong."""

    HANG = "no answer, and nothing done"
    HANG_AFTER = "no answer, and it is done"
    CUT = "the connection breaks, and nothing is done"
    CUT_AFTER = "the connection breaks, and it is done"
    FAIL = "500, and nothing done"
    FAIL_AFTER = "500, and it is done"
    GARBAGE_AFTER = "an answer that is none, and it is done"
    IN_USE = "409: the key's first call is at work"
    TOO_MANY = "429"
    REDIRECT = "302"


BEFORE = {Way.HANG, Way.CUT, Way.FAIL, Way.IN_USE, Way.TOO_MANY, Way.REDIRECT}


class StripeDouble:
    """`with StripeDouble() as stripe:`; `stripe.books` is what it holds, `stripe.goes_wrong(Way.CUT_AFTER)` what it will do."""

    def __init__(self, port: int = 0, secret_key: str = SECRET_KEY, webhook_secret: str = WEBHOOK_SECRET) -> None:
        double = self

        class Handler(_Handler):
            stripe = double

        self._server = _Server((HOST, port), Handler)
        self.url = f"http://{HOST}:{self._server.server_port}"
        self.books = StripeBooks(self.url)
        self.secret_key, self.webhook_secret = secret_key, webhook_secret
        self.calls: list[tuple[str, str]] = []
        # Where what happens on the payment page is told to; nowhere in tests, which send it themselves.
        self.notices_to = ""
        self.released = Event()
        self._ways: deque[Way] = deque()
        self._answers: dict[str, tuple[str, Reply]] = {}
        self._lock = RLock()
        self._numbers = count(1)

    def __enter__(self) -> "StripeDouble":
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def goes_wrong(self, *ways: Way) -> None:
        self._ways.extend(ways)

    def forgets_keys(self) -> None:
        """A day later."""
        self._answers.clear()

    def notices(self, happened: list[tuple[str, Said]]) -> list[bytes]:
        """What Stripe tells of it: the body of each notice."""
        return [self.notice(kind, about) for kind, about in happened]

    def notice(self, kind: str, about: Said) -> bytes:
        event = {
            "id": f"evt_{next(self._numbers)}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": int(time.time()),
            "type": kind,
            "data": {"object": about},
        }
        return json.dumps(event, indent=2).encode()

    def signature(self, body: bytes, *, at: float | None = None, secret: str = "") -> str:
        """The header Stripe-Signature."""
        second = int(time.time() if at is None else at)
        mac = hmac.new((secret or self.webhook_secret).encode(), f"{second}.".encode() + body, hashlib.sha256)
        return f"t={second},v1={mac.hexdigest()}"

    def tell(self, happened: list[tuple[str, Said]]) -> None:
        """Send it to the service, as a program."""
        for body in self.notices(happened) if self.notices_to else ():
            kind = json.loads(body)["type"]
            headers = {"Stripe-Signature": self.signature(body), "Content-Type": "application/json"}
            try:
                answer = requests.post(self.notices_to, data=body, headers=headers, timeout=20)
            except requests.RequestException as failure:
                _say(f"{kind}: not told ({type(failure).__name__})")
            else:
                _say(f"{kind}: told, {answer.status_code}")

    def answer(self, verb: str, path: str, text: str, key: str) -> Reply | Way:
        """What one call is answered with, or how it ends without an answer."""
        with self._lock:
            self.calls.append((verb, path))
            parts = path.removeprefix("/v1/").split("/")
            if verb == "GET":
                return _said(lambda: self.books.get(parts, nested(text)))
            if key in self._answers:
                return self._again(path + "?" + text, key)
            way = self._ways.popleft() if self._ways else None
            if way in BEFORE:
                return self._fails(way, path + "?" + text, key)
            reply = _said(lambda: self.books.post(parts, nested(text)))
            kept = FAILED if way is Way.FAIL_AFTER else reply
            self._answers[key] = (path + "?" + text, kept)
            return kept if way in (None, Way.FAIL_AFTER) else way

    def _again(self, asked: str, key: str) -> Reply:
        first, reply = self._answers[key]
        if first != asked:
            return 400, {"error": {"type": "idempotency_error", "message": "Keys for idempotent requests can only be used once."}}
        return reply

    def _fails(self, way: Way, asked: str, key: str) -> Reply | Way:
        if way is Way.FAIL:
            self._answers[key] = (asked, FAILED)
            return FAILED
        if way is Way.IN_USE:
            return 409, {"error": {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": "At work."}}
        if way is Way.TOO_MANY:
            return 429, {"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Slower."}}
        return way


FAILED: Reply = (500, {"error": {"type": "api_error", "message": "Sorry."}})


def _said(call: Any) -> Reply:
    """As it was when it was said: what is answered again does not change."""
    try:
        status, said = call()
    except Refused as refused:
        status, said = refused.reply
    except (KeyError, ValueError) as missing:
        status, said = Refused(400, "parameter_missing", param=str(missing)).reply
    return status, json.loads(json.dumps(said))


def nested(text: str) -> Said:
    """`a[b][0]=c` as {"a": {"b": {"0": "c"}}}."""
    found: Said = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        *parents, last = name.replace("]", "").split("[")
        place = found
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that has hung up."""


class _Handler(BaseHTTPRequestHandler):
    stripe: StripeDouble
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/v1/"):
            self._answer("GET", parts.path, parts.query)
        else:
            self._show(_page(self.stripe, parts.path.removeprefix("/pay/")))

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path.startswith("/v1/"):
            self._answer("POST", self.path, text)
        else:
            self._act(self.path.removeprefix("/pay/"), nested(text).get("act", ""))

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""

    def _answer(self, verb: str, path: str, text: str) -> None:
        if self.headers.get("Authorization") != f"Bearer {self.stripe.secret_key}":
            self._send(401, b'{"error": {"type": "invalid_request_error", "message": "Invalid API Key provided: sk_****"}}')
            return
        answer = self.stripe.answer(verb, path, text, self.headers.get("Idempotency-Key", ""))
        if isinstance(answer, Way):
            self._break(answer)
        else:
            self._send(answer[0], json.dumps(answer[1]).encode())

    def _break(self, way: Way) -> None:
        if way is Way.GARBAGE_AFTER:
            self._send(200, b"<html>the proxy's own page</html>")
        elif way is Way.REDIRECT:
            self._send(302, b"", Location="https://elsewhere.example/v1/payment_intents")
        else:
            if way in (Way.HANG, Way.HANG_AFTER):
                self.stripe.released.wait(60)
            self.close_connection = True

    def _act(self, subject: str, act: str) -> None:
        """What somebody does on the double's own pages."""
        books = self.stripe.books
        acts = {
            "pay": lambda: books.pay(subject),
            "decline": lambda: books.decline(subject),
            "expire": lambda: books.expire(subject),
            "dispute": lambda: books.dispute(subject),
            "refund": lambda: books.refund_by_hand(subject, books.intents[subject]["amount_received"]),
        }
        try:
            happened = acts[act]()
        except (KeyError, Refused):
            self._send(400, b"No.")
            return
        _say(f"{subject}: {act}")
        Thread(target=self.stripe.tell, args=[happened]).start()
        session = books.sessions.get(subject, {})
        self._send(303, b"", Location=session["success_url"] if act == "pay" else self.path if session else "/")

    def _show(self, page: str) -> None:
        self._send(200 if page else 404, page.encode(), **{"Content-Type": "text/html; charset=utf-8"})

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        told = {"Content-Type": "application/json", "Request-Id": "req_double", "Stripe-Notice": "A notice of Stripe's."}
        for name, value in {**told, **headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _page(stripe: StripeDouble, subject: str) -> str:
    """The payment page of a session; without one, all that was paid."""
    session = stripe.books.sessions.get(subject)
    if session:
        return _form(subject, f"{session['amount_total']} {session['currency']}, {session['status']}", "pay", "decline", "expire")
    paid = [intent for intent in stripe.books.intents.values() if intent["status"] == "succeeded"]
    rows = (_form(row["id"], f"{row['amount']} {row['currency']}", "dispute", "refund") for row in paid)
    return "" if subject != "/" else f"<h1>A double of Stripe</h1>{''.join(rows) or 'Nothing was paid yet.'}"


def _form(subject: str, told: str, *acts: str) -> str:
    buttons = "".join(f'<button name="act" value="{act}">{act}</button> ' for act in acts)
    return f'<form method="post" action="/pay/{escape(subject)}"><p>{escape(subject)}: {escape(told)}</p>{buttons}</form>'


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    options = argparse.ArgumentParser(description="A double of Stripe on this machine.")
    options.add_argument("--port", type=int, default=12111)
    options.add_argument("--secret-key", default=SECRET_KEY)
    options.add_argument("--webhook-secret", default=WEBHOOK_SECRET)
    options.add_argument("--notices-to", default="", help="The service's address for notices.")
    asked = options.parse_args()
    with StripeDouble(asked.port, asked.secret_key, asked.webhook_secret) as stripe:
        stripe.notices_to = asked.notices_to
        _say(f"STRIPE_API_BASE={stripe.url} STRIPE_SECRET_KEY={asked.secret_key} STRIPE_WEBHOOK_SECRET={asked.webhook_secret}")
        told = 0
        try:
            while True:
                time.sleep(0.2)
                for topup_id, amount in stripe.books.charged[told:]:
                    _say(f"charged {amount} for {topup_id}")
                told = len(stripe.books.charged)
        except KeyboardInterrupt:
            _say(f"charged {len(stripe.books.charged)} times, {sum(amount for _, amount in stripe.books.charged)} in all")


if __name__ == "__main__":
    main()
