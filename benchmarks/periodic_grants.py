"""How long a periodic grant over 100,000 wallets takes, in one process; and one that is killed half-way and gone on with.

Each run is a process of its own, whose memory is told; the last one is killed, and the points are added up.

python -m tests.throwaway_postgres --durable -m benchmarks.periodic_grants [--wallets N]
"""

import os
import resource
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import django

CURRENCY = "PTS"
GRANT_MINOR = 525
RUN = [sys.executable, "manage.py", "run_plans", "--plan"]


def main(asked: Namespace) -> None:
    from django.core.management import call_command

    from benchmarks.many_wallets import fill
    from site_settings.services import change_settings

    call_command("migrate", verbosity=0)
    change_settings({"points_currency": CURRENCY}, actor="benchmark")
    print(f"Writing {asked.wallets:,} wallets …", flush=True)
    fill(asked.wallets, currency=CURRENCY)
    print("\n| | seconds | wallets/s | CPU s, Python | largest process, MB | load before |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    _told("fixed grant", asked.wallets, _plan("grant", amount_minor=GRANT_MINOR))
    _told("nothing left to do", asked.wallets, 1)
    _told("1.5 % of what is there", asked.wallets, _plan("percent", amount_type="percent", percent=Decimal("1.5")))
    _told("fixed charge", asked.wallets, _plan("charge", amount_minor=-100))
    _killed(asked.wallets)


def _plan(name: str, **terms: Any) -> int:
    """A plan whose first period has just come, whatever became of the others."""
    from django.utils import timezone

    from points.plans.services import create_plan

    usual = {"amount_type": "fixed", "amount_minor": None, "percent": None, "interval_days": 7}
    labels = {"grant_label": "Weekly bread", "charge_label": "Weekly rent"}
    starts_at = timezone.now() - timedelta(days=7)
    return create_plan(name=name, starts_at=starts_at, **{**usual, **labels, **terms}).pk


def _told(name: str, wallets: int, plan_id: int) -> None:
    load, before, began = os.getloadavg()[0], _cpu_seconds(), time.monotonic()
    done = subprocess.run([*RUN, str(plan_id)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"exit {done.returncode}: {done.stdout[:2000]} {done.stderr[-2000:]}")
    seconds, largest = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    figures = f"{seconds:.1f} | {wallets / seconds:,.0f} | {_cpu_seconds() - before:.1f} | {largest:.0f} | {load:.1f}"
    print(f"| {name} | {figures} |", flush=True)


def _killed(wallets: int) -> None:
    """Killed when a third is through; then gone on with, and added up."""
    from points.models import PlanRun

    plan_id, before = _plan("killed", amount_minor=GRANT_MINOR), _total()
    running = subprocess.Popen([*RUN, str(plan_id)], stdout=subprocess.DEVNULL)
    while not PlanRun.objects.filter(plan=plan_id, moved__gt=wallets // 3).exists():
        time.sleep(0.1)
        if running.poll() is not None:
            sys.exit("it ended before it could be killed")
    running.send_signal(signal.SIGKILL)
    running.wait()
    through = PlanRun.objects.get(plan=plan_id).through
    _told(f"grant, killed after {through:,}, the rest", wallets - through, plan_id)
    if _total() - before != wallets * GRANT_MINOR:
        sys.exit(f"{_total() - before} minor units were granted, not {wallets * GRANT_MINOR}")


def _total() -> int:
    from django.db.models import Sum

    from ledger.models import Account

    return int(Account.objects.aggregate(total=Sum("balance"))["total"] or 0)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--wallets", type=int, default=100_000)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    os.environ.setdefault("OWN_UNITS", f"{CURRENCY}:Points:2")
    django.setup()
    main(parser.parse_args())
