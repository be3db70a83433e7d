"""Sending: what moves, which credit it is, what it costs, and whom it is refused to."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from kyc.errors import KycRequired
from kyc.services import decide
from ledger.book import lock_accounts
from ledger.conditions import Condition
from ledger.errors import (
    AccountFrozen,
    BalanceLimitExceeded,
    CurrencyMismatch,
    EventReused,
    InsufficientFunds,
    PreconditionFailed,
)
from ledger.kinds import House, Kind
from ledger.lots import shares_of
from ledger.models import Account, Entry
from ledger.money import AMOUNT_MAX, Money, currency
from ledger.movements import Event
from ledger.verifying import verify
from notices.models import Notice
from notices.sending import send_waiting
from stepups.errors import StepUpRequired
from tests.api.conftest import state_of_the_money
from tests.conftest import WHY
from transfers.errors import RecipientFull, RecipientNotFound, SelfTransfer, TransfersDisabled
from transfers.fees import transfer_fee
from transfers.models import Transfer
from transfers.services import SentTransfer
from wallets.errors import SpendingLimitExceeded, VelocityCapExceeded
from wallets.holds import place_hold
from wallets.models import Wallet
from wallets.services import change_wallet, open_wallet

pytestmark = pytest.mark.django_db

Send = Callable[..., SentTransfer]
Give = Callable[..., Entry]
Site = Callable[..., None]

JUNE = datetime(2099, 6, 1, tzinfo=UTC)
JULY = datetime(2099, 7, 1, tzinfo=UTC)


def balances(*wallets: Wallet) -> list[int]:
    return [Account.objects.get(pk=wallet.pk).balance for wallet in wallets]


def refused(refusal: type[Exception], send: Callable[[], Any]) -> Any:
    """It says no, and nothing moved, no row was kept and no mail was written."""
    before = (state_of_the_money(), Transfer.objects.count(), Notice.objects.count())
    with pytest.raises(refusal) as told, transaction.atomic():
        send()
    assert (state_of_the_money(), Transfer.objects.count(), Notice.objects.count()) == before
    return told.value


class TestWhatMoves:
    def test_out_of_one_into_the_other_and_the_fee(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, give: Give, site: Site):
        site(transfer_fee_type="fixed", transfer_fee_amount=7)
        give(wallet, 1000)
        sent = send(wallet, bobs_wallet, 200, note="For the tickets")

        assert balances(wallet, bobs_wallet) == [793, 200]
        assert [(entry.account_id, entry.kind, entry.amount, entry.house) for entry in sent.entries] == [
            (wallet.pk, Kind.TRANSFER, -200, None),
            (bobs_wallet.pk, Kind.TRANSFER, 200, None),
            (wallet.pk, Kind.FEE, -7, House.FEES),
        ]
        assert [entry.counter_account_id for entry in sent.entries] == [bobs_wallet.pk, wallet.pk, None]
        assert {entry.group for entry in sent.entries} == {sent.transfer.group}
        assert [entry.actor for entry in sent.entries] == ["test", f"user:{wallet.user_id}", "test"]
        assert [entry.reason for entry in sent.entries] == ["For the tickets", "For the tickets", "Transfer fee"]
        row = Transfer.objects.get()
        assert (row.sender_id, row.recipient_id, row.amount_minor, row.fee_minor) == (wallet.pk, bobs_wallet.pk, 200, 7)
        assert (row.currency_code, row.note, row.created_at) == ("USD", "For the tickets", sent.sent.at)
        assert verify().findings == []

    def test_without_a_note_the_entries_say_what_they_are(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, give: Give):
        give(wallet, 1000)
        sent = send(wallet, bobs_wallet, 1)

        assert [entry.reason for entry in sent.entries] == ["Transfer", "Transfer"]
        assert sent.transfer.note == ""

    def test_everything_there_is(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, give: Give, site: Site):
        site(transfer_fee_type="percent", transfer_fee_amount="25")
        give(wallet, 1000)
        send(wallet, bobs_wallet, 800)

        assert balances(wallet, bobs_wallet) == [0, 800]

    def test_once_for_each_event(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, give: Give, site: Site):
        site(transfer_fee_type="fixed", transfer_fee_amount=7)
        give(wallet, 1000)
        event = Event.named("transfer:1", 200)
        first, second = send(wallet, bobs_wallet, 200, event=event), send(wallet, bobs_wallet, 200, event=event)

        assert [entry.pk for entry in first.entries] == [entry.pk for entry in second.entries]
        assert first.transfer == second.transfer
        assert balances(wallet, bobs_wallet) == [793, 200]
        assert Notice.objects.count() == 2
        refused(EventReused, lambda: send(wallet, bobs_wallet, 300, event=Event.named("transfer:1", 300)))

    def test_both_are_mailed_in_the_same_transaction(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, give: Give):
        give(wallet, 1000)
        send(wallet, bobs_wallet, 250, note="Secret words")

        assert list(Notice.objects.order_by("pk").values_list("kind", "address")) == [
            ("transfer.sent", "alice@example.test"),
            ("transfer.received", "bob@example.test"),
        ]
        assert send_waiting() == 2
        assert all("$2.50" in told.subject and "Secret" not in told.subject for told in mail.outbox)
        assert all("Secret words" in told.body for told in mail.outbox)
        with pytest.raises(RuntimeError), transaction.atomic():
            send(wallet, bobs_wallet, 250)
            raise RuntimeError
        assert Notice.objects.count() == 2


class TestLots:
    def test_credit_is_handed_on_with_its_end(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, give: Give, site: Site):
        """Soonest first; the fee burns what comes behind it (ledger.md, the worked example)."""
        site(transfer_fee_type="fixed", transfer_fee_amount=3)
        give(wallet, 100)
        give(wallet, 10, Kind.BONUS)
        give(wallet, 6, expires_at=JUNE)
        sent = send(wallet, bobs_wallet, 14)

        assert [(share.sequence, share.ends, share.amount) for share in shares_of(sent.sent)] == [(3, JUNE, -6), (2, None, -8)]
        assert [(share.sequence, share.ends, share.amount) for share in shares_of(sent.received)] == [(1, JUNE, 6), (1, None, 8)]
        assert sent.fee is not None
        assert [(share.sequence, share.ends, share.amount) for share in shares_of(sent.fee)] == [(2, None, -2)]

    def test_what_is_held_stays(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, give: Give):
        give(wallet, 100, expires_at=JUNE)
        give(wallet, 50, expires_at=JULY)
        place_hold(wallet=wallet, amount=wallet.money(100), event=Event.once("test"), why=WHY, expires_in=timedelta(hours=1))
        sent = send(wallet, bobs_wallet, 50)

        assert [(share.ends, share.amount) for share in shares_of(sent.received)] == [(JULY, 50)]
        no = refused(InsufficientFunds, lambda: send(wallet, bobs_wallet, 1))
        assert (no.required.minor, no.available.minor) == (1, 0)


class TestFees:
    @pytest.mark.parametrize(
        ("kind", "figure", "amount", "fee"),
        [
            ("none", "5", 1000, 0),
            ("fixed", "5", 1000, 5),
            ("fixed", "0", 1000, 0),
            ("percent", "1", 25000, 250),
            ("percent", "1", 49, 0),
            ("percent", "1", 50, 1),
            ("percent", "1", 149, 1),
            ("percent", "1", 150, 2),
            ("percent", "2.5", 99, 2),
            ("percent", "2.5", 100, 3),
            ("percent", "0.1", 499, 0),
            ("percent", "0.1", 500, 1),
            ("percent", "100", 333, 333),
            ("percent", "0.0001", 499_999, 0),
            ("percent", "0.0001", 500_000, 1),
            ("percent", "33.3333", 999_999_999_999_999, 333_333_000_000_000),
            ("percent", "99.9999", 500_000, 500_000),
        ],
    )
    def test_half_a_minor_unit_is_rounded_up(self, kind: str, figure: str, amount: int, fee: int, site: Site):
        site(transfer_fee_type=kind, transfer_fee_amount=Decimal(figure))

        assert transfer_fee(Money(amount, currency("USD"))).minor == fee

    def test_it_is_paid_on_top(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, give: Give, site: Site):
        site(transfer_fee_type="fixed", transfer_fee_amount=1)
        give(wallet, 1000)

        no = refused(InsufficientFunds, lambda: send(wallet, bobs_wallet, 1000))
        assert (no.required.minor, no.available.minor) == (1001, 1000)
        send(wallet, bobs_wallet, 999)
        assert balances(wallet, bobs_wallet) == [0, 999]


class TestRefusals:
    """Nothing moves; each is met before those that stand behind it."""

    @pytest.fixture(autouse=True)
    def _money(self, wallet: Wallet, give: Give) -> None:
        give(wallet, 1000)

    def test_switched_off(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, site: Site):
        site(transfers_enabled=False)
        refused(TransfersDisabled, lambda: send(wallet, wallet, 1))
        refused(TransfersDisabled, lambda: send(wallet, bobs_wallet, 1))

    def test_to_oneself(self, wallet: Wallet, send: Send):
        refused(SelfTransfer, lambda: send(wallet, wallet, 1))
        other = open_wallet(user=wallet.user, currency=currency("EUR"))
        refused(SelfTransfer, lambda: send(wallet, other, 1))

    def test_a_frozen_recipient_is_one_who_is_not_there(self, wallet: Wallet, bobs_wallet: Wallet, send: Send):
        """Also to who is frozen himself: he learns nothing by the order either."""
        change_wallet(wallet=bobs_wallet, status="frozen")
        refused(RecipientNotFound, lambda: send(wallet, bobs_wallet, 5000))
        change_wallet(wallet=wallet, status="frozen")
        refused(RecipientNotFound, lambda: send(wallet, bobs_wallet, 1))

    def test_the_controls_in_their_order(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, site: Site, manager: Any):
        site(kyc_enabled=True, kyc_required_features=["transfer"], velocity_max_sum=150)
        change_wallet(wallet=wallet, status="frozen", spending_limit=100)
        never = Condition(sequence=99)

        def too_much() -> SentTransfer:
            return send(wallet, bobs_wallet, 2000, condition=never)

        refused(AccountFrozen, too_much)
        change_wallet(wallet=wallet, status="active")
        refused(KycRequired, too_much)
        decide(user=wallet.user, status="approved", by=manager)
        refused(SpendingLimitExceeded, too_much)
        change_wallet(wallet=wallet, spending_limit=None)
        refused(VelocityCapExceeded, too_much)
        site(velocity_max_sum=0)
        refused(PreconditionFailed, too_much)
        refused(InsufficientFunds, lambda: send(wallet, bobs_wallet, 2000))

    def test_the_spending_limit_is_for_amount_and_fee(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, site: Site):
        site(transfer_fee_type="fixed", transfer_fee_amount=50)
        change_wallet(wallet=wallet, spending_limit=100)

        no = refused(SpendingLimitExceeded, lambda: send(wallet, bobs_wallet, 51))
        assert (no.limit.minor, no.requested.minor) == (100, 101)
        send(wallet, bobs_wallet, 50)
        assert balances(wallet, bobs_wallet) == [900, 50]

    def test_caps_do_not_count_the_fee(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, site: Site):
        site(transfer_fee_type="fixed", transfer_fee_amount=50, velocity_max_sum=100)
        send(wallet, bobs_wallet, 60)
        send(wallet, bobs_wallet, 40)

        assert balances(wallet, bobs_wallet) == [800, 100]
        no = refused(VelocityCapExceeded, lambda: send(wallet, bobs_wallet, 1))
        assert no.requested.minor == 51

    def test_a_step_up_is_for_the_amount_and_belongs_to_the_credential(
        self, wallet: Wallet, bobs_wallet: Wallet, send: Send, site: Site
    ):
        site(transfer_fee_type="fixed", transfer_fee_amount=50, step_up_threshold=100)

        no = refused(StepUpRequired, lambda: send(wallet, bobs_wallet, 100, credential="test this session"))
        assert (no.amount.minor, no.requested.minor, no.credential) == (100, 150, "test this session")
        assert refused(StepUpRequired, lambda: send(wallet, bobs_wallet, 100)).credential == "test"
        send(wallet, bobs_wallet, 99)

    def test_what_comes_in_is_no_spending(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, site: Site):
        site(velocity_max_count=1)
        send(wallet, bobs_wallet, 60)

        send(bobs_wallet, wallet, 60)

    def test_a_credit_line_is_not_given_away(self, wallet: Wallet, bobs_wallet: Wallet, send: Send):
        lock_accounts(wallet.pk).set_terms(wallet.pk, credit_line=500)

        no = refused(InsufficientFunds, lambda: send(wallet, bobs_wallet, 1001))
        assert no.available.minor == 1000

    def test_more_than_the_recipient_may_hold(
        self, wallet: Wallet, bobs_wallet: Wallet, send: Send, give: Give, monkeypatch: pytest.MonkeyPatch
    ):
        for _ in range(3):
            give(bobs_wallet, AMOUNT_MAX)
        monkeypatch.setattr("transfers.services.BALANCE_MAX", 3 * AMOUNT_MAX + 4)
        no = refused(RecipientFull, lambda: send(wallet, bobs_wallet, 5))
        send(wallet, bobs_wallet, 4)
        # What he holds is in nothing that the sender is told.
        assert not isinstance(no, BalanceLimitExceeded)
        assert vars(no) == {}

    def test_a_wallet_in_another_currency(self, wallet: Wallet, bob: Any, bobs_wallet: Wallet, send: Send):
        other = open_wallet(user=bob, currency=currency("EUR"))

        refused(CurrencyMismatch, lambda: send(wallet, other, 1))
        refused(CurrencyMismatch, lambda: send(other, wallet, 1))
