"""The shapes of point packages' answers, for the OpenAPI document. Rows are written by `point_packages`."""

from rest_framework import serializers

from wallet_service.api.walletpro.shapes import MinorUnitsField, PageMeta, shown_as

PACKAGE = {"id": 4, "points": "10000", "currency": "PTS", "price": "900", "price_currency": "USD", "position": 1}


@shown_as(PACKAGE)
class PointPackage(serializers.Serializer):
    """So many points for so much money."""

    id = serializers.IntegerField()
    points = MinorUnitsField(help_text="What is credited once it is paid.")
    currency = serializers.CharField(help_text="What the points are counted in.")
    price = MinorUnitsField(help_text="What it costs.")
    price_currency = serializers.CharField()
    position = serializers.IntegerField(help_text="Lower ones are shown first.")


@shown_as({"data": [PACKAGE], "meta": {"total": 1, "total_pages": 1, "page": 1, "per_page": 25}}, many=False)
class PointPackagePage(serializers.Serializer):
    """A page of point packages."""

    data = PointPackage(many=True)  # type: ignore[assignment]
    meta = PageMeta()
