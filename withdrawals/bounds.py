"""How much may be paid out, to whom and how often: decided behind the account's lock, in this order.

Wallet active, identity checked, least and most of one withdrawal, fee, velocity, monthly cap, what there is.
"""

from datetime import datetime

from django.db.models import Sum

from kyc.services import require_verified
from ledger.book import Book
from ledger.errors import AmountOutOfRange, CurrencyMismatch
from ledger.money import AMOUNT_MAX, Money
from site_settings.fees import fee_on
from site_settings.reading import current_settings
from wallets.controls import require_active, require_slow_enough
from wallets.models import Wallet
from withdrawals.errors import (
    FeeTakesAll,
    MethodNotOffered,
    MonthlyCapExceeded,
    WithdrawableExceeded,
    WithdrawalOutOfBounds,
    WithdrawalsDisabled,
)
from withdrawals.models import Withdrawal


def require_offered(method: str) -> None:
    """Refuse unless the operator pays out, and in this way.

    Raises:
        WithdrawalsDisabled, MethodNotOffered: he does not.
    """
    now = current_settings()
    if not now.withdrawals_enabled:
        raise WithdrawalsDisabled
    if method not in now.withdrawal_methods:
        raise MethodNotOffered(method)


def withdrawal_fee(amount: Money) -> Money:
    """What of `amount` stays with the shop, as the operator has set it; rounded half up to the minor unit.

    Raises:
        AmountOutOfRange: it is more than one movement may carry.
        FeeTakesAll: nothing would be left to be paid out.
    """
    now = current_settings()
    fee = fee_on(amount, now.withdrawal_fee_type, now.withdrawal_fee_amount)
    if fee.minor >= amount.minor:
        raise FeeTakesAll(fee=fee, requested=amount)
    return fee


def require_may_withdraw(book: Book, wallet: Wallet, amount: Money) -> Money:
    """Let `amount` leave this wallet for its holder's bank; the fee that it costs. The holder's row is locked as well.

    Raises:
        AccountFrozen, KycRequired: the wallet pays nothing out, or not to him.
        CurrencyMismatch, AmountOutOfRange, WithdrawalOutOfBounds, FeeTakesAll: it is no amount that is paid out.
        VelocityCapExceeded, MonthlyCapExceeded: it is too often or too much.
        WithdrawableExceeded: there is not so much of his own money outside lots. What it tells of is what may be paid out.
    """
    account = book[wallet.pk]
    require_active(account)
    require_verified(wallet.user_id, "withdrawal")
    if amount.currency.code != account.currency_code:
        raise CurrencyMismatch(account_id=account.pk, holds=account.currency_code, asked=amount.currency.code)
    _require_in_bounds(amount)
    fee = withdrawal_fee(amount)
    # Like every debit's, the velocity of a withdrawal counts no fee.
    require_slow_enough(book, wallet.pk, Money(amount.minor - fee.minor, amount.currency), requested=amount)
    _require_below_cap(wallet, amount, book.now)
    if amount.minor > account.withdrawable:
        raise WithdrawableExceeded(required=amount, available=account.money(account.withdrawable))
    return fee


def withdrawn_since(wallet: Wallet, since: datetime) -> int:
    """What its holder has asked for in this currency and was not given back, from whichever of his wallets, in minor units."""
    his = Withdrawal.objects.filter(wallet__user=wallet.user_id, currency_code=wallet.currency_code, created_at__gte=since)
    return int(his.counted().aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def _require_in_bounds(amount: Money) -> None:
    if not 1 <= amount.minor <= AMOUNT_MAX:
        raise AmountOutOfRange(amount.minor)
    now = current_settings()
    most = Money(now.withdrawal_max, amount.currency) if now.withdrawal_max else None
    if amount.minor < now.withdrawal_min or (most and amount.minor > most.minor):
        raise WithdrawalOutOfBounds(least=Money(now.withdrawal_min, amount.currency), most=most, requested=amount)


def _require_below_cap(wallet: Wallet, amount: Money, now: datetime) -> None:
    """Of the calendar month, in UTC."""
    limit = current_settings().withdrawal_monthly_max
    if not limit:
        return
    left = limit - withdrawn_since(wallet, now.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    if amount.minor > left:
        unit = amount.currency
        raise MonthlyCapExceeded(limit=Money(limit, unit), left=Money(max(left, 0), unit), requested=amount)
