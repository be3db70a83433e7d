"""Payouts that a provider makes by itself: an effect outside, whatever happens between its four commits."""

import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.utils import timezone

from ledger.book import lock_accounts
from ledger.effects import Outcome
from ledger.errors import LedgerUnavailable
from ledger.models import Account, Alarm, Entry
from ledger.verifying import verify
from people.models import User
from tests.payments.processes import elsewhere
from tests.withdrawals.conftest import Ask
from tests.withdrawals.double import DoublePayouts
from tests.withdrawals.killed import FOLDER
from wallets.models import Wallet
from withdrawals import payouts
from withdrawals.adapters import ADAPTERS, provider_named, require_known_provider
from withdrawals.details import opened
from withdrawals.errors import PayoutUnderWay
from withdrawals.models import Withdrawal
from withdrawals.payouts import run_payouts
from withdrawals.port import Answered, Payout
from withdrawals.services import approve_withdrawal, mark_failed, mark_paid

# What commits must be seen committed.
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

Site = Callable[..., None]


@pytest.fixture
def due(provider: DoublePayouts, funded: Wallet, ask: Ask, site: Site, manager: User) -> Withdrawal:
    """Of 400, 10 of them the fee; approved, and the provider's to pay."""
    site(withdrawal_fee_type="fixed", withdrawal_fee_amount=10)
    with transaction.atomic():
        withdrawal = ask(funded, 400)
        return approve_withdrawal(withdrawal_id=withdrawal.pk, by=manager, actor="test")


def again(withdrawal: Withdrawal) -> Withdrawal:
    withdrawal.refresh_from_db()
    return withdrawal


def later(withdrawal: Withdrawal, *, began: timedelta = timedelta()) -> None:
    """Its lease is over, and it began so long ago."""
    Withdrawal.objects.filter(pk=withdrawal.pk).update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    if began:
        Withdrawal.objects.filter(pk=withdrawal.pk).update(payout_began_at=timezone.now() - began)


def balance(wallet: Wallet) -> int:
    return Account.objects.get(pk=wallet.pk).balance


def test_yes_no_and_what_is_told(due: Withdrawal, provider: DoublePayouts, funded: Wallet, ask: Ask, manager: User):
    seen: list[Any] = []
    provider.meanwhile = lambda: seen.append((connection.in_atomic_block, again(due).is_under_way, _other_decides(due, manager)))

    assert run_payouts() == 1

    assert provider.paid == [Payout(due.group, due.pk, due.net, "bank", opened(due))]
    assert "1234567890" not in repr(provider.paid)
    # Called outside of any transaction, while it was under way for everybody else.
    assert seen == [(False, True, [PayoutUnderWay, PayoutUnderWay])]
    assert (again(due).status, due.payout_reference, due.provider) == ("paid", "PO-1", "double")
    assert run_payouts() == 0
    assert balance(funded) == 600

    provider.meanwhile, provider.answer = lambda: None, Answered(Outcome.NO, reason="closed")
    with transaction.atomic():
        other = ask(funded, 100)
        approve_withdrawal(withdrawal_id=other.pk, by=manager, actor="test")
    assert run_payouts() == 1
    assert (again(other).status, other.failure) == ("failed", "closed")
    assert balance(funded) == 600
    assert verify().findings == []


def test_unknown_is_asked_for_under_its_key_and_never_booked_as_no(due: Withdrawal, provider: DoublePayouts, funded: Wallet):
    provider.answer = Answered(Outcome.UNKNOWN, reference="PO-9")
    run_payouts()
    assert (again(due).status, due.is_under_way, run_payouts()) == ("approved", True, 0)

    later(due)
    run_payouts()
    assert (again(due).status, balance(funded)) == ("approved", 600)
    provider.answer = Answered(Outcome.YES)
    later(due)
    run_payouts()

    assert [payout.key for payout in (*provider.paid, *provider.asked)] == [due.group] * 3
    assert (len(provider.paid), again(due).status) == (1, "paid")


def test_what_stays_unknown_for_a_day_is_a_persons(due: Withdrawal, provider: DoublePayouts, manager: User, funded: Wallet):
    provider.answer = Answered(Outcome.UNKNOWN)
    run_payouts()
    later(due, began=timedelta(hours=25))
    run_payouts()

    alarm = Alarm.objects.open().get(name="payout_unknown")
    assert alarm.subject == f"Withdrawal {due.pk}"
    assert (again(due).next_attempt_at, run_payouts()) == (None, 0)
    with transaction.atomic():
        mark_failed(withdrawal_id=due.pk, by=manager, actor="test")
    assert (again(due).status, balance(funded), Alarm.objects.open().exists()) == ("failed", 1000, False)
    assert verify().findings == []


