"""Stored replies against the ledger: an answer that says money moved must have the entry it names."""

import json
from collections.abc import Iterator

from django.db import connection

from idempotency.models import Claim
from idempotency.services import context_of
from ledger.account_check import Finding
from ledger.sealing import SealBroken, unseal
from ledger.streaming import stream

ENTRIES_OF_EVENT = "SELECT id, account_id, abs(amount), balance FROM ledger_entry WHERE id = %s AND key = %s"


def verify_stored_replies(account_id: int | None) -> Iterator[Finding]:
    """One finding for each stored reply that does not open, or whose transaction the ledger does not have as it says."""
    if account_id is not None:
        return
    with stream(Claim.objects.order_by("id")) as claims:
        for claim in claims:
            if problem := _problem(claim):
                yield Finding(f"stored reply {claim.pk} {problem}")


def _problem(claim: Claim) -> str:
    try:
        body = json.loads(unseal(bytes(claim.body or b""), context_of(claim.pk)))
    except SealBroken:
        return "does not open"
    if "transaction_id" not in body:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES_OF_EVENT, [body["transaction_id"], f"call:{claim.pk}"])
        row = cursor.fetchone()
    said = (body["transaction_id"], body["wallet_id"], int(body["amount"]), int(body["balance_after"]))
    return "" if row == said else "names a transaction that is not there"
