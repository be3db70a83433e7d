"""The webhooks' test: customers move money, a flaky receiver is told of it, and workers and PostgreSQL are killed all the while.

    SEED=7 EVENTS=2000 make torture-webhooks

The service and its customers are the bank test's; `deliveries` compares in the end what
the receiver has kept with the ledger. `python -m tests.torture.webhooks`, within its
bound whatever happens.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from random import Random, randrange

from tests.journeys.ports import HOST, free_port
from tests.torture.__main__ import say, start_clients
from tests.torture.stand import Process, Stand, is_open, kill_group, wait_until
from tests.webhooks.receiver import read_log

# Longer than a lease, which is what a killed worker is waited for.
RECOVERY_SECONDS = 25
DRAIN_SECONDS = 150
# Between two kills, of all events: each meets workers at work.
SHARE_BETWEEN = 1 / 25
# How many events an acknowledged operation is at least; a transfer has a fee, and each side two names.
EVENTS_OF = {"transfer": 5, "capture": 2}
# The first two kills, whatever the dice say: they are what it is about.
FIRST_KILLS = ["PostgreSQL", "both workers"]


def parse(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(
        prog="tests.torture.webhooks", description="Tell a flaky receiver of money while everything is killed; then compare."
    )
    parser.add_argument("--events", type=int, default=int(os.environ.get("EVENTS") or 2000))
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("DURATION") or 300), help="of kills, at most")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or randrange(10**6)))
    parser.add_argument("--kills", type=int, default=0, help="so many and no more; 0: until all is delivered")
    parser.add_argument("--flaky", type=float, default=0.3)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--wallets", type=int, default=50)
    return parser.parse_args(arguments)


class WebhookStand(Stand):
    """The bank test's, with two workers that deliver, and a receiver that goes on where it was when it is killed."""

    def __init__(self, folder: Path, asked: Namespace) -> None:
        super().__init__(folder)
        self.environment |= {
            "OUTBOUND_ALLOWED_HOSTS": HOST,
            # Whole seconds. So many that nothing is given up while a receiver, or all of it, is away.
            "WEBHOOK_RETRY_SECONDS": ",".join(["1"] * 30),
            "WEBHOOK_TIMEOUT_SECONDS": "1",
        }
        self.asked = asked
        self.dice = Random(asked.seed)
        self.secret = ""
        self.log = folder / "received.jsonl"
        self.receivers_port = free_port()
        self.receivers_url = f"http://{HOST}:{self.receivers_port}/hook"
        self.courier: Process | None = None
        self.receiver: Process | None = None
        self._waiting_kills = list(FIRST_KILLS)

    @property
    def ways(self) -> dict[str, Callable[[], None]]:
        return {
            "PostgreSQL": self.kill_postgres,
            "both workers": self.kill_workers,
            "one worker": self.kill_worker,
            "the other worker": self.kill_courier,
            "backend": lambda: self.kill_backend(self.dice),
            "receiver": self.kill_receiver,
            "everything": self.kill_everything,
        }

    def start(self) -> None:
        self.start_receiver()
        super().start()
        self.start_courier()

    def close(self) -> None:
        for process in (self.courier, self.receiver):
            kill_group(process)
        super().close()

    def start_receiver(self) -> None:
        flaky = ("--flaky", str(self.asked.flaky), "--seed", str(self.asked.seed), "--hang-seconds", "2")
        where = ("--port", str(self.receivers_port), "--secret", self.secret, "--log", str(self.log))
        self.receiver = self._start("-m", "tests.webhooks.receiver", *where, *flaky)
        wait_until(lambda: is_open(self.receivers_port), "the receiver")

    def start_courier(self) -> None:
        self.courier = self._start("manage.py", "worker", "--queue", "webhooks")

    def kill_next(self) -> None:
        """Each way has its turn before one has its second."""
        self._waiting_kills = self._waiting_kills or self.dice.sample(list(self.ways), len(self.ways))
        name = self._waiting_kills.pop(0)
        self.ways[name]()
        self.kills.append(name)

    def kill_courier(self) -> None:
        kill_group(self.courier)
        self.start_courier()

    def kill_workers(self) -> None:
        kill_group(self.worker)
        kill_group(self.courier)
        self.start_worker()
        self.start_courier()

    def kill_receiver(self) -> None:
        kill_group(self.receiver)
        self.start_receiver()

    def kill_everything(self) -> None:
        kill_group(self.courier)
        kill_group(self.receiver)
        super().kill_everything()
        self.start_receiver()
        self.start_courier()

    def delivered(self) -> int:
        """How many different events the receiver has."""
        return len({one.id for one in read_log(self.log)})


