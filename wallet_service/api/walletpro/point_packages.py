"""Packages of points of walletpro/v1, an extension (facts.md 1.7): what may be bought, with `POST /topups` and `package_id`."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from points.models import PointPackage
from points.packages.services import packages_for_sale
from wallet_service.api.arguments import Arguments
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import Page, page_arguments
from wallet_service.api.walletpro import point_package_shapes as shapes
from wallet_service.api.walletpro.base import WalletProViewSet

LIST = Arguments(page_arguments(per_page=25))


class PointPackageViewSet(WalletProViewSet):
    """Look at what points are sold in."""

    @operation(
        Operation(
            "listPointPackages",
            "List the packages that points are sold in",
            Access.SIGNED_IN,
            LIST,
            {200: shapes.PointPackagePage},
            is_list=True,
            description="In the order in which the shop shows them. One is bought by `POST /topups` with its `package_id`.",
        )
    )
    def list(self, request: Request) -> Response:
        page = Page.of(packages_for_sale(), self.arguments())
        return self.page(page, [package_row(package) for package in page.rows])


def package_row(package: PointPackage) -> dict[str, Any]:
    """A package that is for sale."""
    return {
        "id": package.pk,
        "points": str(package.points_minor),
        "currency": package.currency_code,
        "price": str(package.price_minor),
        "price_currency": package.price_currency,
        "position": package.position,
    }
