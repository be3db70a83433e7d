"""What the chain costs: credits posted with it and, in a test build of the seal functions, without it, in turns.

python -m tests.throwaway_postgres --durable -m benchmarks.chain_cost [--seconds N] [--rounds N] [--threads N] [--accounts N]

Real commits and the real service, each thread on accounts of its own. Without the
chain no HMAC is made, the entry's or the account's, nothing is encoded for one, and
none is looked at; everything else is the same. Rounds of both take turns, so that
whatever else the machine does meets both. Exit 1 if the chain costs more than 25 %.
"""

import os
import statistics
import sys
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import django

# Read by the settings: a connection for each thread.
os.environ.setdefault("DATABASE_POOL_SIZE", "16")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from ledger.encoding import ACCOUNT_VERSION  # noqa: E402
from ledger.models import Account, Entry  # noqa: E402
from ledger.movements import Circumstances, Event  # noqa: E402
from people.models import User  # noqa: E402
from wallets.models import Wallet  # noqa: E402
from wallets.services import credit, open_wallet  # noqa: E402

ALLOWED = 0.25
WHY = Circumstances("benchmark", reason="benchmark")


@dataclass(frozen=True)
class Rate:
    posts_per_second: float
    # Of this process: PostgreSQL's share is not in it.
    cpu_microseconds: float


@contextmanager
def no_chain() -> Iterator[None]:
    """The test build."""

    def seal_account(account: Account) -> None:
        account.version, account.key_id, account.mac = ACCOUNT_VERSION, 1, bytes(32)

    def chain_entry(entry: Entry, account: Account) -> None:
        entry.mac = bytes(32)

    with ExitStack() as patches:
        patches.enter_context(patch("ledger.entries.seal_account", seal_account))
        patches.enter_context(patch("ledger.entries.chain_entry", chain_entry))
        patches.enter_context(patch("ledger.book.is_intact", lambda account: True))
        yield


@transaction.atomic
def open_wallets(name: str, count: int) -> list[Wallet]:
    users = [User.objects.create_user(f"{name}{number}", f"{name}{number}@example.test") for number in range(count)]
    return [open_wallet(user=user) for user in users]


def run(wallets: list[Wallet], asked: Namespace) -> Rate:
    """One round: credits for so many seconds, on so many threads."""
    stop = threading.Event()
    cpu, began = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(asked.threads) as pool:
        working = [pool.submit(post, wallets[number :: asked.threads], stop) for number in range(asked.threads)]
        time.sleep(asked.seconds)
        stop.set()
        posts = sum(work.result() for work in working)
    return Rate(posts / (time.perf_counter() - began), (time.process_time() - cpu) / posts * 1e6)


def post(wallets: list[Wallet], stop: threading.Event) -> int:
    posts = 0
    while not stop.is_set():
        wallet = wallets[posts % len(wallets)]
        with transaction.atomic():
            credit(wallet=wallet, amount=wallet.money(100), event=Event.once("benchmark"), why=WHY)
        posts += 1
    connection.close()
    return posts


def measure(asked: Namespace) -> float:
    """The median share of the posting rate that the chain takes, over pairs of rounds beside each other."""
    chained, plain = open_wallets("on", asked.accounts), open_wallets("off", asked.accounts)
    run(chained, asked)
    shares, microseconds = [], []
    for number in range(1, asked.rounds + 1):
        rates = {}
        # Who goes first takes turns as well.
        for is_chained in (True, False) if number % 2 else (False, True):
            with ExitStack() as build:
                if not is_chained:
                    build.enter_context(no_chain())
                rates[is_chained] = run(chained if is_chained else plain, asked)
        on, off = rates[True], rates[False]
        shares.append(1 - on.posts_per_second / off.posts_per_second)
        microseconds.append(on.cpu_microseconds - off.cpu_microseconds)
        print(
            f"round {number}: {on.posts_per_second:.0f} posts a second with the chain, {off.posts_per_second:.0f} without:"
            f" {shares[-1]:.1%}; {on.cpu_microseconds:.0f} and {off.cpu_microseconds:.0f} µs of CPU a post",
            flush=True,
        )
    median = statistics.median(shares)
    print(f"The chain costs {median:.1%} of the posting rate, {statistics.median(microseconds):.0f} µs of CPU a post (medians).")
    return median


def main(asked: Namespace) -> int:
    call_command("migrate", verbosity=0)
    try:
        return 1 if measure(asked) > ALLOWED else 0
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]


if __name__ == "__main__":
    parser = ArgumentParser(prog="benchmarks.chain_cost")
    parser.add_argument("--seconds", type=float, default=2, help="of each round")
    parser.add_argument("--rounds", type=int, default=20, help="of each, with and without")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--accounts", type=int, default=400)
    sys.exit(main(parser.parse_args()))
