"""What a checkpoint says, byte for byte: canonical JSON, and what the sealed rows come to.

The body is JSON in ASCII, keys sorted, no white space. Numbers that may grow past
2^53 are decimal strings; hashes are hex, times UTC with microseconds.

* `type` "checkpoint", `version` 1, `number` from 1 without a gap, `time`
* `size`, `root`: of the log; `previous`: hash of the checkpoint before, null in the first
* `leaves`: how many of each source; `accounts`: how many have a sealed entry
* `totals`: per currency, what all sealed entries add up to; `houses`: per currency, the balance of each house account
* `ledger_key`: the HMAC key that writes; `retired_ledger_keys`: key to the number of the checkpoint that retired it
* `signing_key`, `public_key`: whose signature it carries
* `rotation`: in the first one under a new key, what the key before said of it
* `replaces`: where a person gave up checkpoints that an anchor holds
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from ledger.models import Checkpoint, Leaf

BODY_VERSION = 1
BODY_TYPE = "checkpoint"
SOURCE_NAMES: dict[int, str] = {source.value: source.name.lower() for source in Leaf.Source}

Body = dict[str, Any]


def canonical(value: Mapping[str, Any]) -> str:
    """The one way in which this value is written."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def read_canonical(text: str) -> Body:
    """An object as written by `canonical`.

    Raises:
        ValueError: it is not.
    """
    try:
        found = json.loads(text)
    except RecursionError as deep:
        raise ValueError("nested too deep") from deep
    if not isinstance(found, dict) or canonical(found) != text:
        raise ValueError("not canonical JSON")
    return found


def read_body(text: str) -> Body:
    """A checkpoint's body, of which what later ones go on from is there and can be counted with.

    Raises:
        ValueError: it is none.
    """
    body = read_canonical(text)
    try:
        tally = Tally.of(body)
        retired = {str(int(key_id)): str(int(number)) for key_id, number in body["retired_ledger_keys"].items()}
        given_up = [lost["hash"] for lost in body.get("replaces", [])]
        figures = {**tally.as_body(), "retired_ledger_keys": retired, "ledger_key": int(body["ledger_key"])}
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ValueError("not the body of a checkpoint") from wrong
    if not figures.items() <= body.items() or any(digest is not None and not isinstance(digest, str) for digest in given_up):
        raise ValueError("not the body of a checkpoint")
    return body


def checkpoint_hash(body: str, signature: bytes) -> bytes:
    """SHA-256(body ‖ signature). A signature always has 64 bytes, so nothing else comes to the same."""
    return sha256(body.encode() + signature).digest()


def as_statement(checkpoint: Checkpoint) -> dict[str, str]:
    """A checkpoint as it goes to anchors and readers: its number, the signed text, the signature and the hash over both."""
    return {
        "number": str(checkpoint.number),
        "body": checkpoint.body,
        "signature": bytes(checkpoint.signature).hex(),
        "hash": bytes(checkpoint.hash).hex(),
    }


def shown_time(moment: datetime) -> str:
    """UTC with microseconds: 2026-01-02T03:04:05.000006Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(slots=True)
class Tally:
    """What sealed rows come to: how many, and how much of which currency."""

    accounts: int = 0
    leaves: Counter[str] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)
    houses: dict[str, Counter[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, body: Body | None) -> "Tally":
        """What a checkpoint says; nothing before the first."""
        if body is None:
            return cls()
        return cls(
            accounts=int(body["accounts"]),
            leaves=_numbers(body["leaves"]),
            totals=_numbers(body["totals"]),
            houses={currency: _numbers(houses) for currency, houses in body["houses"].items()},
        )

    def add_entries(self, currency: str, house: str | None, amount: int, *, count: int = 1, first_ones: int = 0) -> None:
        """Entries of one currency against one side; `first_ones` of them are their account's first."""
        self.accounts += first_ones
        self.leaves[SOURCE_NAMES[Leaf.Source.ENTRY]] += count
        self.totals[currency] += amount
        houses = self.houses.setdefault(currency, Counter())
        if house is not None:
            houses[house] -= amount

    def add_rows(self, source: int, count: int) -> None:
        """Rows that are no entries. Of a source that nobody knows none is counted: the signed figure then differs."""
        if source in SOURCE_NAMES:
            self.leaves[SOURCE_NAMES[source]] += count

    def as_body(self) -> Body:
        """Its part of a body."""
        return {
            "accounts": str(self.accounts),
            "leaves": _texts(self.leaves),
            "totals": _texts(self.totals),
            "houses": {currency: _texts(houses) for currency, houses in self.houses.items()},
        }


def _numbers(texts: Mapping[str, str]) -> Counter[str]:
    return Counter({name: int(text) for name, text in texts.items()})


def _texts(numbers: Mapping[str, int]) -> dict[str, str]:
    return {name: str(number) for name, number in numbers.items()}


def retired_keys(previous: Body | None, ledger_key: int, number: int) -> dict[str, str]:
    """Which HMAC keys are retired once checkpoint `number` says that `ledger_key` writes.

    The one that wrote before is, by this very checkpoint: what it covers may still
    carry that key. One that writes again is retired no longer.
    """
    if previous is None:
        return {}
    retired = dict(previous["retired_ledger_keys"])
    if previous["ledger_key"] != ledger_key:
        retired[str(previous["ledger_key"])] = str(number)
    retired.pop(str(ledger_key), None)
    return retired


def is_retired(body: Body | None, key_id: int) -> bool:
    """Whether rows sealed behind this checkpoint may no longer carry that HMAC key."""
    return body is not None and str(key_id) in body["retired_ledger_keys"]
