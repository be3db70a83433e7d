"""ClamAV's daemon as the document scanner: `DOCUMENT_SCANNER=kyc.clamd.Clamd`, and where it listens in `CLAMD_ADDRESS`.

The file goes there over the socket (INSTREAM), so that the daemon may run elsewhere and read none of our files.
"""

import socket
import struct
import time
from contextlib import closing

from django.conf import settings

STEP_BYTES = 64 * 1024
ANSWER_BYTES_MAX = 4096
DEADLINE_SECONDS = 20
CONNECT_SECONDS = 5


class ClamdFailed(Exception):
    """It did not say whether the file is clean."""


class Clamd:
    def threat_in(self, content: bytes) -> str:
        """The signature's name; empty where it found none.

        Raises:
            ClamdFailed, OSError: it is away, too slow, or said something else, such as that the file is too large for it.
        """
        deadline = time.monotonic() + DEADLINE_SECONDS
        with closing(connected(settings.CLAMD_ADDRESS)) as line:
            _send(line, b"zINSTREAM\0", deadline)
            for start in range(0, len(content), STEP_BYTES):
                step = content[start : start + STEP_BYTES]
                _send(line, struct.pack(">I", len(step)) + step, deadline)
            _send(line, struct.pack(">I", 0), deadline)
            return verdict(_answer(line, deadline))


def connected(address: str) -> socket.socket:
    """`host:port`, `[::1]:port`, or `unix:/path`."""
    if address.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(CONNECT_SECONDS)
        line.connect(address.removeprefix("unix:"))
        return line
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise ClamdFailed(f"CLAMD_ADDRESS is no host:port: {address!r}")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS)


def verdict(answer: str) -> str:
    """`stream: OK`, `stream: Eicar-Test-Signature FOUND`, or anything else."""
    said = answer.strip("\0\r\n ").removeprefix("stream: ")
    if said == "OK":
        return ""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")
    raise ClamdFailed(said[:200])


def _send(line: socket.socket, part: bytes, deadline: float) -> None:
    _wait_until(line, deadline)
    line.sendall(part)


def _answer(line: socket.socket, deadline: float) -> str:
    heard = b""
    while b"\0" not in heard and len(heard) < ANSWER_BYTES_MAX:
        _wait_until(line, deadline)
        part = line.recv(ANSWER_BYTES_MAX)
        if not part:
            break
        heard += part
    return heard.decode(errors="replace")


def _wait_until(line: socket.socket, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise ClamdFailed("it took too long")
    line.settimeout(left)
