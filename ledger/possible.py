"""Whether a movement may be written to an account as it is behind its lock."""

from ledger.errors import (
    AccountFrozen,
    AccountMirrored,
    AmountOutOfRange,
    BalanceLimitExceeded,
    CurrencyMismatch,
    InsufficientFunds,
)
from ledger.models import Account
from ledger.money import AMOUNT_MAX, BALANCE_MAX
from ledger.movements import Movement


def require_possible(account: Account, movement: Movement) -> None:
    """Refuse what `Book.post` says it refuses, in the order in which it says so."""
    amount, held_change = movement.amount, movement.held_change
    if not 1 <= max(abs(amount.minor), abs(held_change)) <= AMOUNT_MAX:
        raise AmountOutOfRange(amount.minor or held_change)
    if amount.currency.code != account.currency_code:
        raise CurrencyMismatch(account_id=account.pk, holds=account.currency_code, asked=amount.currency.code)
    if account.is_frozen and not movement.is_bound:
        raise AccountFrozen(account.pk)
    if account.is_mirror and not movement.is_mirroring:
        raise AccountMirrored(account.pk)
    if account.balance + amount.minor > BALANCE_MAX:
        raise BalanceLimitExceeded(balance=account.money(account.balance), amount=amount)
    wanted = max(-amount.minor, held_change)
    if wanted > 0 and account.available + amount.minor - held_change < 0:
        raise InsufficientFunds(required=account.money(wanted), available=account.money(account.available))
