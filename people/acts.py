"""What is done to users and groups is told to the floors above that keep it: people know nothing of them."""

from collections.abc import Mapping
from typing import Any, Protocol


class Keeper(Protocol):
    """Is told of an act in the transaction that does it. `actor` is empty where only the request knows."""

    def __call__(self, act: str, *, subject: str, facts: Mapping[str, Any], actor: str) -> object: ...


_keepers: list[Keeper] = []


def keep_acts(keeper: Keeper) -> Keeper:
    """Tell this one of every act."""
    _keepers.append(keeper)
    return keeper


def tell(act: str, *, subject: str, facts: Mapping[str, Any] | None = None, actor: str = "") -> None:
    """Say what was done: `user.created` for instance, to `user:7`."""
    for keeper in _keepers:
        keeper(act, subject=subject, facts=facts or {}, actor=actor)
