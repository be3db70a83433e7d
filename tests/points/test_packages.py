"""Points in packages: made, changed, retired, bought and paid back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from audit.models import Act
from ledger.errors import AmountOutOfRange
from ledger.models import Entry
from ledger.money import AMOUNT_MAX, Money, currency
from ledger.sealing import SealBroken
from ledger.verifying import verify
from payments.models import Topup
from payments.port import NoticeKind, ProviderNotice
from payments.receiving import take_notice
from people.models import User
from points.models import PointPackage
from points.packages.errors import PackageExists, PackagePriceChanged, PackageUnknown
from points.packages.services import (
    buy_package,
    change_package,
    make_package,
    package_for_sale,
    package_of,
    packages_for_sale,
    retire_package,
)
from wallets.models import Wallet
from wallets.services import wallet_in

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


@pytest.fixture(autouse=True)
def _points(settings: Any, site: Callable[..., None]) -> None:
    """The shop counts points of its own; what is paid is dollars, by hand."""
    settings.PAYMENT_PROVIDER = "manual"
    settings.OWN_UNITS = ["PTS:Points:2"]
    site(points_currency="PTS")


@pytest.fixture
def purse(alice: User) -> Wallet:
    """Alice's points."""
    return wallet_in(alice, currency("PTS"))


def package(points: int = 1000, price: int = 900, **extra: Any) -> PointPackage:
    return make_package(points_minor=points, price_minor=price, actor="test", **extra)


def buy(what: PointPackage, wallet: Wallet, **extra: Any) -> Topup:
    return buy_package(package=what, wallet=wallet, origin="customer", actor="user:1", **extra)


def notice(topup: Topup, kind: NoticeKind, minor: int, number: str = "n1", **extra: Any) -> str:
    amount = Money(minor, currency("USD"))
    return take_notice(provider="manual", notice=ProviderNotice(number, kind, topup.pk, amount=amount, **extra))


def balance(wallet: Wallet) -> int:
    wallet.account.refresh_from_db()
    return wallet.account.balance


def findings() -> list[str]:
    return [str(finding) for finding in verify().findings]


def test_are_shown_in_the_shops_order_and_each_change_is_an_act():
    second, first = package(2000, 1700, position=2), package(1000, 900, position=1)
    change_package(package_id=second.pk, points_minor=2000, price_minor=1600, position=0, actor="test")
    change_package(package_id=second.pk, points_minor=2000, price_minor=1600, position=0, actor="test")
    assert [row.pk for row in packages_for_sale()] == [second.pk, first.pk]
    change_package(package_id=first.pk, points_minor=1000, price_minor=900, position=0, actor="test")
    gone = retire_package(package_id=package(3000).pk, actor="test")

    # At one place the smaller one is first.
    assert [row.pk for row in packages_for_sale()] == [first.pk, second.pk]
    told = list(Act.objects.filter(act__startswith="point_package.").order_by("pk").values_list("act", "subject"))
    assert told[2:] == [
        ("point_package.changed", f"point_package:{second.pk}"),
        ("point_package.changed", f"point_package:{first.pk}"),
        ("point_package.made", f"point_package:{gone.pk}"),
        ("point_package.retired", f"point_package:{gone.pk}"),
    ]
    assert findings() == []


def test_as_many_points_are_for_sale_once_and_amounts_are_amounts():
    first, other = package(), package(2000)
    with pytest.raises(PackageExists), transaction.atomic():
        package(price=800)
    with pytest.raises(PackageExists), transaction.atomic():
        change_package(package_id=other.pk, points_minor=1000, price_minor=1, position=0, actor="test")
    for points, price in ((0, 1), (1, 0), (-1, 1), (AMOUNT_MAX + 1, 1), (1, AMOUNT_MAX + 1)):
        with pytest.raises(AmountOutOfRange), transaction.atomic():
            package(points, price)
    retire_package(package_id=first.pk, actor="test")
    verbs: tuple[Callable[[], object], ...] = (
        lambda: retire_package(package_id=first.pk, actor="test"),
        lambda: change_package(package_id=first.pk, points_minor=1, price_minor=1, position=0, actor="test"),
        lambda: package_for_sale(first.pk),
    )
    for verb in verbs:
        with pytest.raises(PackageUnknown), transaction.atomic():
            verb()
    assert package().pk > other.pk


def test_what_is_counted_otherwise_now_is_not_for_sale(site: Callable[..., None]):
    made = package()
    for counting in ({"default_currency": "EUR"}, {"points_currency": ""}):
        assert packages_for_sale().get() == package_for_sale(made.pk) == made
        site(**counting)
        assert not packages_for_sale().exists()
        with pytest.raises(PackageUnknown):
            package_for_sale(made.pk)
        site(default_currency="USD", points_currency="PTS")
    site(points_currency="")
    # In the site's own currency it is a discount.
    assert (package().currency_code, package(2000).price_currency) == ("USD", "USD")


