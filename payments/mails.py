"""What people are told of top-ups that happen without them, and of money that goes back."""

from ledger.money import Money
from notices.services import send_notice
from payments.models import TakeBack, Topup
from wallets.models import Wallet


def tell_reloaded(topup: Topup) -> None:
    """Whose card was charged, that it was."""
    facts = {
        "amount": topup.amount,
        "method": topup.method.label if topup.method else "",
        "bonus": topup.bonus if topup.bonus_minor else "",
        "number": topup.pk,
    }
    send_notice(to=topup.wallet.user, kind="auto_reload.completed", facts=facts)


def tell_reload_failed(wallet: Wallet, *, reason: str) -> None:
    """Whose balance stays low, and why. It is not tried again before something changes, or for a day."""
    send_notice(to=wallet.user, kind="auto_reload.failed", facts={"reason": reason})


def tell_taken_back(take_back: TakeBack) -> None:
    """Whose payment went back, and what that leaves."""
    topup = take_back.topup
    wallet = topup.wallet
    facts = {
        "amount": topup.payment(take_back.amount_minor),
        "topup": topup.price,
        "booked": _if_any(wallet.money(take_back.booked_minor)),
        "owed": _if_any(wallet.money(take_back.debt_minor)),
        "number": topup.pk,
    }
    send_notice(to=wallet.user, kind=f"topup.{take_back.kind}", facts=facts)


def _if_any(money: Money) -> Money | str:
    return money if money.minor else ""
