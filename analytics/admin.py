"""The analytics page: what the days came to, for who may manage the shop."""

from decimal import Decimal
from typing import Any

import simplejson
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin

from analytics.asked import report_of
from analytics.errors import ReportInvalid
from analytics.exporting import chart_csv, metric_value, report_csv, report_names, report_rows, summary_csv
from analytics.models import DayTotal, HourTotal
from analytics.reading import Metric, Summary, daily_figures, draw_chart, summarize
from analytics.reports import Period, Report
from ledger.admin_base import ReadOnlyAdmin, link
from ledger.errors import CurrencyUnknown
from ledger.kinds import Kind
from ledger.money import Money, currency
from people.models import User
from site_settings.reading import default_currency

WINDOWS = (7, 30, 90, 365)
USUAL_WINDOW = 30
# So many lines of a report the page shows; the file has all of them.
TABLE_MAX = 1000

# The charts of the page: title, kind, and its metrics with their colours.
CHARTS = (
    ("Transaction volume", "bar", {Metric.TRANSACTION_VOLUME: "var(--color-primary-600)"}),
    ("Net wallet movement", "bar", {Metric.NET_MOVEMENT: "var(--color-primary-600)"}),
    ("Credited and debited", "line", {Metric.CREDITED: "#16a34a", Metric.DEBITED: "#dc2626"}),
    ("Withdrawals", "bar", {Metric.WITHDRAWALS: "#d97706"}),
    ("Cashback issued", "bar", {Metric.CASHBACK: "#0891b2"}),
)


@admin.register(DayTotal)
class AnalyticsAdmin(ReadOnlyAdmin, ModelAdmin):
    """Instead of a list of the totals a page of what they show."""

    fields = (("day", "currency_code", "kind"), ("transactions", "credited", "debited", "owed_change"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The page, or with `csv=` one of its tables as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        days, code = _asked_days(request), _asked_currency(request)
        if (table := request.GET.get("csv")) in {"summary", *Metric}:
            return _file(str(table), days, code)
        summary = summarize(window=days, currency_code=code)
        context = {
            **self.admin_site.each_context(request),
            **{"title": "Analytics", "opts": self.opts, "has_view_permission": True, "days": days, "currency": code},
            **{"windows": WINDOWS, "currencies": _currencies(code), "cards": _cards(summary), "summary": summary},
            **{"charts": _charts(days, code), **_spenders(days, code)},
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "analytics/admin/analytics.html", context)


@admin.register(HourTotal)
class ReportAdmin(ReadOnlyAdmin, ModelAdmin):
    """Instead of a list of the totals a report over them, as a chart, a table and a file."""

    fields = (("hour", "currency_code", "kind"), ("transactions", "credited", "debited"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The page, or with `csv=` the report as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = {name: request.GET.get(name, "") for name in ("first", "last", "by", "code")}
        kinds = [kind for kind in request.GET.getlist("kind") if kind]
        problem, report = "", None
        try:
            report = report_of(**asked, kinds=kinds)
        except ReportInvalid as invalid:
            problem = str(invalid)
        if report and request.GET.get("csv"):
            return csv_file(f"report-{report.unit.code}-{report.by}", report_csv(report))
        context = {
            **self.admin_site.each_context(request),
            **{"title": "Reports", "opts": self.opts, "has_view_permission": True, "asked": asked, "problem": problem},
            **{"periods": list(Period), "kinds": Kind.choices, "chosen": kinds},
            **(_report_context(report) if report else {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "analytics/admin/reports.html", context, status=400 if problem else 200)


def _report_context(report: Report) -> dict[str, Any]:
    """The chart, and the table beside it, of which the page shows the beginning."""
    rows = list(report_rows(report))
    names, shown = report_names(report), (("Points in", 1, "#16a34a"), ("Points out", 2, "#dc2626"))
    datasets = [
        {
            **{"label": label, "borderColor": colour, "backgroundColor": colour, "displayYAxis": True, "maxTicksXLimit": 8},
            "data": [row[column] for row in rows[:TABLE_MAX]],
        }
        for label, column, colour in shown
    ]
    chart = simplejson.dumps({"labels": [row[0] for row in rows[:TABLE_MAX]], "datasets": datasets})
    sums = [sum((Decimal(str(row[column])) for row in rows), Decimal(0)) for column in range(1, len(names))]
    table = {"headers": names, "rows": [("All", *sums), *rows[:TABLE_MAX]]}
    return {"chart": chart, "table": table, "is_cut": len(rows) > TABLE_MAX, "lines": len(rows)}


def _asked_days(request: HttpRequest) -> int:
    """One of the windows that the page offers; anything else is the usual one."""
    return next((days for days in WINDOWS if str(days) == request.GET.get("days")), USUAL_WINDOW)


def _asked_currency(request: HttpRequest) -> str:
    try:
        return currency(request.GET.get("currency", "")).code
    except CurrencyUnknown:
        return default_currency().code


def _currencies(code: str) -> list[str]:
    """What anything was ever counted in, and the one that is shown."""
    return sorted({code, *DayTotal.objects.values_list("currency_code", flat=True).distinct()})


def _cards(summary: Summary) -> list[tuple[str, object]]:
    unit = currency(summary.currency_code)
    amounts = {
        **{"Credited": summary.credited, "Debited": summary.debited, "Net": summary.net},
        **{"Liability": summary.liability, "Outstanding pay later": summary.outstanding_bnpl},
    }
    return [
        *((name, Money(minor, unit)) for name, minor in amounts.items()),
        *(("Transactions", summary.transactions), ("Active wallets", summary.active_wallets)),
        ("Pending withdrawals", summary.waiting.withdrawals),
        ("Pending identity checks", summary.waiting.identity_checks),
        ("Pending refund requests", summary.waiting.refund_requests),
    ]


def _charts(days: int, code: str) -> list[dict[str, Any]]:
    figures, unit = daily_figures(days=days, currency_code=code), currency(code)
    found = []
    for title, kind, metrics in CHARTS:
        datasets = [
            {
                **{"label": metric.value.replace("_", " "), "borderColor": colour, "backgroundColor": colour},
                **{"displayYAxis": True, "maxTicksXLimit": 8},
                "data": [metric_value(metric, figure.value(metric), unit) for figure in figures],
            }
            for metric, colour in metrics.items()
        ]
        data = simplejson.dumps({"labels": [str(figure.day) for figure in figures], "datasets": datasets})
        component = f"unfold/components/chart/{kind}.html"
        words = [(metric.value, metric.value.replace("_", " ").capitalize()) for metric in metrics]
        found.append({"title": title, "component": component, "data": data, "metrics": words})
    return found


def _spenders(days: int, code: str) -> dict[str, Any]:
    chart, unit = draw_chart(metric=Metric.TOP_SPENDERS, days=days, currency_code=code), currency(code)
    names = User.objects.in_bulk([user for user, _ in chart.points])
    rows = [
        (link(reverse("admin:people_user_change", args=[user]), names.get(user, user)), str(Money(spent, unit)))
        for user, spent in chart.points
    ]
    return {"spenders": {"headers": ("User", "Spent"), "rows": rows}, "spenders_at": chart.as_of}


def _file(table: str, days: int, code: str) -> HttpResponse:
    if table == "summary":
        text = summary_csv(summarize(window=days, currency_code=code))
    else:
        text = chart_csv(draw_chart(metric=Metric(table), days=days, currency_code=code))
    return csv_file(f"{table}-{code}-{days}-days", text)


def csv_file(name: str, text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
