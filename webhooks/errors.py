"""What webhooks and the feed refuse to do.

* ledger.errors.Refusal
  - EndpointUrlInvalid
  - EventTypeUnknown
  - EventIsATest
  - TooManyEndpoints
  - PositionAhead
  - EventsForgotten
"""

from ledger.errors import Refusal


class EndpointUrlInvalid(Refusal):
    """No event would ever go to this address, or none should. `why` ends a sentence that begins with the address."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the address {why}")
        self.why = why


class EventTypeUnknown(Refusal):
    """There is no such event."""

    def __init__(self, event_type: str) -> None:
        super().__init__(f"{event_type!r} is no event")
        self.event_type = event_type


class EventIsATest(Refusal):
    """A test is one call to one endpoint, and has no place among the events: it is sent anew, not again."""

    def __init__(self) -> None:
        super().__init__("it is a test: send another")


class TooManyEndpoints(Refusal):
    """There are as many endpoints as there may be. Each is told of each event."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"there are {limit} endpoints")
        self.limit = limit


class PositionAhead(Refusal):
    """No event has got so far: who asks has read another database, or one that was set back to a backup."""

    def __init__(self, *, last_position: int) -> None:
        super().__init__(f"the last event is {last_position}")
        self.last_position = last_position


class EventsForgotten(Refusal):
    """Events behind this position are forgotten: who goes on would miss some, and not know it."""

    def __init__(self, *, oldest_position: int) -> None:
        super().__init__(f"the oldest event that is kept is {oldest_position}")
        self.oldest_position = oldest_position
