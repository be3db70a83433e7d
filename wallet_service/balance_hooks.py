"""Tells an operator's own app of every movement of money, once it is committed, from whatever process wrote it.

While nobody listens it costs two looks at a list. While somebody does, each movement costs one statement behind its commit.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from django.db import transaction

from hooks.points import amount_updated, balance_changed, low_balance_alert
from ledger.models import Account, Entry
from site_settings.reading import current_settings
from wallet_service.api.webkul.fields import major
from wallet_service.api.webkul.rows import type_of
from wallets.models import Wallet
from webhooks.naming import BALANCE_LOW, falls_low


def heard(account: Account, entry: Entry, told: Sequence[str]) -> None:
    """Of each entry that is written. What is rolled back, a rehearsal too, is never told."""
    if entry.amount and (balance_changed.is_heard or amount_updated.is_heard):
        # Now: the account goes on changing until the commit.
        amount, balance = major(entry.amount, account.currency), major(entry.balance, account.currency)
        transaction.on_commit(partial(_tell, account.pk, amount, type_of(entry), balance))
    if low_balance_alert.is_heard and (falls_low(entry) or BALANCE_LOW in told):
        balance, mark = (major(minor, account.currency) for minor in (entry.balance, current_settings().low_balance))
        transaction.on_commit(partial(_alert, account.pk, balance, mark))


def _tell(account_id: int, amount: Decimal, type_name: str, balance_after: Decimal) -> None:
    for user_id in Wallet.objects.filter(pk=account_id).values_list("user_id", flat=True):
        balance_changed.fire(user_id, amount, type_name, balance_after)
        amount_updated.fire(user_id, balance_after)


def _alert(account_id: int, balance_after: Decimal, threshold: Decimal) -> None:
    for user_id in Wallet.objects.filter(pk=account_id).values_list("user_id", flat=True):
        low_balance_alert.fire(user_id, balance_after, threshold)
