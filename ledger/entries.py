"""Making an entry and writing it together with its account's row. Only a locked book calls this."""

import json
import logging
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, models
from psycopg import errors as postgres
from psycopg.types.numeric import Int8

from ledger import outbox, rehearsal
from ledger.encoding import ENTRY_VERSION, text_digest
from ledger.errors import AccountNotIntact, LedgerUnavailable
from ledger.keys import keyring
from ledger.listeners import tell_listeners
from ledger.lots import LotShare
from ledger.models import Account, Entry
from ledger.movements import Movement
from ledger.seals import chain_entry, seal_account

logger = logging.getLogger(__name__)

SALT_BYTES = 16

# One entry with its account's row and its events, as the statement takes them.
Written = dict[str, Any]

_FIELDS = Entry._meta.concrete_fields
_COLUMNS = ", ".join(f'"{field.column}"' for field in _FIELDS)
_VALUES = ", ".join(f"%({field.column})s" for field in _FIELDS)

# Entry, events and balance in one statement: none is ever there without the others. What the account takes over from the
# entry is sent once: psycopg takes a statement of more than fifty parameters apart anew each time.
APPEND_ENTRY = f"""
WITH entry AS (INSERT INTO ledger_entry ({_COLUMNS}) VALUES ({_VALUES})),
told AS (INSERT INTO ledger_outbox (type, account_id, sequence, at)
    SELECT name, %(account_id)s, %(sequence)s, %(at)s FROM unnest(%(told)s::text[]) AS name)
UPDATE ledger_account SET balance = %(balance)s, held = %(held)s, sequence = %(sequence)s, head = %(mac)s, last_at = %(at)s,
    in_lots = %(in_lots)s, owed = %(owed)s, due_at = %(due_at)s,
    version = %(account_version)s, key_id = %(account_key_id)s, mac = %(account_mac)s
WHERE id = %(account_id)s"""  # noqa: S608

NEXT_ENTRY_ID = "SELECT nextval('ledger_entry_id_seq')"


def next_id() -> int:
    """An entry's id, drawn under the account's lock so that ids ascend within an account."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_ENTRY_ID)
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def make(account: Account, movement: Movement, shares: Sequence[LotShare], *, entry_id: int, at: datetime, xid: int) -> Entry:
    """The account's next entry; not chained and not written yet."""
    why = movement.why
    entry = Entry(
        id=entry_id,
        account=account,
        sequence=account.sequence + 1,
        kind=movement.kind,
        at=at,
        amount=movement.amount.minor,
        held_change=movement.held_change,
        owed_change=movement.owed_change,
        balance=account.balance + movement.amount.minor,
        held=account.held + movement.held_change,
        house=movement.house,
        counter_account_id=movement.counter_account_id,
        group=movement.group,
        of=movement.of,
        ends=movement.ends,
        lots=[[share.sequence, share.ends and share.ends.isoformat(), share.amount] for share in shares],
        actor=why.actor,
        order_id=why.order_id,
        reference=why.reference,
        xid=xid,
        version=ENTRY_VERSION,
        key_id=keyring().current,
    )
    for name, text in (("reason", why.reason), ("note", why.note)):
        _keep_text(entry, name, text)
    return entry


def append(
    account: Account,
    entry: Entry,
    shares: Sequence[LotShare],
    *,
    due_at: datetime | None,
    told: Sequence[str] = (),
    waiting: list[Written] | None = None,
) -> None:
    """Chain the entry, move the account's row on and write both, with the events that it is; `told` are further ones.

    With `waiting` they are put there, for `send`.
    """
    chain_entry(entry, account)
    account.balance = entry.balance
    account.held = entry.held
    account.in_lots += sum(share.amount for share in shares)
    account.owed += entry.owed_change
    account.sequence = entry.sequence
    account.head = entry.mac
    account.last_at = entry.at
    account.due_at = due_at
    seal_account(account)
    written = {**_entry_values(entry), "told": [*outbox.names_of(entry), *told], **_account_values(account)}
    if waiting is None:
        send([written])
    else:
        waiting.append(written)
    rehearsal.note(account, entry)
    tell_listeners(account, entry, told)


def send(rows: Sequence[Written]) -> None:
    """Write entries with what goes with them, in their order; many of them in one round trip.

    Raises:
        AccountNotIntact: the account's entries do not end where its row says. Of several rows: LedgerUnavailable.
    """
    try:
        with connection.cursor() as cursor:
            if len(rows) == 1:
                cursor.execute(APPEND_ENTRY, rows[0])
            else:
                cursor.executemany(APPEND_ENTRY, rows)
            if cursor.rowcount != len(rows):
                raise RuntimeError(f"one of the accounts of {len(rows)} entries is gone")
    except IntegrityError as failure:
        if not _is_broken_tail(failure):
            raise
        ids = sorted({int(row["account_id"]) for row in rows})
        logger.critical("account %s: its entries do not end where its row says; it refuses to move", " or ".join(map(str, ids)))
        raise (AccountNotIntact(ids[0]) if len(ids) == 1 else LedgerUnavailable("one of several accounts")) from failure


def _is_broken_tail(failure: IntegrityError) -> bool:
    """Whether the entry before is not there as the row has it, or one is there that should not be (append_only.sql)."""
    cause = failure.__cause__
    if isinstance(cause, postgres.UniqueViolation):
        return cause.diag.constraint_name == "ledger_entry_sequence"
    return isinstance(cause, postgres.CheckViolation) and cause.diag.constraint_name is None


def _keep_text(entry: Entry, name: str, text: str | None) -> None:
    """A text enters the chain as a salted digest, so that the words can be erased and the chain still holds."""
    if text is None:
        return
    salt = os.urandom(SALT_BYTES)
    setattr(entry, name, text)
    setattr(entry, f"{name}_salt", salt)
    setattr(entry, f"{name}_digest", text_digest(salt, text))


def _value(field: "models.Field[Any, Any]", value: Any) -> Any:
    """As psycopg sends it. Numbers always as int8: a prepared statement is kept per set of types."""
    if value is not None and isinstance(field, models.BigIntegerField | models.BigAutoField | models.ForeignKey):
        return Int8(value)
    return json.dumps(value) if isinstance(field, models.JSONField) else value


def _entry_values(entry: Entry) -> dict[str, Any]:
    return {str(field.column): _value(field, getattr(entry, field.attname)) for field in _FIELDS}


def _account_values(account: Account) -> dict[str, Any]:
    """What is not the entry's as well."""
    return {
        "in_lots": Int8(account.in_lots),
        "owed": Int8(account.owed),
        "due_at": account.due_at,
        "account_version": account.version,
        "account_key_id": account.key_id,
        "account_mac": account.mac,
    }
