"""Being told to stop, at any moment and any number of times."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class Stop(BaseException):
    """Somebody wants the service to stop: no error, and nothing that an `except Exception` on the way may keep."""


class StopSignals:
    """Ctrl-C, SIGTERM and a closed terminal raise `Stop`, once, and only where `may_interrupt` allows it.

    Elsewhere, while something is being started that would be lost sight of, or being stopped, they are remembered.
    """

    def __init__(self) -> None:
        self._is_wanted = False
        self._may_raise = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup asks for a process that outlives its terminal.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._receive)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        is_first, self._is_wanted = not self._is_wanted, True
        if is_first and self._may_raise:
            raise Stop

    @contextlib.contextmanager
    def may_interrupt(self) -> Iterator[None]:
        """Raise `Stop` in here as soon as it is wanted, which may be at once."""
        self._may_raise = True
        try:
            if self._is_wanted:
                raise Stop
            yield
        except Exception:
            # Work cut off in the middle may fail in its own way while it cleans up.
            if not self._is_wanted:
                raise
        finally:
            self._may_raise = False
        if self._is_wanted:
            raise Stop
