"""Lock, decide, post."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from ledger.book import lock_accounts
from ledger.encoding import genesis, mac
from ledger.errors import (
    AccountFrozen,
    AccountNotIntact,
    AmountOutOfRange,
    BalanceLimitExceeded,
    CurrencyMismatch,
    EventReused,
    InsufficientFunds,
    KeyMissing,
)
from ledger.keys import keyring
from ledger.kinds import House, Kind
from ledger.models import Account, Entry, Lot
from ledger.money import AMOUNT_MAX, BALANCE_MAX, Money, currency
from ledger.movements import Circumstances, Event, Movement
from ledger.seals import entry_bytes, is_intact, seal_account
from ledger.services import erase_texts, open_account

pytestmark = pytest.mark.django_db

USD = currency("USD")
WHY = Circumstances(actor="test", reason="because", note="between us")
NEXT_YEAR = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def account() -> Account:
    return open_account(currency=USD)


def movement(account: Account, minor: int, **extra: Any) -> Movement:
    kind, house = (Kind.CREDIT, House.ISSUED) if minor > 0 else (Kind.DEBIT, House.SPENT)
    return Movement(**{"account_id": account.pk, "kind": kind, "amount": Money(minor, USD), "house": house, "why": WHY, **extra})


def post(account: Account, *amounts: int, event: Event | None = None, **extra: Any) -> list[Entry]:
    with transaction.atomic():
        book = lock_accounts(account.pk)
        return book.post(*(movement(account, amount, **extra) for amount in amounts), event=event or Event.once("test"))


def test_moves_the_account_and_writes_an_entry(account: Account):
    post(account, 1000)
    (entry,) = post(account, -300)

    account.refresh_from_db()
    assert (account.balance, account.sequence, account.available) == (700, 2, 700)
    assert (entry.amount, entry.balance, entry.balance_before, entry.sequence) == (-300, 700, 1000, 2)
    assert bytes(account.head or b"") == bytes(entry.mac)
    assert account.last_at == entry.at
    assert is_intact(account)


def test_chains_each_entry_to_the_one_before_and_the_first_to_genesis(account: Account):
    post(account, 1000)
    post(account, -300)
    first, second = Entry.objects.order_by("sequence")

    key = keyring().key(first.key_id)
    assert bytes(first.mac) == mac(key, genesis(key, account.pk, "USD"), entry_bytes(first))
    assert bytes(second.mac) == mac(key, bytes(first.mac), entry_bytes(second))


def test_an_entry_read_back_is_the_one_that_was_written(account: Account):
    (written,) = post(account, 500, is_lot=True, expires_at=NEXT_YEAR)
    read = Entry.objects.get()

    assert entry_bytes(read) == entry_bytes(written)


def test_numbers_the_rows_of_one_event_and_stamps_them_with_one_now(account: Account):
    entries = post(account, 1000, -100, -50)

    assert [entry.leg for entry in entries] == [0, 1, 2]
    assert [entry.sequence for entry in entries] == [1, 2, 3]
    assert [entry.id for entry in entries] == sorted(entry.id for entry in entries)
    assert len({entry.at for entry in entries}) == 1


def test_posts_an_event_once_and_returns_its_entries_ever_after(account: Account):
    event = Event.named("order:7", 1000)
    (first,) = post(account, 1000, event=event)
    (again,) = post(account, 1000, event=event)

    assert again == first
    assert Entry.objects.count() == 1


def test_refuses_an_event_that_asks_for_something_else(account: Account):
    post(account, 1000, event=Event.named("order:7", 1000))

    with pytest.raises(EventReused), transaction.atomic():
        post(account, 2000, event=Event.named("order:7", 2000))
    assert Entry.objects.count() == 1


@pytest.mark.parametrize("amount", [0, AMOUNT_MAX + 1, -AMOUNT_MAX - 1])
def test_refuses_nothing_and_too_much(account: Account, amount: int):
    with pytest.raises(AmountOutOfRange), transaction.atomic():
        post(account, amount)
    assert not Entry.objects.exists()


def test_refuses_more_than_an_account_may_hold(account: Account):
    for _ in range(BALANCE_MAX // AMOUNT_MAX):
        post(account, AMOUNT_MAX)

    with pytest.raises(BalanceLimitExceeded), transaction.atomic():
        post(account, 1)
    account.refresh_from_db()
    assert account.balance == BALANCE_MAX


def test_refuses_another_currency(account: Account):
    with pytest.raises(CurrencyMismatch), transaction.atomic():
        post(account, 1, amount=Money(1, currency("EUR")))
    assert not Entry.objects.exists()


def test_refuses_what_is_not_there_and_rolls_all_of_the_event_back(account: Account):
    with pytest.raises(InsufficientFunds) as refusal, transaction.atomic():
        post(account, 100, -101)

    assert (refusal.value.required.minor, refusal.value.available.minor) == (101, 100)
    assert not Entry.objects.exists()


def test_a_frozen_account_takes_and_pays_nothing_but_what_is_bound(account: Account):
    with transaction.atomic():
        lock_accounts(account.pk).set_terms(account.pk, status=Account.Status.FROZEN)

    with pytest.raises(AccountFrozen), transaction.atomic():
        post(account, 100)
    post(account, 100, is_bound=True)
    account.refresh_from_db()
    assert account.balance == 100


def test_a_credit_line_lets_the_balance_go_below_zero_that_far(account: Account):
    with transaction.atomic():
        lock_accounts(account.pk).set_terms(account.pk, credit_line=50)
    post(account, -50)

    with pytest.raises(InsufficientFunds), transaction.atomic():
        post(account, -1)
    account.refresh_from_db()
    assert account.balance == -50
    assert is_intact(account)


@pytest.mark.parametrize(
    "edit",
    [
        "balance = balance + 1",
        "credit_line = 1000",
        "status = 'frozen'",
        "owed = 1",
        "sequence = 7",
        "head = '\\x00'",
        "currency = 'EUR'",
        "created_at = now() - interval '1 day'",
        "due_at = now()",
        "mac = '\\x00'",
        "version = 2",
    ],
)
def test_an_account_that_was_edited_behind_our_back_refuses_to_move(account: Account, edit: str, sql: Any):
    post(account, 1000)
    sql(f"UPDATE ledger_account SET {edit} WHERE id = {account.pk}")

    with pytest.raises(AccountNotIntact), transaction.atomic():
        post(account, -1)
    assert Entry.objects.count() == 1


TAILS = {
    "cut": "DELETE FROM ledger_entry WHERE sequence = 2",
    "gone": "DELETE FROM ledger_entry",
    "grown": (
        'INSERT INTO ledger_entry SELECT (jsonb_populate_record(e, \'{"id": 999999, "sequence": 3, "key": "forged"}\')).*'
        " FROM ledger_entry e WHERE sequence = 2"
    ),
    "edited": "UPDATE ledger_entry SET balance = 1 WHERE sequence = 2",
}


@pytest.mark.parametrize("edit", TAILS.values(), ids=TAILS)
def test_an_account_whose_last_entries_are_not_what_its_row_says_refuses_to_move(account: Account, edit: str, sql: Any):
    post(account, 1000)
    post(account, -10)
    assert sql(edit)
    left = Entry.objects.count()

    with pytest.raises(AccountNotIntact), transaction.atomic():
        post(account, -1)
    assert Entry.objects.count() == left


def test_an_account_under_a_key_that_is_gone_refuses_to_move(account: Account, settings: Any):
    post(account, 1000)
    settings.LEDGER_HMAC_KEYS = "2:" + "ab" * 32

    with pytest.raises(KeyMissing), transaction.atomic():
        post(account, -1)


def test_a_new_key_writes_on_and_the_old_one_still_verifies(account: Account, settings: Any):
    post(account, 1000)
    settings.LEDGER_HMAC_KEYS = "2:" + "ab" * 32 + "," + settings.LEDGER_HMAC_KEYS
    (entry,) = post(account, -1)

    account.refresh_from_db()
    assert (entry.key_id, account.key_id) == (2, 2)
    assert is_intact(account)


def test_time_never_runs_backwards_within_an_account(account: Account):
    post(account, 1000)
    account.refresh_from_db()
    # A row from a clock that ran ahead, sealed as the service would have sealed it.
    account.last_at = NEXT_YEAR
    seal_account(account)
    account.save()
    (entry,) = post(account, -1)

    assert entry.at == NEXT_YEAR


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_locks_only_inside_a_transaction():
    with pytest.raises(RuntimeError):
        lock_accounts(1)


def test_an_account_that_is_not_there_cannot_be_locked():
    with pytest.raises(Account.DoesNotExist), transaction.atomic():
        lock_accounts(4711)


class TestLots:
    def test_credit_that_ends_is_a_lot_and_is_burnt_first(self, account: Account):
        post(account, 100)
        (brought,) = post(account, 30, is_lot=True, expires_at=NEXT_YEAR)
        (debit,) = post(account, -20)

        account.refresh_from_db()
        assert brought.lots == [[2, NEXT_YEAR.isoformat(), 30]]
        assert debit.lots == [[2, NEXT_YEAR.isoformat(), -20]]
        assert (account.balance, account.in_lots, account.due_at) == (110, 10, NEXT_YEAR)
        assert [(lot.sequence, lot.ends, lot.rest) for lot in Lot.objects.all()] == [(2, NEXT_YEAR, 10)]

    def test_a_debit_goes_on_into_lots_without_an_end_and_then_into_the_rest(self, account: Account):
        post(account, 100)
        post(account, 30, is_lot=True, expires_at=NEXT_YEAR)
        post(account, 10, is_lot=True)
        (debit,) = post(account, -50)

        account.refresh_from_db()
        assert debit.lots == [[2, NEXT_YEAR.isoformat(), -30], [3, None, -10]]
        assert (account.balance, account.in_lots, account.due_at) == (90, 0, None)
        assert not Lot.objects.exists()

    def test_lots_of_one_event_and_debits_behind_them_agree(self, account: Account):
        post(account, 30, 20, -45, is_lot=True, expires_at=NEXT_YEAR)

        account.refresh_from_db()
        assert (account.balance, account.in_lots) == (5, 5)
        assert [(lot.sequence, lot.rest) for lot in Lot.objects.all()] == [(2, 5)]

    def test_a_hundred_lots_cost_no_more_statements_than_two(self, account: Account, django_assert_num_queries: Any):
        for day in range(100):
            post(account, 1, is_lot=True, expires_at=NEXT_YEAR + timedelta(days=day))
        with transaction.atomic():
            book = lock_accounts(account.pk)
            # Read the lots, write entry and account, delete the empty ones.
            with django_assert_num_queries(3):
                book.post(movement(account, -100), event=Event.once("test"))

        assert not Lot.objects.exists()


class TestErasing:
    def test_forgets_the_words_and_keeps_their_digests(self, account: Account):
        (entry,) = post(account, 100)
        before = Entry.objects.get()

        assert erase_texts([entry]) == 1
        after = Entry.objects.get()
        assert (after.reason, after.note, after.reason_salt, after.note_salt) == (None, None, None, None)
        assert after.reason_digest == before.reason_digest
        assert entry_bytes(after) == entry_bytes(before)
