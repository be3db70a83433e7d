"""`python -m tests.torture`: the bank test from beginning to end, within its bound whatever happens."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from random import Random, randrange
from typing import Any

from tests.torture.client import PATIENCE_SECONDS
from tests.torture.stand import Stand, kill_group, wait_until

# Beside the time in which things are killed: setting up before, judging behind.
AROUND_SECONDS = 300
RECOVERY_SECONDS = 20
ANSWERS_BETWEEN = 10


def parse(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(
        prog="tests.torture", description="Move money over HTTP while everything is killed, then compare the books."
    )
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("DURATION") or 180))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or randrange(10**6)))
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--wallets", type=int, default=8)
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    asked = parse(arguments)
    # Whatever hangs: after this it ends, and `finally` clears away.
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.alarm(int(asked.seconds + AROUND_SECONDS))
    folder = Path(tempfile.mkdtemp(prefix="wallet-torture-"))
    # As root, PostgreSQL runs as another user, who has to pass through.
    folder.chmod(0o711)
    stand = Stand(folder)
    clients: list[subprocess.Popen[bytes]] = []
    say(f"SEED={asked.seed} DURATION={asked.seconds:.0f}: {asked.clients} clients, {asked.wallets} wallets")
    try:
        stand.open()
        bank = json.loads(stand.run("-m", "tests.torture.books", "open", str(asked.wallets)))
        stand.start()
        files = start_clients(stand, asked, bank, clients)
        torture(stand, asked, files)
        wait_for(clients)
        return judge(stand, files)
    finally:
        for client in clients:
            kill_group(client)
        stand.close()
        shutil.rmtree(folder, ignore_errors=True)
        # The sockets, where the folder's name was too long for them.
        shutil.rmtree(stand.postgres.sockets, ignore_errors=True)


def start_clients(stand: Stand, asked: Namespace, bank: dict[str, Any], clients: list[subprocess.Popen[bytes]]) -> list[Path]:
    files = []
    for number in range(asked.clients):
        files.append(stand.folder / f"client-{number}.jsonl")
        task = {"url": stand.url, "seed": asked.seed, "number": number, "seconds": asked.seconds, "file": str(files[-1]), **bank}
        command = [sys.executable, "-m", "tests.torture.client", json.dumps(task)]
        clients.append(subprocess.Popen(command, env=stand.environment, stdin=subprocess.DEVNULL, start_new_session=True))
    return files


def torture(stand: Stand, asked: Namespace, files: list[Path]) -> None:
    """Each kill meets a bank at work: the next one waits for some answers, but not for long."""
    dice, until = Random(asked.seed), time.monotonic() + asked.seconds
    while time.monotonic() < until:
        wait_for_answers(files, min(until, time.monotonic() + RECOVERY_SECONDS))
        time.sleep(max(0, min(until - time.monotonic(), dice.uniform(0, 2))))
        if time.monotonic() < until:
            stand.kill_something(dice)
            say(f"{until - time.monotonic():4.0f} s left, {count(files)} answers; killed: {stand.kills[-1]}")


def wait_for_answers(files: list[Path], deadline: float) -> None:
    wanted = count(files) + ANSWERS_BETWEEN
    while time.monotonic() < deadline and count(files) < wanted:
        time.sleep(0.1)


def count(files: list[Path]) -> int:
    return sum(file.read_text().count('"state": "done"') for file in files if file.exists())


def wait_for(clients: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + 4 * PATIENCE_SECONDS
    for client in clients:
        if client.wait(max(1, deadline - time.monotonic())):
            raise SystemExit(f"a client ended with {client.returncode}")


def judge(stand: Stand, files: list[Path]) -> int:
    """One last kill, and what PostgreSQL recovers is what counts."""
    stand.end_postgres()
    for process in (stand.web, stand.worker):
        kill_group(process)
    stand.postgres.start()
    wait_until(stand.postgres.is_running, "PostgreSQL")
    say(stand.run("-m", "tests.torture.books", "judge", *map(str, files)).strip())
    say(f"The books agree. {len(stand.kills) + 1} kills: {', '.join(sorted(set(stand.kills)))}")
    return 0


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
