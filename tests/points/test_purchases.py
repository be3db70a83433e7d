"""Points for a purchase and as a discount, at the site's ratio: exact, once, never in the customer's favour by rounding."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from ledger.errors import EventReused, InsufficientFunds
from ledger.models import Account, Entry
from ledger.money import Money, currency
from ledger.movements import Event
from ledger.verifying import verify
from people.models import User
from points.errors import NoPoints
from points.purchases import grant_for_purchase, points_given_for, points_worth, spend_as_discount
from refunds.services import refund_order
from tests.conftest import WHY
from wallets.models import Wallet
from wallets.services import open_wallet

pytestmark = pytest.mark.django_db

FOR_ORDER = replace(WHY, order_id=7)


@pytest.fixture
def purse(settings: Any, site: Callable[..., None], alice: User) -> Wallet:
    """A wallet in points without decimals, of which ten are a dollar, and three are given for one."""
    settings.OWN_UNITS = ["PTS:Points:0"]
    site(points_currency="PTS", points_per_money=Decimal(10), points_per_purchase=Decimal(3))
    return open_wallet(user=alice, currency=currency("PTS"))


def dollars(cents: int) -> Money:
    return Money(cents, currency("USD"))


def balance(wallet: Wallet) -> int:
    return Account.objects.get(pk=wallet.pk).balance


def test_the_ratio_rounds_for_the_shop(purse: Wallet, site: Callable[..., None]):
    assert [points_given_for(dollars(cents)).minor for cents in (34, 100, 199, 10**12)] == [1, 3, 5, 3 * 10**10]
    assert [points_worth(dollars(cents)).minor for cents in (500, 501, 1)] == [50, 51, 1]
    with pytest.raises(NoPoints):
        points_given_for(dollars(33))
    site(points_per_money=Decimal(0))
    with pytest.raises(NoPoints):
        points_worth(dollars(500))


def test_an_order_brings_points_once(purse: Wallet, site: Callable[..., None]):
    first = grant_for_purchase(wallet=purse, order_id=7, total=dollars(1000), why=FOR_ORDER)
    site(points_per_purchase=Decimal(4), points_add_fee_type="percent", points_add_fee_amount=Decimal(10))
    assert grant_for_purchase(wallet=purse, order_id=7, total=dollars(1000), why=FOR_ORDER) == first
    with pytest.raises(EventReused), transaction.atomic():
        grant_for_purchase(wallet=purse, order_id=7, total=dollars(1001), why=FOR_ORDER)

    assert (first.kind, first.key, first.order_id, balance(purse)) == ("grant", "purchase:7", 7, 30)
    grant_for_purchase(wallet=purse, order_id=8, total=dollars(1000), why=WHY)
    assert balance(purse) == 30 + 40 - 4
    # Also where an order brings nothing any more.
    site(points_per_purchase=Decimal(0))
    assert grant_for_purchase(wallet=purse, order_id=7, total=dollars(1000), why=FOR_ORDER) == first
    assert verify().findings == []


def test_a_discount_costs_points_and_comes_back_with_the_order(
    purse: Wallet, give: Callable[..., Entry], site: Callable[..., None]
):
    give(purse, 60)
    event = Event.named("discount", 7)
    spent = spend_as_discount(wallet=purse, discount=dollars(500), event=event, why=FOR_ORDER)
    assert spend_as_discount(wallet=purse, discount=dollars(500), event=event, why=FOR_ORDER) == spent
    with pytest.raises(InsufficientFunds), transaction.atomic():
        spend_as_discount(wallet=purse, discount=dollars(101), event=Event.once("test"), why=FOR_ORDER)
    assert (spent.amount, spent.order_id, balance(purse)) == (-50, 7, 10)
    site(points_per_money=Decimal(0))
    assert spend_as_discount(wallet=purse, discount=dollars(500), event=event, why=FOR_ORDER) == spent

    refund_order(wallet=purse, order_id=7, amount=purse.money(50), event=Event.once("test"), by=None)
    assert balance(purse) == 60
    assert verify().findings == []
