"""What somebody types who wants a report."""

import re
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from analytics.errors import ReportInvalid
from analytics.reports import Period, Report, report_movements
from ledger.errors import CurrencyUnknown
from ledger.kinds import Kind
from ledger.money import currency
from site_settings.reading import points_currency

USUAL_DAYS = 30
# As documented, and nothing else that ISO 8601 knows: a date that is taken for a midnight is a wrong report that looks right.
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT = re.compile(DAY.pattern + r"T(?:[01][0-9]|2[0-3])(?::[0-5][0-9](?:Z|[+-][0-9]{2}:[0-9]{2})?)?")


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
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
        if MOMENT.fullmatch(text):
            at = datetime.fromisoformat(text)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        # No calendar has it.
        pass
    raise ReportInvalid(f"{name}: write a day, 2026-06-18, or an hour of UTC's, 2026-06-18T16 or 2026-06-18T16:00.")
