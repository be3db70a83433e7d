"""The verbs of points: check, withdraw, charge. Each is one transaction; who calls it makes it the outermost."""

from django.db import transaction

from ledger.models import Entry
from ledger.money import Money
from ledger.movements import Circumstances, Event
from wallets.models import Wallet
from wallets.services import credit, debit


def has_enough(*, wallet: Wallet, points: Money) -> bool:
    """Whether `points` could be withdrawn from the wallet now; as many as there are is enough."""
    return wallet.account.available >= points.minor


@transaction.atomic(savepoint=False)
def withdraw_points(*, wallet: Wallet, points: Money, event: Event, why: Circumstances) -> Entry:
    """Take `points`, more than none, from the wallet, once per `event`.

    Raises:
        AccountFrozen, KycRequired, SpendingLimitExceeded, VelocityCapExceeded, InsufficientFunds, AmountOutOfRange,
        CurrencyMismatch, EventReused: see `wallets.services.debit`.
    """
    return debit(wallet=wallet, amount=points, event=event, why=why)


@transaction.atomic(savepoint=False)
def charge_points(*, wallet: Wallet, points: Money, event: Event, why: Circumstances) -> Entry:
    """Make `points` out of nothing, or destroy them where they are negative, once per `event`. Nothing is overdrawn.

    Raises:
        As `withdraw_points`; and BalanceLimitExceeded.
    """
    if points.minor < 0:
        return withdraw_points(wallet=wallet, points=Money(-points.minor, points.currency), event=event, why=why)
    return credit(wallet=wallet, amount=points, event=event, why=why)
