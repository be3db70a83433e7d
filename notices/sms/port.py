"""What the service asks of whoever sends text messages."""

from typing import Protocol


class SmsFailed(Exception):
    """A message was not taken; it is tried again. `reason` is a short code, never the number or the text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SmsAway(SmsFailed):
    """The provider cannot be reached: what waits may go on waiting."""


class SmsSender(Protocol):
    """Called by the worker, outside of any transaction; one call may take a minute at most."""

    def send(self, to: str, text: str) -> None:
        """Hand `text` over for the number `to` (E.164).

        Raises:
            SmsFailed, SmsAway, OSError: it was not taken.
        """
