"""What calls did that bears no entry under their own key. The apps that did it say so, in their `AppConfig.ready`."""

from collections.abc import Callable

Known = Callable[[str], bool]
_effects: dict[str, Known] = {}
_named: set[str] = set()


def register_effect(name: str, is_known: Known) -> None:
    """Add a kind of effect: `is_known` says whether there is a row of it under an event's key."""
    _effects[name] = is_known


def had_effect(key: str) -> bool:
    """Whether the event of this key did anything besides what the ledger knows of."""
    return any(is_known(key) for is_known in _effects.values())


def register_named(prefix: str) -> None:
    """Calls post events whose keys begin with `prefix`: each is done once, by whichever call comes first."""
    _named.add(prefix)


def is_named(key: str) -> bool:
    """Whether an entry of this key may be what a call was answered with, though it is not the call's own."""
    return key.startswith(tuple(_named))
