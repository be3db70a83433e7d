"""What an address says of itself before anybody calls it. What its name leads to is asked at each call (ledger/outbound.py)."""

import socket
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from requests_hardened.ip_filter import InvalidIPAddress, filter_host

# IPv4 in IPv6 that the filter does not know: what routes them leads to any address of the four numbers, private ones too.
EMBEDDED = (ip_network("::/96"), ip_network("::ffff:0:0:0/96"))


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
    if port == 0:
        return "must not name port 0"
    if not _is_name(host):
        return "must name a host"
    return "" if is_allowed_host(host) or not _is_private(host, port or 443) else "leads into a private network"


def is_embedded(address: str) -> bool:
    """Whether it is an IPv6 address that stands for an IPv4 one, in a way that the filter lets pass."""
    found = ip_address(address)
    return isinstance(found, IPv6Address) and any(found in network for network in EMBEDDED)


def _is_name(host: str) -> bool:
    """Whether it can be looked up at all, and means the same to everybody: `%31` is a 1 to some."""
    if ":" in host:
        return True
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return "%" not in host


def _is_private(host: str, port: int) -> bool:
    """Whether it is an address that the guard refuses, or this machine by name. 127.1 and 0x7f000001 are addresses, too."""
    # An IPv6 address may have a zone, and either a dot at its end.
    name = host.partition("%")[0].rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        address = str(found[0][4][0])
        filter_host(address, port, allow_loopback=False)
    except InvalidIPAddress:
        return True
    except (OSError, UnicodeError):
        # A name.
        return False
    return is_embedded(address)
