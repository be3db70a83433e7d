"""`run_plans`: what the job does, now and with a bar. 0 all is through, 1 not all (somebody holds a wallet), 2 no such plan."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from points.models import Plan, PlanRun
from points.plans.running import begin_current, carry_on

NOT_THROUGH, COULD_NOT = 1, 2


class Command(BaseCommand):
    help = (
        "Run the current period of each periodic plan that is on, and go on with every run that is not finished. "
        "A period is run once, however often this is called; interrupted, the next call goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--plan", type=int, metavar="ID", help="of this plan only")

    def handle(self, *args: Any, **options: Any) -> None:
        plans = self._plans(options["plan"])
        for plan in plans:
            begin_current(plan)
        runs = list(PlanRun.objects.filter(finished_at=None, plan__in=plans).order_by("pk"))
        try:
            ended = [self._run(run) for run in runs]
        except KeyboardInterrupt:
            raise CommandError("interrupted; the next call goes on", returncode=COULD_NOT) from None
        if not runs:
            self.stdout.write("Nothing is due.")
        if any(run.finished_at is None for run in ended):
            sys.exit(NOT_THROUGH)

    def _plans(self, number: int | None) -> list[Plan]:
        plans = Plan.objects.filter(is_enabled=True).order_by("pk")
        if number is None:
            return list(plans)
        # A number that no column holds is no plan's.
        found = list(plans.filter(pk=number)) if 0 < number < 2**63 else []
        if not found:
            raise CommandError(f"there is no plan {number} that is switched on", returncode=COULD_NOT)
        return found

    def _run(self, run: PlanRun) -> PlanRun:
        # disable=None: no bar where nobody looks on.
        with tqdm(total=run.wallets, initial=run.through, unit=" wallets", desc=str(run), disable=None, leave=False) as bar:
            ended = carry_on(run.pk, bar.update)
        left = f"; {len(ended.left_behind)} held by somebody, the next call goes on" if ended.left_behind else ""
        total = f"{ended.moved_minor} minor units of {ended.currency_code}"
        self.stdout.write(
            f"{ended}: {ended.moved} wallets moved, {total} in all; {ended.short} short, {ended.empty} empty,"
            f" {ended.skipped} skipped{left}."
        )
        return ended
