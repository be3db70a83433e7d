"""`verify_ledger` by mutation: a top-up's row, and the entries that it is."""

from collections.abc import Callable

import pytest

from ledger.models import Entry
from ledger.verifying import verify
from payments.models import Topup
from payments.services import confirm_topup, fail_topup
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]
Start = Callable[..., Topup]


def findings(account_id: int | None = None) -> list[str]:
    return [str(finding) for finding in verify(account_id).findings]


@pytest.fixture
def paid(wallet: Wallet, bobs_wallet: Wallet, start: Start, site: Callable[..., None]) -> Topup:
    """Completed with a bonus, behind others in every state."""
    for holder in (wallet, bobs_wallet):
        start(holder, 300)
        fail_topup(topup_id=start(holder, 400).pk, reason="expired")
        confirm_topup(topup_id=start(holder, 500).pk, paid=holder.money(499), actor="test")
        confirm_topup(topup_id=start(holder, 600).pk, paid=holder.money(600), actor="test")
    site(topup_bonus_percent=10)
    return confirm_topup(topup_id=start(wallet).pk, paid=wallet.money(5000), actor="test", reference="pay_1")


def test_finds_nothing_on_honest_data(paid: Topup, bobs_wallet: Wallet):
    assert findings() == findings(paid.wallet_id) == findings(bobs_wallet.pk) == []
    assert [str(row) for row in verify(since_checkpoint=True).findings] == []


def test_a_topup_by_hand_needs_no_row(paid: Topup, give: Callable[..., Entry]):
    from ledger.kinds import Kind

    give(paid.wallet, 700, kind=Kind.TOPUP)
    give(paid.wallet, 70, kind=Kind.BONUS)

    assert findings() == []


EDITS = [
    ("amount_minor = amount_minor + 1", "is not what its entries say"),
    ("bonus_minor = 0", "is not what its entries say"),
    ("currency = 'EUR'", "is not what its entries say"),
    ("reference = 'another'", "is not what its entries say"),
    ("provider = 'another'", "is not what its entries say"),
    ("finished_at = finished_at + interval '1 microsecond'", "is not what its entries say"),
    ("entry_id = (SELECT max(id) FROM ledger_entry)", "is not what its entries say"),
    ("status = 'pending', entry_id = NULL", "was credited, and says that it is pending"),
    ("status = 'failed', entry_id = NULL", "was credited, and says that it is failed"),
]


@pytest.mark.parametrize(("edit", "problem"), EDITS, ids=[edit for edit, _ in EDITS])
def test_a_completed_one_that_was_edited_is_named(paid: Topup, sql: Sql, edit: str, problem: str):
    assert sql(f"UPDATE payments_topup SET {edit} WHERE id = '{paid.pk}'") == 1

    for found in (findings(), findings(paid.wallet_id)):
        assert len(found) == 1
        assert f"top-up {paid.pk} {problem}" in found[0]


def test_one_that_went_to_another_wallet_is_named_twice(paid: Topup, bobs_wallet: Wallet, sql: Sql):
    sql(f"UPDATE payments_topup SET wallet_id = {bobs_wallet.pk} WHERE id = '{paid.pk}'")

    found = " / ".join(findings())
    assert f"top-up {paid.pk} has entries and no row" in found
    assert f"top-up {paid.pk} is completed, and no entry credited it" in found
    assert findings(bobs_wallet.pk) != []


def test_one_that_is_gone_is_named(paid: Topup, sql: Sql):
    sql(f"DELETE FROM payments_topup WHERE id = '{paid.pk}'")

    assert len(findings()) == 1
    assert f"top-up {paid.pk} has entries and no row" in findings()[0]


@pytest.mark.parametrize("status", ["pending", "failed", "review"])
def test_one_that_nobody_credited_and_says_it_is_completed_is_named(paid: Topup, sql: Sql, status: str):
    other = Topup.objects.filter(status=status, wallet=paid.wallet).get()
    entry = "(SELECT max(id) + 1 FROM ledger_entry)"
    sql(f"UPDATE payments_topup SET status = 'completed', finished_at = now(), entry_id = {entry} WHERE id = '{other.pk}'")

    [found] = findings()
    assert f"top-up {other.pk} is completed, and no entry credited it" in found


@pytest.mark.parametrize(
    "change",
    [
        "key = 'topup:00000000-0000-0000-0000-000000000000'",
        "key = NULL, asked = NULL, leg = NULL",
        "kind = 'credit'",
        "amount = amount + 1",
    ],
)
@pytest.mark.parametrize("leg", [0, 1])
def test_an_entry_of_it_that_was_changed_is_named_here_too(paid: Topup, sql: Sql, change: str, leg: int):
    sql(f"UPDATE ledger_entry SET {change} WHERE key = 'topup:{paid.pk}' AND leg = {leg}")

    assert any(str(paid.pk) in found or "top-up 00000000" in found for found in findings())


def test_every_column_that_the_ledger_knows_is_held_to_it():
    """Who adds one decides here whether an entry says it too."""
    held = {"id", "wallet", "amount_minor", "bonus_minor", "currency_code", "status", "finished_at", "entry"}
    held |= {"provider", "reference", "item", "price_minor", "price_currency", "fee_minor", "offer_seal"}
    told_nobody = {
        *("origin", "actor", "claim", "payment_url", "return_url", "saves_method", "method"),
        *("failure", "paid_minor", "paid_currency", "confirming_minor", "confirming_by", "created_at", "charged_at"),
    }
    assert {field.name for field in Topup._meta.concrete_fields} == held | told_nobody
