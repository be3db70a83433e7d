"""One deadline for a whole answer: each read waits for what is left of it, and nothing is sent when it is over.

The timeouts of requests and urllib3 are for one read each: a server that dribbles, a
byte every few seconds, would keep us for ever.
"""

import contextlib
import io
import threading
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from socket import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

# Of the call that this thread is at.
_call = threading.local()


@contextlib.contextmanager
def deadline_at(deadline: float) -> Iterator[None]:
    """Hold this thread's calls to `deadline`, in `time.monotonic()`."""
    _call.deadline = deadline
    try:
        yield
    finally:
        del _call.deadline


def seconds_left() -> float:
    """What is left.

    Raises:
        TimeoutError: nothing.
    """
    left: float = _call.deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline is over")
    return left


def keep_to_deadlines(adapter: HTTPAdapter) -> None:
    """Have the adapter's connections keep to `deadline_at`. Before its first call."""
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


class _TLSConnection(HTTPSConnection):
    response_class = _Response

    def connect(self) -> None:
        super().connect()
        seconds_left()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection
