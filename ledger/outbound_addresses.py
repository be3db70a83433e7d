"""What an address says of itself before anybody calls it. What its name leads to is asked at each call (ledger/outbound.py)."""

import socket
from ipaddress import AddressValueError, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from requests_hardened.ip_filter import InvalidIPAddress, filter_host

# Of IPv6 this is all that anybody was given: what lies outside is special, deprecated (fec0::/10, IPv4 in ::/96) or nobody's,
# and whatever routes it is a network of one's own.
GIVEN = ip_network("2000::/3")
# In the registries of special purposes, and known neither to the filter nor to every Python.
SPECIAL = tuple(
    ip_network(network) for network in ("192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24", "2001::/23", "2620:4f:8000::/48")
)
PRIVATE = "leads into a private network"
DEFAULT_PORTS = {"http": 80, "https": 443}


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
    if not (_is_ipv6(host) if "[" in parts.netloc else _is_name(host)):
        return "must name a host"
    return "" if is_allowed_host(host) or not _is_private(host, port or 443) else PRIVATE


def origin_of(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port of an address that `objection_to` lets pass: who is called, whatever of him."""
    return parts.scheme, (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS[parts.scheme]


def for_operators(objection: str) -> str:
    """An objection as who runs the service reads it: with the setting that lifts it, which is nobody else's business."""
    return (
        f"{objection}: to let it be called there, name its host in OUTBOUND_ALLOWED_HOSTS" if objection == PRIVATE else objection
    )


def is_special(address: str) -> bool:
    """Whether it is one that the filter lets pass, and that no public host has."""
    found = ip_address(address)
    return (isinstance(found, IPv6Address) and found not in GIVEN) or any(found in network for network in SPECIAL)


def _is_name(host: str) -> bool:
    """Whether it can be looked up at all, and means the same to everybody: `%31` is a 1 to some."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return "%" not in host


def _is_ipv6(host: str) -> bool:
    """What stands in brackets may also be of a kind that is yet to come, `v1.x`: nobody can call that."""
    try:
        IPv6Address(host)
    except AddressValueError:
        return False
    return True


def _is_private(host: str, port: int) -> bool:
    """Whether it is an address that the guard refuses, or this machine by name. 127.1 and 0x7f000001 are addresses, too."""
    # An IPv6 address may have a zone, and either a dot at its end.
    name = host.partition("%")[0].rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        # IPv4 that is written as IPv6 comes back as what it is.
        address = filter_host(str(found[0][4][0]), port, allow_loopback=False).strip("[]")
    except InvalidIPAddress:
        return True
    except (OSError, UnicodeError):
        # A name.
        return False
    return is_special(address)
