"""Many customers with a wallet each in little time: what the service would have written, but copied in."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from ledger.models import Account
from ledger.seals import seal_account

# From before there were audit rows, so that none is missed.
BEGUN = datetime(2020, 1, 1, tzinfo=UTC)
ACCOUNT_COLUMNS = [str(field.column) for field in Account._meta.concrete_fields]

USERS = """
INSERT INTO people_user (id, username, email, password, first_name, last_name, is_superuser, is_staff, is_active, date_joined)
SELECT number, 'user' || number, 'user' || number || '@example.test', '', '', '', false, false, true, '2020-01-01'
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS number"""
WALLETS = """
INSERT INTO wallets_wallet (id, user_id, currency, name, is_default, auto_reload_enabled, created_at, updated_at)
SELECT number, number, %(currency)s, 'w' || md5(number::text), true, false, '2020-01-01', '2020-01-01'
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS number"""
SEQUENCES = "SELECT setval('ledger_account_id_seq', %(last)s), setval('people_user_id_seq', %(last)s)"


def email_of(number: int) -> str:
    return f"user{number}@example.test"


def fill(count: int, *, currency: str, first: int = 1001) -> None:
    """Users and wallets `first` to `first + count - 1`, empty."""
    asked: dict[str, int | str] = {"first": first, "last": first + count - 1, "currency": currency}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(USERS, asked)
        with cursor.copy(f"COPY ledger_account ({', '.join(ACCOUNT_COLUMNS)}) FROM STDIN") as copy:
            for row in _accounts(count, currency, first):
                copy.write_row(row)
        cursor.execute(WALLETS, asked)
        cursor.execute(SEQUENCES, asked)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _accounts(count: int, currency: str, first: int) -> Iterator[list[Any]]:
    for number in range(first, first + count):
        account = Account(id=number, currency_code=currency, created_at=BEGUN)
        seal_account(account)
        yield [getattr(account, field.attname) for field in Account._meta.concrete_fields]
