"""Stored replies against the ledger: a call that says it succeeded has done something, and moved what it says."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db import connection

from idempotency.effects import had_effect, is_named
from idempotency.services import context_of
from ledger.findings import Finding
from ledger.sealing import SealBroken, unseal

# A call's entries bear its claim's id, and are not older than the claim; an hour is left for a clock that was put right.
REPLIES = """
SELECT c.id, c.status, c.body, e.id, e.account_id, abs(e.amount), e.balance
FROM idempotency_claim c LEFT JOIN ledger_entry e ON e.key = 'call:' || c.id::text
    AND e.at >= (SELECT min(created_at) - interval '1 hour' FROM idempotency_claim)
ORDER BY c.id"""

NAMED = "SELECT key, id, account_id, abs(amount), balance FROM ledger_entry WHERE id = ANY (%s)"

# What a reply says of a row, as the contract writes it: digits in a string, ids as numbers.
Said = tuple[str, str, str]
SUCCESS = range(200, 300)
BIGINT_MAX = 2**63 - 1


def verify_stored_replies(account_id: int | None) -> Iterator[Finding]:
    """One finding for each stored reply that does not open, moved nothing, or names what the ledger does not have as it says."""
    if account_id is not None:
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(REPLIES)
        for (claim_id, status, body), rows in groupby(cursor, key=lambda row: row[:3]):
            entries = {row[3]: (str(row[4]), str(row[5]), str(row[6])) for row in rows if row[3] is not None}
            if problem := _problem(claim_id, status, bytes(body or b""), entries):
                yield Finding(f"stored reply {claim_id} {problem}")


def _problem(claim_id: Any, status: int | None, sealed: bytes, entries: dict[int, Said]) -> str:
    try:
        body = json.loads(unseal(sealed, context_of(claim_id)))
    except SealBroken:
        return "does not open"
    entries = entries or _named_entries(body)
    if any(_is_unlike(row, entries) for row in _rows(body)):
        return "names a transaction that is not there"
    return "moved nothing" if status in SUCCESS and not entries and not had_effect(f"call:{claim_id}") else ""


def _named_entries(body: dict[str, Any]) -> dict[int, Said]:
    """What a reply names of events that are done once for all calls: the points for an order."""
    said = [body.get(name) for name in ("transaction_id", "ledger_id")]
    with connection.cursor() as cursor:
        cursor.execute(NAMED, [[number for number in said if isinstance(number, int) and abs(number) <= BIGINT_MAX]])
        rows = cursor.fetchall()
    return {row[1]: (str(row[2]), str(row[3]), str(row[4])) for row in rows if is_named(row[0])}


def _rows(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The transactions that a reply tells of: itself, and those it lists (a reversal's). A hold is none."""
    for row in (body, *body.get("entries", ())):
        if "transaction_id" in row and "balance_after" in row:
            yield row


def _is_unlike(row: dict[str, Any], entries: dict[int, Said]) -> bool:
    said = tuple(str(row[name]) for name in ("wallet_id", "amount", "balance_after"))
    return entries.get(row["transaction_id"]) != said
