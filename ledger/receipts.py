"""Receipts: one entry, its path in the log, and the checkpoint that signs it; to be checked offline (docs/receipts.md)."""

import logging
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from ledger.checkpoints.sealing import leaf_data
from ledger.errors import LogNotIntact, NotSealed
from ledger.log_paths import path_of
from ledger.merkle import leaf_hash, verify_inclusion
from ledger.models import ERASABLE_TEXTS, Checkpoint, Entry, Leaf

logger = logging.getLogger(__name__)

FORMAT = "wallet-receipt/1"


def receipt_of(entry: Entry, *, texts: Collection[str]) -> dict[str, Any]:
    """The receipt of an entry against the latest checkpoint, with those of its `texts` that the reader may see.

    It holds what the signature binds and nothing else: no currency, no name. Of a
    text that the reader may not see, or that was erased, it holds the digest only.

    Raises:
        NotSealed: no checkpoint covers the entry yet.
        LogNotIntact: the log does not hold the entry as it stands. A person has to look.
    """
    leaf = Leaf.objects.filter(source=Leaf.Source.ENTRY, account_id=entry.account_id, row=entry.sequence).first()
    if leaf is None:
        raise NotSealed(account_id=entry.account_id, sequence=entry.sequence)
    checkpoint = Checkpoint.objects.order_by("-number").first()
    if checkpoint is None or checkpoint.size <= leaf.index:
        raise _not_intact(entry, "it is sealed, and no checkpoint covers it")
    return {
        "format": FORMAT,
        "entry": _entry(entry),
        "texts": {name: _text(entry, name) for name in texts if getattr(entry, name) is not None},
        "log": _place(entry, leaf, checkpoint),
        "checkpoint": {
            "body": checkpoint.body,
            "signature": bytes(checkpoint.signature).hex(),
            "key_id": checkpoint.signing_key_id,
        },
    }


def _place(entry: Entry, leaf: Leaf, checkpoint: Checkpoint) -> dict[str, Any]:
    """Where the entry stands in the log. A receipt that would not hold is not handed out."""
    sealed = leaf_hash(leaf_data(entry))
    path = path_of(leaf.index, checkpoint.size)
    if not verify_inclusion(sealed, leaf.index, checkpoint.size, path, bytes(checkpoint.root)):
        raise _not_intact(entry, f"it is not what checkpoint {checkpoint.number} covers")
    return {"index": leaf.index, "leaf": sealed.hex(), "path": [part.hex() for part in path]}


def _not_intact(entry: Entry, why: str) -> LogNotIntact:
    logger.critical("account %s, entry %s: %s", entry.account_id, entry.sequence, why)
    return LogNotIntact(f"account {entry.account_id}, entry {entry.sequence}: {why}")


def _entry(entry: Entry) -> dict[str, Any]:
    """Every column that the encoding covers, by name, and the MAC. Money is text, as everywhere; times are exact."""
    return {
        "version": entry.version,
        "key_id": entry.key_id,
        "account_id": entry.account_id,
        "sequence": entry.sequence,
        "id": entry.pk,
        "at": _moment(entry.at),
        "amount": str(entry.amount),
        "held_change": str(entry.held_change),
        "owed_change": str(entry.owed_change),
        "balance": str(entry.balance),
        "held": str(entry.held),
        "xid": entry.xid,
        "kind": entry.kind,
        "house": entry.house,
        "counter_account_id": entry.counter_account_id,
        "group": None if entry.group is None else str(entry.group),
        "key": entry.key,
        "asked": _hex(entry.asked),
        "leg": entry.leg,
        "of": entry.of,
        "ends": _moment(entry.ends),
        "lots": [_lot(*lot) for lot in entry.lots],
        "actor": entry.actor,
        "order_id": entry.order_id,
        "reference": entry.reference,
        **{f"{name}_digest": _hex(getattr(entry, f"{name}_digest")) for name in ERASABLE_TEXTS},
        "mac": _hex(entry.mac),
    }


def _lot(sequence: int, ends: str | None, amount: int) -> dict[str, Any]:
    return {"sequence": sequence, "ends": ends and _moment(datetime.fromisoformat(ends)), "amount": str(amount)}


def _text(entry: Entry, name: str) -> dict[str, str | None]:
    return {"text": getattr(entry, name), "salt": _hex(getattr(entry, f"{name}_salt"))}


def _moment(at: datetime | None) -> str | None:
    """UTC with all six digits: the chain covers microseconds."""
    return None if at is None else f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _hex(value: bytes | memoryview | None) -> str | None:
    return None if value is None else bytes(value).hex()
