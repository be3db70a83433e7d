"""External wallets against the ledger.

A mirrored account has its mirror and the other way round; a push is the entries that it says, an import is a mirror's.
"""

from collections.abc import Iterator

from django.db import connection

from federation.models import ExternalWalletSite
from ledger.findings import Finding
from ledger.sealing import SealBroken, unseal

UNPAIRED = """
SELECT coalesce(a.id, m.wallet_id), m.wallet_id IS NULL
FROM (SELECT id FROM ledger_account WHERE status IN ('mirrored', 'mirrored_frozen')) a
FULL JOIN federation_mirror m ON m.wallet_id = a.id
WHERE (a.id IS NULL OR m.wallet_id IS NULL) AND (%(account)s::bigint IS NULL OR coalesce(a.id, m.wallet_id) = %(account)s)
ORDER BY 1"""

# Each end of a push has a key of its own, so what is there is what became of it.
PUSHES = """
WITH told AS (
    SELECT p.*, 'push:' || p.id || ':' AS name FROM federation_push p
    WHERE %(account)s::bigint IS NULL OR p.mirror_id = %(account)s
)
SELECT p.id, p.mirror_id, p.sequence, h.id IS NULL FROM told p
LEFT JOIN ledger_entry h ON h.account_id = p.mirror_id AND h.sequence = p.sequence AND h.key = p.name || 'hold'
    AND h.kind = 'hold' AND h.held_change = p.points_minor AND h.at = p.asked_at
LEFT JOIN ledger_entry c ON c.account_id = p.mirror_id AND c.key = p.name || 'capture'
LEFT JOIN ledger_entry r ON r.account_id = p.mirror_id AND r.key = p.name || 'release'
WHERE h.id IS NULL OR (p.status = 'done') <> (c.id IS NOT NULL) OR (p.status IN ('refused', 'not_sent')) <> (r.id IS NOT NULL)
    OR (c.id IS NOT NULL AND (c.kind, c.amount, c.of) IS DISTINCT FROM ('capture', -p.points_minor, p.sequence))
    OR (r.id IS NOT NULL AND (r.kind, r.held_change, r.of) IS DISTINCT FROM ('release', -p.points_minor, p.sequence))
ORDER BY 2, 3"""

# The percent signs are doubled for the driver.
STRAY = """
SELECT e.account_id, e.sequence, e.key FROM ledger_entry e
LEFT JOIN federation_mirror m ON m.wallet_id = e.account_id
WHERE (e.key LIKE 'push:%%' OR e.key LIKE 'refresh:%%' OR e.key LIKE 'lookup:%%')
    AND (%(account)s::bigint IS NULL OR e.account_id = %(account)s)
    AND NOT (e.key LIKE 'push:%%' AND EXISTS (
        SELECT FROM federation_push p WHERE p.mirror_id = e.account_id AND e.key IN (
            'push:' || p.id || ':hold', 'push:' || p.id || ':capture', 'push:' || p.id || ':release')))
    AND NOT (m.wallet_id IS NOT NULL AND e.kind = 'import' AND e.house = 'issued' AND (
        e.key = 'lookup:' || m.site_id || ':' || e.account_id || ':' || e.sequence
        OR EXISTS (SELECT FROM federation_refresh f WHERE f.site_id = m.site_id
            AND e.key = 'refresh:' || f.id || ':' || e.account_id || ':' || e.sequence)))
ORDER BY 1, 2"""


def verify_federation(account_id: int | None) -> Iterator[Finding]:
    """One finding for each mirror, push and entry of theirs that do not bear each other out, and each key that does not open.

    Raises:
        KeyMissing: a site's key was sealed under a key that is not in the ring.
    """
    asked = {"account": account_id}
    with connection.cursor() as cursor:
        cursor.execute(UNPAIRED, asked)
        for wallet_id, is_lonely in cursor.fetchall():
            problem = "mirrors another site's, and nothing says which" if is_lonely else "is said to be a mirror, and is none"
            yield Finding(problem, wallet_id)
        cursor.execute(PUSHES, asked)
        for push_id, wallet_id, sequence, is_unwritten in cursor.fetchall():
            problem = "set nothing aside" if is_unwritten else "did not become what it says"
            yield Finding(f"push {push_id} {problem}", wallet_id, sequence)
        cursor.execute(STRAY, asked)
        for wallet_id, sequence, key in cursor.fetchall():
            yield Finding(f"entry {sequence} is of {key}, which is not there", wallet_id, sequence)
    if account_id is None:
        yield from _unopened()


def _unopened() -> Iterator[Finding]:
    for site in ExternalWalletSite.objects.order_by("pk"):
        try:
            unseal(bytes(site.key), site.sealed_for)
        except SealBroken:
            yield Finding(f"external wallet site {site.pk}: its key does not open")
