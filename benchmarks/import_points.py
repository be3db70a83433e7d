"""How long `import_points` takes for 100,000 lines of 100,000 wallets: read and checked, booked, and killed half-way.

Each run is a process of its own, whose memory is told; the last one is killed and gone on with, and the points are added up.

python -m tests.throwaway_postgres --durable -m benchmarks.import_points [--lines N]
"""

import os
import resource
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

import django

from benchmarks.cpu import cpu_seconds, server_cpu_seconds

CURRENCY = "PTS"


def main(asked: Namespace) -> None:
    from django.core.management import call_command

    from benchmarks.many_wallets import fill
    from site_settings.services import change_settings

    call_command("migrate", verbosity=0)
    change_settings({"points_currency": CURRENCY}, actor="benchmark")
    print(f"Writing {asked.lines:,} wallets …", flush=True)
    fill(asked.lines, currency=CURRENCY)
    print("\n| | seconds | lines/s | CPU s, Python | CPU s, PostgreSQL | largest process, MB | load before |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    with TemporaryDirectory() as folder:
        file = _written(Path(folder), asked.lines)
        _told("read and checked only", asked.lines, [file, "--mode", "grant", "--dry-run"])
        _told("grant", asked.lines, [file, "--mode", "grant"])
        _told("set, each changed", asked.lines, [_written(Path(folder), asked.lines, points="7"), "--mode", "set"])
        _killed(asked.lines, file)
        _told("export", asked.lines, ["out.csv"], command="export_points", folder=folder)


def _written(folder: Path, lines: int, points: str = "5.25") -> str:
    from benchmarks.many_wallets import email_of

    file = folder / f"points{points}.csv"
    with file.open("w") as out:
        out.write("email,points\n")
        out.writelines(f"{email_of(number)},{points}\n" for number in range(1001, 1001 + lines))
    return str(file)


def _told(name: str, lines: int, arguments: list[str], command: str = "import_points", folder: str | None = None) -> None:
    load, before, server, began = os.getloadavg()[0], cpu_seconds(), server_cpu_seconds(), time.monotonic()
    manage = str(Path("manage.py").resolve())
    done = subprocess.run([sys.executable, manage, command, *arguments], capture_output=True, text=True, cwd=folder)
    if done.returncode:
        sys.exit(f"exit {done.returncode}: {done.stdout[:2000]} {done.stderr[-2000:]}")
    seconds, largest = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    figures = f"{seconds:.1f} | {lines / seconds:,.0f} | {cpu_seconds() - before:.1f} | {server_cpu_seconds() - server:.1f}"
    print(f"| {name} | {figures} | {largest:.0f} | {load:.1f} |", flush=True)


def _killed(lines: int, file: str) -> None:
    """Killed when a third is booked; then gone on with, and counted."""
    from points.models import Import

    before = _total()
    running = subprocess.Popen([sys.executable, "manage.py", "import_points", file, "--mode", "grant"], stdout=subprocess.DEVNULL)
    while not Import.objects.filter(status="applying", applied__gt=lines // 3).exists():
        time.sleep(0.1)
        if running.poll() is not None:
            sys.exit("it ended before it could be killed")
    running.send_signal(signal.SIGKILL)
    running.wait()
    found = Import.objects.get(status="applying")
    _told(f"grant, killed after {found.applied:,}, the rest", lines - found.applied, ["--resume", str(found.pk)])
    if _total() - before != lines * 525:
        sys.exit(f"{_total() - before} minor units were granted, not {lines * 525}")


def _total() -> int:
    from django.db.models import Sum

    from ledger.models import Account

    return int(Account.objects.aggregate(total=Sum("balance"))["total"] or 0)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    os.environ.setdefault("OWN_UNITS", f"{CURRENCY}:Points:2")
    django.setup()
    main(parser.parse_args())
