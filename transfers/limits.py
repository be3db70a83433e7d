"""How little and how much anybody may send, at once and in a day. Decided behind the lock of the sender's account."""

from datetime import UTC, datetime, time

from django.db import connection
from psycopg.types.numeric import Int8

from ledger.book import Book
from ledger.money import Money
from people.models import User
from site_settings.reading import current_settings
from transfers.errors import DailyCapExceeded, TransferTooLarge, TransferTooSmall
from transfers.ways import Way
from wallets.models import Wallet

# What a customer has sent since then out of his wallets in one currency, fees apart, whether or not it was given back. An
# account's times never go back, so the entries from then on are its last ones, and the walk from the newest to the first
# older one reads no others.
SENT_SINCE = """
SELECT coalesce(-sum(entry.amount), 0)::bigint FROM wallets_wallet wallet
JOIN ledger_entry entry ON entry.account_id = wallet.id AND entry.kind = 'transfer' AND entry.amount < 0
    AND entry.sequence > coalesce((
        SELECT older.sequence FROM ledger_entry older WHERE older.account_id = wallet.id AND older.at < %(since)s
        ORDER BY older.sequence DESC LIMIT 1), 0)
WHERE wallet.user_id = %(user)s AND wallet.currency = %(currency)s"""


def order_by_sender(sender: Wallet) -> None:
    """Where a cap counts all wallets of the sender, have those who send from another one wait. Before accounts are locked."""
    if current_settings().transfer_daily_cap:
        User.objects.select_for_update(no_key=True).only("pk").get(pk=sender.user_id)


def require_within(book: Book, sender: Wallet, amount: Money, way: Way) -> None:
    """Let so much be sent this way, and today. One statement where there is a cap, none where there is not.

    Raises:
        TransferTooSmall, TransferTooLarge, DailyCapExceeded: it is not within the limits, in this order.
    """
    account = book[sender.pk]
    if amount.minor < way.least:
        raise TransferTooSmall(limit=account.money(way.least), requested=amount)
    if way.most and amount.minor > way.most:
        raise TransferTooLarge(limit=account.money(way.most), requested=amount)
    cap = current_settings().transfer_daily_cap
    if cap and _sent_today(sender, amount.currency.code, book.now) + amount.minor > cap:
        raise DailyCapExceeded(limit=account.money(cap), requested=amount)


def _sent_today(sender: Wallet, code: str, now: datetime) -> int:
    midnight = datetime.combine(now.astimezone(UTC), time(), tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute(SENT_SINCE, {"user": Int8(sender.user_id), "currency": code, "since": midnight})
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])
