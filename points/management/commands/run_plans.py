"""`run_plans`: what the job does, now and with a bar.

0 all is through, 1 not all (somebody holds a wallet, or has to approve a plan), 2 no such plan, or it was edited.
"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from ledger.errors import Refusal
from points.models import Plan, PlanRun
from points.plans.approving import approve_plan
from points.plans.beginning import begin_current
from points.plans.rows import digest_of
from points.plans.running import carry_on, tell_grown
from wallets.errors import ApprovalRequired

NOT_THROUGH, COULD_NOT = 1, 2


class Command(BaseCommand):
    help = (
        "Run the current period of each periodic plan that is on, and go on with every run that is not finished. "
        "A period is run once, however often this is called; interrupted, the next call goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--plan", type=int, metavar="ID", help="of this plan only")
        parser.add_argument("--approve", action="store_true", help="in the place of a second manager, the terms that --plan has")

    def handle(self, *args: Any, **options: Any) -> None:
        plans = self._plans(options["plan"])
        if options["approve"] and options["plan"] is None:
            raise CommandError("--approve needs --plan", returncode=COULD_NOT)
        try:
            if options["approve"]:
                approve_plan(plan_id=plans[0].pk, seen=digest_of(plans[0]))
            is_through = self._run_all(plans)
        except KeyboardInterrupt:
            raise CommandError("interrupted; the next call goes on", returncode=COULD_NOT) from None
        except Refusal as refusal:
            raise CommandError(str(refusal), returncode=COULD_NOT) from refusal
        if not is_through:
            sys.exit(NOT_THROUGH)

    def _run_all(self, plans: list[Plan]) -> bool:
        refused = {plan: refusal for plan in plans if (refusal := begin_current(plan))}
        runs = list(PlanRun.objects.filter(finished_at=None, plan__in=plans).order_by("pk"))
        ended = [self._run(run) for run in runs]
        for plan, refusal in refused.items():
            self.stderr.write(f"{plan} was not begun: {refusal}.")
        if not runs and not refused:
            self.stdout.write("Nothing is due.")
        return not refused and all(run.finished_at is not None for run in ended)

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
            try:
                ended = carry_on(run.pk, bar.update)
            except ApprovalRequired as refusal:
                tell_grown(run.pk, refusal)
                self.stderr.write(f"{run} was stopped: {refusal}.")
                return run
        left = f"; {len(ended.left_behind)} held by somebody, the next call goes on" if ended.left_behind else ""
        total = f"{ended.moved_minor} minor units of {ended.currency_code}"
        self.stdout.write(
            f"{ended}: {ended.moved} wallets moved, {total} in all; {ended.short} short, {ended.empty} empty,"
            f" {ended.skipped} skipped{left}."
        )
        return ended
