"""Figures and charts for managers (seeds/001, "Analytics"): what the days came to, and what is there now."""

from typing import Any

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.exporting import metric_value, summary_row
from analytics.models import DAYS_MAX
from analytics.reading import Metric, draw_chart, summarize
from ledger.errors import CurrencyUnknown
from wallet_service.api.arguments import Arguments, Integer, Text
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.webkul import analytics_shapes as shapes
from wallet_service.api.webkul.base import CURRENCY, AdminViewSet
from wallet_service.api.webkul.fields import moment

USUAL_DAYS = 30
DAYS = Integer(description="How many days, today (UTC) among them.", minimum=1, maximum=DAYS_MAX, default=USUAL_DAYS)
METRIC = Text(description="What is shown.", default=Metric.TRANSACTION_VOLUME.value, options=tuple(Metric))


class AnalyticsViewSet(AdminViewSet):
    """Read what the days came to, in one currency."""

    @operation(
        Operation(
            "getAnalyticsSummary",
            "Sum up the last days, and what is there now",
            Access.MANAGE,
            Arguments({"window": DAYS, "currency": CURRENCY}),
            {200: shapes.AnalyticsSummary},
            refusals=(CurrencyUnknown,),
            description="Figures are those of the moment, but `active_wallets`, which is at most ten minutes old.",
        )
    )
    @action(detail=False)
    def summary(self, request: Request) -> Response:
        asked = self.arguments()
        return Response(summary_row(summarize(window=asked["window"], currency_code=self.unit(asked).code)))

    @operation(
        Operation(
            "getAnalyticsChart",
            "Read a metric day by day",
            Access.MANAGE,
            Arguments({"days": DAYS, "metric": METRIC, "currency": CURRENCY}),
            {200: shapes.AnalyticsChart},
            refusals=(CurrencyUnknown,),
            description=(
                "A point for every day, the oldest first. `top_spenders` has one for each of the ten customers who spent most, "
                "as of `as_of`, at most ten minutes ago."
            ),
        )
    )
    @action(detail=False)
    def chart(self, request: Request) -> Response:
        asked = self.arguments()
        unit = self.unit(asked)
        chart = draw_chart(metric=Metric(asked["metric"]), days=asked["days"], currency_code=unit.code)
        points = [{chart.of: _shown(point), "value": metric_value(chart.metric, value, unit)} for point, value in chart.points]
        body: dict[str, Any] = {"metric": chart.metric.value, "days": chart.days, "currency": unit.code, "series": points}
        return Response(body if chart.as_of is None else {**body, "as_of": moment(chart.as_of)})


def _shown(point: object) -> object:
    """A user's id, or a day as ISO 8601 writes it."""
    return point if isinstance(point, int) else str(point)
