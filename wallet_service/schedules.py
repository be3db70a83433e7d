"""When a job runs: every so many seconds, minutes or hours, or once a day. Times are UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.exceptions import ImproperlyConfigured

MINUTE, HOUR, DAY = 60, 3600, 86_400
LATE_AFTER_INTERVALS = 10
# Of an hour's and a day's job nobody waits for ten.
LATE_AFTER_SECONDS = 2 * HOUR


@dataclass(frozen=True, slots=True)
class Schedule:
    """Cron with the seconds as a sixth field, and what it comes to. `offset_seconds` is counted from midnight."""

    cron: str
    interval_seconds: int
    words: str
    offset_seconds: int = 0

    @property
    def late_after_seconds(self) -> int:
        """Ten intervals of what runs often; for the rest two hours, or half an interval, more than one."""
        interval = self.interval_seconds
        return interval + min((LATE_AFTER_INTERVALS - 1) * interval, max(LATE_AFTER_SECONDS, interval // 2))

    def next_after(self, moment: datetime) -> datetime:
        """When it is due next. Like cron, it begins anew with each full minute, hour or day."""
        period = next(span for span in (MINUTE, HOUR, DAY) if self.interval_seconds < span or span == DAY)
        elapsed = int(moment.timestamp()) % period
        steps = (elapsed - self.offset_seconds) // self.interval_seconds + 1
        at = self.offset_seconds + steps * self.interval_seconds
        begin = datetime.fromtimestamp(int(moment.timestamp()) - elapsed, UTC)
        return begin + timedelta(seconds=at if at < period else period + self.offset_seconds)


def every(seconds: int = 0, *, minutes: int = 0, hours: int = 0) -> Schedule:
    """Every so many seconds, minutes (1 to 59) or hours (1 to 23), counted from the full minute, hour or day."""
    total = seconds + minutes * MINUTE + hours * HOUR
    if 0 < total < MINUTE:
        return Schedule(f"* * * * * */{total}", total, _every(total, "second"))
    if 0 < total < HOUR and total % MINUTE == 0:
        return Schedule(f"*/{total // MINUTE} * * * *", total, _every(total // MINUTE, "minute"))
    if 0 < total < DAY and total % HOUR == 0:
        return Schedule(f"0 */{total // HOUR} * * *", total, _every(total // HOUR, "hour"))
    raise ImproperlyConfigured(f"No job can run every {total} seconds: 1 to 59, or 1 to 59 whole minutes, or 1 to 23 hours.")


def daily(hour: int, minute: int = 0) -> Schedule:
    """Once a day, at this time (UTC)."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59):
        raise ImproperlyConfigured(f"No day has a time {hour}:{minute:02}.")
    return Schedule(f"{minute} {hour} * * *", DAY, f"daily at {hour:02}:{minute:02} UTC", hour * HOUR + minute * MINUTE)


def _every(count: int, unit: str) -> str:
    return f"every {unit}" if count == 1 else f"every {count} {unit}s"
