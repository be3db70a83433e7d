"""Auto-reload: who falls is charged once, in the order in which things go wrong."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.services import actor_of
from ledger.models import Alarm, Entry, Outbox
from ledger.movements import Event
from notices.models import Notice
from payments import reloads
from payments.by_hand import confirm_by_hand, fail_by_hand
from payments.errors import TopupUnderWay
from payments.falls import note_falls
from payments.methods import remove_method
from payments.models import PaymentMethod, Reload, Topup
from payments.reload_outcomes import FAILED_ALARM, UNKNOWN_ALARM
from payments.reloads import run_reloads
from payments.services import confirm_topup, fail_topup
from people.models import User
from tests.conftest import WHY
from tests.payments.bank import Bank
from wallets.models import Wallet
from wallets.services import change_wallet, debit
from webhooks.dispatching import Told, dispatch_waiting
from webhooks.models import Event as ToldEvent
from webhooks.naming import DEBITED, RELOAD_TRIGGERED, TOPUP_COMPLETED, TOPUP_FAILED

pytestmark = pytest.mark.django_db

Status = Reload.Status


@pytest.fixture(autouse=True)
def _falling(wallet: Wallet, card: PaymentMethod, give: Callable[..., Entry]) -> None:
    """Alice has $50.00, and wants $20.00 more at $10.00 or less."""
    give(wallet, 5000)
    change_wallet(wallet=wallet, auto_reload_enabled=True, auto_reload_threshold=1000, auto_reload_amount=2000)
    dispatch_waiting()


def spend(wallet: Wallet, amount: int) -> Entry:
    return debit(wallet=wallet, amount=wallet.money(amount), event=Event.once("test"), why=WHY)


def fall(wallet: Wallet, amount: int = 4500) -> None:
    """Spend it, and have it dispatched."""
    spend(wallet, amount)
    dispatch_waiting()


def come_due() -> None:
    """The time of what waits has come."""
    Reload.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def balance(wallet: Wallet) -> int:
    wallet.account.refresh_from_db()
    return wallet.account.balance


def mails() -> list[str]:
    return list(Notice.objects.filter(kind__startswith="auto_reload").order_by("pk").values_list("kind", flat=True))


class TestAFall:
    def test_is_charged_and_credited(self, wallet: Wallet, bank: Bank, card: PaymentMethod):
        fall(wallet)
        assert run_reloads() == 1

        topup = Topup.objects.get()
        assert bank.charges == [str(topup.pk)]
        assert (topup.status, topup.origin, topup.method, topup.amount_minor) == ("completed", "auto_reload", card, 2000)
        assert topup.entry is not None
        assert (topup.entry.reason, topup.entry.reference) == ("Auto-reload", f"pay_{topup.pk}")
        assert balance(wallet) == 2500
        reload = Reload.objects.get()
        assert (reload.status, reload.attempts, reload.topup, reload.next_attempt_at) == ("completed", 1, topup, None)
        assert mails() == ["auto_reload.completed"]

    def test_is_told_of_before_it_is_charged_and_after(self, wallet: Wallet):
        fall(wallet)
        dispatch_waiting()
        told = ToldEvent.objects.get(type=RELOAD_TRIGGERED)
        run_reloads()
        dispatch_waiting()

        assert '"threshold":"1000","amount":"2000","balance":"500"' in told.data
        assert f'"reload_id":"{Reload.objects.get().pk}"' in told.data
        completed = ToldEvent.objects.get(type=TOPUP_COMPLETED)
        assert '"reason"' not in completed.data
        assert f'"topup_id":"{Topup.objects.get().pk}"' in completed.data

    def test_to_the_threshold_itself_is_one(self, wallet: Wallet):
        fall(wallet, 4000)

        assert Reload.objects.count() == 1

    def test_that_stays_above_it_is_none(self, wallet: Wallet):
        fall(wallet, 3999)

        assert not Reload.objects.exists()

    def test_is_none_where_nobody_wants_it(self, wallet: Wallet):
        change_wallet(wallet=wallet, auto_reload_enabled=False)
        fall(wallet)

        assert not Reload.objects.exists()

    def test_falls_behind_it_ask_for_nothing_more(self, wallet: Wallet, bank: Bank):
        for _ in range(50):
            spend(wallet, 90)
        spend(wallet, 100)
        dispatch_waiting()
        run_reloads()
        spend(wallet, 100)
        dispatch_waiting()
        run_reloads()

        assert Reload.objects.count() == len(bank.charges) == 1
        assert ToldEvent.objects.filter(type=RELOAD_TRIGGERED).count() == 1

    def test_of_before_the_credit_does_not_ask_again_for_what_was_charged(self, wallet: Wallet, bank: Bank):
        """They are told of one after the other, and the first is answered meanwhile; the amount does not reach the threshold."""
        change_wallet(wallet=wallet, auto_reload_amount=100)
        fall(wallet, 4500)
        spend(wallet, 100)
        run_reloads()
        dispatch_waiting()
        run_reloads()

        assert [reload.failure for reload in Reload.objects.order_by("sequence")] == ["", "answered"]
        assert len(bank.charges) == 1

    def test_behind_the_credit_asks_again(self, wallet: Wallet, bank: Bank):
        fall(wallet, 4500)
        run_reloads()
        fall(wallet, 2000)
        run_reloads()

        assert len(bank.charges) == 2
        assert balance(wallet) == 2500

    def test_costs_one_statement_where_there_is_none(self, wallet: Wallet):
        told = [Told(uuid4(), DEBITED, wallet.pk, number, {}, timezone.now()) for number in range(500)]
        with CaptureQueriesContext(connection) as captured:
            note_falls(told)

        assert len(captured) == 1


class TestNothingIsChargedWhere:
    @pytest.mark.parametrize(
        ("changes", "why"),
        [({"auto_reload_enabled": False}, "switched_off"), ({"status": "frozen"}, "frozen")],
    )
    def test_the_wallet_was_changed_meanwhile(self, wallet: Wallet, bank: Bank, changes: dict[str, Any], why: str):
        fall(wallet)
        change_wallet(wallet=wallet, **changes)
        run_reloads()

        assert (Reload.objects.get().status, Reload.objects.get().failure) == ("not_needed", why)
        assert not bank.calls

    def test_the_balance_came_back(self, wallet: Wallet, bank: Bank, give: Callable[..., Entry]):
        fall(wallet)
        give(wallet, 501)
        run_reloads()

        assert Reload.objects.get().failure == "balance_restored"
        assert not bank.calls
        assert not mails()

    def test_the_shop_takes_no_top_ups(self, wallet: Wallet, bank: Bank, site: Callable[..., None]):
        fall(wallet)
        site(topups_enabled=False)
        run_reloads()

        assert Reload.objects.get().failure == "topups_off"
        assert not bank.calls

    def test_nothing_is_saved_and_its_holder_hears_of_it_once(self, wallet: Wallet, bank: Bank, card: PaymentMethod):
        card.delete()
        for _ in range(5):
            fall(wallet, 800)
            run_reloads()

        assert Reload.objects.get().failure == "no_saved_method"
        assert mails() == ["auto_reload.failed"]
        assert not bank.calls

    def test_the_method_was_removed(self, wallet: Wallet, card: PaymentMethod):
        PaymentMethod.objects.update(removed_at=timezone.now())
        fall(wallet)
        run_reloads()

        assert Reload.objects.get().failure == "no_saved_method"

    def test_the_provider_charges_nobody_who_is_away(self, wallet: Wallet, settings: object):
        settings.PAYMENT_PROVIDER = "manual"  # type: ignore[attr-defined]
        fall(wallet)
        run_reloads()

        assert Reload.objects.get().failure == "not_offered"

    def test_the_amount_is_none_that_one_top_up_may_be(self, wallet: Wallet, site: Callable[..., None], bank: Bank):
        site(topup_max=1999)
        fall(wallet)
        run_reloads()

        assert Reload.objects.get().failure == "amount_out_of_bounds"
        assert not bank.calls

    def test_its_holder_says_no_between_the_decision_and_the_call(
        self, wallet: Wallet, bank: Bank, card: PaymentMethod, alice: User, monkeypatch: pytest.MonkeyPatch
    ):
        begin = reloads._begin

        def begin_and_be_removed(lease: reloads.Lease) -> Topup | None:
            topup = begin(lease)
            remove_method(user=alice, method_id=card.pk, actor="test")
            return topup

        monkeypatch.setattr(reloads, "_begin", begin_and_be_removed)
        fall(wallet)
        run_reloads()
        come_due()
        run_reloads()

        assert not bank.calls
        assert (Topup.objects.get().status, Topup.objects.get().failure) == ("failed", "withdrawn")
        assert Reload.objects.get().failure == "no_saved_method"


class TestARefusal:
    def test_is_tried_again_later_as_another_top_up(self, wallet: Wallet, bank: Bank):
        bank.next("refuse")
        fall(wallet)
        run_reloads()
        reload = Reload.objects.get()
        assert (reload.status, reload.attempts, reload.failure) == ("waiting", 1, "card_declined")
        assert reload.next_attempt_at is not None
        assert timedelta(seconds=55) < reload.next_attempt_at - timezone.now() < timedelta(seconds=61)
        assert run_reloads() == 0

        come_due()
        run_reloads()

        assert [topup.status for topup in Topup.objects.order_by("created_at")] == ["failed", "completed"]
        assert len(bank.charges) == 1
        assert Reload.objects.get().attempts == 2

    def test_is_the_end_after_so_many(self, wallet: Wallet, bank: Bank):
        bank.next("refuse", "refuse", "refuse")
        fall(wallet)
        for _ in range(4):
            run_reloads()
            come_due()

        assert (Reload.objects.get().status, Reload.objects.get().attempts) == ("failed", 3)
        assert bank.calls == ["charge"] * 3
        assert mails() == ["auto_reload.failed"]
        assert Alarm.objects.open().get().name == FAILED_ALARM
        assert Topup.objects.filter(status="failed", failure="card_declined").count() == 3
        assert Outbox.objects.filter(type=TOPUP_FAILED).count() == 3

    def test_to_the_end_leaves_the_card_alone_for_a_day(self, wallet: Wallet, bank: Bank, site: Callable[..., None]):
        site(auto_reload_attempts=1)
        bank.next("refuse")
        fall(wallet)
        run_reloads()
        fall(wallet, 10)
        assert Reload.objects.count() == 1

        Reload.objects.update(finished_at=timezone.now() - timedelta(days=1, seconds=1))
        fall(wallet, 10)
        run_reloads()

        assert len(bank.charges) == 1
        assert not Alarm.objects.open().exists()

    def test_is_forgotten_with_another_card(self, wallet: Wallet, bank: Bank, site: Callable[..., None], alice: User):
        site(auto_reload_attempts=1)
        bank.next("refuse")
        fall(wallet)
        run_reloads()
        PaymentMethod.objects.create(user=alice, provider="bank", reference="card_2", label="Visa •••• 1881")
        fall(wallet, 10)
        run_reloads()

        assert Topup.objects.get(status="completed").method == PaymentMethod.objects.get(reference="card_2")

    def test_is_forgotten_with_other_terms(self, wallet: Wallet, bank: Bank, site: Callable[..., None]):
        site(auto_reload_attempts=1)
        bank.next("refuse")
        fall(wallet)
        run_reloads()
        change_wallet(wallet=wallet, auto_reload_amount=1500)
        fall(wallet, 10)
        run_reloads()

        assert balance(wallet) == 490 + 1500

    def test_that_was_paid_after_all_is_not_charged_again(self, wallet: Wallet, bank: Bank):
        change_wallet(wallet=wallet, auto_reload_amount=100)
        bank.next("refuse")
        fall(wallet)
        run_reloads()
        topup = Topup.objects.get()
        confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="provider:bank", reference="late")
        come_due()
        run_reloads()

        assert Reload.objects.get().status == "completed"
        assert bank.calls == ["charge"]
        assert balance(wallet) == 600


class TestALostAnswer:
    def test_is_asked_for_under_the_same_key(self, wallet: Wallet, bank: Bank):
        bank.next("lose")
        fall(wallet)
        run_reloads()
        assert Topup.objects.get().status == "unknown"
        assert balance(wallet) == 500

        come_due()
        run_reloads()

        assert bank.calls == ["charge", "ask"]
        assert bank.charges == [str(Topup.objects.get().pk)]
        assert (Topup.objects.get().status, Reload.objects.get().status) == ("completed", "completed")
        assert balance(wallet) == 2500

    @pytest.mark.parametrize("withdrawn", ["method", "switch", "amount", "freeze", "shop", "erased"])
    def test_is_only_looked_up_once_its_holder_does_not_want_it_any_more(
        self, wallet: Wallet, bank: Bank, card: PaymentMethod, alice: User, site: Callable[..., None], withdrawn: str
    ):
        bank.next("away")
        fall(wallet)
        run_reloads()
        withdraw: dict[str, Callable[[], object]] = {
            "method": lambda: remove_method(user=alice, method_id=card.pk, actor="test"),
            "switch": lambda: change_wallet(wallet=wallet, auto_reload_enabled=False),
            "amount": lambda: change_wallet(wallet=wallet, auto_reload_amount=1999),
            "freeze": lambda: change_wallet(wallet=wallet, status="frozen"),
            "shop": lambda: site(topups_enabled=False),
            "erased": lambda: User.objects.filter(pk=alice.pk).update(is_active=False),
        }
        withdraw[withdrawn]()
        for _ in range(2):
            come_due()
            run_reloads()
        assert bank.calls == ["charge", "look up", "look up"]
        assert (Topup.objects.get().status, Reload.objects.get().status) == ("unknown", "charging")

        Topup.objects.update(charged_at=timezone.now() - timedelta(hours=23, minutes=1))
        come_due()
        run_reloads()

        assert (bank.charges, bank.calls[3:], balance(wallet)) == ([], ["look up"], 500)
        assert (Topup.objects.get().failure, Reload.objects.get().status) == ("not_found", "waiting")

    def test_that_was_yes_is_credited_though_its_holder_does_not_want_it_any_more(self, wallet: Wallet, bank: Bank):
        bank.next("lose")
        fall(wallet)
        run_reloads()
        change_wallet(wallet=wallet, auto_reload_enabled=False)
        come_due()
        run_reloads()

        assert bank.calls == ["charge", "look up"]
        assert (balance(wallet), Reload.objects.get().status) == (2500, "completed")

    def test_is_asked_for_under_its_key_once_its_holder_wants_it_again(self, wallet: Wallet, bank: Bank):
        bank.next("away")
        fall(wallet)
        run_reloads()
        for is_wanted in (False, True):
            change_wallet(wallet=wallet, auto_reload_enabled=is_wanted)
            come_due()
            run_reloads()

        assert bank.calls == ["charge", "look up", "ask"]
        assert len(bank.charges) == 1

    def test_is_asked_for_again_and_again_and_nothing_new_is_charged(self, wallet: Wallet, bank: Bank):
        bank.next("lose", *["away"] * 5)
        fall(wallet)
        for _ in range(5):
            run_reloads()
            fall(wallet, 10)
            come_due()

        assert bank.calls == ["charge", *["ask"] * 4]
        assert Topup.objects.count() == Reload.objects.count() == 1

    def test_is_asked_for_more_and_more_rarely(self, wallet: Wallet, bank: Bank):
        bank.next("away", "away", "away", "away")
        fall(wallet)
        waits = []
        for minutes in (0, 8, 45, 600):
            Topup.objects.update(charged_at=timezone.now() - timedelta(minutes=minutes))
            come_due()
            run_reloads()
            next_at = Reload.objects.get().next_attempt_at
            assert next_at is not None
            waits.append(round((next_at - timezone.now()).total_seconds() / 60, 1))

        assert waits == [0.5, 8, 45, 60]

    def test_is_asked_for_once_more_after_a_day(self, wallet: Wallet, bank: Bank):
        bank.next("away")
        fall(wallet)
        run_reloads()
        Topup.objects.update(charged_at=timezone.now() - timedelta(hours=24))
        come_due()
        run_reloads()

        assert bank.calls == ["charge", "look up"]
        assert (Topup.objects.get().failure, Reload.objects.get().status) == ("not_found", "waiting")

    def test_is_for_a_person_after_a_day(self, wallet: Wallet, bank: Bank):
        bank.next("lose", "away")
        fall(wallet)
        run_reloads()
        Topup.objects.update(charged_at=timezone.now() - timedelta(hours=24))
        come_due()
        run_reloads()
        run_reloads()

        assert bank.calls == ["charge", "look up"]
        assert (Reload.objects.get().status, Reload.objects.get().next_attempt_at) == ("charging", None)
        assert Alarm.objects.open().get().name == UNKNOWN_ALARM

    def test_is_for_nobody_to_decide_while_it_is_asked_for(self, wallet: Wallet, bank: Bank, manager: User):
        bank.next("lose")
        fall(wallet)
        run_reloads()
        topup = Topup.objects.get()

        with pytest.raises(TopupUnderWay), transaction.atomic():
            fail_by_hand(topup_id=topup.pk, by=manager)
        with pytest.raises(TopupUnderWay), transaction.atomic():
            confirm_by_hand(topup_id=topup.pk, amount=topup.amount, by=manager)

        assert Topup.objects.get().status == "unknown"

    @pytest.mark.parametrize("was_charged", [True, False])
    def test_is_settled_by_a_person_then(self, wallet: Wallet, bank: Bank, manager: User, was_charged: bool):
        self.test_is_for_a_person_after_a_day(wallet, bank)
        topup = Topup.objects.get()
        if was_charged:
            confirm_by_hand(topup_id=topup.pk, amount=topup.amount, by=manager)
        else:
            fail_by_hand(topup_id=topup.pk, by=manager)

        assert Reload.objects.get().status == ("completed" if was_charged else "waiting")
        assert balance(wallet) == (2500 if was_charged else 500)
        assert not Alarm.objects.open().exists()
        if was_charged:
            entry = Topup.objects.get().entry
            assert entry is not None
            assert entry.actor == actor_of(manager)

    def test_that_a_notice_brings_is_not_asked_for(self, wallet: Wallet, bank: Bank):
        bank.next("lose")
        fall(wallet)
        run_reloads()
        topup = Topup.objects.get()
        for _ in range(5):
            confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="provider:bank", reference=f"pay_{topup.pk}")
        come_due()
        assert run_reloads() == 0

        assert balance(wallet) == 2500
        assert Reload.objects.get().status == "completed"
        assert mails() == ["auto_reload.completed"]

    def test_that_was_a_refusal_counts_as_one_however_often_it_is_told(self, wallet: Wallet, bank: Bank):
        bank.next("away")
        fall(wallet)
        run_reloads()
        topup = Topup.objects.get()
        for _ in range(3):
            fail_topup(topup_id=topup.pk, reason="card_declined")

        reload = Reload.objects.get()
        assert (reload.status, reload.attempts) == ("waiting", 1)

    def test_of_another_amount_is_for_a_person_and_charges_nothing_more(self, wallet: Wallet, bank: Bank):
        bank.next("away")
        fall(wallet)
        run_reloads()
        topup = Topup.objects.get()
        confirm_topup(topup_id=topup.pk, paid=wallet.money(1), actor="provider:bank", reference="odd")
        come_due()

        assert run_reloads() == 0
        assert (Reload.objects.get().status, Topup.objects.get().status) == ("failed", "review")
        fall(wallet, 10)
        assert Reload.objects.count() == 1
