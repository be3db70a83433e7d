"""Points for sale."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from ledger.models.times import readable
from ledger.money import AMOUNT_MAX, Money, currency


class PointPackageQuerySet(models.QuerySet["PointPackage"]):
    def active(self) -> "PointPackageQuerySet":
        """Those that were not retired, as they are shown to customers."""
        return self.filter(retired_at=None).order_by("position", "points_minor", "pk")


class PointPackage(models.Model):
    """So many points for so much money, in the currencies that the shop had when it was made.

    What it brings and costs is `sealed` as well (points.packages.terms): nobody who edits the row sells points for less.
    """

    points_minor = models.BigIntegerField("points")
    currency_code = models.CharField("points currency", max_length=12, db_column="currency")
    price_minor = models.BigIntegerField("price")
    price_currency = models.CharField(max_length=12)
    position = models.PositiveSmallIntegerField(default=0, help_text="Lower ones are shown first.")
    sealed = models.BinaryField(default=b"", editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, help_text="Since when nobody can buy it.")

    objects = PointPackageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["currency_code", "points_minor"], condition=Q(retired_at=None), name="points_package_of_so_many_once"
            ),
            models.CheckConstraint(
                condition=Q(points_minor__gt=0, points_minor__lte=AMOUNT_MAX, price_minor__gt=0, price_minor__lte=AMOUNT_MAX),
                name="points_package_amounts",
            ),
            models.CheckConstraint(
                condition=readable(created_at=False, changed_at=False, retired_at=True), name="points_package_times"
            ),
        ]

    def __str__(self) -> str:
        return f"Package {self.pk}"

    @property
    def points(self) -> Money:
        return Money(self.points_minor, currency(self.currency_code))

    @property
    def price(self) -> Money:
        return Money(self.price_minor, currency(self.price_currency))
