"""A run of a plan in a process of its own, which is killed at it: `python -m tests.points.killed_at_a_plan BATCH`."""

import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    os.environ["OWN_UNITS"] = "PTS:Points:2"
    django.setup()
    from ledger import entries
    from points.models import PlanRun
    from points.plans.running import carry_on

    left, send = int(sys.argv[1]), entries.send

    def die_at_last(rows: Sequence[Any]) -> None:
        """Behind the entries of a batch, before its commit."""
        global left
        send(rows)
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    entries.send = die_at_last
    carry_on(PlanRun.objects.get().pk, batch=3)
