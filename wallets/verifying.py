"""Wallets and approvals against the ledger: a wallet has its account, an approval its entry, and the other way round."""

from collections.abc import Iterator

from django.db import connection

from ledger.findings import Finding

WALLETS_WITHOUT_ACCOUNT = """
SELECT w.id, a.id IS NULL FROM wallets_wallet w LEFT JOIN ledger_account a ON a.id = w.id
WHERE (a.id IS NULL OR a.currency <> w.currency) AND (%s::bigint IS NULL OR w.id = %s::bigint) ORDER BY w.id"""

APPROVALS_WITHOUT_ENTRY = """
SELECT j.id, j.wallet_id, e.sequence, j.decided_by_id = j.asked_by_id OR j.decided_by_id = w.user_id
FROM wallets_adjustment j LEFT JOIN wallets_wallet w ON w.id = j.wallet_id
LEFT JOIN ledger_entry e ON e.id = j.entry_id AND e.account_id = j.wallet_id AND e.amount = j.amount_minor
    AND e.kind = j.kind AND e.key = 'adjustment:' || j.event_id::text
WHERE j.status = 'approved' AND (%s::bigint IS NULL OR j.wallet_id = %s::bigint)
AND (e.id IS NULL OR j.decided_by_id = j.asked_by_id OR j.decided_by_id = w.user_id) ORDER BY j.id"""

# The percent signs are doubled for the driver.
ENTRIES_WITHOUT_APPROVAL = """
SELECT e.account_id, e.sequence FROM ledger_entry e
WHERE e.key LIKE 'adjustment:%%' AND (%s::bigint IS NULL OR e.account_id = %s::bigint)
AND NOT EXISTS (SELECT FROM wallets_adjustment j WHERE j.status = 'approved' AND 'adjustment:' || j.event_id::text = e.key)
ORDER BY e.account_id, e.sequence"""


def verify_wallets(account_id: int | None) -> Iterator[Finding]:
    """One finding for each wallet that does not stand on an account of its own currency."""
    with connection.cursor() as cursor:
        cursor.execute(WALLETS_WITHOUT_ACCOUNT, [account_id, account_id])
        for wallet_id, is_gone in cursor.fetchall():
            yield Finding("its row is missing" if is_gone else "its wallet says another currency", wallet_id)


def verify_approvals(account_id: int | None) -> Iterator[Finding]:
    """One finding for each approval that the ledger does not bear out, and for each entry that nobody approved."""
    with connection.cursor() as cursor:
        cursor.execute(APPROVALS_WITHOUT_ENTRY, [account_id, account_id])
        for number, wallet_id, sequence, is_own in cursor.fetchall():
            problem = "was approved by its asker or by the holder" if is_own else "names an entry that is not there as it says"
            yield Finding(f"approved adjustment {number} {problem}", wallet_id, sequence)
        cursor.execute(ENTRIES_WITHOUT_APPROVAL, [account_id, account_id])
        for wallet_id, sequence in cursor.fetchall():
            yield Finding(f"entry {sequence} names an approval that is not there", wallet_id, sequence)
