"""A worker that pays out in a process of its own, and may be killed at it: `python -m tests.withdrawals.killed`."""

import os
import signal
from datetime import datetime
from pathlib import Path

from ledger.effects import Outcome
from withdrawals.port import Answered, Payout

FOLDER = "TEST_PAYOUTS"


class FolderPayouts:
    """Pays each key once, into a file that outlives the process. A file called like a mood has the next call die so, once."""

    name = "folder"
    methods = frozenset({"bank"})

    def pay(self, payout: Payout) -> Answered:
        return self._paid("pay", payout)

    def ask(self, payout: Payout, since: datetime) -> Answered:
        return self._paid("ask", payout)

    def _paid(self, call: str, payout: Payout) -> Answered:
        folder = Path(os.environ[FOLDER])
        with (folder / "calls").open("a") as calls:
            calls.write(f"{call}\n")
        _die_if(folder / "die before")
        paid = folder / str(payout.key)
        paid.write_text(paid.read_text() if paid.exists() else str(payout.amount))
        _die_if(folder / "die after")
        return Answered(Outcome.YES, reference=f"folder-{payout.key}")


def _die_if(mood: Path) -> None:
    if mood.exists():
        mood.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    django.setup()
    from django.conf import settings

    from withdrawals import adapters
    from withdrawals.payouts import run_payouts

    settings.PAYOUT_PROVIDER = "folder"
    adapters.ADAPTERS["folder"] = "tests.withdrawals.killed.FolderPayouts"
    run_payouts()
