"""The guard for calls to addresses that somebody typed in, against servers that mean no good."""

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import pytest

from ledger.outbound import Connection, OutboundFailed, call
from ledger.outbound_addresses import objection_to

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
# What a server does with the number of its connection, and the connection.
Serve = Callable[[int, socket.socket], object]


class Server:
    """Whatever a test says, on a connection each; it counts them."""

    def __init__(self, serve: Serve) -> None:
        self.serve = serve
        self.connections = 0
        self.heard: list[bytes] = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}/hook"
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listening.accept()
                self.connections += 1
                threading.Thread(target=self.one, args=[self.connections, connection], daemon=True).start()

    def one(self, number: int, connection: socket.socket) -> None:
        with suppress(OSError), closing(connection):
            self.serve(number, connection)

    def hear(self, connection: socket.socket) -> bytes:
        """One request; empty where the other side has gone."""
        heard = connection.recv(65536)
        self.heard.append(heard)
        return heard


@pytest.fixture
def start(settings: Any) -> Iterator[Callable[[Serve], Server]]:
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
    servers: list[Server] = []

    def start(serve: Serve) -> Server:
        servers.append(Server(serve))
        return servers[-1]

    yield start
    for server in servers:
        server.listening.close()


def answering(*answers: bytes) -> Serve:
    """Each of the answers to one request; then it hangs up."""

    def serve(number: int, connection: socket.socket) -> None:
        for answer in answers:
            if connection.recv(65536):
                connection.sendall(answer)

    return serve


def test_one_connection_serves_many_calls(start: Callable[[Serve], Server]):
    server = start(answering(*itertools.repeat(OK, 20)))

    with Connection(server.url) as connection:
        assert [connection.send("POST").body for _ in range(20)] == [b"ok"] * 20
    assert server.connections == 1


def test_a_kept_connection_that_was_closed_is_no_failure(start: Callable[[Serve], Server]):
    server = start(answering(OK))

    with Connection(server.url) as connection:
        assert [connection.send("POST").status for _ in range(3)] == [200] * 3
    assert server.connections == 3


def test_a_new_connection_that_is_cut_is_a_failure(start: Callable[[Serve], Server]):
    server = start(answering(b""))

    with pytest.raises(OutboundFailed, match="the connection was cut"):
        call("POST", server.url)
    assert server.connections == 1


def test_an_answer_that_ends_in_the_middle_is_a_failure(start: Callable[[Serve], Server]):
    server = start(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))

    with pytest.raises(OutboundFailed, match="the connection was cut"):
        call("POST", server.url)


def test_of_a_long_answer_the_beginning_is_kept(start: Callable[[Serve], Server]):
    server = start(answering(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000))

    with Connection(server.url) as connection:
        for _ in range(2):
            answer = connection.send("POST", bytes_max=1024)
            assert (answer.status, answer.body, answer.is_cut) == (200, b"x" * 1024, True)


def test_an_answer_of_just_that_length_is_whole(start: Callable[[Serve], Server]):
    server = start(answering(*[b"HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n" + b"x" * 1024] * 2))

    with Connection(server.url) as connection:
        assert [connection.send("POST", bytes_max=1024).is_cut for _ in range(2)] == [False, False]
    assert server.connections == 1


def dribble(beginning: bytes, drop: bytes) -> Serve:
    def serve(number: int, connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(beginning)
        while True:
            time.sleep(0.05)
            connection.sendall(drop)

    return serve


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        pytest.param(b"", b"H", id="status"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", id="header"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="continue"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x", id="body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", id="chunks"),
    ],
)
@pytest.mark.parametrize("is_kept", [False, True])
def test_a_server_that_dribbles_is_given_up_at_the_deadline(
    start: Callable[[Serve], Server], beginning: bytes, drop: bytes, is_kept: bool
):
    slow = dribble(beginning, drop)

    def serve(number: int, connection: socket.socket) -> None:
        if is_kept:
            answering(OK)(number, connection)
        slow(number, connection)

    server = start(serve)
    with Connection(server.url) as connection:
        if is_kept:
            connection.send("POST")
        began = time.monotonic()
        with pytest.raises(OutboundFailed, match="no answer in time"):
            connection.send("POST", deadline_seconds=0.5)
    assert time.monotonic() - began < 1


