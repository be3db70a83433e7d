"""The one guard for what is sent to an address that somebody typed in: anchors, webhooks, and what else calls outwards.

No redirects, no private, loopback, link-local or otherwise special addresses unless the operator names
the host in OUTBOUND_ALLOWED_HOSTS, no proxy or .netrc of the environment, no cookies,
at most 64 KiB of an answer, ten seconds for all of it.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from functools import partial
from http.client import BadStatusLine, HTTPException, IncompleteRead, LineTooLong, RemoteDisconnected, UnknownProtocol
from socket import gaierror
from ssl import SSLCertVerificationError, SSLError
from threading import Thread
from typing import Any, Self
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter

from ledger.outbound_addresses import is_allowed_host, is_special
from ledger.outbound_deadline import Sending, keep_to_deadlines, kept_to, seconds_left

DEADLINE_SECONDS = 10.0
CONNECT_SECONDS = 3.0
BODY_BYTES_MAX = 64 * 1024
PART_BYTES = 64 * 1024
WATCH_SECONDS = 0.5
USER_AGENT = "wallet-service"
HEADERS = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}

# What a person is told of a failure: no address, which may carry a secret.
TOLD: dict[type[BaseException], str] = {
    InvalidIPAddress: "a private address, and OUTBOUND_ALLOWED_HOSTS does not name its host",
    gaierror: "the host's name is not known",
    ConnectionRefusedError: "the connection was refused",
    RemoteDisconnected: "the connection was cut",
    ConnectionResetError: "the connection was cut",
    BrokenPipeError: "the connection was cut",
    urllib3.exceptions.IncompleteRead: "the connection was cut",
    IncompleteRead: "the connection was cut",
    BadStatusLine: "its answer is no HTTP",
    UnknownProtocol: "its answer is no HTTP",
    LineTooLong: "its answer is no HTTP",
    HTTPException: "its answer is no HTTP",
    SSLCertVerificationError: "its certificate does not hold",
    SSLError: "TLS failed",
    TimeoutError: "no answer in time",
}


# Told how many bytes have come.
Watch = Callable[[int], object]


class OutboundFailed(Exception):
    """Nothing that counts as an answer came back. Whether the other side has acted is not known."""


class OutboundNotSent(OutboundFailed):
    """It was never sent: refused by the guard, no such name, no connection, a certificate that does not hold."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `is_cut`: there was more of it."""

    status: int
    body: bytes
    is_cut: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


class Connection:
    """One address, called time after time over one connection that is kept open, by one thread at a time.

    Its host's name is looked up and checked once: what it leads to later is of no matter. Keep it no longer than a
    minute or so, then.
    """

    def __init__(self, url: str) -> None:
        """Raises OutboundNotSent where such an address is not called at all."""
        self._url = url
        self._session = _session(url)
        self._has_answered = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """It may be used again, from the beginning."""
        self._session.close()
        self._session = _session(self._url)
        self._has_answered = False

    def send(
        self,
        method: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
        bytes_max: int = BODY_BYTES_MAX,
        watch: Watch | None = None,
    ) -> Answer:
        """Send one request, and read the first `bytes_max` of its answer. Hold no row lock and no transaction meanwhile.

        One that finds the kept connection closed is sent again over a new one. `watch` is told every half second how many
        bytes of the body have come, and may raise: then nothing more is waited for.

        Raises:
            OutboundNotSent: refused by the guard, or not reachable.
            OutboundFailed: cut, or too slow.
        """
        sending = Sending(time.monotonic() + deadline_seconds)
        headers = {**HEADERS, **(headers or {})}
        try:
            if self._has_answered:
                try:
                    return self._send(method, body, headers, sending, bytes_max)
                except requests.ConnectionError as closed:
                    if isinstance(closed, requests.Timeout):
                        raise
                    self.close()
            # Looking a name up knows no deadline. The thread that is left behind then holds nothing.
            answer = _within(sending, partial(self._send, method, body, headers, sending, bytes_max), watch)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as failure:
            self.close()
            # A thread that was left behind may still get to write.
            is_certain = not sending.was_written and not isinstance(failure, TimeoutError)
            raise (OutboundNotSent if is_certain else OutboundFailed)(_told(failure)) from failure
        self._has_answered = not answer.is_cut
        return answer

    def _send(self, method: str, body: bytes | None, headers: Mapping[str, str], sending: Sending, bytes_max: int) -> Answer:
        # Prepared without the session, which would add the cookies that earlier answers have set.
        request = requests.Request(method, self._url, headers=headers, data=body).prepare()
        with kept_to(sending):
            left = seconds_left()
            timeout = (min(CONNECT_SECONDS, left), left)
            with self._session.send(request, timeout=timeout, stream=True) as response:
                read = bytearray()
                # One more tells whether there is more. Who has read to the end finds the connection free again.
                while (most := min(PART_BYTES, bytes_max + 1 - len(read))) and (
                    part := response.raw.read(most, decode_content=False)
                ):
                    read += part
                    sending.received = len(read)
                return Answer(response.status_code, bytes(read[:bytes_max]), len(read) > bytes_max, response.headers)


