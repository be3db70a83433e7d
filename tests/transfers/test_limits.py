"""How little and how much may be sent: at once, in a day, and not at all where the holder has locked it."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from audit.models import Act
from kyc.errors import KycRequired
from ledger.errors import InsufficientFunds
from ledger.models import Entry
from ledger.money import currency
from ledger.movements import Event
from ledger.reversals import reverse
from ledger.verifying import verify
from people.models import User
from tests.conftest import WHY
from tests.ledger.clock import Clock
from tests.passcodes.conftest import all_at_once
from tests.transfers.test_send_transfer import balances, refused
from transfers.errors import DailyCapExceeded, TransferTooLarge, TransferTooSmall
from transfers.models import Transfer
from transfers.requests import accept_request, ask_for_money
from transfers.services import SentTransfer
from transfers.ways import by_address, by_qr, with_code
from wallets.errors import TransferLocked, VelocityCapExceeded
from wallets.models import Wallet
from wallets.services import debit, lock_transfers, open_wallet

pytestmark = pytest.mark.django_db

Send = Callable[..., SentTransfer]
Site = Callable[..., None]


@pytest.fixture(autouse=True)
def _money(wallet: Wallet, give: Callable[..., Entry]) -> None:
    give(wallet, 10_000)


class TestAtOnce:
    def test_the_most_is_for_every_way_and_the_fee_is_apart(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, site: Site):
        site(transfer_max=100, transfer_fee_type="fixed", transfer_fee_amount=7)

        for way in (by_address(), with_code()):
            no = refused(TransferTooLarge, partial(send, wallet, bobs_wallet, 101, way=way))
            assert (no.limit.minor, no.requested.minor) == (100, 101)
        send(wallet, bobs_wallet, 100)
        assert balances(wallet, bobs_wallet) == [9893, 100]

    def test_the_least_is_for_transfers_with_a_code(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, site: Site):
        site(transfer_min=50)

        no = refused(TransferTooSmall, lambda: send(wallet, bobs_wallet, 49, way=with_code()))
        assert (no.limit.minor, no.requested.minor) == (50, 49)
        send(wallet, bobs_wallet, 50, way=with_code())
        send(wallet, bobs_wallet, 1)

    def test_paying_by_qr_code_has_bounds_of_its_own(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, site: Site):
        site(transfers_enabled=False, transfer_max=10, qr_pay_enabled=True, qr_pay_min=20, qr_pay_max=30)

        refused(TransferTooSmall, lambda: send(wallet, bobs_wallet, 19, way=by_qr()))
        refused(TransferTooLarge, lambda: send(wallet, bobs_wallet, 31, way=by_qr()))
        send(wallet, bobs_wallet, 20, way=by_qr())
        send(wallet, bobs_wallet, 30, way=by_qr())

    def test_a_money_request_is_held_to_them_and_waits(
        self, wallet: Wallet, alice: User, bob: User, bobs_wallet: Wallet, site: Site
    ):
        asked = ask_for_money(requester=bob, payer_email=alice.email, amount=wallet.money(101))
        site(transfer_max=100)
        accept: dict[str, Any] = {"request_id": asked.pk, "payer": alice, "wallet": wallet, "actor": "test"}

        refused(TransferTooLarge, lambda: accept_request(**accept, event=Event.once("test")))
        site(transfer_max=101)
        accept_request(**accept, event=Event.once("test"))
        assert balances(bobs_wallet) == [101]


class TestInADay:
    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> Clock:
        clock = Clock(monkeypatch)
        clock.set(datetime(2098, 6, 1, 22, 0, tzinfo=UTC))
        return clock

    def test_it_counts_what_was_sent_since_midnight_whatever_the_way(
        self, wallet: Wallet, bobs_wallet: Wallet, send: Send, site: Site, clock: Clock
    ):
        site(transfer_daily_cap=100, qr_pay_enabled=True, qr_pay_min=1, transfer_min=1)
        site(transfer_fee_type="fixed", transfer_fee_amount=7)
        send(wallet, bobs_wallet, 40)
        send(wallet, bobs_wallet, 30, way=with_code())
        send(wallet, bobs_wallet, 20, way=by_qr())
        debit(wallet=wallet, amount=wallet.money(500), event=Event.once("test"), why=WHY)

        no = refused(DailyCapExceeded, lambda: send(wallet, bobs_wallet, 11))
        assert (no.limit.minor, no.requested.minor) == (100, 11)
        refused(DailyCapExceeded, lambda: send(wallet, bobs_wallet, 11, way=by_qr()))
        send(wallet, bobs_wallet, 10)
        refused(DailyCapExceeded, lambda: send(wallet, bobs_wallet, 1))
        clock.set(datetime(2098, 6, 2, tzinfo=UTC))
        send(wallet, bobs_wallet, 100)
        refused(DailyCapExceeded, lambda: send(wallet, bobs_wallet, 1))

    def test_what_was_given_back_counts_and_what_was_received_does_not(
        self, wallet: Wallet, bobs_wallet: Wallet, send: Send, give: Callable[..., Entry], site: Site
    ):
        site(transfer_daily_cap=100)
        give(bobs_wallet, 500)
        send(bobs_wallet, wallet, 100)
        reverse(entry=send(wallet, bobs_wallet, 60).sent, event=Event.once("test"), why=WHY)

        refused(DailyCapExceeded, lambda: send(wallet, bobs_wallet, 41))
        send(wallet, bobs_wallet, 40)

    def test_other_currencies_have_their_own(self, alice: User, bob: User, send: Send, give: Callable[..., Entry], site: Site):
        site(transfer_daily_cap=100)
        euros, bobs = (open_wallet(user=user, currency=currency("EUR")) for user in (alice, bob))
        give(euros, 100)
        wallets = Wallet.objects.filter(currency_code="USD").select_related("account", "user").order_by("pk")
        send(wallets[0], wallets[1], 100)

        send(euros, bobs, 100)


class TestOrder:
    def test_after_the_velocity_caps_and_before_the_balance(self, wallet: Wallet, bobs_wallet: Wallet, send: Send, site: Site):
        site(kyc_enabled=True, kyc_required_features=["transfer"], velocity_max_sum=50, transfer_max=100, transfer_daily_cap=100)
        lock_transfers(user=wallet.user, is_locked=True)

        def too_much() -> SentTransfer:
            return send(wallet, bobs_wallet, 20_000)

        refused(KycRequired, too_much)
        site(kyc_enabled=False)
        refused(TransferLocked, too_much)
        lock_transfers(user=wallet.user, is_locked=False)
        refused(VelocityCapExceeded, too_much)
        site(velocity_max_sum=0)
        refused(TransferTooLarge, too_much)
        site(transfer_max=0)
        refused(DailyCapExceeded, too_much)
        site(transfer_daily_cap=0)
        refused(InsufficientFunds, too_much)


class TestLocked:
    def test_nothing_is_sent_and_everything_else_goes_on(
        self, wallet: Wallet, bobs_wallet: Wallet, send: Send, give: Callable[..., Entry], site: Site
    ):
        site(qr_pay_enabled=True, qr_pay_min=1)
        lock_transfers(user=wallet.user, is_locked=True, actor="user:1 session")

        for way in (by_address(), with_code(), by_qr()):
            refused(TransferLocked, partial(send, wallet, bobs_wallet, 200, way=way))
        give(bobs_wallet, 5)
        send(bobs_wallet, wallet, 5)
        debit(wallet=wallet, amount=wallet.money(5), event=Event.once("test"), why=WHY)
        lock_transfers(user=wallet.user, is_locked=False)
        send(wallet, bobs_wallet, 200)

    def test_it_is_for_all_wallets_of_the_holder_and_for_those_to_come(self, wallet: Wallet, alice: User):
        before = open_wallet(user=alice, currency=currency("EUR"))
        lock_transfers(user=alice, is_locked=True)
        after = open_wallet(user=alice, currency=currency("JPY"))

        locked = Wallet.objects.filter(transfers_locked=True).values_list("pk", flat=True)
        assert set(locked) == {wallet.pk, before.pk, after.pk}
        assert verify().findings == []

    def test_it_is_told_once_by_whom(self, wallet: Wallet, alice: User):
        for is_locked in (True, True, False):
            lock_transfers(user=alice, is_locked=is_locked, actor="user:7 session")

        acts = Act.objects.filter(act="wallet.terms_changed").order_by("pk").values_list("actor", "subject", "facts")
        told = [(actor, subject) for actor, subject, _ in acts]
        assert told == [("user:7 session", f"wallet:{wallet.pk}")] * 2
        assert [facts for _, _, facts in acts] == [
            '{"transfers_locked":{"from":false,"to":true}}',
            '{"transfers_locked":{"from":true,"to":false}}',
        ]

    def test_one_that_was_opened_behind_the_services_back_is_named(self, wallet: Wallet, alice: User, sql: Callable[[str], int]):
        lock_transfers(user=alice, is_locked=True)
        sql(f"UPDATE wallets_wallet SET transfers_locked = false WHERE id = {wallet.pk}")

        assert [str(finding) for finding in verify().findings] == [
            f"account {wallet.pk}: its wallet's transfers_locked is False, its audit rows say True"
        ]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_at_once_do_not_pass_the_cap(wallet: Wallet, bobs_wallet: Wallet, send: Send, site: Site):
    site(transfer_daily_cap=1000)

    answers = all_at_once([partial(send, wallet, bobs_wallet, 300)] * 8)

    kinds = [type(answer) for answer in answers]
    assert (kinds.count(SentTransfer), kinds.count(DailyCapExceeded)) == (3, 5)
    assert Transfer.objects.count() == 3
    assert balances(wallet, bobs_wallet) == [9100, 900]