def test_nobody_is_left_behind_at_it(start: Callable[[Serve], Server]):
    server = start(dribble(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"))

    with pytest.raises(OutboundFailed):
        call("POST", server.url, deadline_seconds=0.3)
    time.sleep(0.3)
    assert not [thread for thread in threading.enumerate() if thread.name == "outbound"]


def test_the_body_of_a_redirect_is_not_read(start: Callable[[Serve], Server]):
    """An endless one would fill the memory."""
    sent = 0

    def serve(number: int, connection: socket.socket) -> None:
        nonlocal sent
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n")
        while True:
            sent += connection.send(b"x" * 65536)

    server = start(serve)
    with Connection(server.url) as connection:
        assert connection.send("POST", deadline_seconds=2, bytes_max=1024).status == 302
    assert sent < 20_000_000
    assert server.connections == 1


def test_cookies_are_not_kept(start: Callable[[Serve], Server]):
    server = start(lambda number, connection: None)

    def serve(number: int, connection: socket.socket) -> None:
        while server.hear(connection):
            connection.sendall(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n"))

    server.serve = serve
    with Connection(server.url) as connection:
        for _ in range(2):
            connection.send("POST")
    assert b"Cookie" not in server.heard[1]


# What IANA keeps for special purposes (iana-ipv4-special-registry, iana-ipv6-special-registry), multicast, what is deprecated
# (site-local, 6to4, IPv4-compatible), and of IPv6 what nobody has been given.
SPECIAL = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32", "192.0.0.170/31", "192.0.2.0/24", "192.31.196.0/24"),
    *("192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24"),
    *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32"),
    *("::/128", "::1/128", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64"),
    *("2001::/23", "2001::/32", "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:2::/48", "2001:3::/32"),
    *("2001:4:112::/48", "2001:10::/28", "2001:20::/28", "2001:30::/28", "2001:db8::/32", "2002::/16"),
    *("2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    *("200::/7", "400::/6", "800::/5", "1000::/4", "4000::/3", "6000::/3", "8000::/3", "e000::/4", "fe00::/9"),
]


def ends_of(network: IPv4Network | IPv6Network) -> list[str]:
    return [str(network[0]), str(network[network.num_addresses // 2]), str(network[-1])]


class TestNames:
    """What a host's name leads to, said by a resolver of ours."""

    @pytest.fixture
    def resolve(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
        """`resolve("10.0.0.1", …)`: what is answered to each look-up; who was looked up."""
        real = socket.getaddrinfo

        def resolve(*addresses: str, pause_seconds: float = 0) -> list[str]:
            asked: list[str] = []
            answers = iter(addresses)

            def answer(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
                if host != "shop.example":
                    return real(host, port, *args, **kwargs)
                asked.append(host)
                time.sleep(pause_seconds)
                return real(next(answers), port, *args, **kwargs)

            monkeypatch.setattr(socket, "getaddrinfo", answer)
            return asked

        return resolve

    @pytest.mark.parametrize(
        "address",
        [
            *("127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1"),
            *("::1", "::ffff:127.0.0.1", "::a01:203", "::ffff:0:a01:203"),
        ],
    )
    def test_a_name_that_leads_inside_is_refused(self, resolve: Callable[..., list[str]], address: str):
        resolve(address)
        with pytest.raises(OutboundFailed, match="a private address"):
            call("POST", "http://shop.example/")

    @pytest.mark.parametrize("network", SPECIAL)
    def test_nor_to_what_is_kept_for_special_purposes_be_it_written_or_looked_up(
        self, resolve: Callable[..., list[str]], network: str
    ):
        for address in ends_of(ip_network(network)):
            spellings = [f"[{address}]"] if ":" in address else [address, f"[::ffff:{address}]"]
            resolve(address)
            for host in (*spellings, "shop.example"):
                with pytest.raises(OutboundFailed, match="a private address"):
                    call("POST", f"http://{host}/", deadline_seconds=2)
            for host in spellings:
                assert objection_to(f"http://{host}/") == "leads into a private network"

    @pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", "[2a00:1450::1]", "[::ffff:8.8.8.8]", "192.0.1.1"])
    def test_the_rest_is_the_world(self, host: str):
        assert objection_to(f"http://{host}/") == ""

    @pytest.mark.parametrize("host", ["[v1.x]", "[v1.a:b]", "[vF.10.0.0.1]"])
    def test_an_address_of_a_kind_that_there_is_not_is_no_host(self, host: str):
        assert objection_to(f"http://{host}/") in {"must name a host", "is not an address"}

    def test_it_is_looked_up_once_a_connection_and_kept_to(
        self, start: Callable[[Serve], Server], resolve: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
    ):
        server = start(lambda number, connection: None)

        def serve(number: int, connection: socket.socket) -> None:
            server.hear(connection)
            connection.sendall(OK)

        server.serve = serve
        asked = resolve("127.0.0.1", "10.0.0.1")
        # So that the address the test can listen at counts as a public one.
        monkeypatch.setattr("requests_hardened.ip_filter_adapter.filter_host", lambda host, port, allow_loopback: "127.0.0.1")
        port = server.url.split(":")[2].split("/")[0]
        with Connection(f"http://shop.example:{port}/hook") as connection:
            assert [connection.send("POST").status for _ in range(3)] == [200] * 3
        assert asked == []
        assert all(f"Host: shop.example:{port}\r\n".encode() in heard for heard in server.heard)

    def test_a_look_up_that_hangs_is_given_up_and_nothing_sent(
        self, start: Callable[[Serve], Server], resolve: Callable[..., list[str]], settings: Any
    ):
        server = start(lambda number, connection: None)
        server.serve = lambda number, connection: bool(server.hear(connection))
        settings.OUTBOUND_ALLOWED_HOSTS = ["shop.example"]
        resolve("127.0.0.1", pause_seconds=1)
        began = time.monotonic()
        with pytest.raises(OutboundFailed, match="no answer in time"):
            call("POST", server.url.replace("127.0.0.1", "shop.example"), deadline_seconds=0.3)
        assert time.monotonic() - began < 0.9
        time.sleep(1)
        assert not any(server.heard)