def main(arguments: list[str]) -> int:
    asked = parse(arguments)
    # Whatever hangs: after this it ends, and `finally` clears away.
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.alarm(int(asked.seconds + DRAIN_SECONDS + 180))
    folder = Path(tempfile.mkdtemp(prefix="wallet-torture-"))
    # As root, PostgreSQL runs as another user, who has to pass through.
    folder.chmod(0o711)
    stand = WebhookStand(folder, asked)
    clients: list[subprocess.Popen[bytes]] = []
    say(f"SEED={asked.seed} EVENTS={asked.events}: {asked.clients} clients, {asked.wallets} wallets, {asked.flaky:.0%} flaky")
    try:
        stand.open()
        made = json.loads(stand.run("-m", "tests.torture.deliveries", "open", str(asked.wallets), stand.receivers_url))
        stand.secret = made["secret"]
        stand.start()
        files = start_clients(stand, asked, made["bank"], clients)
        torture(stand, asked, files, clients)
        say(stand.run("-m", "tests.torture.deliveries", "drain", str(DRAIN_SECONDS), timeout=DRAIN_SECONDS + 60).strip())
        return judge(stand, files)
    finally:
        for client in clients:
            kill_group(client)
        stand.close()
        shutil.rmtree(folder, ignore_errors=True)
        # The sockets, where the folder's name was too long for them.
        shutil.rmtree(stand.postgres.sockets, ignore_errors=True)


def torture(stand: WebhookStand, asked: Namespace, files: list[Path], clients: list[subprocess.Popen[bytes]]) -> None:
    """Customers move money until it is enough; things are killed until all of it has come, or so often as was asked for."""
    until = time.monotonic() + asked.seconds
    while time.monotonic() < until:
        is_made, is_killed = events_made(files) >= asked.events, 0 < asked.kills <= len(stand.kills)
        if is_made:
            for client in clients:
                kill_group(client)
        if is_made and (is_killed or stand.delivered() >= asked.events):
            return
        if is_killed:
            time.sleep(0.2)
        else:
            wait_for_deliveries(stand, asked, min(until, time.monotonic() + RECOVERY_SECONDS))
            time.sleep(stand.dice.uniform(0, 1))
            stand.kill_next()
            say(f"{events_made(files)} events made, {stand.delivered()} delivered; killed: {stand.kills[-1]}")
    if events_made(files) < asked.events:
        raise SystemExit(f"{asked.seconds:.0f} s were not enough: {events_made(files)} events made")


def wait_for_deliveries(stand: WebhookStand, asked: Namespace, deadline: float) -> None:
    wanted = min(stand.delivered() + asked.events * SHARE_BETWEEN, asked.events)
    while time.monotonic() < deadline and stand.delivered() < wanted:
        time.sleep(0.2)


def events_made(files: list[Path]) -> int:
    """At least so many: what was acknowledged."""
    made = 0
    for file in files:
        for line in file.read_text().splitlines() if file.exists() else ():
            if '"state": "done"' in line:
                made += EVENTS_OF.get(json.loads(line)["verb"], 1)
    return made


def judge(stand: WebhookStand, files: list[Path]) -> int:
    """One last kill, and what PostgreSQL recovers is what counts."""
    stand.end_postgres()
    for process in (stand.web, stand.worker, stand.courier, stand.receiver):
        kill_group(process)
    stand.postgres.start()
    wait_until(stand.postgres.is_running, "PostgreSQL")
    say(stand.run("-m", "tests.torture.deliveries", "judge", str(stand.log), *map(str, files)).strip())
    say(f"The books agree. {len(stand.kills) + 1} kills: {', '.join(sorted(set(stand.kills)))}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
