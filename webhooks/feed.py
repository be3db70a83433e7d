"""The log of events, for who would rather pull: in the order of positions, each once, nothing left out unsaid."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from webhooks.errors import EventsForgotten, PositionAhead
from webhooks.models import Dispatch, Event
from webhooks.services import known_types

# So many events at most are looked through for those of a type, in one call.
LOOKED_THROUGH_MAX = 20_000
POSITION_MAX = 2**63 - 1
NAME = re.compile("evt_([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some events, and from where to go on. Without `has_more`, nothing else has happened yet."""

    events: list[Event]
    next: int
    has_more: bool
    last_position: int
    oldest_position: int


def read_feed(*, after: int | None = None, limit: int, event_types: Sequence[str] = (), account_id: int | None = None) -> Stretch:
    """At most `limit` events behind position `after`; 0 or None: from the oldest that is kept.

    Where it looks for some types only it may find none and still have more: go on from `next`.

    Raises:
        EventTypeUnknown: there is no such event.
        PositionAhead: nothing has got so far.
        EventsForgotten: events behind `after` are gone.
    """
    wanted = known_types(event_types)
    # Read before the events: all up to here are committed, and can be seen.
    last = Dispatch.objects.values_list("position", flat=True).first() or 0
    oldest = oldest_position(last)
    if after and after > last:
        raise PositionAhead(last_position=last)
    if after and after < oldest - 1:
        raise EventsForgotten(oldest_position=oldest)
    begin = max(after or 0, oldest - 1)
    end = min(last, begin + LOOKED_THROUGH_MAX) if wanted else last
    events = Event.objects.filter(position__gt=begin, position__lte=end).order_by("position")
    if wanted:
        events = events.filter(type__in=wanted)
    if account_id is not None:
        events = events.filter(account_id=account_id)
    found = list(events[: limit + 1])
    shown = found[:limit]
    if len(found) > limit:
        return Stretch(shown, shown[-1].position or 0, True, last, oldest)
    return Stretch(shown, end, end < last, last, oldest)


def oldest_position(last: int) -> int:
    """The oldest event that is kept; where none is, the one that comes next."""
    oldest = Event.objects.filter(position__isnull=False).order_by("position").values_list("position", flat=True).first()
    return oldest if oldest is not None else last + 1


def event_named(text: str) -> Event:
    """The event that `text` is the name of (evt_…) or the position.

    Raises:
        Event.DoesNotExist: there is none, or none any more.
    """
    if name := NAME.fullmatch(text):
        return Event.objects.get(pk=UUID(name[1]))
    digits = text.lstrip("0")
    if text.isascii() and text.isdigit() and len(digits) < 20 and int(digits or 0) <= POSITION_MAX:
        return Event.objects.get(position=int(digits or 0))
    raise Event.DoesNotExist
