"""The one guard for what is sent to an address that somebody typed in: anchors, and what else calls outwards.

No redirects, no private, loopback or link-local addresses unless the operator names
the host in OUTBOUND_ALLOWED_HOSTS, no proxy or .netrc of the environment, at most
64 KiB of an answer, ten seconds for all of it.
"""

import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests_hardened import Config, HTTPSession

DEADLINE_SECONDS = 10.0
CONNECT_SECONDS = 3.0
BODY_BYTES_MAX = 64 * 1024
CHUNK_BYTES = 4096
USER_AGENT = "wallet-service"


class OutboundFailed(Exception):
    """Nothing that counts as an answer came back. Whether the other side has acted is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


def call(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Answer:
    """Send one request. Hold no row lock and no transaction meanwhile.

    Raises:
        OutboundFailed: refused by the guard, not reachable, too slow, or too long an answer.
    """
    # requests' own timeouts are for one read each: a server that dribbles would keep us for ever. The thread that is
    # left behind then holds nothing but its socket.
    answer: Future[Answer] = Future()
    deadline = time.monotonic() + deadline_seconds

    def run() -> None:
        try:
            answer.set_result(_send(method, url, body, dict(headers or {}), deadline))
        except Exception as failure:
            answer.set_exception(failure)

    Thread(target=run, name="outbound", daemon=True).start()
    try:
        return answer.result(timeout=deadline_seconds)
    except TimeoutError as late:
        raise OutboundFailed(f"no answer within {deadline_seconds:.0f} s") from late
    except (requests.RequestException, OSError, ValueError) as failure:
        raise OutboundFailed(_told(failure)) from failure


def _send(method: str, url: str, body: bytes | None, headers: dict[str, str], deadline: float) -> Answer:
    left = max(0.1, deadline - time.monotonic())
    timeout = (min(CONNECT_SECONDS, left), left)
    with _session(url) as session:
        response = session.request(method, url, data=body, headers=headers, timeout=timeout, stream=True)
        with response:
            return Answer(response.status_code, _read(response, deadline))


def _session(url: str) -> HTTPSession:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise OutboundFailed("only http and https addresses are called")
    is_allowed = parts.hostname in {host.lower() for host in settings.OUTBOUND_ALLOWED_HOSTS}
    session = HTTPSession(
        Config(
            ip_filter_enable=not is_allowed,
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(CONNECT_SECONDS, DEADLINE_SECONDS),
            user_agent_override=USER_AGENT,
        )
    )
    # Else a proxy of the environment is used, and ~/.netrc adds a password.
    session.trust_env = False
    return session


def _read(response: requests.Response, deadline: float) -> bytes:
    read = b""
    for chunk in response.iter_content(CHUNK_BYTES):
        read += chunk
        if len(read) > BODY_BYTES_MAX:
            raise OutboundFailed(f"the answer is longer than {BODY_BYTES_MAX} bytes")
        if time.monotonic() > deadline:
            raise OutboundFailed("no whole answer in time")
    return read


def _told(failure: Exception) -> str:
    """The kind of failure, and no address: it may carry a secret."""
    return type(failure).__name__
