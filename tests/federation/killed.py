"""A withdrawal in a process of its own, which dies where it is told: `python -m tests.federation.killed WALLET WHERE`."""

import os
import signal
import sys
from typing import Any


def die(*args: Any, **kwargs: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    django.setup()
    from django.conf import settings

    from federation import remote, services
    from ledger.movements import Circumstances, Event
    from wallets.models import Wallet

    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
    number, where = sys.argv[1:]
    if where == "before the call":
        services._call = die
    elif where == "in the call":
        # The site has done it, and nobody has read that.
        remote.read_answer = die
    else:
        services._booked = die
    wallet = Wallet.objects.select_related("account").get(pk=int(number))
    why = Circumstances(actor="test", reason="test")
    services.withdraw(wallet=wallet, points=wallet.money(1_000), why=why, event=Event.once("test"))
