"""Debts for tests that are about something else."""

from django.db import transaction

from ledger.book import lock_accounts
from ledger.debts import loan
from ledger.models import Entry
from ledger.movements import Event
from tests.conftest import WHY
from wallets.models import Wallet


def owe(wallet: Wallet, amount: int) -> Entry:
    """The debt, whose money is in the wallet."""
    with transaction.atomic():
        book = lock_accounts(wallet.pk)
        return book.post(loan(book[wallet.pk], wallet.money(amount), WHY), event=Event.once("test"))[0]
