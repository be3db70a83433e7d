"""The figures as CSV files. Dates, numbers and our own words only: nothing that a spreadsheet could take for a formula."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from io import StringIO

from analytics.reading import Chart, Metric, Summary
from analytics.reports import Period, Report
from ledger.money import Currency, Money, currency

Cell = str | int | date | Decimal


def summary_csv(summary: Summary) -> str:
    """One row below its names; amounts in major units."""
    return _csv([summary_row(summary).keys(), summary_row(summary).values()])


def chart_csv(chart: Chart) -> str:
    """A row for each point; amounts in major units."""
    unit = currency(chart.currency_code)
    return _csv([(chart.of, "value"), *((point, metric_value(chart.metric, value, unit)) for point, value in chart.points)])


def report_csv(report: Report) -> str:
    """A row for each period; amounts in major units, exactly."""
    return _csv([report_names(report), *report_rows(report)])


def report_names(report: Report) -> tuple[str, ...]:
    """What the columns are called."""
    unit, money = report.unit.code, report.money.code
    return (str(report.by), f"in {unit}", f"out {unit}", f"net {unit}", "movements", f"paid {money}")


def report_rows(report: Report) -> Iterator[tuple[Cell, ...]]:
    """The lines by those names."""
    for line in report.lines:
        amounts = [Money(minor, report.unit).decimal for minor in (line.gained, line.lost, line.net)]
        yield (period_name(report.by, line.start), *amounts, line.movements, Money(line.paid, report.money).decimal)


def period_name(by: Period, start: datetime) -> str:
    """As ISO 8601 writes it, as far as it goes."""
    return start.strftime({Period.HOUR: "%Y-%m-%dT%H:00Z", Period.DAY: "%Y-%m-%d", Period.MONTH: "%Y-%m", Period.YEAR: "%Y"}[by])


def metric_value(metric: Metric, value: int, unit: Currency) -> int | Decimal:
    """A count as it is, an amount in major units, exactly."""
    return Money(value, unit).decimal if metric.is_money else value


def summary_row(summary: Summary) -> dict[str, Cell]:
    """The summary's figures by the API's names; amounts in major units, exactly."""
    unit = currency(summary.currency_code)

    def major(minor: int) -> Decimal:
        return Money(minor, unit).decimal

    return {
        **{"window": summary.window, "currency": summary.currency_code},
        **{"total_credited": major(summary.credited), "total_debited": major(summary.debited), "net": major(summary.net)},
        **{"transactions": summary.transactions, "active_wallets": summary.active_wallets},
        "active_wallets_at": summary.active_wallets_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "liability": major(summary.liability),
        "pending_withdrawals": summary.waiting.withdrawals,
        "pending_kyc": summary.waiting.identity_checks,
        "pending_refund_requests": summary.waiting.refund_requests,
        "outstanding_bnpl": major(summary.outstanding_bnpl),
    }


def _csv(rows: Iterable[Iterable[Cell]]) -> str:
    text = StringIO()
    csv.writer(text).writerows([f"{cell:f}" if isinstance(cell, Decimal) else cell for cell in row] for row in rows)
    return text.getvalue()
