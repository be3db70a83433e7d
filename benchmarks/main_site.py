"""A main site in a process of its own, which has as many wallets as asked, of the users of `benchmarks.many_wallets`.

As little work as can be, for it shares the machine.
"""

import json
import multiprocessing
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from urllib.parse import parse_qs, urlsplit

_spawn = multiprocessing.get_context("spawn")
KEY = "key"


class MainSite:
    """At `url`, until it is closed. Each wallet has `points` and its number's last two digits as its decimals."""

    def __init__(self, wallets: int, *, first: int = 1001) -> None:
        self._points: Synchronized[int] = _spawn.Value("q", 10)
        ours, theirs = _spawn.Pipe()
        self.process = _spawn.Process(target=_serve, args=[theirs, self._points, first, wallets], daemon=True)
        self.process.start()
        self.url = f"http://127.0.0.1:{ours.recv()}"

    def total_minor(self, wallets: int, *, first: int = 1001) -> int:
        return sum(self._points.value * 100 + number % 100 for number in range(first, first + wallets))

    def change_all(self) -> None:
        self._points.value += 1

    def close(self) -> None:
        self.process.kill()
        self.process.join()


def _serve(parent: Connection, points: "Synchronized[int]", first: int, wallets: int) -> None:
    # Spawned from a benchmark, it has read that module; it must not connect to anything.
    os.environ.pop("DATABASE_URL", None)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            after, most = int(asked.get("after", ["0"])[0]), int(asked.get("limit", [str(wallets)])[0])
            begin = max(first, after + 1)
            rows = [_row(number, points.value) for number in range(begin, min(begin + most, first + wallets))]
            body = json.dumps({"success": True, "message": rows}).encode()
            self.send_response(200)
            if "after" in asked:
                # As one of us: else the next run would read it in one list.
                self.send_header("X-Repeatable-By", "request_id")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    parent.send(server.server_address[1])
    server.serve_forever()


def _row(number: int, points: int) -> dict[str, object]:
    # The addresses of `many_wallets`, which cannot be read here: it is spawned before there are settings.
    told = {"wallet_id": number, "wallet_name": f"there{number}", "user_email": f"user{number}@example.test"}
    return {**told, "user_id": number, "points": f"{points}.{number % 100:02d}", "status": 1}
