"""One deadline for a whole answer: each read waits for what is left of it, and nothing is sent when it is over.
A call also knows whether anything of it was written.

The timeouts of requests and urllib3 are for one read each: a server that dribbles, a
byte every few seconds, would keep us for ever.
"""

import contextlib
import io
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from socket import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

# Of the call that this thread is at.
_call = threading.local()


@dataclass(slots=True)
class Sending:
    """One call: until when, in `time.monotonic()`, whether the other side may have heard of it, and bytes of its answer."""

    deadline: float
    was_written: bool = False
    received: int = 0


@contextlib.contextmanager
def kept_to(sending: Sending) -> Iterator[None]:
    """Hold this thread's calls to its deadline, and note there what they write."""
    _call.sending = sending
    try:
        yield
    finally:
        del _call.sending


def seconds_left() -> float:
    """What is left.

    Raises:
        TimeoutError: nothing.
    """
    left: float = _call.sending.deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline is over")
    return left


def keep_to_deadlines(adapter: HTTPAdapter) -> None:
    """Have the adapter's connections keep to `kept_to`. Before its first call."""
    adapter.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}


class _Reader(io.RawIOBase):
    def __init__(self, plain: io.RawIOBase, sock: socket) -> None:
        self._plain, self._socket = plain, sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._socket.settimeout(seconds_left())
        return self._plain.readinto(buffer)

    def close(self) -> None:
        self._plain.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Reader(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    response_class = _Response

    def connect(self) -> None:
        super().connect()
        # Looking the name up may have taken all of it.
        seconds_left()

    def send(self, data: Any) -> None:
        _note_written(self)
        super().send(data)


class _TLSConnection(HTTPSConnection):
    response_class = _Response

    def connect(self) -> None:
        super().connect()
        seconds_left()

    def send(self, data: Any) -> None:
        _note_written(self)
        super().send(data)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


def _note_written(connection: HTTPConnection) -> None:
    """Once it is connected and its certificate has held: what fails before that has told nobody anything."""
    if connection.sock is None:
        connection.connect()
    _call.sending.was_written = True
