"""A top-up is there before anybody outside hears of it, and one call starts one."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.utils import timezone

from ledger.errors import AccountFrozen, BalanceLimitExceeded, CurrencyMismatch, EventReused, Refusal
from ledger.models import Entry
from ledger.money import BALANCE_MAX, Money, currency
from payments import services
from payments.adapters import provider_named, require_known_provider
from payments.errors import TopupOutOfBounds, TopupsDisabled
from payments.models import Topup
from payments.port import PaymentProviderAway, PaymentRefused
from payments.services import bonus_of, confirm_topup, start_topup
from tests.payments.conftest import all_at_once
from tests.payments.double import DoubleProvider
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db
Start = Callable[..., Topup]
CLAIM = "key:3 0d9b2c6e-2f0a-4f7e-9a59-27e1b1ad3f5e"


def test_says_where_to_pay_and_moves_nothing(wallet: Wallet, provider: DoubleProvider, start: Start):
    topup = start(wallet, 5000, return_url="https://shop.example/thanks", saves_method=True)

    kept = Topup.objects.get()
    assert kept == topup
    assert (kept.status, kept.provider, kept.amount_minor, kept.currency_code) == ("pending", "double", 5000, "USD")
    assert (kept.reference, kept.payment_url) == (f"session-{topup.pk}", f"https://pay.example/{topup.pk}")
    [order] = provider.orders
    assert (order.topup_id, order.amount, order.email) == (topup.pk, wallet.money(5000), "alice@example.test")
    assert (order.return_url, order.saves_method, order.method) == ("https://shop.example/thanks", True, None)
    assert not Entry.objects.exists()


def test_the_provider_is_asked_behind_the_commit_and_outside_any_transaction(
    wallet: Wallet, provider: DoubleProvider, start: Start
):
    outside = len(connection.savepoint_ids)
    provider.meanwhile = lambda: kept.append(Topup.objects.get().status)
    kept: list[str] = []
    start(wallet)

    assert provider.savepoints == [outside]
    assert kept == ["created"]


def test_refuses_to_be_called_inside_a_transaction(wallet: Wallet, provider: DoubleProvider, start: Start):
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        start(wallet)
    assert not provider.orders


def test_a_repeated_call_finds_what_it_started(wallet: Wallet, provider: DoubleProvider, start: Start):
    first = start(wallet, claim=CLAIM)
    assert start(wallet, claim=CLAIM) == first
    assert len(provider.orders) == 1


def test_a_repetition_goes_on_where_the_provider_was_away(wallet: Wallet, provider: DoubleProvider, start: Start):
    provider.is_away = True
    with pytest.raises(PaymentProviderAway):
        start(wallet, claim=CLAIM)
    assert Topup.objects.get().status == "created"

    provider.is_away = False
    topup = start(wallet, claim=CLAIM)
    assert Topup.objects.get() == topup
    assert [order.topup_id for order in provider.orders] == [topup.pk, topup.pk]


@pytest.mark.parametrize("other", [{"amount": 4000}, {"saves_method": True}], ids=str)
def test_the_same_claim_asks_for_the_same(wallet: Wallet, start: Start, other: dict[str, Any]):
    start(wallet, claim=CLAIM)
    with pytest.raises(EventReused):
        start(wallet, **{"claim": CLAIM, **other})
    assert Topup.objects.count() == 1


def test_somebody_elses_wallet_is_not_found_by_a_claim(wallet: Wallet, bobs_wallet: Wallet, start: Start):
    start(wallet, claim=CLAIM)
    with pytest.raises(EventReused):
        start(bobs_wallet, claim=CLAIM)


def test_a_claim_is_forgotten_with_its_key(wallet: Wallet, start: Start):
    first = start(wallet, claim=CLAIM)
    Topup.objects.update(created_at=timezone.now() - timedelta(hours=25))

    assert start(wallet, claim=CLAIM) != first


def test_a_notice_that_comes_first_stays(wallet: Wallet, provider: DoubleProvider, start: Start):
    def pay() -> None:
        topup = Topup.objects.get()
        confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test", reference="payment-1")

    provider.meanwhile = pay
    topup = start(wallet)

    assert (topup.status, topup.reference, topup.payment_url) == ("completed", "payment-1", f"https://pay.example/{topup.pk}")


def test_a_provider_that_nobody_knows_stops_the_process(settings: Any):
    settings.PAYMENT_PROVIDER = "strip"

    with pytest.raises(ImproperlyConfigured, match="'strip' is not one of manual, stripe"):
        require_known_provider()
    with pytest.raises(ImproperlyConfigured):
        provider_named("strip")


def test_what_the_provider_refuses_has_failed_and_leaves_the_key_free(wallet: Wallet, provider: DoubleProvider, start: Start):
    provider.refuses = "currency_not_supported"
    with pytest.raises(PaymentRefused):
        start(wallet, claim=CLAIM)
    topup = Topup.objects.get()
    assert (topup.status, topup.failure, topup.claim) == ("failed", "currency_not_supported", None)

    with pytest.raises(PaymentRefused):
        start(wallet, claim=CLAIM)
    provider.refuses = ""
    assert start(wallet, claim=CLAIM).status == "pending"
    assert Topup.objects.filter(status="failed").count() == 2


@pytest.mark.parametrize("amount", [99, 2_500_001, 0, -5000])
def test_refuses_what_is_out_of_bounds(wallet: Wallet, start: Start, amount: int):
    with pytest.raises(TopupOutOfBounds) as refused:
        start(wallet, amount)
    assert (refused.value.least.minor, refused.value.most.minor) == (100, 2_500_000)
    assert not Topup.objects.exists()


@pytest.mark.parametrize("amount", [100, 2_500_000])
def test_takes_what_is_within_them(wallet: Wallet, start: Start, amount: int):
    assert start(wallet, amount).amount_minor == amount


def test_refuses_in_this_order(wallet: Wallet, start: Start, site: Callable[..., None], sql: Callable[[str], int]):
    euros = Money(1, currency("EUR"))
    change_wallet(wallet=wallet, status="frozen")
    site(topups_enabled=False)

    def refusal() -> type[BaseException]:
        with pytest.raises(Refusal) as refused:
            start_topup(wallet=wallet, amount=euros, origin="customer", actor="test")
        return refused.type

    assert refusal() is TopupsDisabled
    site(topups_enabled=True)
    assert refusal() is AccountFrozen
    change_wallet(wallet=wallet, status="active")
    assert refusal() is CurrencyMismatch
    with pytest.raises(TopupOutOfBounds):
        start(wallet, 1)
    sql(f"UPDATE ledger_account SET balance = {BALANCE_MAX - 5000}")
    with pytest.raises(BalanceLimitExceeded):
        start(wallet, 5001)
    assert not Topup.objects.exists()


@pytest.mark.parametrize(
    ("percent", "start_at", "most", "amount", "bonus"),
    [
        ("0", 0, 0, 5000, 0),
        ("5", 0, 0, 5000, 250),
        ("5", 0, 0, 119, 5),
        ("2.5", 0, 0, 39, 0),
        ("2.5", 0, 0, 40, 1),
        ("33.3333", 0, 0, 300, 99),
        ("5", 5000, 0, 4999, 0),
        ("5", 5000, 0, 5000, 250),
        ("5", 0, 100, 5000, 100),
        ("1000", 0, 0, 10**15, 10**15),
        ("0.0001", 0, 0, 10**15 - 1, 999_999_999),
    ],
)
def test_a_bonus_is_exact_and_rounded_down(
    wallet: Wallet, site: Callable[..., None], percent: str, start_at: int, most: int, amount: int, bonus: int
):
    site(topup_bonus_percent=Decimal(percent), topup_bonus_from=start_at, topup_bonus_max=most)

    assert bonus_of(wallet.money(amount)) == wallet.money(bonus)


def test_what_was_promised_is_credited_whatever_is_promised_by_then(wallet: Wallet, start: Start, site: Callable[..., None]):
    site(topup_bonus_percent=10)
    topup = start(wallet)
    site(topup_bonus_percent=0)
    confirm_topup(topup_id=topup.pk, paid=topup.amount, actor="test")

    assert Wallet.objects.get(pk=wallet.pk).account.balance == 5500


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_same_call_thrice_at_once_is_one_topup(
    wallet: Wallet, provider: DoubleProvider, start: Start, monkeypatch: pytest.MonkeyPatch
):
    all_have_looked = Barrier(3)

    def wait_for_the_others(*asked: Any, **extra: Any) -> None:
        all_have_looked.wait(10)

    # It stands between looking for the claim's top-up and writing one.
    monkeypatch.setattr(services, "require_may_top_up", wait_for_the_others)
    topups = all_at_once([lambda: start(wallet, claim=CLAIM)] * 3)

    assert [getattr(topup, "pk", topup) for topup in topups] == [Topup.objects.get().pk] * 3
    assert {order.topup_id for order in provider.orders} == {Topup.objects.get().pk}
