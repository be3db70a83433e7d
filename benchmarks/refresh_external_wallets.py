"""How long it takes to refresh 20,000 external wallets, in one process; and a run that is killed and gone on with.

Half of their holders have a wallet here that never moved, the other half has none. Each run is a process of its own, whose
memory is told; what is there in the end is added up.

python -m tests.throwaway_postgres --durable -m benchmarks.refresh_external_wallets [--wallets N]
"""

import os
import resource
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace

import django

from benchmarks.main_site import KEY, MainSite

CURRENCY = "PTS"
RUN = [sys.executable, "manage.py", "refresh_external_wallets"]


def main(asked: Namespace) -> None:
    from django.core.management import call_command

    from benchmarks.many_wallets import fill
    from federation.models import ExternalWalletSite
    from federation.sites import add_site
    from site_settings.services import change_settings

    call_command("migrate", verbosity=0)
    change_settings({"points_currency": CURRENCY, "external_wallets_enabled": True}, actor="benchmark")
    print(f"Writing {asked.wallets:,} users …", flush=True)
    fill(asked.wallets, currency=CURRENCY)
    _without_wallet(asked.wallets // 2)
    there = MainSite(asked.wallets)
    sites = ExternalWalletSite.objects.filter(pk=add_site(name="Main", url=there.url, key=KEY).pk)
    print("\n| | seconds | wallets/s | CPU s, Python | largest process, MB | load before |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    for way, is_paged in (("page by page", True), ("in one list", False)):
        sites.update(repeats_requests=is_paged)
        if is_paged:
            _told(f"{way}: all are new here", asked.wallets)
        _told(f"{way}: nothing has changed", asked.wallets)
        there.change_all()
        _told(f"{way}: all have changed", asked.wallets)
        there.change_all()
        _killed(f"{way}: all have changed, killed", asked.wallets)
        if _total() != there.total_minor(asked.wallets):
            sys.exit(f"{_total()} minor units are here, and {there.total_minor(asked.wallets)} there")
    there.close()


def _without_wallet(count: int) -> None:
    """The newest ones have none."""
    from ledger.models import Account
    from wallets.models import Wallet

    newest = list(Wallet.objects.order_by("-pk").values_list("pk", flat=True)[:count])
    Wallet.objects.filter(pk__in=newest).delete()
    Account.objects.filter(pk__in=newest).delete()


def _told(name: str, wallets: int) -> None:
    load, before, began = os.getloadavg()[0], _cpu_seconds(), time.monotonic()
    done = subprocess.run(RUN, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"exit {done.returncode}: {done.stdout[:2000]} {done.stderr[-2000:]}")
    seconds, largest = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    figures = f"{seconds:.1f} | {wallets / seconds:,.0f} | {_cpu_seconds() - before:.1f} | {largest:.0f} | {load:.1f}"
    print(f"| {name} | {figures} |", flush=True)


def _killed(name: str, wallets: int) -> None:
    """Killed when a third is through, and its lease over at once; then gone on with."""
    from django.utils import timezone

    from federation.models import Refresh

    running, last = subprocess.Popen(RUN, stdout=subprocess.DEVNULL), Refresh.objects.latest("pk").pk
    while not (through := Refresh.objects.filter(pk__gt=last, seen__gt=wallets // 3).values_list("seen", flat=True).first()):
        time.sleep(0.02)
        if running.poll() is not None:
            sys.exit("it ended before it could be killed")
    running.send_signal(signal.SIGKILL)
    running.wait()
    Refresh.objects.filter(finished_at=None).update(alive_until=timezone.now())
    through = Refresh.objects.latest("pk").seen
    _told(f"{name} after {through:,}, the rest", wallets - through)


def _total() -> int:
    from django.db.models import Sum

    from ledger.models import Account

    return int(Account.objects.aggregate(total=Sum("balance"))["total"] or 0)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--wallets", type=int, default=20_000)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    os.environ.setdefault("OWN_UNITS", f"{CURRENCY}:Points:2")
    os.environ.setdefault("OUTBOUND_ALLOWED_HOSTS", "127.0.0.1")
    django.setup()
    main(parser.parse_args())
