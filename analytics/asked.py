"""What somebody types who wants a report."""

from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from analytics.errors import ReportInvalid
from analytics.reports import Period, Report, report_movements
from ledger.errors import CurrencyUnknown
from ledger.kinds import Kind
from ledger.money import currency
from site_settings.reading import points_currency

LENGTH = 40
USUAL_DAYS = 30


def report_of(*, first: str = "", last: str = "", by: str = "", code: str = "", kinds: list[str] | None = None) -> Report:
    """The report that these words ask for: by day over thirty days in the points currency, unless they say otherwise.

    Raises:
        ReportInvalid: a word is none, or see `report_movements`.
    """
    today = timezone.now().astimezone(UTC).date()
    end = _moment(last, "to") if last else today
    begin = _moment(first, "from") if first else end - timedelta(days=USUAL_DAYS - 1)
    try:
        unit = currency(code.strip().upper()) if code else points_currency()
        return report_movements(
            unit=unit, first=begin, last=end, by=Period(by or "day"), kinds=[Kind(kind) for kind in kinds or ()]
        )
    except CurrencyUnknown:
        raise ReportInvalid("The site does not know this currency.") from None
    except ValueError as wrong:
        raise ReportInvalid(f"Reports are by hour, day, month or year, and of kinds that there are: {wrong}.") from None


def _moment(text: str, name: str) -> date | datetime:
    """A date, or a time in UTC unless it says its zone."""
    try:
        if len(text) > LENGTH or not text.isascii():
            raise ValueError
        if len(text) == len("2026-06-18"):
            return date.fromisoformat(text)
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ReportInvalid(f"{name}: write a date, 2026-06-18, or a time, 2026-06-18T16:00.") from None
