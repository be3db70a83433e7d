"""The secrets of a local service: made once, kept in DATA_DIR, readable by their owner only.

A production process never reads this file: its secrets are in the environment
(settings.py). Standard library only, because `manage.py` runs it before Django.
"""

import base64
import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
FILE_NAME = "secrets.json"

# What is made, and how. One that a newer version needs is added to those that are there.
MADE: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "LEDGER_HMAC_KEYS": lambda: f"1:{secrets.token_hex(32)}",
    "LEDGER_SIGNING_KEYS": lambda: f"1:{secrets.token_hex(32)}",
    "WALLET_FIELD_KEYS": lambda: f"1:{secrets.token_hex(32)}",
    "CREDENTIAL_PEPPER": lambda: secrets.token_hex(32),
    "PAYMENT_NOTICE_SECRET": lambda: f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}",
}


def data_dir() -> Path:
    """Where a local service keeps its data: DATA_DIR, or `.local` in the project."""
    return Path(os.environ.get("DATA_DIR") or PROJECT / ".local").expanduser().absolute()


def ensure(folder: Path) -> None:
    """Make the secrets of `folder` that are not there yet; two processes at once make one set."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        kept = read(folder)
        missing = {name: make() for name, make in MADE.items() if name not in kept}
        if missing:
            draft = folder / f"{FILE_NAME}.{os.getpid()}.{secrets.token_hex(4)}"
            write_private(draft, json.dumps({**kept, **missing}, indent=2) + "\n")
            # In one step: who reads meanwhile reads the old file or the new one.
            draft.replace(folder / FILE_NAME)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time; the lock goes with whoever holds it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def read(folder: Path) -> dict[str, str]:
    """The secrets kept in `folder`; empty where none were made."""
    try:
        kept = json.loads((folder / FILE_NAME).read_text())
    except FileNotFoundError:
        return {}
    return {str(name): str(value) for name, value in kept.items()}


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, from its first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
