"""What people are told of top-ups that happen without them, and of money that goes back. Amounts stand in subjects."""

from django.conf import settings

from ledger.money import Money
from notices.services import send_notice
from payments.models import TakeBack, Topup
from wallets.models import Wallet

# Why a balance could not be reloaded, for who has to do something about it. What is none of these is the bank's affair.
REASONS = {
    "no_saved_method": "you have not saved a card or account that may be charged while you are away",
    "not_offered": "cards and accounts cannot be charged while you are away at the moment",
    "amount_out_of_bounds": "the amount that you have set is less or more than one top-up may be",
    "no_room": "your wallet cannot hold that much",
}
REFUSED = "your card or account could not be charged"


def tell_reloaded(topup: Topup) -> None:
    """Whose card was charged, that it was."""
    label = topup.method.label if topup.method else "Your saved method"
    bonus = f"Bonus: {topup.bonus}.\n" if topup.bonus_minor else ""
    send_notice(
        to=topup.wallet.user,
        kind="auto_reload.completed",
        subject=f"{settings.SITE_NAME}: {topup.amount} were added to your wallet",
        text=f"Your balance was low, so {topup.amount} were added to it.\n{label} was charged.\n{bonus}\nTop-up {topup.pk}\n",
    )


def tell_reload_failed(wallet: Wallet, *, reason: str) -> None:
    """Whose balance stays low, and why. It is not tried again before something changes, or for a day."""
    send_notice(
        to=wallet.user,
        kind="auto_reload.failed",
        subject=f"{settings.SITE_NAME}: Your wallet could not be reloaded",
        text=(
            f"Your balance is low, and it was not reloaded: {REASONS.get(reason, REFUSED)}.\n"
            "You can add money yourself. It is tried again when you save a card or change your auto-reload, or after a day.\n"
        ),
    )


def tell_taken_back(take_back: TakeBack) -> None:
    """Whose payment went back, and what that leaves."""
    topup = take_back.topup
    went_back = topup.wallet.money(take_back.amount_minor)
    how = "was paid back to you" if take_back.kind == TakeBack.Kind.REFUND else "was taken back by your bank or card"
    send_notice(
        to=topup.wallet.user,
        kind=f"topup.{take_back.kind}",
        subject=f"{settings.SITE_NAME}: {went_back} of your top-up went back",
        text=f"{went_back} of your top-up of {topup.amount} {how}.\n{_left(take_back)}\nTop-up {topup.pk}\n",
    )


def _left(take_back: TakeBack) -> str:
    """What it cost the wallet."""
    wallet = take_back.topup.wallet
    whole = wallet.money(take_back.booked_minor)
    return f"{_took(whole)}{_owes(wallet.money(take_back.debt_minor))}"


def _took(whole: Money) -> str:
    return f"Your wallet was charged {whole} for it, with the bonus that came with it.\n" if whole.minor else ""


def _owes(missing: Money) -> str:
    return f"It did not hold all of that: {missing} are owed now, and what comes in pays for it first.\n" if missing.minor else ""
