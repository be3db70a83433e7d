"""What is under way in wallets and would move them by itself, though nothing of it stands in their accounts.

What is held, owed or ends, the account says. A payment that is still to come, a payout, a decision of a second manager are
rows of the apps above: each app hands over how to look for its own, in `AppConfig.ready`.
"""

from collections.abc import Callable, Collection, Iterable

# Of these wallets, those in which something of this kind is under way.
Look = Callable[[Collection[int]], Iterable[int]]

_looks: dict[str, Look] = {}


def register_pending(told: str, look: Look) -> None:
    """Have `look` asked. `told` is a clause: "a top-up of it is not settled"."""
    _looks[told] = look


def pending_in(wallet_ids: Collection[int]) -> dict[int, str]:
    """What is under way in each of them, in a clause; what nothing is under way in is left out.

    One statement for each kind, however many wallets. Behind their accounts' lock it says what is committed by then.
    """
    found: dict[int, str] = {}
    for told, look in _looks.items():
        for wallet_id in look(wallet_ids) if wallet_ids else ():
            found.setdefault(wallet_id, told)
    return found
