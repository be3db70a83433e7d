"""The passes of apps that stand on the ledger. They add theirs in their `AppConfig.ready`."""

from collections.abc import Callable, Iterable

from ledger.errors import KeyMissing
from ledger.findings import Finding, Unreadable

Pass = Callable[[int | None], Iterable[Finding]]
_passes: dict[str, Pass] = {}
_quick: dict[str, Pass] = {}


def register_pass(name: str, run: Pass, *, since_checkpoint: Pass | None = None) -> None:
    """Add a pass. It is handed an account's id, or None for all, and yields findings: `Unreadable` where it could not look.

    `since_checkpoint` runs in its place where only what is not sealed is verified; without one the pass runs there too.
    """
    _passes[name] = run
    _quick[name] = since_checkpoint or run


def run_passes(account_id: int | None, *, since_checkpoint: bool = False) -> Iterable[Finding]:
    """What all of them find, one after the other."""
    for name in _passes:
        yield from run_pass(name, account_id, since_checkpoint=since_checkpoint)


def pass_names() -> list[str]:
    """The passes there are."""
    return list(_passes)


def run_pass(name: str, account_id: int | None, *, since_checkpoint: bool = False) -> Iterable[Finding]:
    """What one of them finds. A key that it lacks keeps no other from looking."""
    try:
        yield from (_quick if since_checkpoint else _passes)[name](account_id)
    except KeyMissing as missing:
        yield Unreadable(f"{name}: {missing}")
