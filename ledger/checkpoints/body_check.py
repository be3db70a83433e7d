"""One checkpoint, checked by itself and against the one before: what it says, its hash, its signature, its key."""

from collections.abc import Iterator, Mapping

from ledger.checkpoints.signing import ROTATION_TYPE, is_signed
from ledger.checkpoints.statements import (
    BODY_TYPE,
    BODY_VERSION,
    Body,
    checkpoint_hash,
    read_body,
    read_canonical,
    shown_time,
)
from ledger.models import Checkpoint, SigningKey


def body_problems(checkpoint: Checkpoint, before: Checkpoint | None = None) -> Iterator[str]:
    """What does not hold. Without `before`, what hangs on the checkpoint before is left out, unless this is the first."""
    signature = bytes(checkpoint.signature)
    if not _has_key(checkpoint):
        yield f"signing key {checkpoint.signing_key_id}, which it names, is not here"
        return
    if not is_signed(bytes(checkpoint.signing_key.public_key), checkpoint.body, signature):
        yield "it does not carry the signature of its key"
    if checkpoint_hash(checkpoint.body, signature) != bytes(checkpoint.hash):
        yield "its hash is not that of what it says"
    try:
        body = read_body(checkpoint.body)
    except ValueError:
        yield "what it says cannot be read"
        return
    yield from (f"its {name} is not what was signed" for name, value in _columns(checkpoint).items() if body.get(name) != value)
    if given_up(body) != checkpoint.replaces:
        yield "what it gives up is not what was signed"
    if before is not None or checkpoint.number == 1:
        yield from _problems_of_order(checkpoint, body, before)


def given_up(body: Body) -> list[str]:
    """The hashes that a body gives up."""
    return [lost["hash"] for lost in body.get("replaces", []) if lost["hash"]]


def with_key(checkpoint: Checkpoint, keys: Mapping[int, SigningKey]) -> Checkpoint:
    """The checkpoint with its key, where that is there: a join would pass over one that names none."""
    if key := keys.get(checkpoint.signing_key_id):
        checkpoint.signing_key = key
    return checkpoint


def _has_key(checkpoint: Checkpoint) -> bool:
    try:
        return checkpoint.signing_key is not None
    except SigningKey.DoesNotExist:
        return False


def _columns(checkpoint: Checkpoint) -> Body:
    """The body's members that columns repeat."""
    return {
        "type": BODY_TYPE,
        "version": BODY_VERSION,
        "number": str(checkpoint.number),
        "size": str(checkpoint.size),
        "root": bytes(checkpoint.root).hex(),
        "time": shown_time(checkpoint.created_at),
        "previous": None if checkpoint.previous is None else bytes(checkpoint.previous).hex(),
        "signing_key": checkpoint.signing_key_id,
        "public_key": bytes(checkpoint.signing_key.public_key).hex(),
    }


def _problems_of_order(checkpoint: Checkpoint, body: Body, before: Checkpoint | None) -> Iterator[str]:
    if body.get("previous") != (bytes(before.hash).hex() if before else None):
        yield "it does not follow the one before"
    is_first_of_key = before is None or before.signing_key_id != checkpoint.signing_key_id
    if is_first_of_key:
        yield from _problems_of_rotation(checkpoint, body, before)
    elif "rotation" in body:
        yield "it names a new key, and is signed by the one before"


def _problems_of_rotation(checkpoint: Checkpoint, body: Body, before: Checkpoint | None) -> Iterator[str]:
    key = checkpoint.signing_key
    if key.first_checkpoint != checkpoint.number:
        yield f"signing key {key.pk} is said to sign from checkpoint {key.first_checkpoint} on"
    if before is None:
        return
    endorsed = bytes(key.endorsement_signature) if key.endorsement_signature else None
    if body.get("rotation") != {"statement": key.endorsement, "signature": endorsed.hex() if endorsed else None}:
        yield f"what it says of signing key {key.pk} is not what the key's row says"
    try:
        said = read_canonical(key.endorsement)
    except ValueError:
        yield f"what was said of signing key {key.pk} cannot be read"
        return
    expected = {"type": ROTATION_TYPE, "from": before.signing_key_id, "to": key.pk, "public_key": bytes(key.public_key).hex()}
    if {name: said.get(name) for name in expected} != expected or said.get("after") != bytes(before.hash).hex():
        yield f"what was said of signing key {key.pk} is of another key"
    if endorsed is None:
        if not said.get("lost"):
            yield f"nobody speaks for signing key {key.pk}"
    elif not _has_key(before) or not is_signed(bytes(before.signing_key.public_key), key.endorsement, endorsed):
        yield f"signing key {before.signing_key_id} did not sign for signing key {key.pk}"
