"""Whoever stands above and wants to hear of each entry as it is written, in the transaction that writes it."""

from collections.abc import Callable

from ledger.models import Account, Entry

Listener = Callable[[Account, Entry], None]

_listeners: list[Listener] = []


def register_listener(listener: Listener) -> None:
    """Have `listener` told of each entry, with its account as it stands. It must not read the database, nor fail."""
    _listeners.append(listener)


def tell_listeners(account: Account, entry: Entry) -> None:
    for listener in _listeners:
        listener(account, entry)
