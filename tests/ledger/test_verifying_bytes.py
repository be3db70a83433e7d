"""That the server's binary rows, read without decoding them, are what the encoding says: for every column and every odd value."""

import os
import random
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from ledger.encoding import mac
from ledger.models import Account, Entry
from ledger.seals import entry_bytes
from ledger.verifying.chain import prepared_mac
from ledger.verifying.rows import ACTS, ALL_ENTRIES, LOTS, account_of, copied, details, encoding, numbers
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

FIRST = datetime(1, 1, 1, tzinfo=UTC)
TIMES = [
    FIRST,
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(9999, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC),
]
WORDS = ["", "x", "Größe 💶", "\\N\n\t\x7f", "a" * 100]


@pytest.fixture
def dice() -> random.Random:
    seed = int.from_bytes(os.urandom(4), "big")
    # Shown when it fails.
    sys.stdout.write(f"seed {seed}\n")
    return random.Random(seed)


def a_time(dice: random.Random) -> datetime:
    return dice.choice([*TIMES, FIRST + timedelta(microseconds=dice.randrange(10**17))])


def a_number(dice: random.Random, bits: int = 63) -> int:
    numbers: list[int] = [0, 1, -1, 2**bits - 1, -(2**bits), dice.randrange(-(2**bits), 2**bits)]
    return dice.choice(numbers)


def maybe(dice: random.Random, value: Any) -> Any:
    return dice.choice([None, value])


def an_entry(dice: random.Random, sequence: int, account: Account) -> Entry:
    amount = dice.choice([0, 5, -7, 10**15, -(10**15)])
    house, counter = dice.choice([("issued", None), (None, a_number(dice))]) if amount else (None, None)
    key = dice.choice([(None, None, None), (f"k{sequence}{dice.choice(WORDS)}", dice.randbytes(3), a_number(dice, 15))])
    lots = [[dice.randrange(10**9), maybe(dice, a_time(dice).isoformat()), a_number(dice, 40)] for _ in range(dice.randrange(3))]
    return Entry(
        **{"id": 10**9 + sequence, "account": account, "sequence": sequence, "kind": dice.choice(["", "hold", "credit"])},
        **{"at": a_time(dice), "amount": amount, "held_change": a_number(dice), "owed_change": a_number(dice)},
        **{"balance": -abs(a_number(dice, 62)), "held": abs(a_number(dice, 62)), "house": house, "counter_account_id": counter},
        **{"group": maybe(dice, UUID(bytes=dice.randbytes(16))), "key": key[0], "asked": key[1], "leg": key[2]},
        **{"of": maybe(dice, a_number(dice)), "ends": maybe(dice, a_time(dice)), "lots": lots, "actor": dice.choice(WORDS)},
        **{"order_id": maybe(dice, a_number(dice)), "reference": maybe(dice, dice.choice(WORDS))},
        **{f"{name}_digest": maybe(dice, dice.randbytes(dice.choice([0, 32]))) for name in ("reason", "note", "metadata")},
        **{"xid": a_number(dice), "version": 1, "key_id": abs(a_number(dice, 15)) % 32768, "mac": dice.randbytes(32)},
    )


def test_a_row_as_the_server_sends_it_is_the_encoding(wallet: Wallet, dice: random.Random):
    account = wallet.account
    entries = [an_entry(dice, sequence, account) for sequence in range(1, 301)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Entry.objects.bulk_create(entries)

    rows = list(copied(ALL_ENTRIES.format(first=account.pk, last=account.pk), lambda count: None))

    assert len(rows) == len(entries)
    for entry, row in zip(entries, rows, strict=True):
        read = numbers(row)
        found = details(row) if read.flags & (LOTS | ACTS) else None
        assert encoding(row, read, found) == entry_bytes(entry), entry.sequence
        assert (account_of(row), read.sequence, read.mac) == (account.pk, entry.sequence, entry.mac)
        assert (read.amount, read.held_change, read.owed_change) == (entry.amount, entry.held_change, entry.owed_change)
        assert (read.balance, read.held, read.moment) == (entry.balance, entry.held, micros(entry.at))


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize("length", [32, 63, 64, 65, 200])
def test_a_prepared_mac_is_the_mac(length: int):
    key = bytes(range(length))

    assert prepared_mac(key)(b"what it says") == mac(key, b"what ", b"it says")
