"""What calls did that moved no money. The apps that did it say so, in their `AppConfig.ready`."""

from collections.abc import Callable

Known = Callable[[str], bool]
_effects: dict[str, Known] = {}


def register_effect(name: str, is_known: Known) -> None:
    """Add a kind of effect: `is_known` says whether there is a row of it under an event's key."""
    _effects[name] = is_known


def had_effect(key: str) -> bool:
    """Whether the event of this key did anything besides what the ledger knows of."""
    return any(is_known(key) for is_known in _effects.values())
