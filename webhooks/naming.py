"""The events there are, what they mean, and which of them an entry of the ledger is (facts.md 3.15, contract.md 5)."""

from collections.abc import Iterator

from ledger.kinds import Kind
from ledger.models import Entry
from site_settings.reading import current_settings, default_currency

CREDITED, DEBITED = "wallet.credited", "wallet.debited"
TOPUP_COMPLETED, TOPUP_FAILED = "wallet.topup.completed", "wallet.topup.failed"
RELOAD_TRIGGERED = "wallet.reload.triggered"
TRANSFER_SENT, TRANSFER_RECEIVED = "wallet.transfer.sent", "wallet.transfer.received"
WITHDRAWAL_REQUESTED = "wallet.withdrawal.requested"
WITHDRAWAL_APPROVED = "wallet.withdrawal.approved"
WITHDRAWAL_REJECTED = "wallet.withdrawal.rejected"
CODE_REDEEMED, CODE_VOIDED = "wallet.redemption_code.redeemed", "wallet.code.voided"
MILESTONE_AWARDED, CASHBACK_AWARDED = "wallet.milestone.awarded", "wallet.cashback.awarded"
REFERRAL_REWARDED = "wallet.referral.rewarded"
SPENDING_LIMIT_BLOCKED = "wallet.spending_limit.blocked"
HOLD_PLACED, HOLD_CAPTURED = "wallet.hold.placed", "wallet.hold.captured"
HOLD_VOIDED, HOLD_EXPIRED = "wallet.hold.voided", "wallet.hold.expired"
BALANCE_LOW = "wallet.balance.low"
# Sent by the button, to one endpoint; nothing happened.
TEST = "webhook.test"

MEANINGS = {
    CREDITED: "A wallet has gained money, whatever for. One for each transaction that adds to a balance.",
    DEBITED: "A wallet has lost money, whatever for. One for each transaction that takes from a balance.",
    TOPUP_COMPLETED: "A top-up was paid and credited.",
    TOPUP_FAILED: "A top-up will not be paid.",
    RELOAD_TRIGGERED: "A debit has brought a balance down to its auto-reload threshold: its card is about to be charged.",
    TRANSFER_SENT: "A wallet has sent money to another.",
    TRANSFER_RECEIVED: "A wallet has received money from another.",
    WITHDRAWAL_REQUESTED: "A holder wants money paid out; it was taken from the wallet.",
    WITHDRAWAL_APPROVED: "A withdrawal was approved.",
    WITHDRAWAL_REJECTED: "A withdrawal was rejected, and the money given back.",
    CODE_REDEEMED: "A code was redeemed.",
    MILESTONE_AWARDED: "A wallet was credited for a milestone.",
    CASHBACK_AWARDED: "A wallet was credited cashback.",
    REFERRAL_REWARDED: "A wallet was credited for a referral.",
    SPENDING_LIMIT_BLOCKED: "A debit, hold or transfer was refused: more than the wallet's spending limit.",
    HOLD_PLACED: "Money was set aside.",
    HOLD_CAPTURED: "Money that was set aside was taken, all of it or a part.",
    HOLD_VOIDED: "Money that was set aside is free again, because somebody said so.",
    HOLD_EXPIRED: "Money that was set aside is free again, because its time was over.",
    CODE_VOIDED: "A code was voided: nobody will redeem it any more.",
    BALANCE_LOW: "A debit has brought a balance below the site's mark for a low one.",
}
EVENT_TYPES = tuple(MEANINGS)

# Besides the general one. Where a kind comes with both signs, the gain is meant.
_GAINS: dict[str, str] = {
    Kind.TOPUP: TOPUP_COMPLETED,
    Kind.TRANSFER: TRANSFER_RECEIVED,
    Kind.REDEMPTION: CODE_REDEEMED,
    Kind.MILESTONE: MILESTONE_AWARDED,
    Kind.CASHBACK: CASHBACK_AWARDED,
    Kind.REFERRAL: REFERRAL_REWARDED,
}
_REPAYING = (Kind.REPAYMENT, Kind.INTEREST)
_LOSSES: dict[str, str] = {Kind.TRANSFER: TRANSFER_SENT}


def names_of(entry: Entry) -> list[str]:
    """The events that `entry` is: the general one first, then what it is in particular."""
    return list(_names(entry))


def _names(entry: Entry) -> Iterator[str]:
    if entry.amount > 0:
        yield CREDITED
    elif entry.amount < 0:
        yield DEBITED
    if particular := (_GAINS if entry.amount > 0 else _LOSSES).get(entry.kind):
        yield particular
    if entry.kind == Kind.HOLD:
        yield HOLD_PLACED
    elif entry.kind == Kind.CAPTURE:
        yield HOLD_CAPTURED
    elif entry.kind == Kind.RELEASE:
        # What settling writes has no key.
        yield HOLD_EXPIRED if entry.key is None else HOLD_VOIDED
    if falls_low(entry):
        yield BALANCE_LOW


def falls_low(entry: Entry) -> bool:
    """Whether it takes the balance from the site's mark for a low one, or above, to below it.

    What a credit repays right behind itself is no fall: nothing was there. Nor is a debit that a loan has paid for; whether
    that one was is told by who lends (`wallets.paying_later`).
    """
    if entry.kind in _REPAYING or (entry.kind == Kind.DEBIT and entry.leg):
        return False
    return is_fall(entry.account.currency_code, entry.balance_before, entry.balance)


def is_fall(currency_code: str, before: int, after: int) -> bool:
    """Whether a balance of `before` minor units that becomes `after` has fallen below the site's mark."""
    mark = current_settings().low_balance
    return bool(mark) and after < mark <= before and currency_code == default_currency().code
