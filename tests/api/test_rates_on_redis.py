"""The counters where `REDIS_URL` names a server: a real one, started here (`make test-redis`)."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from django.test import RequestFactory
from redis.connection import UnixDomainSocketConnection
from rest_framework.test import APIClient

from tests.api.conftest import V1, same_caller
from tests.api.webkul.conftest import ADMIN
from wallet_service.api import rates
from wallet_service.models import RateCounter
from wallet_service.rate_counter import REDIS_TIMEOUT_SECONDS

pytestmark = [pytest.mark.django_db, pytest.mark.redis]

PROGRAMS = ("redis-server", "valkey-server")
MISSING = "There is no redis-server. On Debian and Ubuntu: apt install redis-server"
COUNTER = {"BACKEND": "wallet_service.rate_counter.RedisCounterCache"}
START_SECONDS = 20
ME, WALLETS = f"{V1}/wallets/me", f"{ADMIN}/wallets"
TIERS = [rates.Tier(40, 60), rates.Tier(0, 60), rates.Tier(30, 5), rates.Tier(500, 3600)]


@dataclass
class Server:
    """One on a socket of its own, which keeps nothing."""

    program: str
    socket: Path

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        nothing_kept = ("--save", "", "--appendonly", "no", "--dir", str(self.socket.parent))
        self.process = subprocess.Popen(
            [self.program, "--port", "0", "--unixsocket", str(self.socket), *nothing_kept], stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + START_SECONDS
        while not self.socket.exists():
            assert self.process.poll() is None, f"{self.program} does not start"
            assert time.monotonic() < deadline, f"{self.program} is not there yet"
            time.sleep(0.02)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(START_SECONDS)

    def ask(self, *words: str) -> Any:
        with redis.Redis.from_url(self.url) as client:
            return client.execute_command(*words)

    def calls(self) -> dict[str, int]:
        """How often each command was sent since the last `CONFIG RESETSTAT`."""
        said = self.ask("INFO", "commandstats")
        return {name.removeprefix("cmdstat_"): figures["calls"] for name, figures in said.items()}


@pytest.fixture
def server(tmp_path: Path, settings: Any) -> Iterator[Server]:
    """It counts, from nothing."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.fail(MISSING)
    server = Server(program, tmp_path / "redis.sock")
    server.start()
    settings.CACHES = {**settings.CACHES, "ratelimit": COUNTER | {"LOCATION": server.url}}
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def window(limits: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Windows end at moments of their own; none shall end within a test, unless it adds to `seconds`."""
    now, moved = int(time.time()), {"seconds": 0}
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda value, period: now + moved["seconds"] + period - 1)
    return moved


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was written to the server, one piece a round trip."""
    pieces: list[bytes] = []
    write = UnixDomainSocketConnection.send_packed_command

    def record(connection: UnixDomainSocketConnection, command: Any, check_health: bool = True) -> None:
        pieces.append(b"".join(command))
        write(connection, command, check_health)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(UnixDomainSocketConnection, "send_packed_command", record)
    return pieces


def hit() -> list[tuple[int, int, bool]]:
    return [(usage.limit, usage.count, usage.is_over) for usage in rates.count_tiers("wkwp", "key:1", TIERS)]


def test_tiers_are_counted_in_one_round_trip(server: Server, sent: list[bytes]):
    """What is off is not asked for; a counter that is missing begins with its time to live."""
    assert hit() == [(40, 1, False), (30, 1, False), (500, 1, False)]
    server.ask("CONFIG", "RESETSTAT")
    sent.clear()
    assert hit() == [(40, 2, False), (30, 2, False), (500, 2, False)]
    assert len(sent) == 1

    calls = server.calls()
    assert {name: calls.get(name, 0) for name in ("multi", "set", "incrby", "exec")} == {
        "multi": 1,
        "set": 3,
        "incrby": 3,
        "exec": 1,
    }
    lifetimes = sorted(server.ask("TTL", key) for key in server.ask("KEYS", "*"))
    assert lifetimes == pytest.approx([10, 65, 3605], abs=2)


def test_a_new_window_is_a_new_budget(server: Server, as_alice: APIClient, window: dict[str, int], limits: Any):
    """And what was counted before is forgotten by itself."""
    limits(rate_walletpro_per_minute=1)
    assert [as_alice.get(ME).status_code for _ in "12"] == [200, 429]
    assert [hit() for _ in range(31)][-1] == [(40, 31, False), (30, 31, True), (500, 31, False)]
    assert all(server.ask("TTL", key) > 0 for key in server.ask("KEYS", "*"))
    window["seconds"] = 60

    assert as_alice.get(ME).status_code == 200
    assert hit() == [(40, 1, False), (30, 1, False), (500, 1, False)]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_threads_are_counted_exactly(server: Server, as_alice: APIClient, limits: Any, at_once: Callable[..., list[Any]]):
    """Three tiers, and walletpro's one. Nothing of it is counted in PostgreSQL."""
    limits(rate_walletpro_per_minute=20)

    def call(number: int) -> list[tuple[int, list[tuple[int, int, bool]]]]:
        client = same_caller(as_alice)
        return [(client.get(ME).status_code, hit()) for _ in range(10)]

    told = [each for thread in at_once(8, call) for each in thread]
    codes = [status for status, _ in told]
    tiers = [[usages[tier] for _, usages in told] for tier in range(3)]

    assert (codes.count(200), codes.count(429)) == (20, 60)
    assert [sorted(count for _, count, _ in tier) for tier in tiers] == [list(range(1, 81))] * 3
    assert [sum(is_over for *_, is_over in tier) for tier in tiers] == [40, 50, 0]
    assert not RateCounter.objects.exists()


def test_reading_does_not_count(server: Server):
    """A wrong code's limit is looked at before it is counted."""
    request = RequestFactory().get("/")
    told = [rates.count_wrong_code(request, is_hit=is_hit) for is_hit in (False, True, False, True, False)]

    assert [usage and usage.count for usage in told] == [0, 1, 1, 2, 2]


@pytest.mark.parametrize("how", ["gone", "hangs"])
def test_a_server_that_is_down_lets_calls_through(
    server: Server, as_alice: APIClient, as_manager: APIClient, caplog: pytest.LogCaptureFixture, limits: Any, how: str
):
    """Uncounted, and soon; they are counted again when it is back."""
    limits(rate_walletpro_per_minute=1, rate_wkwp_burst=1)
    assert [client.get(path).status_code for client, path in ((as_alice, ME), (as_manager, WALLETS))] == [200, 200]
    if how == "gone":
        server.stop()
    else:
        server.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    down = [client.get(path) for client, path in ((as_alice, ME), (as_manager, WALLETS))]
    seconds = time.monotonic() - began
    if how == "gone":
        server.start()
    else:
        server.process.send_signal(signal.SIGCONT)

    assert [response.status_code for response in down] == [200, 200]
    assert "X-WalletPro-RateLimit-Limit" not in down[0].headers
    assert caplog.text.count("let through uncounted") == 2
    assert seconds < 2 * REDIS_TIMEOUT_SECONDS + 1
    assert [as_alice.get(ME).status_code for _ in "12"][-1] == 429
