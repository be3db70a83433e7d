"""What a wallet may be used for, and how much of it at a time: decided behind its account's lock, in this order.

Wallet active, identity checked, transfers not locked, spending limit, velocity (contract.md 2). Step-up and balance come
after.
"""

from datetime import timedelta
from math import ceil
from typing import Any

from django.db import connection
from psycopg.types.numeric import Int8

from kyc.services import require_verified
from ledger.book import Book
from ledger.errors import AccountFrozen, AccountMirrored
from ledger.models import Account
from ledger.money import Money
from site_settings.declared import SiteSettings
from site_settings.reading import current_settings
from wallets.errors import SpendingLimitExceeded, TransferLocked, VelocityCapExceeded

# What a holder's own lock is for.
SENDING = frozenset({"transfer", "qr_pay"})
# Of the locked account's wallet: whoever changes one of them takes that lock first.
READ_TERMS = "SELECT user_id, spending_limit, transfers_locked FROM wallets_wallet WHERE id = %s"

# What left the wallet within the window, fees aside. A hold counts when it is placed, once: with what it holds, or with what
# was captured of it; one that was freed never. An account's times never go back, so the entries of the window are its last
# ones, and the walk from the newest to the first older one reads no others.
SPENT = """
WITH spent AS (
    SELECT entry.at, entry.sequence,
        CASE entry.kind WHEN 'hold' THEN coalesce(-outcome.amount, entry.held_change) ELSE -entry.amount END AS amount
    FROM ledger_entry entry
    LEFT JOIN ledger_entry outcome ON entry.kind = 'hold' AND outcome.account_id = entry.account_id
        AND outcome.of = entry.sequence AND outcome.kind IN ('capture', 'release')
    WHERE entry.account_id = %(account)s
        AND entry.sequence > coalesce((
            SELECT older.sequence FROM ledger_entry older WHERE older.account_id = %(account)s AND older.at <= %(since)s
            ORDER BY older.sequence DESC LIMIT 1), 0)
        AND (entry.kind IN ('debit', 'transfer', 'withdrawal') AND entry.amount < 0 OR entry.kind = 'hold')
        AND (outcome.kind IS NULL OR outcome.kind = 'capture')
)"""
SPENT_IN_ALL = f"{SPENT} SELECT count(*), coalesce(sum(amount), 0)::bigint FROM spent"  # noqa: S608
# When the first entry leaves the window behind which the caps have room again.
ROOM_AGAIN = f"""{SPENT}
SELECT min(at) FROM (
    SELECT at, count(*) OVER newer - 1 AS count, sum(amount) OVER newer - amount AS sum
    FROM spent WINDOW newer AS (ORDER BY sequence DESC)) AS behind
WHERE (%(count)s = 0 OR count < %(count)s) AND (%(sum)s = 0 OR sum + %(amount)s <= %(sum)s)"""  # noqa: S608


def require_active(account: Account, *, is_mirroring: bool = False) -> None:
    """Let nothing that somebody starts touch a frozen account, or, unless it mirrors, one whose points lie at another site.

    Raises:
        AccountFrozen, AccountMirrored: it is one.
    """
    if account.is_frozen:
        raise AccountFrozen(account.pk)
    if account.is_mirror and not is_mirroring:
        raise AccountMirrored(account.pk)


def require_allowed(
    book: Book, wallet_id: int, amount: Money, *, feature: str | None, fee: Money | None = None, is_mirroring: bool = False
) -> None:
    """Let this wallet spend `amount` on `feature` (site_settings.declared.FEATURES; None: an adjustment by the shop).

    `wallet_id` is one of the book's accounts. `fee` is what it pays on top: the spending limit is held against both, the
    caps against `amount` alone, and a refusal tells of both. One statement, one more for each gate that is on.

    Raises:
        AccountFrozen, AccountMirrored: the wallet pays nothing.
        KycRequired: the feature is for holders whose identity was checked.
        TransferLocked: it is a way of sending, and the holder has locked them.
        SpendingLimitExceeded: it is more than one debit, hold or transfer may take, the fee with it.
        VelocityCapExceeded: with what left the wallet within the window, it is too often or too much.
    """
    account = book[wallet_id]
    require_active(account, is_mirroring=is_mirroring)
    holder_id, limit, is_locked = _terms(account)
    if feature is not None:
        require_verified(holder_id, feature)
    if is_locked and feature in SENDING:
        raise TransferLocked
    taken = Money(amount.minor + (fee.minor if fee else 0), amount.currency)
    if limit is not None and taken.minor > limit:
        raise SpendingLimitExceeded(wallet_id=account.pk, limit=account.money(limit), requested=taken)
    require_slow_enough(book, account.pk, amount, requested=taken)


def _terms(account: Account) -> tuple[int, int | None, bool]:
    with connection.cursor() as cursor:
        cursor.execute(READ_TERMS, [Int8(account.pk)])
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"account {account.pk} is no wallet's")
    holder_id, limit, is_locked = row
    return holder_id, limit, is_locked


def require_slow_enough(book: Book, wallet_id: int, amount: Money, *, requested: Money) -> None:
    """Let `amount` leave this wallet if it is neither too often nor too much; a refusal tells of `requested`, its fee with it.

    Raises:
        VelocityCapExceeded: with what left the wallet within the window, it is.
    """
    account, settings = book[wallet_id], current_settings()
    most, in_all = settings.velocity_max_count, settings.velocity_max_sum
    if not (most or in_all):
        return
    window = timedelta(minutes=settings.velocity_window_minutes)
    asked: dict[str, Any] = {"account": Int8(account.pk), "since": book.now - window}
    with connection.cursor() as cursor:
        cursor.execute(SPENT_IN_ALL, asked)
        row = cursor.fetchone()
    assert row is not None
    count, spent = row
    is_too_often = bool(most) and count >= most
    if is_too_often or (in_all and spent + amount.minor > in_all):
        raise VelocityCapExceeded(
            limit=most if is_too_often else account.money(in_all),
            requested=requested,
            window_minutes=settings.velocity_window_minutes,
            retry_after=_retry_after(book, asked, amount, settings),
        )


def _retry_after(book: Book, asked: dict[str, Any], amount: Money, settings: SiteSettings) -> int:
    """Whole seconds until there is room; the whole window where the amount alone is too much for it."""
    caps = {"count": settings.velocity_max_count, "sum": settings.velocity_max_sum, "amount": amount.minor}
    with connection.cursor() as cursor:
        cursor.execute(ROOM_AGAIN, {**asked, **{name: Int8(value) for name, value in caps.items()}})
        row = cursor.fetchone()
    window = timedelta(minutes=settings.velocity_window_minutes)
    wait = window if row is None or row[0] is None else row[0] + window - book.now
    return max(1, ceil(wait.total_seconds()))
