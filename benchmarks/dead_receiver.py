"""What a dead receiver costs: a money route's rate, and how late another endpoint's events come, with and without it.

python -m tests.throwaway_postgres --durable -m benchmarks.dead_receiver [--seconds N] [--rounds N] [--clients N] [--wallets N]

The web server and a worker run as they do in service. Clients credit wallets over HTTP as fast as they are answered; each
credit is an event, sent to a receiver that takes it at once. In every other round a second endpoint is subscribed as well:
its receiver takes the connection and never answers. The rounds take turns, so that whatever else the machine does meets
both. Exit 1 if the dead one costs more than a tenth of the rate, or holds the other one's events up for over two seconds.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import django
import requests

from benchmarks.receivers import Receiver
from tests.journeys.ports import HOST, free_port

ALLOWED_COST = 0.1
ALLOWED_LATE_SECONDS = 2


@dataclass(frozen=True)
class Round:
    credits_per_second: float
    # From when the last credit was answered until the good receiver had all of them.
    behind_seconds: float


class Stand:
    """The service, a good receiver and a dead one."""

    def __init__(self, asked: Namespace) -> None:
        from django.contrib.auth.models import Group
        from django.core.management import call_command

        from apikeys.services import mint_key
        from people.models import User
        from people.rights import SHOP_MANAGER
        from wallets.services import open_wallet
        from webhooks.services import create_endpoint

        call_command("migrate", verbosity=0)
        self.asked = asked
        self.good, self.dead = Receiver(), Receiver(is_dead=True)
        manager = User.objects.create_user("manager", "manager@example.test", is_staff=True)
        manager.groups.add(Group.objects.get(name=SHOP_MANAGER))
        key, secret = mint_key(owner=manager, scope="read_write", description="benchmark")
        self.auth = (key.consumer_key, secret)
        users = [User.objects.create_user(f"u{number}", f"u{number}@example.test") for number in range(asked.wallets)]
        self.wallets = [open_wallet(user=user).pk for user in users]
        create_endpoint(url=self.good.url, actor="benchmark", created_by=None)
        self.dead_endpoint, _ = create_endpoint(url=self.dead.url, actor="benchmark", created_by=None, status="off")
        self.url = ""

    def switch_dead(self, *, on: bool) -> None:
        """On with a day's trust: it is found failing anew in each round. Off with nothing left to send."""
        from webhooks.services import change_endpoint, skip_waiting

        change_endpoint(endpoint=self.dead_endpoint, actor="benchmark", status="active" if on else "off")
        if not on:
            skip_waiting(endpoint=self.dead_endpoint, actor="benchmark")

    def round(self) -> Round:
        before = self.good.count
        began = time.monotonic()
        with ThreadPoolExecutor(self.asked.clients) as pool:
            share = [self.wallets[number :: self.asked.clients] for number in range(self.asked.clients)]
            credits = sum(pool.map(self.credit, share))
        ended = time.monotonic()
        while self.good.count - before < credits and time.monotonic() - ended < 60:
            time.sleep(0.01)
        return Round(credits / (ended - began), time.monotonic() - ended)

    def credit(self, wallets: list[int]) -> int:
        done, until = 0, time.monotonic() + self.asked.seconds
        with requests.Session() as session:
            session.auth = self.auth
            while time.monotonic() < until:
                answer = session.post(
                    f"{self.url}/wallets/{wallets[done % len(wallets)]}/credit", json={"amount": "1", "reason": "benchmark"}
                )
                answer.raise_for_status()
                done += 1
        return done

    @contextlib.contextmanager
    def serve(self) -> Iterator[None]:
        port = free_port()
        self.url = f"http://{HOST}:{port}/wp-json/walletpro/v1"
        size = ("--workers", "2", "--blocking-threads", "2", "--no-ws", "--log-level", "critical")
        web = ("-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), *size)
        processes = [
            subprocess.Popen([sys.executable, *command], stdin=subprocess.DEVNULL, start_new_session=True)
            for command in ((*web, "wallet_service.wsgi:application"), ("manage.py", "worker"))
        ]
        try:
            self.wait_until_served()
            yield
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(20)
                process.kill()
            self.good.close()
            self.dead.close()

    def wait_until_served(self) -> None:
        """Until a credit is answered, and its event has come."""
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(requests.RequestException):
                self.credit_once()
                break
            if time.monotonic() > deadline:
                sys.exit("the web server does not come")
            time.sleep(0.2)
        while not self.good.count:
            if time.monotonic() > deadline:
                sys.exit("the worker does not come")
            time.sleep(0.05)

    def credit_once(self) -> None:
        answer = requests.post(
            f"{self.url}/wallets/{self.wallets[0]}/credit", json={"amount": "1", "reason": "first"}, auth=self.auth, timeout=5
        )
        answer.raise_for_status()


def measure(stand: Stand, asked: Namespace) -> tuple[float, float]:
    """The median share of the rate that the dead one costs, and how far behind the good one was with it, in seconds."""
    costs, behind = [], []
    stand.round()
    for number in range(1, asked.rounds + 1):
        rounds = {}
        # Who goes first takes turns as well.
        for has_dead in (True, False) if number % 2 else (False, True):
            stand.switch_dead(on=has_dead)
            rounds[has_dead] = stand.round()
        costs.append(1 - rounds[True].credits_per_second / rounds[False].credits_per_second)
        behind.append(rounds[True].behind_seconds)
        print(
            f"round {number}: {rounds[True].credits_per_second:.0f} credits a second with a dead receiver,"
            f" {rounds[False].credits_per_second:.0f} without: {costs[-1]:+.1%};"
            f" the other endpoint had all {rounds[True].behind_seconds:.2f} s and {rounds[False].behind_seconds:.2f} s later",
            flush=True,
        )
    cost, late = statistics.median(costs), statistics.median(behind)
    print(f"A dead receiver costs {cost:+.1%} of the rate, and the other endpoint is {late:.2f} s behind (medians).")
    print(f"It was called {stand.dead.count} times.")
    return cost, late


def main(asked: Namespace) -> int:
    stand = Stand(asked)
    with stand.serve():
        cost, late = measure(stand, asked)
    return 1 if cost > ALLOWED_COST or late > ALLOWED_LATE_SECONDS else 0


if __name__ == "__main__":
    parser = ArgumentParser(prog="benchmarks.dead_receiver")
    parser.add_argument("--seconds", type=float, default=8, help="of each round")
    parser.add_argument("--rounds", type=int, default=6, help="of each, with and without")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--wallets", type=int, default=200)
    # The receivers are on this machine.
    os.environ |= {"OUTBOUND_ALLOWED_HOSTS": "127.0.0.1", "RATE_LIMITS": "off"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    django.setup()
    sys.exit(main(parser.parse_args()))
