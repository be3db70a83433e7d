"""Receivers of webhooks in processes of their own: one that takes everything at once, one that never answers."""

import asyncio
import multiprocessing
import os
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized

_spawn = multiprocessing.get_context("spawn")

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Receiver:
    """At `url`, until it is closed. It counts what it was sent: as little work as can be, for it shares the machine."""

    def __init__(self, *, is_dead: bool = False) -> None:
        self._count: Synchronized[int] = _spawn.Value("q", 0)
        ours, theirs = _spawn.Pipe()
        self.process = _spawn.Process(target=_serve, args=[theirs, self._count, is_dead], daemon=True)
        self.process.start()
        self.url = f"http://127.0.0.1:{ours.recv()}/hook"

    @property
    def count(self) -> int:
        return self._count.value

    def close(self) -> None:
        self.process.kill()
        self.process.join()


def _serve(parent: Connection, count: "Synchronized[int]", is_dead: bool) -> None:
    # Spawned from a benchmark, it has read that module; it must not connect to anything.
    os.environ.pop("DATABASE_URL", None)
    asyncio.run(_listen(parent, count, is_dead))


async def _listen(parent: Connection, count: "Synchronized[int]", is_dead: bool) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Calls(count, is_dead), "127.0.0.1", 0, backlog=256)
    parent.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


class _Calls(asyncio.Protocol):
    """One connection's, one after the other."""

    def __init__(self, count: "Synchronized[int]", is_dead: bool) -> None:
        self._count, self._is_dead, self._read = count, is_dead, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head = self._read[:end].lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r")[0] or 0)
            if len(self._read) < end + 4 + length:
                return
            self._read = self._read[end + 4 + length :]
            with self._count.get_lock():
                self._count.value += 1
            if not self._is_dead:
                self._transport.write(ANSWER)
