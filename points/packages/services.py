"""Packages of points: made, changed and retired by the shop, bought by customers through the payment port.

What was ordered counts: a top-up that waits for its payment keeps points and price, whatever becomes of the package.
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.acts import ActName
from audit.services import record
from ledger.errors import AmountOutOfRange
from ledger.money import AMOUNT_MAX
from payments.models import Topup
from payments.offers import Offer
from payments.services import start_topup
from points.fees import add_fee
from points.models import PointPackage
from points.models.packages import PointPackageQuerySet
from points.packages.errors import PackageExists, PackagePriceChanged, PackageUnknown
from points.packages.terms import require_as_sealed, seal_package
from site_settings.reading import default_currency, points_currency
from wallets.models import Wallet

ITEM = "package:"
UNIQUE = "points_package_of_so_many_once"


@transaction.atomic(savepoint=False)
def make_package(*, points_minor: int, price_minor: int, position: int = 0, actor: str) -> PointPackage:
    """A new package: minor units of the points currency, and of the site's own.

    Raises:
        AmountOutOfRange: either is no amount.
        PackageExists: as many points are for sale already.
    """
    package = PointPackage(currency_code=points_currency().code, price_currency=default_currency().code)
    _fill(package, points_minor=points_minor, price_minor=price_minor, position=position)
    _keep(package)
    record(ActName.PACKAGE_MADE, actor=actor, subject=_subject(package), facts=_facts(package))
    return package


@transaction.atomic(savepoint=False)
def change_package(*, package_id: int, points_minor: int, price_minor: int, position: int, actor: str) -> PointPackage:
    """Other points, another price or place from now on. What was ordered before stays as it was ordered.

    Raises:
        PackageUnknown: there is none of this number, or it is retired.
        AmountOutOfRange, PackageExists: as for `make_package`.
        SealBroken: somebody edited it.
    """
    package = _locked(package_id)
    before = _facts(package)
    _fill(package, points_minor=points_minor, price_minor=price_minor, position=position)
    if (after := _facts(package)) != before:
        _keep(package)
        record(ActName.PACKAGE_CHANGED, actor=actor, subject=_subject(package), facts={"from": before, "to": after})
    return package


@transaction.atomic(savepoint=False)
def retire_package(*, package_id: int, actor: str) -> PointPackage:
    """Sell it no longer. What was ordered before is credited when it is paid.

    Raises:
        PackageUnknown: there is none of this number, or it is retired.
        SealBroken: somebody edited it.
    """
    package = _locked(package_id)
    package.retired_at = timezone.now()
    _keep(package)
    record(ActName.PACKAGE_RETIRED, actor=actor, subject=_subject(package), facts=_facts(package))
    return package


def packages_for_sale() -> PointPackageQuerySet:
    """What can be bought now, as it is shown: in the currencies that the shop counts in."""
    return PointPackage.objects.active().filter(currency_code=points_currency().code, price_currency=default_currency().code)


def package_for_sale(package_id: int) -> PointPackage:
    """One of them.

    Raises:
        PackageUnknown: it is not for sale.
        SealBroken: somebody edited it.
    """
    package = packages_for_sale().filter(pk=package_id).first()
    if package is None:
        raise PackageUnknown
    require_as_sealed(package)
    return package


def buy_package(
    *, package: PointPackage, wallet: Wallet, shown_price_minor: int | None = None, origin: str, actor: str, **asked: Any
) -> Topup:
    """Ask for the price of a package that is for sale; its points are credited when a notice says that it was paid.

    Call it outside any transaction. `shown_price_minor` is what the buyer has seen, where he saw one before. `asked` is
    the rest of what `start_topup` takes.

    Raises, in this order:
        PackagePriceChanged: he was shown another price.
        EventReused, TopupsDisabled, AccountFrozen, CurrencyMismatch, BalanceLimitExceeded, PaymentRefused,
        PaymentProviderAway: see `start_topup`.
    """
    if shown_price_minor not in (None, package.price_minor):
        raise PackagePriceChanged(price=package.price)
    offer = Offer(item=f"{ITEM}{package.pk}", price=package.price, fee=add_fee(package.points))
    return start_topup(wallet=wallet, amount=package.points, origin=origin, actor=actor, offer=offer, **asked)


def package_of(topup: Topup) -> int | None:
    """The number of the package that is bought by it."""
    return int(topup.item.removeprefix(ITEM)) if topup.item.startswith(ITEM) else None


def _locked(package_id: int) -> PointPackage:
    package = PointPackage.objects.active().select_for_update(no_key=True).filter(pk=package_id).first()
    if package is None:
        raise PackageUnknown
    require_as_sealed(package)
    return package


def _fill(package: PointPackage, *, points_minor: int, price_minor: int, position: int) -> None:
    for minor in (points_minor, price_minor):
        if not 1 <= minor <= AMOUNT_MAX:
            raise AmountOutOfRange(minor)
    package.points_minor, package.price_minor, package.position = points_minor, price_minor, position


def _keep(package: PointPackage) -> None:
    """Save it, sealed for its own number."""
    package.changed_at = timezone.now()
    try:
        with transaction.atomic():
            if package.pk is None:
                package.save(force_insert=True)
            seal_package(package)
            package.save()
    except IntegrityError as failure:
        if UNIQUE in str(failure):
            raise PackageExists from None
        raise


def _subject(package: PointPackage) -> str:
    return f"point_package:{package.pk}"


def _facts(package: PointPackage) -> dict[str, object]:
    names = ("points_minor", "currency_code", "price_minor", "price_currency", "position")
    return {name: getattr(package, name) for name in names}
