"""Where an act comes from, so that services need not be told: set by a middleware, empty at the console."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

# The operator at the console, who is whoever may start a process.
COMMAND = "command"


def _command() -> str:
    return COMMAND


@dataclass(frozen=True, slots=True)
class Origin:
    """The caller's address, the request's id, and who is signed in, where an act does not say by whom it was done."""

    address: str = ""
    request_id: str = ""
    actor: Callable[[], str] = _command


AT_THE_CONSOLE = Origin()
_origin: ContextVar[Origin] = ContextVar("audit_origin", default=AT_THE_CONSOLE)


def origin() -> Origin:
    """Where what happens now comes from."""
    return _origin.get()


@contextmanager
def coming_from(place: Origin) -> Iterator[None]:
    """Acts inside come from there."""
    token = _origin.set(place)
    try:
        yield
    finally:
        _origin.reset(token)
