"""Approving, rejecting, paid, failed: by whom, once, and what comes back."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from audit.models import Act
from ledger.book import lock_accounts
from ledger.debts import loan
from ledger.errors import LedgerUnavailable, Refusal
from ledger.models import Account, Entry, Outbox
from ledger.movements import Event
from ledger.verifying import verify
from notices.models import Notice
from people.models import User
from tests.conftest import WHY
from tests.withdrawals.conftest import Ask
from wallets.errors import ManagerRequired, OwnWallet
from wallets.models import Wallet
from wallets.services import change_wallet, open_wallet
from withdrawals.errors import PayoutNotDue, WithdrawalNotApproved, WithdrawalNotPending, WithdrawalUnknown
from withdrawals.models import Withdrawal
from withdrawals.services import approve_withdrawal, mark_failed, mark_paid, reject_withdrawal

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]
Verb = Callable[..., Withdrawal]


def decide(verb: Verb, withdrawal: Withdrawal, by: User | None, **extra: Any) -> Withdrawal:
    return verb(withdrawal_id=withdrawal.pk, by=by, actor=f"user:{by.pk} admin" if by else "command", **extra)


def everything() -> list[Any]:
    return [list(model._default_manager.order_by("pk").values()) for model in (Entry, Account, Withdrawal, Act, Notice, Outbox)]


def refused(kind: type[Refusal], verb: Verb, withdrawal: Withdrawal, by: User | None) -> Any:
    before = everything()
    with pytest.raises(kind) as caught, transaction.atomic():
        decide(verb, withdrawal, by)
    assert everything() == before
    return caught.value


def returned(wallet: Wallet) -> list[tuple[Any, ...]]:
    entries = Entry.objects.filter(account_id=wallet.pk, kind="withdrawal_return").order_by("sequence")
    return list(entries.values_list("amount", "house", "of", "lots", "reference"))


def balance(wallet: Wallet) -> int:
    return Account.objects.get(pk=wallet.pk).balance


def mails() -> list[tuple[str, int]]:
    return list(Notice.objects.order_by("pk").values_list("kind", "user_id"))


def events() -> list[tuple[str, str]]:
    told = Outbox.objects.filter(type__startswith="wallet.withdrawal").order_by("id")
    return [(event.type, json.loads(event.facts)["status"]) for event in told]


class TestTheLifeCycle:
    def test_approved_and_paid(self, pending: Withdrawal, manager: User, alice: User, funded: Wallet):
        approved = decide(approve_withdrawal, pending, manager, note="Checked")
        assert (approved.status, approved.note, approved.decided_by) == ("approved", "Checked", manager)
        assert approved.decided_at == approved.payable_at
        paid = decide(mark_paid, pending, manager, payout_reference="BANK-1")

        assert (paid.status, paid.payout_reference, paid.note) == ("paid", "BANK-1", "Checked")
        assert balance(funded) == 600
        assert events() == [("wallet.withdrawal.requested", "pending"), ("wallet.withdrawal.approved", "approved")]
        assert mails() == [("withdrawal.approved", alice.pk), ("withdrawal.paid", alice.pk)]
        assert verify().findings == []

    def test_rejected_gives_the_gross_back_once(self, pending: Withdrawal, manager: User, alice: User, funded: Wallet):
        rejected = decide(reject_withdrawal, pending, manager, note="Wrong name")

        assert (rejected.status, rejected.note) == ("rejected", "Wrong name")
        first = pending.sequence
        assert returned(funded) == [(390, "payouts", first, [], None), (10, "fees", first + 1, [], None)]
        assert balance(funded) == 1000
        assert events()[1:] == [("wallet.withdrawal.rejected", "rejected")]
        assert mails() == [("withdrawal.rejected", alice.pk)]
        for decision in (approve_withdrawal, reject_withdrawal):
            assert refused(WithdrawalNotPending, decision, pending, manager).status == "rejected"
        for outcome in (mark_paid, mark_failed):
            assert refused(WithdrawalNotApproved, outcome, pending, manager).status == "rejected"
        assert verify().findings == []

    def test_failed_gives_the_gross_back_once(self, approved: Withdrawal, manager: User, funded: Wallet):
        failed = decide(mark_failed, approved, manager, payout_reference="BANK-2", note="Account closed")

        assert (failed.status, failed.payout_reference, failed.failure) == ("failed", "BANK-2", "by_hand")
        assert [row[0] for row in returned(funded)] == [390, 10]
        assert balance(funded) == 1000
        assert mails()[-1] == ("withdrawal.failed", manager.pk)
        refused(WithdrawalNotApproved, mark_failed, approved, manager)
        refused(WithdrawalNotApproved, mark_paid, approved, manager)
        assert verify().findings == []

    def test_a_payout_that_comes_back_gives_the_gross_back_once(self, approved: Withdrawal, manager: User, funded: Wallet):
        decide(mark_paid, approved, manager, payout_reference="BANK-3")
        failed = decide(mark_failed, approved, manager, payout_reference="RETURN-3")

        assert (failed.status, failed.payout_reference, failed.return_reference) == ("failed", "BANK-3", "RETURN-3")
        assert [row[4] for row in returned(funded)] == ["RETURN-3", "RETURN-3"]
        assert balance(funded) == 1000
        refused(WithdrawalNotApproved, mark_failed, approved, manager)
        assert verify().findings == []

    def test_nothing_is_paid_before_it_is_approved(self, pending: Withdrawal, manager: User):
        assert refused(WithdrawalNotApproved, mark_paid, pending, manager).status == "pending"
        assert refused(WithdrawalNotApproved, mark_failed, pending, manager).status == "pending"

    def test_without_a_fee_one_row_goes_and_comes(self, funded: Wallet, ask: Ask, manager: User):
        withdrawal = ask(funded, 100)
        decide(reject_withdrawal, withdrawal, manager)

        assert [row[:2] for row in returned(funded)] == [(100, "payouts")]
        assert verify().findings == []


class TestGivingBack:
    def test_reaches_a_frozen_wallet_and_repays_its_debts(self, pending: Withdrawal, manager: User, funded: Wallet):
        book = lock_accounts(funded.pk)
        book.post(loan(book[funded.pk], funded.money(50), WHY), event=Event.once("test"))
        change_wallet(wallet=funded, status="frozen")

        decide(reject_withdrawal, pending, manager)

        kinds = list(Entry.objects.filter(account_id=funded.pk).order_by("sequence").values_list("kind", "amount"))
        assert kinds[-3:] == [("withdrawal_return", 390), ("repayment", -50), ("withdrawal_return", 10)]
        assert verify().findings == []


class TestWhoDecides:
    @pytest.mark.parametrize("verb", [approve_withdrawal, reject_withdrawal, mark_paid, mark_failed])
    def test_no_customer_and_nobody_on_his_own(
        self, funded: Wallet, pending: Withdrawal, bob: User, manager: User, give: Callable[..., Entry], ask: Ask, verb: Verb
    ):
        own = open_wallet(user=manager)
        give(own, 100)

        refused(ManagerRequired, verb, pending, bob)
        refused(OwnWallet, verb, ask(own, 100), manager)

    def test_the_operator_at_the_console(self, pending: Withdrawal):
        assert decide(approve_withdrawal, pending, None).decided_by is None
        assert decide(mark_paid, pending, None).status == "paid"
        assert verify().findings == []

    def test_nothing_on_what_is_not_there(self, manager: User):
        for number in (1, 2**63, 10**30):
            with pytest.raises(WithdrawalUnknown), transaction.atomic():
                approve_withdrawal(withdrawal_id=number, by=manager, actor="test")


class TestTheDaysThatItWaits:
    def test_are_over_before_it_is_paid(self, pending: Withdrawal, manager: User, site: Callable[..., None]):
        site(withdrawal_hold_enabled=True, withdrawal_hold_days=3)
        approved = decide(approve_withdrawal, pending, manager)
        assert approved.payable_at == approved.decided_at + timedelta(days=3)  # type: ignore[operator]

        assert refused(PayoutNotDue, mark_paid, pending, manager).payable_at == approved.payable_at
        then = timezone.now() + timedelta(days=3)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("withdrawals.services.timezone.now", lambda: then)
            assert decide(mark_paid, pending, manager).status == "paid"

    def test_do_not_keep_it_from_failing(self, pending: Withdrawal, manager: User, site: Callable[..., None]):
        site(withdrawal_hold_enabled=True)
        decide(approve_withdrawal, pending, manager)

        assert decide(mark_failed, pending, manager).status == "failed"


EDITS = [
    "amount_minor = 900",
    "fee_minor = 0",
    "method = 'stripe'",
    "wallet_id = {bob}",
]


@pytest.mark.parametrize("edit", [*EDITS, "status = 'approved', decided_at = now(), payable_at = now()"])
def test_what_somebody_edited_is_neither_paid_nor_given_back(
    pending: Withdrawal, manager: User, bobs_wallet: Wallet, sql: Sql, edit: str
):
    assert sql(f"UPDATE withdrawals_withdrawal SET {edit.format(bob=bobs_wallet.pk)} WHERE id = {pending.pk}") == 1
    verbs = (approve_withdrawal, reject_withdrawal) if edit in EDITS else (mark_paid, mark_failed)

    for verb in verbs:
        refused(LedgerUnavailable, verb, pending, manager)


def test_needs_no_switch_to_decide_on_what_waits(pending: Withdrawal, manager: User, site: Callable[..., None]):
    site(withdrawals_enabled=False, withdrawal_methods=[])

    assert decide(approve_withdrawal, pending, manager).status == "approved"
