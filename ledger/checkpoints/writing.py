"""Writing one checkpoint: rows into the log, what they come to, signed, in one transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from ledger.checkpoints import log, signing
from ledger.checkpoints.body_check import body_problems
from ledger.checkpoints.log import Sealed
from ledger.checkpoints.sealing import Batch, collect, move_on
from ledger.checkpoints.signing import Signer
from ledger.checkpoints.statements import (
    BODY_TYPE,
    BODY_VERSION,
    Body,
    Tally,
    canonical,
    checkpoint_hash,
    read_body,
    retired_keys,
    shown_time,
)
from ledger.errors import LogNotIntact
from ledger.keys import keyring
from ledger.merkle import Frontier
from ledger.models import AnchorReceipt, Checkpoint, Leaf


@dataclass(slots=True)
class Writer:
    """Writes the checkpoints of one round. `replaces` stands in the first of them."""

    replaces: list[dict[str, Any]] = field(default_factory=list)
    lost_key: str = ""

    @transaction.atomic
    def write(
        self, account_ids: list[int], rows: list[Sealed], limit: int, *, even_if_empty: bool = False, retire: bool = False
    ) -> tuple[Batch, Checkpoint | None]:
        """Seal `rows`, and what these accounts have ahead, at most `limit` in all; the checkpoint, if anything was new.

        `retire` says that nothing is left to seal, so that another HMAC key than before may be stated as the one that
        writes.

        Raises:
            SealingRefused: no key that may sign.
            LogNotIntact: the log so far is not what was signed.
        """
        last = _last()
        said = None if last is None else read_body(last.body)
        tally = Tally.of(said)
        batch = collect(account_ids, limit - len(rows), keyring(), said, tally)
        batch.rows += rows
        for row in rows:
            tally.add_rows(row.source, 1)
        if not batch.rows and not even_if_empty:
            return batch, None
        tree = _tree(last)
        log.append(tree, batch.rows, 1 if last is None else last.number + 1)
        move_on(batch.sealed_up_to)
        return batch, self._sign(last, said, tree, tally, retire)

    def _sign(self, last: Checkpoint | None, said: Body | None, tree: Frontier, tally: Tally, retire: bool) -> Checkpoint:
        now = timezone.now()
        number = 1 if last is None else last.number + 1
        signer = signing.signer(last, now, self.lost_key)
        ledger_key = keyring().current if said is None or retire else said["ledger_key"]
        body = {
            **_position(number, last, tree, now),
            **tally.as_body(),
            "ledger_key": ledger_key,
            "retired_ledger_keys": retired_keys(said, ledger_key, number),
            **_signature_of(signer),
            **({"replaces": self.replaces} if self.replaces else {}),
        }
        signer.keep(number, now)
        made = self._create(canonical(body), signer, last, number, tree, now)
        self.replaces = []
        return made

    def _create(
        self, body: str, signer: Signer, last: Checkpoint | None, number: int, tree: Frontier, now: datetime
    ) -> Checkpoint:
        signature = signer.sign(body)
        # No anchor has taken it yet, whatever somebody wrote down in advance.
        AnchorReceipt.objects.filter(checkpoint_id__gte=number).delete()
        return Checkpoint.objects.create(
            number=number,
            size=tree.size,
            root=tree.root(),
            body=body,
            signature=signature,
            signing_key_id=signer.key_id,
            previous=None if last is None else last.hash,
            hash=checkpoint_hash(body, signature),
            replaces=[lost["hash"] for lost in self.replaces if lost["hash"]],
            created_at=now,
        )


def _position(number: int, last: Checkpoint | None, tree: Frontier, now: datetime) -> Body:
    return {
        "type": BODY_TYPE,
        "version": BODY_VERSION,
        "number": str(number),
        "time": shown_time(now),
        "size": str(tree.size),
        "root": tree.root().hex(),
        "previous": None if last is None else bytes(last.hash).hex(),
    }


def _signature_of(signer: Signer) -> Body:
    rotation = {"rotation": signer.rotation.as_body()} if signer.rotation else {}
    return {"signing_key": signer.key_id, "public_key": signer.public_key.hex(), **rotation}


def _last() -> Checkpoint | None:
    """The last checkpoint, whose figures the next one goes on from: so it has to be what was signed."""
    last = Checkpoint.objects.order_by("-number").first()
    # Nobody signed the columns, and they are read from here on.
    if last is not None and (problem := next(body_problems(last), "")):
        raise LogNotIntact(f"checkpoint {last.number} is not what was signed: {problem}")
    return last


def _tree(last: Checkpoint | None) -> Frontier:
    """The log as the last checkpoint left it, ready to grow."""
    size = 0 if last is None else last.size
    tree = log.frontier(size)
    if last is not None and tree.root() != bytes(last.root):
        raise LogNotIntact(f"the log does not come to the root of checkpoint {last.number}")
    # By the end of the index: asked for leaves behind `size`, a prepared plan reads all of the table to find none.
    last_leaf = Leaf.objects.aggregate(last=Max("index"))["last"]
    if last_leaf is not None and last_leaf >= size:
        raise LogNotIntact(f"the log has leaves behind checkpoint {last.number if last else 0}")
    return tree
