"""How many entries a second `verify_ledger` verifies, all of them sealed, with how much CPU, and in how much memory.

CPU seconds are those of all processes, PostgreSQL's as well (read from /proc, so on Linux only): on a machine that
others use they say what a quiet one would do.

python -m tests.throwaway_postgres -m benchmarks.verify_ledger [--entries N] [--accounts N] [--processes N]
"""

import json
import os
import resource
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from typing import Any

import django

from benchmarks.cpu import cpu_seconds, server_cpu_seconds


def main(asked: Namespace) -> None:
    from django.core.management import call_command

    from benchmarks.honest_ledger import fill
    from ledger.checkpoints.services import seal_ledger

    call_command("migrate", verbosity=0)
    print(f"Writing {asked.entries:,} entries in {asked.accounts:,} accounts …", flush=True)
    fill(entries=asked.entries, accounts=asked.accounts)
    begun, python, server = time.monotonic(), time.process_time(), server_cpu_seconds()
    seal_ledger(sweep=True)
    python, server = time.process_time() - python, server_cpu_seconds() - server
    print(f"Sealed them in {time.monotonic() - begun:.0f} s: CPU {python:.0f} s in Python, {server:.0f} s in PostgreSQL.")
    print("\n| | entries/s | seconds | CPU s, Python | CPU s, PostgreSQL | largest process, MB | load before |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for arguments in ([], ["--since-checkpoint"]):
        _print(" ".join(["verify_ledger", *arguments]), *_verify([*arguments, f"--processes={asked.processes}"]))


def _verify(arguments: list[str]) -> tuple[dict[str, Any], float, float, float]:
    """What the command says, CPU seconds of all its processes and of the server's, and the load when it began."""
    load, before, server = os.getloadavg()[0], cpu_seconds(), server_cpu_seconds()
    done = subprocess.run([sys.executable, "manage.py", "verify_ledger", "--json", *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"exit {done.returncode}: {done.stdout[:2000]} {done.stderr[-2000:]}")
    return json.loads(done.stdout), cpu_seconds() - before, server_cpu_seconds() - server, load


def _print(name: str, said: dict[str, Any], cpu_seconds: float, server_cpu_seconds: float, load: float) -> None:
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"| `{name}`, {said['processes']} processes | {said['entries_per_second']:,} | {said['seconds']:.1f} "
        f"| {cpu_seconds:.1f} | {server_cpu_seconds:.1f} | {largest:.0f} | {load:.1f} |",
        flush=True,
    )


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=2)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    django.setup()
    main(parser.parse_args())
