"""Refund requests: asked for, approved once and downward only, rejected; and what each of them is refused for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from audit.models import Act
from kyc.errors import KycRequired
from kyc.services import decide
from ledger.errors import (
    AmountOutOfRange,
    BalanceLimitExceeded,
    CurrencyMismatch,
    EventReused,
    LedgerUnavailable,
    OrderOpen,
    OrderRefunded,
    RefundExceedsOrder,
    Refusal,
)
from ledger.kinds import House, Kind
from ledger.lots import shares_of
from ledger.models import Entry, Hold
from ledger.money import Money, currency
from ledger.movements import Event
from ledger.reversals import reverse
from ledger.verifying import verify
from notices.models import Notice
from people.models import User
from refunds import services
from refunds.errors import (
    OrderPaidElsewhere,
    RefundAlreadyAsked,
    RefundExceedsRequest,
    RefundPeriodOver,
    RefundRequestNotPending,
    RefundRequestsDisabled,
    RefundRequestUnknown,
    TooManyRefundRequests,
)
from refunds.models import RefundRequest
from refunds.services import ask_refund, refund_order, reject_refund, wallet_for
from tests.conftest import WHY
from tests.refunds.conftest import ORDER
from wallets.errors import ManagerRequired, OwnWallet
from wallets.holds import capture_hold, place_hold, void_hold
from wallets.models import Wallet
from wallets.services import change_wallet, debit, open_wallet

pytestmark = pytest.mark.django_db

Ask = Callable[..., RefundRequest]
Pay = Callable[..., Entry]
Site = Callable[..., None]


def refused(expected: type[Refusal], call: Callable[[], Any]) -> Any:
    """Nothing moved, and no request is other than it was."""
    before = Entry.objects.count(), list(RefundRequest.objects.order_by("pk").values())
    with pytest.raises(expected) as refusal, transaction.atomic():
        call()
    assert (Entry.objects.count(), list(RefundRequest.objects.order_by("pk").values())) == before
    return refusal.value


def set_aside(wallet: Wallet, amount: int, expires_in: timedelta = timedelta(minutes=5)) -> Hold:
    """Money of the wallet's that is held for the order."""
    why, event = replace(WHY, order_id=ORDER), Event.once("test")
    placed = place_hold(wallet=wallet, amount=wallet.money(amount), event=event, why=why, expires_in=expires_in)
    return Hold.objects.get(pk=placed.pk)


def by_hand(wallet: Wallet, amount: int | None = None) -> list[Entry]:
    money = None if amount is None else wallet.money(amount)
    return refund_order(wallet=wallet, order_id=ORDER, amount=money, event=Event.once("test"), by=None)


def reject(request: RefundRequest, by: User | None, note: str = "") -> RefundRequest:
    return reject_refund(request_id=request.pk, by=by, note=note, event=Event.once("test"))


