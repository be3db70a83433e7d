"""`verify_ledger` by mutation: the rows of what went back, and the entries that they are."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.errors import AccountNotIntact
from ledger.verifying import verify
from payments.models import ReceivedNotice, TakeBack, Topup
from payments.refunds import request_refund, settle_refund_by_hand
from payments.services import confirm_topup
from payments.taking_back import take_back_by_provider
from people.models import User
from tests.payments.bank import Bank
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


def findings() -> list[str]:
    return [str(finding) for finding in verify().findings]


@pytest.fixture(autouse=True)
def _gone(wallet: Wallet, bank: Bank, start: Callable[..., Topup], manager: User, site: Callable[..., None]) -> None:
    """A dispute that left a debt, a refund that was paid, one that was not, one that nobody knows of."""
    site(topup_bonus_percent=10)
    topups = []
    for amount in (5000, 1000, 1000, 1000, 777):
        topup = start(wallet, amount)
        topups.append(confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test", reference="pay"))
    bank.next("", "refuse", "lose")
    for topup in topups[1:4]:
        request_refund(topup=topup, by=manager)
    take_back_by_provider(topup=topups[1], case="dp_0", amount=topups[1].amount)
    take_back_by_provider(topup=topups[0], case="dp_1", amount=wallet.money(3000))
    take_back_by_provider(topup=topups[0], case="dp_2", amount=wallet.money(5000))


def test_finds_nothing_on_honest_data():
    assert sorted(TakeBack.objects.values_list("status", flat=True)) == ["done"] * 4 + ["failed", "unknown"]
    assert findings() == []


@pytest.mark.parametrize(
    ("edit", "which"),
    [
        ("taken_minor = taken_minor + 1", "\"case\" = 'dp_1'"),
        ("debt_minor = 1, taken_minor = taken_minor - 1", "\"case\" = 'dp_2'"),
        ("status = 'failed'", "\"case\" = 'dp_1'"),
        ("hold_sequence = NULL", "status = 'unknown'"),
        ("status = 'done', taken_minor = 1100", "status = 'unknown'"),
        ("status = 'unknown'", "status = 'failed'"),
        ("amount_minor = 1", "\"case\" = 'dp_1'"),
        ("amount_minor = 1", "status = 'unknown'"),
        ("amount_minor = 1", "status = 'failed'"),
        ("kind = 'refund'", "\"case\" = 'dp_1'"),
        ("reason = ''", "\"case\" = 'dp_0'"),
        ("\"case\" = 'dp_x'", "\"case\" = 'dp_1'"),
        ("\"case\" = ''", "\"case\" = 'dp_1'"),
        ("\"case\" = 'pay'", "\"case\" = 'dp_1'"),
        ("\"case\" = 're_x'", "kind = 'refund' AND status = 'done'"),
        ("\"case\" = ''", "kind = 'refund' AND status = 'done'"),
        ("reference = 'pay_x'", "\"case\" = 'dp_1'"),
        ("reference = 'pay_x'", "kind = 'refund' AND status = 'done'"),
        ("topup_id = (SELECT id FROM payments_topup WHERE bonus_minor = 77)", "\"case\" = 'dp_1'"),
        ("topup_id = (SELECT id FROM payments_topup WHERE bonus_minor = 77)", "status = 'failed'"),
    ],
)
def test_names_what_was_edited(sql: Sql, edit: str, which: str):
    touched = sql(f"UPDATE payments_takeback SET {edit} WHERE {which}")

    assert len([finding for finding in findings() if "is not what its entries say" in finding]) == touched == 1


@pytest.mark.parametrize("status", ["done", "failed"])
def test_names_one_of_which_nothing_was_booked(status: str):
    other = Topup.objects.get(bonus_minor=77)
    TakeBack.objects.create(topup=other, kind=TakeBack.Kind.DISPUTE, status=status, amount_minor=777, case="dp_9", actor="test")

    [found] = findings()
    assert "is not what its entries say" in found


@pytest.mark.parametrize("reason", TakeBack.Unbooked.values)
def test_names_one_that_no_notice_told_of(reason: str):
    """It would swallow the notice that tells of what really went back."""
    other = Topup.objects.get(bonus_minor=77)
    ReceivedNotice.objects.create(
        provider=other.provider, notice_id="evt_1", kind="taken_back", topup=other, outcome="taken back"
    )
    facts = {"kind": TakeBack.Kind.DISPUTE, "status": TakeBack.Status.DONE, "amount_minor": 777, "case": "dp_9"}
    TakeBack.objects.create(topup=other, reason=reason, actor="test", **facts)

    [found] = findings()
    assert "is not what its entries say" in found
    with pytest.raises(AccountNotIntact):
        take_back_by_provider(topup=other, case="dp_9", amount=other.amount)


@pytest.mark.parametrize("bank_first", [True, False])
@pytest.mark.parametrize("reference", ["", "till-1"])
def test_the_bank_may_name_a_refund_by_hand_before_or_after_a_person_settled_it(
    wallet: Wallet, start: Callable[..., Topup], manager: User, settings: Any, sql: Sql, bank_first: bool, reference: str
):
    settings.PAYMENT_PROVIDER = "manual"
    topup = start(wallet, 400)
    confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test", reference=reference)
    # Its payment may get its name after its refund.
    refund = request_refund(topup=topup, by=manager)
    confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test", reference="till-1")
    steps: list[Callable[[], object]] = [
        lambda: take_back_by_provider(topup=topup, case="bank-1", amount=topup.amount),
        lambda: settle_refund_by_hand(take_back_id=refund.pk, was_refunded=True, by=manager),
    ]
    for step in steps if bank_first else steps[::-1]:
        step()
        assert findings() == []
    assert TakeBack.objects.get(pk=refund.pk).case == "bank-1"

    sql(f"UPDATE payments_takeback SET \"case\" = 'bank-2' WHERE id = '{refund.pk}'")
    assert len(findings()) == bank_first


def test_names_a_reversal_of_another_entry(sql: Sql):
    sql("UPDATE ledger_entry SET of = 90 + sequence WHERE key LIKE 'takeback:%' AND kind = 'reversal'")

    assert [finding for finding in findings() if "take-back" in finding and "is not what its entries say" in finding]


def test_names_what_was_deleted(sql: Sql):
    sql("DELETE FROM payments_takeback WHERE status = 'unknown'")

    assert [finding for finding in findings() if "has entries and no row" in finding]
