"""What an extension point is: a list of callbacks, and what becomes of what they say and raise."""

import logging
from collections.abc import Callable
from copy import deepcopy
from typing import Concatenate, Generic, ParamSpec, TypeVar, cast

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class Point:
    """A named list of callbacks, in the order in which they were connected; the same one is in it once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._callbacks: list[Callable[..., object]] = []

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens: whoever calls the point need do nothing at all where nobody does."""
        return bool(self._callbacks)

    def _add(self, callback: Callable[..., object]) -> None:
        if callback not in self._callbacks:
            self._callbacks.append(callback)

    def disconnect(self, callback: Callable[..., object]) -> None:
        if callback in self._callbacks:
            self._callbacks.remove(callback)


class Action(Point, Generic[P]):
    """Tells that something happened. What a callback returns is of no matter; what it raises is logged."""

    def connect(self, callback: Callable[P, object]) -> None:
        """Have `callback` called from now on. `AppConfig.ready` is the place."""
        self._add(callback)

    def fire(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for callback in tuple(self._callbacks):
            try:
                callback(*args, **kwargs)
            except Exception:
                logger.exception("%s: %r failed; what it was told of stays", self.name, callback)


class Filter(Point, Generic[T, P]):
    """Hands a value from callback to callback; the last one's is taken.

    What raises, or says something that `is_possible` does not let pass, is logged and passed over, with whatever it did to
    its copy of the value. Of a strict filter it is not: there the exception goes on, and stops what was under way.
    """

    def __init__(self, name: str, is_possible: Callable[[T], bool] = lambda value: True, *, is_strict: bool = False) -> None:
        super().__init__(name)
        self._is_possible = is_possible
        self._is_strict = is_strict

    def connect(self, callback: Callable[Concatenate[T, P], T]) -> None:
        """Have `callback` asked from now on. `AppConfig.ready` is the place."""
        self._add(callback)

    def apply(self, value: T, *args: P.args, **kwargs: P.kwargs) -> T:
        for callback in tuple(self._callbacks):
            try:
                value = self._asked(callback, value, *args, **kwargs)
            except Exception:
                if self._is_strict:
                    raise
                logger.exception("%s: %r failed; it is passed over", self.name, callback)
        return value

    def _asked(self, callback: Callable[..., object], value: T, *args: P.args, **kwargs: P.kwargs) -> T:
        handed = value if self._is_strict else deepcopy(value)
        said = cast(T, callback(handed, *args, **kwargs))
        if not self._is_possible(said):
            raise ValueError(f"{self.name}: {callback!r} said {said!r}")
        return said


class Filters(Generic[T, P]):
    """A filter for each name, made when it is first asked for: `rest_response["list_wallets"]`."""

    def __init__(self, name: str, is_possible: Callable[[T], bool] = lambda value: True, *, names: frozenset[str] | None = None):
        self._name = name
        self._is_possible = is_possible
        self._names = names
        self._filters: dict[str, Filter[T, P]] = {}

    def __getitem__(self, name: str) -> Filter[T, P]:
        if self._names is not None and name not in self._names:
            raise KeyError(f"{self._name}{name}: there are {', '.join(sorted(self._names))}")
        if name not in self._filters:
            self._filters[name] = Filter(f"{self._name}{name}", self._is_possible)
        return self._filters[name]