@pytest.mark.parametrize("dies", ["before the call", "in the call", "before the answer is booked"])
def test_a_worker_that_dies_pays_once(
    due: Withdrawal, provider: DoublePayouts, funded: Wallet, monkeypatch: pytest.MonkeyPatch, dies: str
):
    """Whatever of the four commits was made: the next worker asks under the same key, and books one answer."""

    def die(*args: object) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        match dies:
            case "before the call":
                patch.setattr(payouts, "_call", die)
            case "in the call":
                provider.meanwhile = die
            case _:
                patch.setattr(payouts, "_book", die)
        with pytest.raises(KeyboardInterrupt):
            run_payouts()
    provider.meanwhile = lambda: None

    assert (again(due).status, due.is_under_way, run_payouts()) == ("approved", True, 0)
    later(due)
    run_payouts()

    assert (again(due).status, len(provider.paid) <= 1, len(provider.asked)) == ("paid", True, 1)
    assert {payout.key for payout in (*provider.paid, *provider.asked)} == {due.group}
    assert balance(funded) == 600
    assert verify().findings == []


def test_a_process_that_is_killed_in_the_call_pays_once(
    due: Withdrawal, funded: Wallet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any
):
    """SIGKILL before the provider has paid, then behind it: the third worker asks, and books what he did."""
    monkeypatch.setenv(FOLDER, str(tmp_path))
    monkeypatch.setitem(ADAPTERS, "folder", "tests.withdrawals.killed.FolderPayouts")
    settings.PAYOUT_PROVIDER = "folder"
    for mood in ("die before", "die after"):
        (tmp_path / mood).touch()
        assert elsewhere(module="tests.withdrawals.killed") == -signal.SIGKILL
        assert (again(due).status, due.is_under_way, run_payouts()) == ("approved", True, 0)
        later(due)
    run_payouts()

    assert (again(due).status, due.payout_reference) == ("paid", f"folder-{due.group}")
    assert (tmp_path / str(due.group)).read_text() == str(due.net)
    assert (tmp_path / "calls").read_text().split() == ["pay", "ask", "ask"]
    assert (balance(funded), verify().findings) == (600, [])


def test_who_was_held_up_does_not_call(due: Withdrawal, provider: DoublePayouts, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(payouts, "CALL_WITHIN", timedelta(0))

    run_payouts()

    assert (provider.paid, again(due).is_under_way) == ([], True)


def test_a_late_answer_is_booked_and_a_later_one_is_not(due: Withdrawal, provider: DoublePayouts, funded: Wallet):
    """The lease ran out in the call: another worker asks meanwhile, and hears no answer yet."""
    answers = iter([Answered(Outcome.YES, "PO-2"), Answered(Outcome.NO)])

    def meanwhile() -> None:
        provider.meanwhile = lambda: None
        later(due)
        provider.answer = next(answers)
        run_payouts()
        provider.answer = next(answers)

    provider.meanwhile = meanwhile
    run_payouts()

    assert (again(due).status, due.payout_reference, balance(funded)) == ("paid", "PO-2", 600)


def test_waits_for_its_day_and_for_other_methods_a_person(
    provider: DoublePayouts, funded: Wallet, ask: Ask, site: Site, manager: User
):
    site(withdrawal_hold_enabled=True, withdrawal_hold_days=2)
    with transaction.atomic():
        waiting, paypal = ask(funded, 10), ask(funded, 10, method="paypal", details={"email": "a@example.test"})
        for withdrawal in (waiting, paypal):
            approve_withdrawal(withdrawal_id=withdrawal.pk, by=manager, actor="test")
    assert (run_payouts(), again(waiting).next_attempt_at, again(paypal).next_attempt_at) == (0, waiting.payable_at, None)

    later(waiting)
    assert (run_payouts(), again(waiting).status) == (1, "paid")


def test_is_a_persons_where_the_operator_has_changed_his_mind(
    due: Withdrawal, provider: DoublePayouts, settings: Any, manager: User
):
    settings.PAYOUT_PROVIDER = "manual"

    assert (run_payouts(), provider.paid, again(due).next_attempt_at) == (1, [], None)
    with transaction.atomic():
        assert mark_paid(withdrawal_id=due.pk, by=manager, actor="test").status == "paid"


def test_what_was_edited_is_not_paid_out(due: Withdrawal, provider: DoublePayouts, sql: Callable[[str], int]):
    sql(f"UPDATE withdrawals_withdrawal SET amount_minor = 900 WHERE id = {due.pk}")
    run_payouts()

    assert (provider.paid, again(due).status) == ([], "approved")


def test_by_hand_nobody_is_called(settings: Any):
    manual, now = provider_named("manual"), datetime.now()
    payout: Any = None
    assert (manual.methods, manual.pay(payout).outcome, manual.ask(payout, now).outcome) == (
        *(frozenset(), Outcome.UNKNOWN, Outcome.UNKNOWN),
    )
    settings.PAYOUT_PROVIDER = "paypall"
    with pytest.raises(ImproperlyConfigured, match="paypall"):
        require_known_provider()


def _other_decides(withdrawal: Withdrawal, manager: User) -> list[type[Exception]]:
    refusals: list[type[Exception]] = []
    for verb in (mark_paid, mark_failed):
        try:
            with transaction.atomic():
                verb(withdrawal_id=withdrawal.pk, by=manager, actor="test")
        except (PayoutUnderWay, LedgerUnavailable) as refusal:
            refusals.append(type(refusal))
    # No lock is held either.
    with transaction.atomic():
        lock_accounts(withdrawal.wallet_id)
    assert Entry.objects.filter(kind="withdrawal_return").count() == 0
    return refusals
