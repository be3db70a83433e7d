"""Whoever stands above and wants to hear of each entry as it is written, in the transaction that writes it."""

from collections.abc import Callable, Sequence

from ledger.models import Account, Entry

Listener = Callable[[Account, Entry, Sequence[str]], None]

_listeners: list[Listener] = []


def register_listener(listener: Listener) -> None:
    """Have `listener` told of each entry, with its account as it stands, and of the events that the entry was said to be besides.

    It must not read the database, nor fail.
    """
    _listeners.append(listener)


def tell_listeners(account: Account, entry: Entry, told: Sequence[str]) -> None:
    for listener in _listeners:
        listener(account, entry, told)
