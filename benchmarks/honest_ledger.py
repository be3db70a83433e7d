"""Many honest entries in little time: what the service would have written, chained and sealed, but copied in."""

import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from ledger.encoding import ENTRY_VERSION, encode_entry, genesis, lot_rows, mac, microseconds, text_digest
from ledger.keys import keyring
from ledger.lots import LotShare, burn, first_end, merge
from ledger.models import Account, Entry
from ledger.seals import seal_account

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
CURRENCY = "USD"
ENTRY_COLUMNS = [str(field.column) for field in Entry._meta.concrete_fields]
ACCOUNT_COLUMNS = [str(field.column) for field in Account._meta.concrete_fields]


@dataclass(slots=True)
class Chain:
    """An account under way."""

    account_id: int
    head: bytes
    sequence: int = 0
    balance: int = 0
    last_at: datetime = BEGUN
    rests: list[LotShare] = field(default_factory=list)


# All of them one holder's, and from before there were audit rows.
WALLETS = """
WITH holder AS (INSERT INTO people_user
    (username, email, password, first_name, last_name, is_superuser, is_staff, is_active, date_joined)
    VALUES ('holder', '', '', '', '', false, false, true, '2020-01-01') RETURNING id)
INSERT INTO wallets_wallet (id, user_id, currency, name, is_default, auto_reload_enabled, created_at, updated_at)
SELECT account.id, holder.id, account.currency, 'w' || md5(account.id::text), false, false, '2020-01-01', '2020-01-01'
FROM ledger_account account, holder"""


def fill(*, entries: int, accounts: int) -> None:
    """`entries` in `accounts`, written in the order of time, as a shop's are: each account's lie scattered over the table.

    Every tenth entry is cashback that ends, so that debits burn lots; each has key, actor and a salted reason.
    """
    ring = keyring()
    key = ring.key(ring.current)
    chains = [Chain(number, genesis(key, number, CURRENCY)) for number in range(1, accounts + 1)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        xids = cursor.fetchone()[0]
        _copy(cursor, "ledger_entry", ENTRY_COLUMNS, _entries(entries, chains, key, xids))
        _copy(cursor, "ledger_account", ACCOUNT_COLUMNS, (_account_row(chain) for chain in chains))
        lots = ([chain.account_id, lot.sequence, lot.ends, lot.amount] for chain in chains for lot in chain.rests)
        _copy(cursor, "ledger_lot", ["account_id", "sequence", "ends", "rest"], lots)
        cursor.execute(WALLETS)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _entries(count: int, chains: list[Chain], key: bytes, xids: int) -> Iterator[list[Any]]:
    for number, chain in zip(range(1, count + 1), itertools.cycle(chains), strict=False):
        # Of transactions that this server has had: none may stand in what is still to come.
        values = _next_entry(number, chain, xid=1 + (xids - 1) * number // count)
        chain.head = mac(key, chain.head, encode_entry(**_as_encoded(values)))
        row = {**values, "lots": json.dumps(values["lots"]), "mac": chain.head, **_text(values)}
        yield [row.get(column) for column in ENTRY_COLUMNS]


def _next_entry(number: int, chain: Chain, xid: int) -> dict[str, Any]:
    chain.sequence += 1
    kind, amount, house = _what(chain.sequence)
    chain.last_at = BEGUN + timedelta(milliseconds=100 * number)
    ends = BEGUN + timedelta(days=900 + chain.sequence)
    shares = [LotShare(chain.sequence, ends, amount)] if kind == "cashback" else burn(chain.rests, max(0, -amount))
    chain.rests = merge([*chain.rests, *shares]) if shares else chain.rests
    chain.balance += amount
    salt = os.urandom(16)
    return {
        **{"version": ENTRY_VERSION, "key_id": keyring().current, "account_id": chain.account_id, "sequence": chain.sequence},
        **{"id": number, "at": chain.last_at, "amount": amount, "held_change": 0, "owed_change": 0, "balance": chain.balance},
        **{"held": 0, "xid": xid, "kind": kind, "house": house, "counter_account_id": None, "group": None},
        **{"key": f"call:{UUID(int=number)}", "asked": os.urandom(32), "leg": 0, "of": None, "ends": None},
        "lots": [[share.sequence, share.ends and share.ends.isoformat(), share.amount] for share in shares],
        **{"actor": "key:1 user:2", "order_id": number, "reference": None, "reason_salt": salt},
        **{"reason_digest": text_digest(salt, _reason(number)), "note_digest": None, "metadata_digest": None},
    }


def _what(sequence: int) -> tuple[str, int, str]:
    if sequence % 10 == 1:
        return "credit", 100_000, "issued"
    return ("cashback", 500, "issued") if sequence % 10 == 5 else ("debit", -300, "spent")


def _reason(number: int) -> str:
    return f"Order {number}, paid from the wallet"


def _text(values: dict[str, Any]) -> dict[str, Any]:
    return {"reason": _reason(values["id"])}


def _as_encoded(values: dict[str, Any]) -> dict[str, Any]:
    encoded = {name: value for name, value in values.items() if name != "reason_salt"}
    return {**encoded, "at": microseconds(values["at"]), "lots": lot_rows(values["lots"])}


def _account_row(chain: Chain) -> list[Any]:
    account = Account(
        id=chain.account_id,
        currency_code=CURRENCY,
        balance=chain.balance,
        in_lots=sum(lot.amount for lot in chain.rests),
        sequence=chain.sequence,
        head=chain.head if chain.sequence else None,
        last_at=chain.last_at if chain.sequence else None,
        due_at=first_end(chain.rests),
        created_at=BEGUN,
    )
    seal_account(account)
    return [getattr(account, field.attname) for field in Account._meta.concrete_fields]


def _copy(cursor: Any, table: str, columns: list[str], rows: Iterator[list[Any]]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
