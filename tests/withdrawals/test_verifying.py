"""`verify_ledger` by mutation: a withdrawal's row, its entries, its audit rows, and its seal."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from ledger.models import Entry
from ledger.verifying import verify
from people.models import User
from tests.withdrawals.conftest import Ask
from wallets.models import Wallet
from withdrawals.models import Withdrawal
from withdrawals.services import approve_withdrawal, mark_failed, mark_paid, reject_withdrawal

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]
STATES = ("pending", "approved", "rejected", "paid", "failed", "came_back")


@pytest.fixture
def each(funded: Wallet, ask: Ask, site: Callable[..., None], manager: User) -> dict[str, Withdrawal]:
    """One in each state, all with a fee but the first; the last one was paid before."""
    found = {"pending": ask(funded, 50)}
    site(withdrawal_fee_type="fixed", withdrawal_fee_amount=5)
    found |= {state: ask(funded, 50) for state in STATES[1:]}
    who: dict[str, Any] = {"by": manager, "actor": "test"}
    reject_withdrawal(withdrawal_id=found["rejected"].pk, **who)
    for state in ("approved", "paid", "failed", "came_back"):
        approve_withdrawal(withdrawal_id=found[state].pk, **who)
    for state in ("paid", "came_back"):
        mark_paid(withdrawal_id=found[state].pk, payout_reference=f"PO-{state}", **who)
    for state in ("failed", "came_back"):
        mark_failed(withdrawal_id=found[state].pk, payout_reference=f"BACK-{state}", **who)
    return {state: Withdrawal.objects.get(pk=withdrawal.pk) for state, withdrawal in found.items()}


def findings(account_id: int | None = None) -> list[str]:
    return [str(finding) for finding in verify(account_id).findings]


def after(sql: Sql, statement: str) -> list[str]:
    """What is found once somebody has run `statement` behind the service's back. It is undone."""
    with transaction.atomic():
        assert sql(statement) == 1
        found = findings()
        transaction.set_rollback(True)
    return found


def named(withdrawal: Withdrawal, problem: str) -> str:
    return f"account {withdrawal.wallet_id}: withdrawal {withdrawal.pk} {problem}"


def test_finds_nothing_on_honest_data(each: dict[str, Withdrawal], bobs_wallet: Wallet, funded: Wallet):
    assert findings() == findings(funded.pk) == findings(bobs_wallet.pk) == []


ENTRIES, ASKED = "is not what its entries say", "is not what was asked for ({})"
UNDECIDED, UNSEALED = (
    "is {}, and was not decided so by its audit rows",
    "goes somewhere else than was asked for: its seal is broken",
)
EDITS = [
    ("pending", "amount_minor = 60", [ENTRIES, ASKED.format("amount_minor")]),
    ("approved", "fee_minor = 4", [ENTRIES, ASKED.format("fee_minor")]),
    ("paid", "currency = 'EUR'", [ENTRIES, ASKED.format("currency")]),
    ("pending", "created_at = created_at - interval '1 s'", [ENTRIES, ASKED.format("created_at")]),
    ("pending", "sequence = 100", [ENTRIES, ASKED.format("entry")]),
    ("pending", "method = 'paypal'", [ASKED.format("method"), UNSEALED]),
    ("pending", "details = details || 'x'::bytea", [UNSEALED]),
    ("approved", "details = NULL", ["does not say any more where it goes"]),
    (
        "pending",
        "status = 'approved', decided_at = now(), payable_at = now()",
        [UNDECIDED.format("approved")],
    ),
    ("paid", "status = 'approved', paid_at = NULL", [UNDECIDED.format("approved")]),
    ("paid", "payout_reference = 'PO-2'", [UNDECIDED.format("paid")]),
    ("came_back", "return_reference = ''", [UNDECIDED.format("failed")]),
    ("approved", "decided_by_id = NULL", [UNDECIDED.format("approved")]),
    ("approved", "payable_at = payable_at - interval '1 day'", [UNDECIDED.format("approved")]),
    (
        "rejected",
        "status = 'pending', decided_at = NULL, decided_by_id = NULL",
        [UNDECIDED.format("pending")],
    ),
    (
        "approved",
        "status = 'failed', failed_at = now()",
        ["was not given back", UNDECIDED.format("failed")],
    ),
]


def test_names_each_row_that_was_edited(each: dict[str, Withdrawal], funded: Wallet, sql: Sql):
    """One edit after the other, each undone before the next."""
    returned = Entry.objects.filter(kind="withdrawal_return").order_by("sequence")[0].key
    for state, edit, problems in EDITS:
        expected = [named(each[state], problem) for problem in problems]
        if state == "rejected":
            expected.insert(0, f"account {funded.pk}: {returned} gave money back, and there is no withdrawal that did")
        assert after(sql, f"UPDATE withdrawals_withdrawal SET {edit} WHERE id = {each[state].pk}") == expected, edit


def test_names_one_that_was_moved_to_another_wallet(each: dict[str, Withdrawal], bobs_wallet: Wallet, sql: Sql):
    withdrawal = each["pending"]
    sql(f"UPDATE withdrawals_withdrawal SET wallet_id = {bobs_wallet.pk} WHERE id = {withdrawal.pk}")

    assert named(withdrawal, "is not what its entries say") in findings()


def test_names_a_row_that_is_gone(each: dict[str, Withdrawal], funded: Wallet, sql: Sql):
    withdrawal = each["rejected"]
    sql(f"DELETE FROM withdrawals_withdrawal WHERE id = {withdrawal.pk}")

    assert findings() == [
        f"account {funded.pk}: entry {withdrawal.sequence} is of a withdrawal that is not there",
        f"account {funded.pk}: withdrawal:{withdrawal.pk}:return gave money back, and there is no withdrawal that did",
        f"withdrawal {withdrawal.pk} was asked for, and is gone",
    ]


def test_names_one_whose_audit_row_is_gone_or_without_its_mac(each: dict[str, Withdrawal], sql: Sql):
    withdrawal = each["paid"]
    for act in ("withdrawal.requested", "withdrawal.approved", "withdrawal.paid"):
        where = f"WHERE subject = 'withdrawal:{withdrawal.pk}' AND act = '{act}'"
        for statement in (f"UPDATE audit_act SET facts = '{{}}' {where}", f"DELETE FROM audit_act {where}"):
            assert any(found.startswith(named(withdrawal, "")) for found in after(sql, statement)), statement


def test_names_what_was_given_back_to_it_otherwise(each: dict[str, Withdrawal], funded: Wallet, sql: Sql):
    """The entries' own MACs name the edit as well."""
    withdrawal = each["failed"]
    fee_back = f"key = 'withdrawal:{withdrawal.pk}:return' AND house = 'fees'"
    assert sql(f'UPDATE ledger_entry SET "of" = {each["paid"].sequence + 1} WHERE {fee_back}') == 1

    assert named(withdrawal, "was given back otherwise than it says") in findings()
