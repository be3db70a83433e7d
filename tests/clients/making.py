"""Receipts of made-up entries, and the key that signs them."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.checkpoints.sealing import leaf_data
from ledger.checkpoints.statements import canonical
from ledger.merkle import Place, inclusion_path, leaf_hash, subtree_root
from ledger.models import Entry
from ledger.receipts import FORMAT, _entry, _text

SIGNING = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC_KEY = SIGNING.public_key().public_bytes_raw().hex()


def made_receipt(
    entry: Entry, *, index: int = 22, size: int = 37, texts: tuple[str, ...] = (), body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The receipt of `entry`, leaf `index` in a log of `size`; `body` changes what is signed."""
    leaves = [leaf_hash(f"row {number}".encode()) for number in range(size)]
    leaves[index] = leaf_hash(leaf_data(entry))

    def subtrees(places: Any) -> dict[Place, bytes]:
        return {(level, at): subtree_root(leaves[at << level : (at + 1) << level]) for level, at in places}

    said = {
        "type": "checkpoint",
        "version": 1,
        "number": "5",
        "time": "2026-06-18T16:44:05.162342Z",
        "size": str(size),
        "root": subtree_root(leaves).hex(),
        "signing_key": 1,
        "public_key": PUBLIC_KEY,
        **(body or {}),
    }
    return {
        "format": FORMAT,
        "entry": _entry(entry),
        "texts": {name: _text(entry, name) for name in texts},
        "log": {
            "index": index,
            "leaf": leaves[index].hex(),
            "path": [part.hex() for part in inclusion_path(index, size, subtrees)],
        },
        "checkpoint": signed(canonical(said)),
    }


def signed(body: str) -> dict[str, Any]:
    return {"body": body, "signature": SIGNING.sign(body.encode()).hex(), "key_id": 1}
