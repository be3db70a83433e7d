"""Wallets against the ledger: a wallet whose account is gone, or holds another currency."""

from collections.abc import Iterator

from django.db import connection

from ledger.account_check import Finding

WALLETS_WITHOUT_ACCOUNT = """
SELECT w.id, a.id IS NULL FROM wallets_wallet w LEFT JOIN ledger_account a ON a.id = w.id
WHERE (a.id IS NULL OR a.currency <> w.currency) AND (%s::bigint IS NULL OR w.id = %s::bigint) ORDER BY w.id"""


def verify_wallets(account_id: int | None) -> Iterator[Finding]:
    """One finding for each wallet that does not stand on an account of its own currency."""
    with connection.cursor() as cursor:
        cursor.execute(WALLETS_WITHOUT_ACCOUNT, [account_id, account_id])
        for wallet_id, is_gone in cursor.fetchall():
            yield Finding("its row is missing" if is_gone else "its wallet says another currency", wallet_id)
