"""What the floors above ask of the ledger, besides locking and posting (ledger.book)."""

from collections.abc import Iterable

from django.db import connection, transaction

from ledger.models import ERASABLE_TEXTS, Account, Entry
from ledger.money import Currency
from ledger.seals import seal_account


@transaction.atomic(savepoint=False)
def open_account(*, currency: Currency, account_id: int | None = None) -> Account:
    """An empty account in `currency`. `account_id` is for who brings ids along (a demo, a migration from a plugin)."""
    account = Account(pk=account_id or _next_account_id(), currency_code=currency.code)
    seal_account(account)
    account.save(force_insert=True)
    return account


@transaction.atomic(savepoint=False)
def open_accounts(*, currency: Currency, count: int) -> list[Account]:
    """So many empty accounts in `currency`, in two statements."""
    accounts = [Account(pk=number, currency_code=currency.code) for number in _next_account_ids(count)]
    for account in accounts:
        seal_account(account)
    return Account.objects.bulk_create(accounts)


def _next_account_id() -> int:
    return _next_account_ids(1)[0]


def _next_account_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ledger_account_id_seq') FROM generate_series(1, %s)", [count])
        return [int(number) for (number,) in cursor.fetchall()]


@transaction.atomic(savepoint=False)
def erase_texts(entries: Iterable[Entry]) -> int:
    """Forget a person's words in these entries, for ever; the chain keeps their digests and still verifies.

    Salt and text go together, so that nobody can try what the words were. Returns how many entries there were.
    """
    empty = {column: None for name in ERASABLE_TEXTS for column in (name, f"{name}_salt")}
    return Entry.objects.filter(pk__in=[entry.pk for entry in entries]).update(**empty)