class TestAsking:
    def test_waits_and_moves_nothing(self, wallet: Wallet, alice: User, ask: Ask):
        request = ask(wallet, note="It came in two halves")

        assert (request.user, request.status, request.amount_minor, request.order_id) == (alice, "pending", 30, ORDER)
        assert (request.approved, str(request.amount)) == (None, "$0.30")
        assert Act.objects.get(act="refund_request.asked").subject == f"refund_request:{request.pk}"
        assert not Entry.objects.exists()

    def test_is_refused_where_it_is_off(self, wallet: Wallet, ask: Ask, site: Site):
        site(refund_requests_enabled=False)

        refused(RefundRequestsDisabled, lambda: ask(wallet))

    def test_is_for_checked_customers_where_it_is_gated(self, wallet: Wallet, alice: User, ask: Ask, site: Site):
        site(kyc_enabled=True, kyc_required_features=["refund_request"])

        assert refused(KycRequired, lambda: ask(wallet)).feature == "refund_request"
        decide(user=alice, status="approved")
        assert ask(wallet).is_pending

    def test_once_for_each_order(self, wallet: Wallet, bobs_wallet: Wallet, manager: User, ask: Ask, approve: Ask):
        first = ask(wallet)

        assert refused(RefundAlreadyAsked, lambda: ask(wallet)).status == "pending"
        ask(wallet, order=1)
        ask(bobs_wallet)
        reject(first, manager)
        again = ask(wallet)
        approve(again)
        assert refused(RefundAlreadyAsked, lambda: ask(wallet)).status == "approved"

    def test_the_database_holds_it_to_that(self, wallet: Wallet, ask: Ask):
        first = ask(wallet)

        first.pk, first.asked_key = None, "another"
        with pytest.raises(IntegrityError, match="refunds_request_order_once"), transaction.atomic():
            first.save(force_insert=True)

    def test_at_most_what_the_wallet_paid_and_was_not_given_back(self, wallet: Wallet, pay: Pay, ask: Ask):
        pay(wallet, 20)
        newest = pay(wallet, 30)

        assert refused(RefundExceedsOrder, lambda: ask(wallet, 51)).most.minor == 50
        reverse(entry=newest, amount=wallet.money(1), event=Event.once("test"), why=WHY)
        assert refused(RefundExceedsOrder, lambda: ask(wallet, 21)).most.minor == 20
        refund_order(wallet=wallet, order_id=ORDER, event=Event.once("test"), by=None)
        refused(OrderRefunded, lambda: ask(wallet, 1))

    def test_an_order_that_the_wallet_did_not_pay_is_a_number(self, wallet: Wallet, bobs_wallet: Wallet, pay: Pay, ask: Ask):
        pay(bobs_wallet, 20)

        assert ask(wallet, 10**15).is_pending

    def test_within_its_days(self, wallet: Wallet, pay: Pay, ask: Ask, site: Site, monkeypatch: pytest.MonkeyPatch):
        site(refund_request_days=3)
        paid = pay(wallet, 30)
        end = paid.at + timedelta(days=3)

        monkeypatch.setattr("refunds.services.timezone", SimpleNamespace(now=lambda: end))
        assert refused(RefundPeriodOver, lambda: ask(wallet)).ended_at == end
        monkeypatch.setattr("refunds.services.timezone", SimpleNamespace(now=lambda: end - timedelta(microseconds=1)))
        assert ask(wallet).is_pending

    @pytest.mark.parametrize("amount", [0, -1, 10**15 + 1])
    def test_an_amount_that_is_none(self, wallet: Wallet, ask: Ask, amount: int):
        refused(AmountOutOfRange, lambda: ask(wallet, amount))

    def test_in_the_wallets_currency(self, wallet: Wallet):
        asked: dict[str, Any] = {"reason": "x", "event": Event.once("test"), "amount": Money(5, currency("EUR"))}

        refused(CurrencyMismatch, lambda: ask_refund(wallet=wallet, order_id=ORDER, **asked))

    def test_not_without_end(self, wallet: Wallet, manager: User, ask: Ask, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(services, "MOST", 2)
        reject(ask(wallet), manager)
        ask(wallet, order=1)

        assert 0 < refused(TooManyRefundRequests, lambda: ask(wallet, order=2)).retry_after <= 24 * 3600
        RefundRequest.objects.update(created_at=RefundRequest.objects.earliest("pk").created_at - timedelta(days=1))
        assert ask(wallet, order=2).is_pending

    def test_once_for_each_event(self, wallet: Wallet, ask: Ask):
        event = Event.named("call:1")

        assert ask(wallet, event=event) == ask(wallet, event=event)
        refused(EventReused, lambda: ask(wallet, 31, event=event))

    def test_goes_to_the_wallet_that_paid(self, alice: User, wallet: Wallet, bobs_wallet: Wallet, pay: Pay):
        euros = open_wallet(user=alice, currency=currency("EUR"))
        pay(bobs_wallet, 5)

        assert wallet_for(alice, ORDER) == wallet
        pay(euros, 5)
        assert wallet_for(alice, ORDER) == euros


class TestApproving:
    def test_gives_back_what_the_wallet_paid(self, wallet: Wallet, manager: User, pay: Pay, ask: Ask, approve: Ask):
        first, second = pay(wallet, 20), pay(wallet, 30)
        request = ask(wallet, 45)

        approved = approve(request, note="Sorry")

        assert (approved.status, approved.approved_minor, approved.decided_by) == ("approved", 45, manager)
        rows = Entry.objects.filter(kind=Kind.REFUND).order_by("sequence")
        assert [(row.amount, row.of, row.house) for row in rows] == [
            (30, second.sequence, "spent"),
            (15, first.sequence, "spent"),
        ]
        assert {(row.key, row.reference, row.order_id) for row in rows} == {
            (f"refund_request:{request.pk}", f"refund_request:{request.pk}", ORDER)
        }
        assert Notice.objects.get(kind="refund_request.approved").user_id == wallet.user_id
        assert verify().findings == []

    def test_is_a_plain_credit_for_any_other_order(self, wallet: Wallet, ask: Ask, approve: Ask):
        change_wallet(wallet=wallet, status="frozen")

        approve(ask(wallet, 45), 40)

        (row,) = Entry.objects.all()
        assert (row.kind, row.amount, row.of, row.house, row.lots) == (Kind.REFUND, 40, None, House.ISSUED, [])
        assert verify().findings == []

    def test_only_downward(self, wallet: Wallet, ask: Ask, approve: Ask):
        request = ask(wallet, 45)

        assert refused(RefundExceedsRequest, lambda: approve(request, 46)).most.minor == 45
        refused(AmountOutOfRange, lambda: approve(request, 0))
        assert approve(request, 1).approved_minor == 1

    def test_bounded_by_what_is_left_by_then(self, wallet: Wallet, pay: Pay, ask: Ask, approve: Ask):
        pay(wallet, 20)
        newest = pay(wallet, 30)
        request = ask(wallet, 50)

        reverse(entry=newest, event=Event.once("test"), why=WHY)
        assert refused(RefundExceedsOrder, lambda: approve(request)).most.minor == 20
        assert approve(request, 20).approved_minor == 20

    def test_not_what_was_given_back_meanwhile(self, wallet: Wallet, pay: Pay, ask: Ask, approve: Ask):
        reverses = pay(wallet, 30)
        request = ask(wallet)
        reverse(entry=reverses, event=Event.once("test"), why=WHY)

        refused(OrderRefunded, lambda: approve(request))

    def test_once(self, wallet: Wallet, manager: User, ask: Ask, approve: Ask):
        request = approve(ask(wallet))

        assert refused(RefundRequestNotPending, lambda: approve(request)).status == "approved"
        refused(RefundRequestNotPending, lambda: reject(request, manager))

    def test_not_by_whom_it_is_for_nor_by_a_customer(self, manager: User, bob: User, wallet: Wallet, ask: Ask, approve: Ask):
        own = ask(open_wallet(user=manager))

        refused(OwnWallet, lambda: approve(own))
        refused(OwnWallet, lambda: reject(own, manager))
        refused(ManagerRequired, lambda: approve(ask(wallet), by=bob))
        assert approve(own, by=None).decided_by is None

    def test_not_one_that_is_not_there(self, approve: Ask, wallet: Wallet):
        refused(RefundRequestUnknown, lambda: approve(RefundRequest(pk=404, wallet=wallet)))

    @pytest.mark.parametrize(
        "edit",
        [
            "amount_minor = 3000",
            "order_id = 1",
            "status = 'pending', approved_minor = NULL, decided_at = NULL, decided_by_id = NULL, decided_key = NULL",
            "created_at = created_at - interval '1 day'",
        ],
    )
    def test_not_one_that_was_edited(self, wallet: Wallet, ask: Ask, approve: Ask, sql: Callable[[str], int], edit: str):
        request = ask(wallet)
        if "status" in edit:
            approve(request)
        sql(f"UPDATE refunds_refundrequest SET {edit}")

        refused(LedgerUnavailable, lambda: approve(request))

    def test_not_again_where_row_and_audit_row_were_taken_back(
        self, wallet: Wallet, ask: Ask, approve: Ask, sql: Callable[[str], int]
    ):
        request = approve(ask(wallet))
        empty = "approved_minor = NULL, decided_at = NULL, decided_by_id = NULL, decided_key = NULL"
        sql(f"UPDATE refunds_refundrequest SET status = 'pending', {empty}")
        sql("DELETE FROM audit_act WHERE act = 'refund_request.approved'")

        refused(LedgerUnavailable, lambda: approve(request))
        refused(LedgerUnavailable, lambda: approve(request, 1))

    def test_not_more_than_a_wallet_may_hold(self, wallet: Wallet, ask: Ask, approve: Ask, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("ledger.possible.BALANCE_MAX", 29)

        refused(BalanceLimitExceeded, lambda: approve(ask(wallet)))


def test_rejecting_moves_nothing_and_says_why(wallet: Wallet, manager: User, pay: Pay, ask: Ask):
    pay(wallet, 30)
    entries = Entry.objects.count()

    request = reject(ask(wallet), manager, "It was used")

    assert (request.status, request.decided_by, request.decision_note) == ("rejected", manager, "It was used")
    assert (Entry.objects.count(), Notice.objects.get(kind="refund_request.rejected").user_id) == (entries, wallet.user_id)
    refused(RefundRequestNotPending, lambda: reject(request, manager))
    assert verify().findings == []


class TestRefundingByHand:
    def test_once_and_says_so(self, wallet: Wallet, manager: User, pay: Pay, ask: Ask, approve: Ask):
        pay(wallet, 30)
        request = ask(wallet)
        event = Event.named("admin:1")
        refund: dict[str, Any] = {"wallet": wallet, "order_id": ORDER, "event": event, "by": manager, "actor": "user:1 admin"}

        assert [row.amount for row in refund_order(**refund)] == [30]
        assert [row.amount for row in refund_order(**refund)] == [30]
        act = Act.objects.get(act="order.refunded")
        assert (act.subject, act.facts) == (f"wallet:{wallet.pk}", f'{{"amount_minor":30,"currency":"USD","order":{ORDER}}}')
        refused(OrderRefunded, lambda: approve(request))

    def test_not_by_its_holder_nor_by_a_customer(self, manager: User, bob: User, wallet: Wallet, pay: Pay):
        own = open_wallet(user=manager)
        pay(own, 5)
        pay(wallet, 5)

        refused(OwnWallet, lambda: refund_order(wallet=own, order_id=ORDER, event=Event.once("test"), by=manager))
        refused(ManagerRequired, lambda: refund_order(wallet=wallet, order_id=ORDER, event=Event.once("test"), by=bob))


class TestPaidFromAnotherWalletSinceItWasAsked:
    """Approved as a plain credit, the order would have come back out of nothing, and the debit could be refunded besides."""

    @pytest.mark.parametrize("is_held_first", [False, True])
    def test_is_for_the_wallet_that_paid(
        self, wallet: Wallet, alice: User, give: Callable[..., Entry], ask: Ask, approve: Ask, *, is_held_first: bool
    ):
        euros = open_wallet(user=alice, currency=currency("EUR"))
        give(euros, 50)
        request = ask(wallet, 50)
        why = replace(WHY, order_id=ORDER)
        if is_held_first:
            capture_hold(hold=set_aside(euros, 50), event=Event.once("test"), why=why)
        else:
            debit(wallet=euros, amount=euros.money(50), event=Event.once("test"), why=why)

        refused(OrderPaidElsewhere, lambda: approve(request))
        assert wallet_for(alice, ORDER) == euros
        reject(request, None)
        approve(ask(euros, 50))
        assert [entry.account_id for entry in Entry.objects.filter(kind=Kind.REFUND)] == [euros.pk]
        assert verify().findings == []

    def test_a_wallet_of_somebody_else_does_not_count(
        self, wallet: Wallet, bobs_wallet: Wallet, pay: Pay, ask: Ask, approve: Ask
    ):
        request = ask(wallet, 50)
        pay(bobs_wallet, 50)

        assert approve(request).approved_minor == 50


class TestWhatIsHeldForTheOrder:
    """Bonus money that is held, refunded as a plain credit and then captured would have become money that is paid out."""

    def test_is_not_asked_back_nor_given_back_before_it_is_taken(
        self, wallet: Wallet, give: Callable[..., Entry], ask: Ask, approve: Ask
    ):
        give(wallet, 50, kind=Kind.CASHBACK)
        request = ask(wallet, 50)
        hold = set_aside(wallet, 50)

        refused(OrderOpen, lambda: approve(request))
        refused(OrderOpen, lambda: by_hand(wallet))
        reject(request, None)
        refused(OrderOpen, lambda: ask(wallet, 50))
        ask(wallet, 50, order=1)
        taken = capture_hold(hold=hold, event=Event.once("test"), why=replace(WHY, order_id=ORDER))
        approve(ask(wallet, 50))
        refund = Entry.objects.get(kind=Kind.REFUND)
        assert (refund.of, refund.house, [share.amount for share in shares_of(refund)]) == (taken.sequence, House.SPENT, [50])
        assert verify().findings == []

    def test_in_any_of_his_wallets(self, wallet: Wallet, alice: User, give: Callable[..., Entry], ask: Ask, approve: Ask):
        euros = open_wallet(user=alice, currency=currency("EUR"))
        give(euros, 50)
        request = ask(wallet)
        hold = set_aside(euros, 50)

        refused(OrderOpen, lambda: approve(request))
        void_hold(hold=hold, event=Event.once("test"), why=WHY)
        assert approve(request).status == "approved"

    def test_nor_where_a_part_was_paid_before(self, wallet: Wallet, give: Callable[..., Entry], pay: Pay, ask: Ask, approve: Ask):
        pay(wallet, 30)
        give(wallet, 50)
        request = ask(wallet)
        hold = set_aside(wallet, 50)

        refused(OrderOpen, lambda: approve(request))
        refused(OrderOpen, lambda: by_hand(wallet, 30))
        void_hold(hold=hold, event=Event.once("test"), why=WHY)
        assert approve(request).approved_minor == 30

    def test_past_its_end_it_is_free(
        self, wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry], ask: Ask, approve: Ask
    ):
        """And what others hold for an order of this number is theirs."""
        give(bobs_wallet, 50)
        set_aside(bobs_wallet, 50)
        give(wallet, 50)
        hold = set_aside(wallet, 50, timedelta(milliseconds=1))

        approve(ask(wallet))
        assert not Hold.objects.get(pk=hold.pk).is_live


def test_what_was_refunded_plainly_is_taken_off_what_is_paid_later(wallet: Wallet, pay: Pay, ask: Ask, approve: Ask):
    """Else the order would come back twice: as a credit before it was paid, and by hand after."""
    approve(ask(wallet, 40))
    first = pay(wallet, 40)

    refused(OrderRefunded, lambda: by_hand(wallet))
    reverse(entry=first, event=Event.once("test"), why=WHY)
    refused(OrderRefunded, lambda: by_hand(wallet))
    second = pay(wallet, 60)
    assert refused(RefundExceedsOrder, lambda: by_hand(wallet, 21)).most.minor == 20
    assert [(row.amount, row.of) for row in by_hand(wallet)] == [(20, second.sequence)]
    refused(OrderRefunded, lambda: by_hand(wallet))
    assert verify().findings == []
