"""Who is mailed of money that came, went or fell low: once, behind the money's back, and not ten thousand times."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bnpl.services import allow
from hooks.points import low_balance_alert
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.movements import Event
from notices.kinds import CREDIT_MAIL, LOW_BALANCE_MAIL
from notices.models import Notice
from notices.preferences import set_preference
from notices.sending import send_waiting
from people.models import User
from tests.conftest import PASSWORD, WHY
from tests.payments.making import payments_of
from tests.withdrawals.conftest import asked
from transfers.services import send_transfer
from wallet_service import movement_mails, movements
from wallet_service.models import FollowedPosition, UntoldMovements
from wallet_service.movement_mails import LISTED_MAX, mail_movements
from wallet_service.movements import PAUSE, TOO_OLD
from wallets.models import Wallet
from wallets.services import create_customer, credit, debit
from webhooks.dispatching import dispatch_waiting
from webhooks.models import Event as LoggedEvent
from withdrawals.services import approve_withdrawal, mark_failed, reject_withdrawal

pytestmark = pytest.mark.django_db

Give = Callable[..., Entry]
Site = Callable[..., None]


def take(wallet: Wallet, amount_minor: int) -> None:
    debit(wallet=wallet, amount=wallet.money(amount_minor), event=Event.once("test"), why=WHY)


def put(wallet: Wallet, amount_minor: int, kind: Kind, key: str) -> None:
    credit(wallet=wallet, amount=wallet.money(amount_minor), event=Event.named(key), why=WHY, kind=kind)


def told() -> list[Any]:
    """The mails of everything that has happened so far."""
    dispatch_waiting()
    mail_movements()
    mail.outbox = []
    send_waiting()
    return sorted(mail.outbox, key=lambda message: message.subject)


def kinds() -> list[str]:
    """The kinds of what is written for everything that has happened so far."""
    dispatch_waiting()
    mail_movements()
    return sorted(Notice.objects.values_list("kind", flat=True))


def let_pass(passed: timedelta) -> None:
    for row in UntoldMovements.objects.all():
        due_at = row.due_at - passed if row.due_at else None
        told_at = row.told_at - passed if row.told_at else None
        UntoldMovements.objects.filter(pk=row.pk).update(due_at=due_at, told_at=told_at)


def test_what_came_and_what_went_is_told_once(wallet: Wallet, give: Give):
    give(wallet, 20_000, Kind.CASHBACK)
    take(wallet, 250)

    went, came = told()
    assert (came.subject, came.to) == ("Wallet service: $200.00 came into your wallet", ["alice@example.test"])
    assert "For: Cashback\nReason: test\n" in came.body
    assert "Balance: $200.00" in came.body
    assert went.subject == "Wallet service: $2.50 went out of your wallet"
    assert "$197.50" in went.alternatives[0].content
    assert told() == []


def test_a_burst_is_one_mail_and_then_one_after_a_pause(wallet: Wallet, give: Give):
    give(wallet, 100)
    assert len(told()) == 1

    for _ in range(LISTED_MAX + 5):
        give(wallet, 100)
    assert told() == []
    let_pass(PAUSE)
    [message] = told()

    assert message.subject == "Wallet service: $25.00 came into your wallet"
    assert "$25.00 came into your wallet, in 25 movements." in message.body
    assert message.body.count("UTC: $1.00") == LISTED_MAX
    assert "…: 5 more" in message.body
    assert "Balance: $26.00" in message.body
    let_pass(PAUSE + timedelta(seconds=1))
    assert told() == []
    assert not UntoldMovements.objects.exists(), "nothing is kept of a wallet that rests"


def test_what_has_a_mail_of_its_own_is_not_told_again(wallet: Wallet, bobs_wallet: Wallet, site: Site, sql: Callable[[str], int]):
    site(transfers_enabled=True, transfer_fee_type="fixed", transfer_fee_amount=7, notices_off=[])
    topup = payments_of(wallet)
    put(wallet, 1000, Kind.CREDIT, "test")
    put(wallet, 1, Kind.DEBT, "takeback:17")
    put(wallet, 2, Kind.REFUND, "refund_request:4")
    put(wallet, 3000, Kind.TOPUP, f"topup:{topup.pk}")
    put(wallet, 150, Kind.BONUS, f"topup:{topup.pk}:bonus")
    send_transfer(sender=wallet, recipient=bobs_wallet, amount=wallet.money(100), event=Event.once("test"), actor="test")

    def subjects() -> list[str]:
        return [message.subject.removeprefix("Wallet service: ") for message in told()]

    assert subjects() == [
        *("$40.00 came into your wallet", "You got a bonus of $1.50"),
        *("You received $1.00", "You sent $1.00"),
    ]
    sql("UPDATE payments_topup SET origin = 'auto_reload'")
    sql("UPDATE wallet_service_followedposition SET position = 0")
    UntoldMovements.objects.all().delete()
    assert subjects() == ["$10.00 came into your wallet"]


def test_a_withdrawal_is_told_when_it_is_asked_for_and_when_it_comes_back(wallet: Wallet, give: Give, manager: User, site: Site):
    """A rejected one has its own mail; of one that failed the customer hears nothing else."""
    site(withdrawals_enabled=True, withdrawal_min=1, withdrawal_fee_type="fixed", withdrawal_fee_amount=10)
    give(wallet, 1000)
    wallet.account.refresh_from_db()
    actor = f"user:{manager.pk} admin"
    rejected, failed = asked(wallet, 300), asked(wallet, 400)
    told()
    let_pass(PAUSE)
    reject_withdrawal(withdrawal_id=rejected.pk, by=manager, actor=actor)
    approve_withdrawal(withdrawal_id=failed.pk, by=manager, actor=actor)
    mark_failed(withdrawal_id=failed.pk, by=manager, actor=actor)

    assert [message.subject for message in told() if message.to == ["alice@example.test"]] == [
        "Wallet service: $4.00 came into your wallet",
        "Wallet service: Your withdrawal of $3.00 was rejected",
        "Wallet service: Your withdrawal of $4.00 was approved",
    ]


def test_nobody_is_told_what_he_or_the_shop_does_not_want(
    wallet: Wallet, bobs_wallet: Wallet, alice: User, give: Give, site: Site
):
    set_preference(alice, CREDIT_MAIL, False)
    site(notices_off=["wallet.debited"])
    for each in (wallet, bobs_wallet):
        give(each, 100)
        take(each, 50)

    assert [(message.to, message.subject) for message in told()] == [
        (["bob@example.test"], "Wallet service: $1.00 came into your wallet")
    ]


def test_what_is_a_day_old_is_not_told(wallet: Wallet, give: Give):
    give(wallet, 100)
    dispatch_waiting()
    LoggedEvent.objects.update(created_at=timezone.now() - TOO_OLD)

    assert told() == []
    assert FollowedPosition.objects.get().position == LoggedEvent.objects.count()


def test_who_dies_in_the_middle_leaves_it_whole(wallet: Wallet, give: Give, monkeypatch: pytest.MonkeyPatch):
    def die(*args: Any) -> Any:
        raise SystemExit

    give(wallet, 100)
    dispatch_waiting()
    for module, name in ((movements, "_tell_falls"), (movement_mails, "write_notices")):
        with monkeypatch.context() as patched, pytest.raises(SystemExit):
            patched.setattr(module, name, die)
            mail_movements()
        assert not Notice.objects.exists()

    assert len(told()) == 1
    assert told() == []


def test_many_wallets_cost_no_more_statements_than_few(give: Give, site: Site):
    site(low_balance=50)
    costs = []
    for count in (3, 30):
        for number in range(count):
            wallet = create_customer(email=f"c{count}-{number}@example.test", password=PASSWORD)
            give(wallet, 100)
            take(wallet, 60)
        dispatch_waiting()
        with CaptureQueriesContext(connection) as statements:
            assert mail_movements() == 3 * count
        costs.append(len(statements))
    assert costs[1] <= costs[0]


class TestLowBalance:
    @pytest.fixture(autouse=True)
    def _mark(self, wallet: Wallet, give: Give, site: Site) -> None:
        site(low_balance=5000, notices_off=["wallet.credited", "wallet.debited"])
        give(wallet, 6000)

    def test_is_told_once_for_each_fall(self, wallet: Wallet, give: Give):
        take(wallet, 1000)
        assert told() == [], "5000 is not below 5000"
        take(wallet, 1)
        [message] = told()
        assert message.subject == "Wallet service: Your balance is low: $49.99"
        assert "fallen below $50.00" in message.body

        take(wallet, 100)
        assert told() == [], "it was low already"
        give(wallet, 101)
        take(wallet, 1)
        give(wallet, 1)
        take(wallet, 1)
        assert len(told()) == 2, "it was risen again"

    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_an_operators_own_app_hears_of_it_behind_the_commit(self, wallet: Wallet, alice: User):
        heard: list[tuple[int, Decimal, Decimal]] = []

        def listen(*told: Any) -> None:
            heard.append(told)

        low_balance_alert.connect(listen)
        try:
            with pytest.raises(RuntimeError), transaction.atomic():
                take(wallet, 1001)
                raise RuntimeError
            for amount_minor in (1000, 1, 100):
                take(wallet, amount_minor)
        finally:
            low_balance_alert.disconnect(listen)
        assert heard == [(alice.pk, Decimal("49.99"), Decimal("50.00"))]

    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_such_an_app_hears_of_an_order_that_is_paid_later(self, wallet: Wallet, alice: User, site: Site):
        """The loan's own entry comes between: neither of the two alone takes the balance below the mark."""
        site(low_balance=5000, bnpl_enabled=True, bnpl_min_order=0, bnpl_max_debt=100_000)
        allow(user=alice)
        heard: list[tuple[int, Decimal, Decimal]] = []

        def listen(*told: Any) -> None:
            heard.append(told)

        low_balance_alert.connect(listen)
        try:
            debit(wallet=wallet, amount=wallet.money(9000), event=Event.once("test"), why=WHY, pays_later=True)
        finally:
            low_balance_alert.disconnect(listen)
        assert heard == [(alice.pk, Decimal("0.00"), Decimal("50.00"))]

    def test_is_not_told_to_who_does_not_want_it(self, wallet: Wallet, alice: User):
        set_preference(alice, LOW_BALANCE_MAIL, False)
        take(wallet, 2000)

        assert told() == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_many_debits_and_several_workers_at_once_comes_one_mail(wallet: Wallet, give: Give, site: Site):
    site(low_balance=5000, notices_off=["wallet.credited", "wallet.debited"])
    give(wallet, 6000)
    mail_movements()
    together = threading.Barrier(4)

    def spend() -> None:
        for _ in range(5):
            take(wallet, 100)

    at_once(together, spend)
    dispatch_waiting()
    at_once(together, mail_movements)

    assert kinds() == ["balance.low"]


def at_once(together: threading.Barrier, work: Callable[[], object]) -> None:
    def run() -> None:
        together.wait()
        work()
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
