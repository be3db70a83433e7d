"""What an event tells, in this family's words: a transaction as it is listed, without the texts that may be erased.

An event that is no transaction tells its own facts, beside the wallet and whose it is.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ledger.kinds import Kind
from ledger.models import Entry
from wallet_service.api.walletpro.fields import transaction_row
from wallets.models import Wallet
from webhooks.dispatching import Told

logger = logging.getLogger(__name__)

TOPUP_KEY = "topup:"
_CLOSING = (Kind.CAPTURE, Kind.RELEASE)
# Persons' words: they are read where they can be erased.
_TEXTS = ("reason", "id")

# One look-up for each account of a batch, by the unique index.
ENTRIES = """
SELECT entry.* FROM unnest(%s::bigint[], %s::bigint[]) AS asked (account_id, sequence)
JOIN ledger_entry entry ON entry.account_id = asked.account_id AND entry.sequence = asked.sequence"""


def event_rows(told: Sequence[Told]) -> list[dict[str, Any]]:
    """What goes out of each event: four statements, however many there are."""
    entries = _entries((event.account_id, event.sequence) for event in told if event.sequence is not None)
    holds = _entries((entry.account_id, entry.of) for entry in entries.values() if entry.kind in _CLOSING and entry.of)
    holders = _holders(told, entries.values())
    rows = []
    for event in told:
        row: dict[str, Any] = _whose(event, holders)
        if entry := _entry_of(event, entries):
            row |= _entry_row(entry, holds.get((entry.account_id, entry.of or 0)), row["currency"], holders)
        rows.append({**row, **event.facts})
    return rows


def _entry_of(event: Told, entries: Mapping[tuple[int, int], Entry]) -> Entry | None:
    """Its entry. One that was deleted behind our back must not stop everybody else's events: the verifier names it."""
    if event.sequence is None:
        return None
    entry = entries.get((event.account_id, event.sequence))
    if entry is None:
        logger.critical("account %d: entry %d is told of and not there", event.account_id, event.sequence)
    return entry


def _entries(asked: Iterable[tuple[int, int | None]]) -> dict[tuple[int, int], Entry]:
    wanted = sorted({(account_id, sequence) for account_id, sequence in asked if sequence is not None})
    if not wanted:
        return {}
    found = Entry.objects.raw(ENTRIES, [[account_id for account_id, _ in wanted], [sequence for _, sequence in wanted]])
    return {(entry.account_id, entry.sequence): entry for entry in found}


def _holders(told: Sequence[Told], entries: Iterable[Entry]) -> dict[int, tuple[int, str]]:
    """User and currency of each wallet that is named."""
    named = {event.account_id for event in told if event.account_id}
    named |= {entry.counter_account_id for entry in entries if entry.counter_account_id}
    rows = Wallet.objects.filter(pk__in=named).values_list("pk", "user_id", "currency_code")
    return {wallet_id: (user_id, currency) for wallet_id, user_id, currency in rows}


def _whose(event: Told, holders: Mapping[int, tuple[int, str]]) -> dict[str, Any]:
    if not event.account_id:
        return {}
    user_id, currency = holders.get(event.account_id, (None, None))
    return {"wallet_id": event.account_id, "user_id": user_id, "currency": currency}


def _entry_row(entry: Entry, hold: Entry | None, currency: str, holders: Mapping[int, tuple[int, str]]) -> dict[str, Any]:
    listed = transaction_row(entry, currency, with_note=False)
    row = {"transaction_id": entry.pk, **{name: value for name, value in listed.items() if name not in _TEXTS}}
    if entry.kind == Kind.HOLD or hold:
        placed = hold or entry
        row |= {"hold_id": placed.pk, "held_amount": str(placed.held_change)}
    if entry.counter_account_id:
        row["counterparty_user_id"] = holders.get(entry.counter_account_id, (None, None))[0]
    if entry.key and entry.key.startswith(TOPUP_KEY):
        row["topup_id"] = entry.key.removeprefix(TOPUP_KEY).partition(":")[0]
    return row
