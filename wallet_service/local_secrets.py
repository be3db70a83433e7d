"""The secrets of a local service: made once, kept in DATA_DIR, readable by their owner only.

A production process never reads this file: its secrets are in the environment
(settings.py). Standard library only, because `manage.py` runs it before Django.
"""

import contextlib
import json
import os
import secrets
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
FILE_NAME = "secrets.json"


def data_dir() -> Path:
    """Where a local service keeps its data: DATA_DIR, or `.local` in the project."""
    return Path(os.environ.get("DATA_DIR") or PROJECT / ".local").expanduser().absolute()


def ensure(folder: Path) -> None:
    """Make the secrets of `folder` unless they are there; two processes at once make one set."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / FILE_NAME
    if target.exists():
        return
    made = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "LEDGER_HMAC_KEYS": f"1:{secrets.token_hex(32)}",
        "WALLET_FIELD_KEYS": f"1:{secrets.token_hex(32)}",
        "CREDENTIAL_PEPPER": secrets.token_hex(32),
    }
    draft = folder / f"{FILE_NAME}.{os.getpid()}.{secrets.token_hex(4)}"
    write_private(draft, json.dumps(made, indent=2) + "\n")
    try:
        with contextlib.suppress(FileExistsError):
            # A link fails where the name exists, so that the first of two makers wins, with a whole file.
            os.link(draft, target)
    finally:
        draft.unlink()


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
