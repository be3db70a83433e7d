"""What a wallet lacks for an order, as a loan in the very event that pays for it (bnpl.services says who may have one)."""

from dataclasses import replace

from bnpl.services import event_as_lent, keep, offer
from kyc.models import Verification
from kyc.services import status_of
from ledger.book import Book
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.money import Money
from ledger.movements import Event, Movement
from wallets.models import Wallet
from webhooks.naming import BALANCE_LOW, is_fall


def earlier_debit(book: Book, wallet: Wallet, event: Event, *, pays_later: bool) -> Entry | None:
    """The debit that `event` wrote before, behind the loan that paid for it where there was one.

    Raises:
        EventReused: its key asked for something else then.
    """
    entries = book.entries_of(event_as_lent(event, wallet.pk) if pays_later else event)
    return next((entry for entry in entries if entry.kind == Kind.DEBIT), None)


def post_paying_later(book: Book, wallet: Wallet, spent: Movement, event: Event) -> Entry:
    """Post `spent`; what the wallet lacks for it is lent to its holder, if he may pay later.

    Raises:
        InsufficientFunds: it lacks something, and he may not: he is not eligible, would owe too much, the order is too small.
        AmountOutOfRange, CurrencyMismatch, EventReused: see `Book.post`.
    """
    account = book[wallet.pk]
    order = Money(-spent.amount.minor, spent.amount.currency)
    lacks = order.minor > account.available and order.currency == account.currency
    lending = lacks and offer(
        book,
        account,
        user_id=wallet.user_id,
        order=order,
        why=spent.why,
        event=event,
        is_verified=lambda: status_of(wallet.user_id) == Verification.Status.APPROVED,
    )
    if not lending:
        return book.post(spent, event=event)[0]
    left = account.balance + lending.movement.amount.minor - order.minor
    if is_fall(account.currency_code, account.balance, left):
        # Between the two entries the balance is what neither of them brought or took.
        spent = replace(spent, told=[BALANCE_LOW])
    made, paid = book.post(lending.movement, spent, event=lending.event)
    keep(lending, made)
    return paid
