"""What an address says of itself before anybody calls it. What its name leads to is asked at each call (ledger/outbound.py)."""

import socket
from urllib.parse import urlsplit

from django.conf import settings
from requests_hardened.ip_filter import InvalidIPAddress, filter_host


def is_allowed_host(host: str) -> bool:
    """Whether the operator lets this host be called wherever it is."""
    return host.lower() in {allowed.lower() for allowed in settings.OUTBOUND_ALLOWED_HOSTS}


def objection_to(url: str) -> str:
    """Why no call to `url` would ever go out; empty: nothing is known against it.

    The words go on where a sentence begins with the address: "must be an http or https address".
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme not in {"http", "https"} or not host:
        return "must be an http or https address"
    return "" if is_allowed_host(host) or not _is_private(host, port or 443) else "leads into a private network"


def _is_private(host: str, port: int) -> bool:
    """Whether it is an address that the guard refuses, or this machine by name. 127.1 and 0x7f000001 are addresses, too."""
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        filter_host(str(found[0][4][0]), port, allow_loopback=False)
    except InvalidIPAddress:
        return True
    except (OSError, UnicodeError):
        # A name.
        return False
    return False
