"""Whether a port is free, and who has it if it is not."""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

LISTENING = "0A"


class PortUnusable(Exception):
    """Nothing can listen there; one line that says why and what to do."""


def require_free(host: str, port: int) -> str:
    """The numeric address of `host`, once it is certain that a server may listen there.

    Raises:
        PortUnusable: taken, forbidden, or no address of this machine.
    """
    if not 0 < port < 65536:
        raise PortUnusable(f"PORT={port} is no port: it must be between 1 and 65535.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except socket.gaierror as error:
        raise PortUnusable(f"HOST={host} is no address: {error.strerror}.") from error
    except OSError as error:
        raise PortUnusable(_why(host, port, error)) from error
    return str(address[0])


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken{_by_whom(port)}. Stop that program, or choose another port: make run PORT={port + 1}"
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}. Choose one above 1023: make run PORT=8000"
    return f"Nothing can listen on HOST={host}, PORT={port}: {error.strerror}."


def _by_whom(port: int) -> str:
    """Names the program where the system lets us see it."""
    number = min(_listeners(port), default=0)
    if not number:
        return ""
    with contextlib.suppress(OSError):
        command = Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        if "wallet_service.wsgi" in command:
            # The whole group: a worker alone would be replaced, and may have lost the parent that could stop it.
            return (
                f" by this service's own web server, perhaps left behind by a run that was killed (kill -- -{os.getpgid(number)})"
            )
        return f" by process {number} ({command[:80]})"
    return ""


def _listeners(port: int) -> Iterator[int]:
    """The ids of the processes that listen on `port`, of those that this user may look at; none outside Linux."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for descriptor in Path("/proc").glob("[0-9]*/fd/*") if sockets else ():
        with contextlib.suppress(OSError):
            if str(descriptor.readlink()) in sockets:
                yield int(descriptor.parts[2])


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                    yield columns[9]