def test_one_notice_twice_credits_once_and_the_redirect_may_come_after_it(purse: Wallet):
    made = package()
    topup = buy(made, purse)
    assert (package_of(topup), package_of(Topup())) == (made.pk, None)
    assert (topup.status, topup.price, topup.amount) == ("pending", Money(900, currency("USD")), purse.money(1000))

    assert [notice(topup, NoticeKind.PAID, 900) for _ in range(2)] == ["completed"] * 2
    assert notice(topup, NoticeKind.PAID, 900, "n2", reference="n1") == "completed"
    [entry] = Entry.objects.filter(account_id=purse.pk)
    assert (entry.kind, entry.amount, entry.house, entry.key) == ("topup", 1000, "points_sold", f"topup:{topup.pk}")
    assert balance(purse) == 1000
    assert findings() == []


def test_what_was_ordered_counts_whatever_becomes_of_the_package(purse: Wallet):
    made = package()
    first, second = buy(made, purse), buy(made, purse)
    change_package(package_id=made.pk, points_minor=5, price_minor=100_000, position=0, actor="test")
    assert notice(first, NoticeKind.PAID, 900, "n1") == "completed"
    retire_package(package_id=made.pk, actor="test")
    assert notice(second, NoticeKind.PAID, 900, "n2") == "completed"

    assert balance(purse) == 2000
    assert findings() == []


def test_the_fee_on_adding_is_kept_as_it_was_when_it_was_ordered(purse: Wallet, site: Callable[..., None]):
    site(points_add_fee_type="percent", points_add_fee_amount=10)
    topup = buy(package(), purse)
    site(points_add_fee_type="none")
    notice(topup, NoticeKind.PAID, 900)
    assert [(entry.kind, entry.amount) for entry in Entry.objects.filter(account_id=purse.pk)] == [("topup", 1000), ("fee", -100)]
    notice(topup, NoticeKind.TAKEN_BACK, 900, "n2", case="dp_1")

    assert (balance(purse), purse.account.owed) == (0, 0)
    assert findings() == []


def test_who_was_shown_another_price_buys_nothing(purse: Wallet):
    made = package()
    with pytest.raises(PackagePriceChanged):
        buy(made, purse, shown_price_minor=800)
    assert not Topup.objects.exists()


def test_refunds_and_disputes_take_points_back_in_proportion(purse: Wallet):
    topup = buy(package(), purse)
    notice(topup, NoticeKind.PAID, 900)
    notice(topup, NoticeKind.TAKEN_BACK, 100, "n2", case="re_1")
    assert balance(purse) == 1000 - 111
    notice(topup, NoticeKind.TAKEN_BACK, 800, "n3", case="dp_1")
    assert balance(purse) == 0
    assert findings() == []


@pytest.mark.parametrize(
    "edit",
    ["points_minor = 1", "price_minor = 1", "currency = 'USD'", "price_currency = 'EUR'", "sealed = ''", "retired_at = now()"],
)
def test_a_package_that_was_edited_is_named_and_not_sold(edit: str, sql: Sql):
    made = package()
    sql(f"UPDATE points_pointpackage SET {edit}")

    assert findings() == [f"point package {made.pk} does not say what is sealed"]
    with pytest.raises((SealBroken, PackageUnknown)):
        package_for_sale(made.pk)
    with pytest.raises((SealBroken, PackageUnknown)), transaction.atomic():
        change_package(package_id=made.pk, points_minor=1000, price_minor=900, position=0, actor="test")


def test_one_that_was_copied_one_that_was_brought_back_and_one_that_is_gone_are_named(sql: Sql):
    copied, old = (retire_package(package_id=package(points).pk, actor="test") for points in (3000, 1000))
    other = package(2000)
    sql(
        "UPDATE points_pointpackage p SET (points_minor, price_minor, sealed) = ROW (o.points_minor, o.price_minor, o.sealed)"
        f" FROM points_pointpackage o WHERE o.id = {old.pk} AND p.id = {copied.pk}"
    )
    sql(f"UPDATE points_pointpackage SET retired_at = NULL WHERE id = {old.pk}")
    sql(f"DELETE FROM points_pointpackage WHERE id = {other.pk}")

    assert findings() == [
        f"point package {copied.pk} does not say what is sealed",
        f"point package {old.pk} does not say what is sealed",
        f"point package {other.pk} was made, and is gone",
    ]
