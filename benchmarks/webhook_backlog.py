"""How fast a backlog of webhook events is dispatched, and delivered by real workers to a receiver on this machine.

python -m tests.throwaway_postgres --durable -m benchmarks.webhook_backlog [--events N] [--wallets N] [--workers N]

The entries and their outbox rows are copied in; what follows is the service's own: its dispatcher, which gives them
their places, and `manage.py worker --queue webhooks` in processes of their own, which lease, sign, call over sockets and
write each attempt down, with real commits. The receiver is a process that counts and answers 200. All of them, and
PostgreSQL, share the machine. Exit 1 under 200 deliveries a second, or where anything was not delivered.
"""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

import django

from benchmarks.receivers import Receiver

REQUIRED = 200
PATIENCE_SECONDS = 600

OUTBOX = """
INSERT INTO ledger_outbox (type, account_id, sequence, facts, at)
SELECT CASE WHEN amount > 0 THEN 'wallet.credited' ELSE 'wallet.debited' END, account_id, sequence, '{}', at
FROM ledger_entry ORDER BY id"""
LEFT = """
SELECT count(*) FROM webhooks_event event JOIN webhooks_queue queue ON queue.account_id = event.account_id
WHERE event.position > queue.position"""


def main(asked: Namespace) -> int:
    receiver = Receiver()
    try:
        prepare(asked, receiver)
        with workers(asked.workers) as started:
            rate = drain(asked, receiver)
            stop(started)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"CPU of the workers and the receiver: {(used.ru_utime + used.ru_stime) / asked.events * 1000:.2f} ms a delivery.")
        return 1 if judge(asked, receiver) or rate < REQUIRED else 0
    finally:
        receiver.close()


def prepare(asked: Namespace, receiver: Receiver) -> None:
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.honest_ledger import fill
    from webhooks.dispatching import dispatch_waiting
    from webhooks.services import create_endpoint

    call_command("migrate", verbosity=0)
    print(f"Writing {asked.events:,} entries in {asked.wallets:,} wallets, and their events …", flush=True)
    fill(entries=asked.events, accounts=asked.wallets)
    for _ in range(asked.endpoints):
        create_endpoint(url=receiver.url, actor="benchmark", created_by=None)
    with connection.cursor() as cursor:
        cursor.execute(OUTBOX)
        cursor.execute("ANALYZE")
    began = time.monotonic()
    dispatched = 0
    while count := dispatch_waiting():
        dispatched += count
    print(f"Dispatched {dispatched:,} events: {dispatched / (time.monotonic() - began):,.0f} a second.", flush=True)


@contextlib.contextmanager
def workers(count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    command = [sys.executable, "manage.py", "worker", "--queue", "webhooks"]
    started = [subprocess.Popen(command, stdin=subprocess.DEVNULL) for _ in range(count)]
    try:
        yield started
    finally:
        for worker in started:
            worker.kill()
            worker.wait()


def stop(started: list[subprocess.Popen[bytes]]) -> None:
    for worker in started:
        worker.send_signal(signal.SIGTERM)
    for worker in started:
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(20)


def drain(asked: Namespace, receiver: Receiver) -> float:
    """Deliveries a second, from the first to the last."""
    wanted, deadline = asked.events * asked.endpoints, time.monotonic() + PATIENCE_SECONDS
    while not receiver.count:
        time.sleep(0.01)
    began = told = time.monotonic()
    while receiver.count < wanted and time.monotonic() < deadline:
        time.sleep(0.05)
        if time.monotonic() - told > 10:
            told = time.monotonic()
            print(f"  {receiver.count:,} after {told - began:.0f} s", flush=True)
    rate = receiver.count / (time.monotonic() - began)
    load = os.getloadavg()[0]
    print(f"Delivered {receiver.count:,} by {asked.workers} workers: {rate:,.0f} a second (load {load:.1f}).", flush=True)
    return rate


def judge(asked: Namespace, receiver: Receiver) -> bool:
    """Whether something is wrong."""
    from django.db import connection

    from webhooks.models import Attempt

    with connection.cursor() as cursor:
        cursor.execute(LEFT)
        (left,) = cursor.fetchone() or (0,)
    attempts = Attempt.objects.count()
    print(f"{attempts:,} attempts kept, {left} events left, {receiver.count - asked.events * asked.endpoints:,} sent twice.")
    return bool(left) or attempts < asked.events * asked.endpoints


if __name__ == "__main__":
    parser = ArgumentParser(prog="benchmarks.webhook_backlog")
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--wallets", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--endpoints", type=int, default=1, help="each gets all events")
    # The receiver is on this machine.
    os.environ["OUTBOUND_ALLOWED_HOSTS"] = "127.0.0.1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    django.setup()
    sys.exit(main(parser.parse_args()))
