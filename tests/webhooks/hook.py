"""A receiver on a real socket that answers what a test says, and remembers what it was sent."""

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Heard:
    """One call."""

    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass(frozen=True)
class Say:
    """An answer: after a while; cut off instead of a status."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    after_seconds: float = 0
    is_cut: bool = False


class Hook:
    """`hook.answer = lambda heard: Say(500)`; what it `heard`, in the order in which it came."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answer: Callable[[Heard], Say] = lambda heard: Say()
        self.connections = 0
        self.at_once = self.at_once_most = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    @property
    def ids(self) -> list[str]:
        return [heard.id for heard in self.heard]

    def hear(self, heard: Heard) -> Say:
        with self._lock:
            self.heard.append(heard)
            self.at_once += 1
            self.at_once_most = max(self.at_once_most, self.at_once)
        say = self.answer(heard)
        time.sleep(say.after_seconds)
        with self._lock:
            self.at_once -= 1
        return say

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The other side may go whenever it likes."""


def _handler(hook: Hook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            hook.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            say = hook.hear(Heard({name.lower(): value for name, value in self.headers.items()}, body))
            if say.is_cut:
                with suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self.send_response(say.status)
            for name, value in {"Content-Length": str(len(say.body)), **say.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(say.body)

        def log_message(self, *args: Any) -> None:
            pass

    return Handler