def call(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    deadline_seconds: float = DEADLINE_SECONDS,
    bytes_max: int = BODY_BYTES_MAX,
    watch: Watch | None = None,
) -> Answer:
    """Send one request. Hold no row lock and no transaction meanwhile. `watch` as for `Connection.send`.

    Raises:
        OutboundNotSent: refused by the guard, or not reachable.
        OutboundFailed: cut, too slow, or too long an answer.
    """
    with Connection(url) as connection:
        bounds: dict[str, Any] = {"deadline_seconds": deadline_seconds, "bytes_max": bytes_max}
        answer = connection.send(method, body=body, headers=headers, watch=watch, **bounds)
    if answer.is_cut:
        raise OutboundFailed(f"the answer is longer than {bytes_max} bytes")
    return answer


class _Session(HTTPSession):  # type: ignore[misc]
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: to prepare a redirect that nobody follows, requests would read the whole body, however long it is."""


class _PinningAdapter(IPFilterAdapter):  # type: ignore[misc]
    """Looks the host up for the first call, and stays with what it found."""

    _found: tuple[dict[str, Any], dict[str, Any], str] | None = None

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        if self._found is None:
            host, options = super().build_connection_pool_key_attributes(request, verify, cert)
            if is_special(host["host"].strip("[]")):
                raise InvalidIPAddress(host["host"])
            self._found = host, options, request.headers["Host"]
        host, options, name = self._found
        request.headers = CaseInsensitiveDict(request.headers, Host=name)
        return dict(host), dict(options)


def _session(url: str) -> _Session:
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme, parts.hostname
    except ValueError as wrong:
        raise OutboundNotSent("no address") from wrong
    if scheme not in {"http", "https"} or not host:
        raise OutboundNotSent("only http and https addresses are called")
    is_allowed = is_allowed_host(host)
    config = Config(
        ip_filter_enable=not is_allowed,
        ip_filter_allow_loopback_ips=False,
        never_redirect=True,
        default_timeout=(CONNECT_SECONDS, DEADLINE_SECONDS),
    )
    session = _Session(config)
    # Else a proxy of the environment is used, and ~/.netrc adds a password.
    session.trust_env = False
    adapter = HTTPAdapter() if is_allowed else _PinningAdapter(is_https_proto=scheme == "https")
    keep_to_deadlines(adapter)
    session.mount(f"{scheme}://", adapter)
    return session


def _within(sending: Sending, work: Callable[[], Answer], watch: Watch | None) -> Answer:
    """What `work` returns or raises; TimeoutError at the deadline, whatever it is at."""
    answer: Future[Answer] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except Exception as failure:
            answer.set_exception(failure)

    Thread(target=run, name="outbound", daemon=True).start()
    try:
        while (left := sending.deadline - time.monotonic()) > 0:
            if wait([answer], timeout=min(left, WATCH_SECONDS) if watch else left).done:
                return answer.result()
            if watch:
                watch(sending.received)
    except BaseException:
        # Whoever was left behind ends with his next read.
        sending.deadline = 0.0
        raise
    return answer.result(timeout=0.0)


def _told(failure: BaseException) -> str:
    """Why it failed, in the words of what lies deepest; else the kind of failure."""
    chain = [failure]
    while cause := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(cause)
    return next((TOLD[type(cause)] for cause in reversed(chain) if type(cause) in TOLD), type(failure).__name__)
