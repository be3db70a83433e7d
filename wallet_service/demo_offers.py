"""What the demo shop does with points, which are its dollars: it sells them in packages, and plans to give some away."""

from typing import Any

from django.contrib.auth.models import Group

from people.rights import CUSTOMER
from points.models.plans import AmountType
from points.packages.services import make_package
from points.plans.services import create_plan

# Points, and what they cost.
PACKAGES = ((1_000, 900), (5_000, 4_250), (10_000, 8_000))
GIFT_MINOR, GIFT_DAYS = 100, 30


def load_offers() -> None:
    """Three packages for sale, and a plan that is first due when the shop has run for a month: until then it moves nothing."""
    for position, (points_minor, price_minor) in enumerate(PACKAGES, start=1):
        make_package(points_minor=points_minor, price_minor=price_minor, position=position, actor="demo")
    labels: dict[str, Any] = {"grant_label": "A gift of the shop", "charge_label": "Keeping of points"}
    amount: dict[str, Any] = {"amount_type": AmountType.FIXED, "amount_minor": GIFT_MINOR}
    customers = Group.objects.get(name=CUSTOMER)
    create_plan(name="Monthly gift", group=customers, interval_days=GIFT_DAYS, **labels, **amount)
