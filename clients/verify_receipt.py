#!/usr/bin/env python3
"""Check a wallet receipt, offline: python verify_receipt.py receipt.json --public-key <hex or file>

It asks nobody: it needs the receipt, the public key that you trust (from the shop,
from a notary, from last year; never from the receipt itself), Python 3.9 or newer
and the package `cryptography`. docs/receipts.md says what a receipt consists of.

Exit 0: it holds, and what that proves is printed. 1: it does not; one line says
what fails. 2: there was nothing to check (no JSON object, the service's answer that it
has no receipt yet, no usable key).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import struct
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

FORMAT = "wallet-receipt/1"
BYTES_MAX = 1024 * 1024
SALT_BYTES = 16
TEXTS = ("reason", "note", "metadata")
NOT_SEALED = "walletpro_not_sealed"
NULL = b"\xff\xff\xff\xff"
EPOCH = datetime(1970, 1, 1)

HASH = re.compile("[0-9a-f]{64}")
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WHOLE = re.compile("0|-?[1-9][0-9]{0,18}")
MOMENT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{6})Z")


class Unusable(Exception):
    """There is nothing to check."""


class Broken(Exception):
    """The receipt does not hold."""


# --- the fields of an entry: how each is written in the receipt, and its bytes ---------------------


def integer(name: str, value: Any, bits: int = 64) -> int:
    if type(value) is not int or not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise Broken(f"field {name}: it is not a whole number of {bits} bits")
    return value


def money(name: str, value: Any) -> int:
    if not isinstance(value, str) or not WHOLE.fullmatch(value):
        raise Broken(f"field {name}: it is not an amount, a text of digits")
    return integer(name, int(value))


def text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Broken(f"field {name}: it is not a text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Broken(f"field {name}: it is not Unicode") from None
    return value


def digest(name: str, value: Any) -> bytes:
    if not isinstance(value, str) or not HASH.fullmatch(value):
        raise Broken(f"field {name}: it is not a hash, 64 hexadecimal digits in small letters")
    return bytes.fromhex(value)


def group(name: str, value: Any) -> bytes:
    if not isinstance(value, str) or not UUID.fullmatch(value):
        raise Broken(f"field {name}: it is not a UUID in small letters")
    return bytes.fromhex(value.replace("-", ""))


def moment(name: str, value: Any) -> int:
    """Microseconds since 1970."""
    parts = MOMENT.fullmatch(value) if isinstance(value, str) else None
    try:
        at = datetime(*(int(part) for part in parts.groups())) if parts else None  # type: ignore[arg-type]
    except ValueError:
        at = None
    if at is None:
        raise Broken(f"field {name}: it is not a time like 2026-06-18T16:44:02.000000Z")
    return (at - EPOCH) // timedelta(microseconds=1)


def lots(name: str, value: Any) -> bytes:
    """25 bytes for each: its entry's sequence, whether it ends, its end or 0, the amount."""
    rows = []
    for number, lot in enumerate(sequence_of(name, value)):
        here = f"{name}[{number}]"
        members(here, lot, ("sequence", "ends", "amount"))
        ends = None if lot["ends"] is None else moment(f"{here}.ends", lot["ends"])
        brought_by, amount = integer(f"{here}.sequence", lot["sequence"]), money(f"{here}.amount", lot["amount"])
        rows.append(struct.pack(">q?qq", brought_by, ends is not None, ends or 0, amount))
    return b"".join(rows)


def of_number(read: Callable[[str, Any], int]) -> Callable[[str, Any], bytes]:
    return lambda name, value: struct.pack(">q", read(name, value))


def of_text(name: str, value: Any) -> bytes:
    return text(name, value).encode()


# In the order of the encoding: each one behind its length, or NULL where it may be none.
COLUMNS: dict[str, tuple[Callable[[str, Any], bytes], bool]] = {
    "id": (of_number(integer), False),
    "at": (of_number(moment), False),
    "amount": (of_number(money), False),
    "held_change": (of_number(money), False),
    "owed_change": (of_number(money), False),
    "balance": (of_number(money), False),
    "held": (of_number(money), False),
    "xid": (of_number(integer), False),
    "kind": (of_text, False),
    "house": (of_text, True),
    "counter_account_id": (of_number(integer), True),
    "group": (group, True),
    "key": (of_text, True),
    "asked": (digest, True),
    "leg": (of_number(integer), True),
    "of": (of_number(integer), True),
    "ends": (of_number(moment), True),
    "lots": (lots, False),
    "actor": (of_text, False),
    "order_id": (of_number(integer), True),
    "reference": (of_text, True),
    "reason_digest": (digest, True),
    "note_digest": (digest, True),
    "metadata_digest": (digest, True),
}
HEADER = ("version", "key_id", "account_id", "sequence")


def encode_entry(entry: dict[str, Any]) -> bytes:
    """The bytes that were sealed, from the named fields: version 1 of the encoding."""
    for name in HEADER:
        integer(f"entry.{name}", entry[name])
    if entry["version"] != 1:
        raise Broken("field entry.version: this script knows version 1 of the encoding only")
    if not 0 <= entry["key_id"] < 1 << 32:
        raise Broken("field entry.key_id: it is not a number of 32 bits")
    parts = [struct.pack(">BIqq", *(entry[name] for name in HEADER))]
    for name, (encode, may_be_none) in COLUMNS.items():
        if entry[name] is None and may_be_none:
            parts.append(NULL)
            continue
        value = encode(f"entry.{name}", entry[name])
        parts.append(struct.pack(">I", len(value)) + value)
    return b"".join(parts)


# --- reading ---------------------------------------------------------------------------------------


def members(name: str, value: Any, wanted: tuple[str, ...], may_miss: bool = False) -> None:
    """An object of exactly these members: what this script does not know, it does not pass as proven."""
    if not isinstance(value, dict):
        raise Broken(f"field {name}: it is not an object")
    for missing in () if may_miss else [member for member in wanted if member not in value]:
        raise Broken(f"field {name}.{missing}: it is missing")
    for unknown in [member for member in value if member not in wanted]:
        raise Broken(f"field {name}.{readable(unknown)}: no receipt of this format has it")


def sequence_of(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Broken(f"field {name}: it is not a list")
    return value


def no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Broken(f"field {readable(name)}: it is there twice")
        found[name] = value
    return found


def require_no_error(found: dict[str, Any]) -> None:
    """What was saved in a receipt's place: the service's answer to who asked in vain."""
    code, data, message = found.get("code"), found.get("data"), found.get("message")
    if "format" in found or not isinstance(code, str) or not isinstance(data, dict) or "status" not in data:
        return
    words = f" ({readable(message)})" if isinstance(message, str) else ""
    again = "; ask again in a few seconds" if code == NOT_SEALED else ""
    raise Unusable(f"this is no receipt but an error: {readable(code)}{words}{again}")


def short_number(digits: str) -> float:
    """A number longer than any here becomes one that no field takes, without the work of reading it."""
    return int(digits) if len(digits) <= 20 else float("inf")


def no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def parse(what: str, written: str) -> dict[str, Any]:
    """JSON, strictly: no member twice, no NaN."""
    try:
        found = json.loads(written, object_pairs_hook=no_duplicates, parse_int=short_number, parse_constant=no_constant)
    except (ValueError, RecursionError):
        raise Unusable(f"{what} is not JSON") from None
    if not isinstance(found, dict):
        raise Unusable(f"{what} is not a JSON object")
    return found


def read_bounded(path: str) -> str:
    """A file's text, or standard input's, of at most 1 MiB."""
    try:
        if path == "-":
            raw = sys.stdin.buffer.read(BYTES_MAX + 1)
        else:
            with Path(path).open("rb") as file:
                raw = file.read(BYTES_MAX + 1)
    except (OSError, ValueError) as problem:
        raise Unusable(f"{readable(path)} cannot be read: {getattr(problem, 'strerror', None) or 'no such name'}") from None
    if len(raw) > BYTES_MAX:
        raise Unusable(f"{readable(path)} is larger than 1 MiB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unusable(f"{readable(path)} is not UTF-8") from None


def public_keys(given: str) -> list[bytes]:
    """The keys that the caller trusts: 64 hexadecimal digits, or a file with those, PEM, or the answer of /checkpoints/keys."""
    if HASH.fullmatch(given.lower()):
        return [bytes.fromhex(given)]
    written = read_bounded(given).strip()
    if HASH.fullmatch(written.lower()):
        return [bytes.fromhex(written)]
    if written.startswith("-----BEGIN"):
        return [key_of_pem(written)]
    try:
        listed = parse("the public key", written).get("data")
        return [bytes.fromhex(digest("public_key", key["public_key"]).hex()) for key in listed or no_key()]
    except (Broken, Unusable, TypeError, KeyError):
        no_key()


def no_key() -> NoReturn:
    raise Unusable("the public key is neither 64 hexadecimal digits nor PEM nor the answer of /checkpoints/keys")


def key_of_pem(written: str) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

    try:
        key = load_pem_public_key(written.encode())
    except (ValueError, UnsupportedAlgorithm):
        no_key()
    if not isinstance(key, Ed25519PublicKey):
        raise Unusable("the public key is not an Ed25519 key")
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


# --- checking --------------------------------------------------------------------------------------


def check(receipt: dict[str, Any], keys: list[bytes]) -> tuple[dict[str, Any], bytes]:
    """The signed statement, and the key that signed it, once everything holds."""
    members("receipt", receipt, ("format", "entry", "texts", "log", "checkpoint"))
    if receipt["format"] != FORMAT:
        raise Broken(f"field receipt.format: this script reads {FORMAT}")
    statement, key = check_checkpoint(receipt["checkpoint"], keys)
    members("entry", receipt["entry"], (*HEADER, *COLUMNS, "mac"))
    encoded = encode_entry(receipt["entry"]) + digest("entry.mac", receipt["entry"]["mac"])
    check_texts(receipt["texts"], receipt["entry"])
    check_log(receipt["log"], encoded, statement)
    return statement, key


def check_checkpoint(checkpoint: Any, keys: list[bytes]) -> tuple[dict[str, Any], bytes]:
    members("checkpoint", checkpoint, ("body", "signature", "key_id"))
    body, signature = text("checkpoint.body", checkpoint["body"]), checkpoint["signature"]
    if not isinstance(signature, str) or not re.fullmatch("[0-9a-f]{128}", signature):
        raise Broken("field checkpoint.signature: it is not 128 hexadecimal digits in small letters")
    signer = next((key for key in keys if is_signed_by(key, bytes.fromhex(signature), body.encode())), None)
    if signer is None:
        raise Broken("signature: the checkpoint is not signed with the public key given")
    try:
        statement = parse("the checkpoint's body", body)
    except Unusable as problem:
        raise Broken(f"field checkpoint.body: {problem}") from None
    check_statement(statement, signer)
    if integer("checkpoint.key_id", checkpoint["key_id"]) != statement["signing_key"]:
        raise Broken("field checkpoint.key_id: the signed statement names another key")
    return statement, signer


def check_statement(statement: dict[str, Any], signer: bytes) -> None:
    """The key signs other things too: this must be a checkpoint, of the version that is known here."""
    version = integer("checkpoint.body.version", statement.get("version"))
    if statement.get("type") != "checkpoint" or version != 1:
        raise Broken("field checkpoint.body: it is not a checkpoint of version 1")
    for name in ("number", "size"):
        money(f"checkpoint.body.{name}", statement.get(name))
    moment("checkpoint.body.time", statement.get("time"))
    digest("checkpoint.body.root", statement.get("root"))
    integer("checkpoint.body.signing_key", statement.get("signing_key"))
    if statement.get("public_key") != signer.hex():
        raise Broken("field checkpoint.body: it names another public key than the one that signed it")


def is_signed_by(key: bytes, signature: bytes, body: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, body)
    except (InvalidSignature, ValueError):
        return False
    return True


def check_texts(texts: Any, entry: dict[str, Any]) -> None:
    """Each text is the one whose digest was sealed. A salt has one length: a text's first letters could pass as its end."""
    members("texts", texts, TEXTS, may_miss=True)
    for name, found in texts.items():
        members(f"texts.{name}", found, ("text", "salt"))
        salt = found["salt"]
        if not isinstance(salt, str) or not re.fullmatch(f"[0-9a-f]{{{2 * SALT_BYTES}}}", salt):
            raise Broken(f"field texts.{name}.salt: it is not {2 * SALT_BYTES} hexadecimal digits in small letters")
        salted = bytes.fromhex(salt) + text(f"texts.{name}.text", found["text"]).encode()
        if hashlib.sha256(salted).hexdigest() != entry[f"{name}_digest"]:
            raise Broken(f"text {name}: it is not the text that was sealed")


def check_log(log: Any, encoded: bytes, statement: dict[str, Any]) -> None:
    members("log", log, ("index", "leaf", "path"))
    index, leaf = integer("log.index", log["index"]), digest("log.leaf", log["leaf"])
    path = [digest(f"log.path[{at}]", part) for at, part in enumerate(sequence_of("log.path", log["path"]))]
    size, root = int(statement["size"]), bytes.fromhex(statement["root"])
    if hashlib.sha256(b"\x00" + encoded).digest() != leaf:
        raise Broken("entry: what it says here is not what was sealed (a field, or log.leaf, was changed)")
    if not 0 <= index < size:
        raise Broken(f"field log.index: the checkpoint covers {size} rows, and this is none of them")
    if climb(leaf, index, size, path) != root:
        raise Broken("path: it does not lead from this entry to the root that was signed")


def climb(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root that this path leads to (RFC 9162, 2.1.3.2); None where it has another length than it must."""
    left, right, found = index, size - 1, leaf
    for sibling in path:
        if right == 0:
            return None
        if left & 1 or left == right:
            found = hashlib.sha256(b"\x01" + sibling + found).digest()
            while left and not left & 1:
                left, right = left >> 1, right >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + sibling).digest()
        left, right = left >> 1, right >> 1
    return found if right == 0 else None


# --- saying it -------------------------------------------------------------------------------------


def readable(value: str) -> str:
    """On one line, and nothing in it that moves a cursor or turns text around."""
    shown = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in value)
    return shown if len(shown) <= 2000 else f"{shown[:2000]}…"


def proven(receipt: dict[str, Any], statement: dict[str, Any], key: bytes) -> Iterator[tuple[str, str]]:
    """Only what the signature binds."""
    entry = receipt["entry"]
    amount = int(entry["amount"])
    direction = "received" if amount > 0 else "paid" if amount else "moved"
    yield "Amount", f"{abs(amount)} minor units {direction} ({readable(entry['kind'])})"
    yield "Time", shown_time(entry["at"])
    yield "Wallet", f"{entry['account_id']}: its entry number {entry['sequence']}, transaction {entry['id']}"
    yield "Balance", f"{entry['balance']} minor units after it, {entry['held']} of them held"
    yield from details(entry)
    for name in TEXTS:
        yield from shown_text(name, receipt["texts"].get(name), entry)
    yield "Log", f"row {receipt['log']['index']} of the {statement['size']} under the root {statement['root']}"
    yield "Checkpoint", f"{statement['number']}, signed at {shown_time(statement['time'])}"
    yield "Signed with", f"the public key {key.hex()}"


def details(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if entry["counter_account_id"] is not None:
        yield "Other side", f"wallet {entry['counter_account_id']}"
    elif entry["house"] is not None:
        yield "Other side", f"the shop's account {readable(entry['house'])}"
    if entry["order_id"] is not None:
        yield "Order", str(entry["order_id"])
    if entry["reference"] is not None:
        yield "Reference", f"“{readable(entry['reference'])}”"
    if entry["of"] is not None:
        yield "Acts on", f"entry number {entry['of']} of the same wallet"
    for lot in entry["lots"]:
        ends = "without an end" if lot["ends"] is None else f"that ends {shown_time(lot['ends'])}"
        yield "Credit", f"{lot['amount']} minor units of the credit of entry number {lot['sequence']}, {ends}"


def shown_time(at: str) -> str:
    return at.replace("T", " ").replace("Z", " UTC")


def shown_text(name: str, found: dict[str, str] | None, entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if found is not None:
        yield name.capitalize(), f"“{readable(found['text'])}”"
    elif entry[f"{name}_digest"] is not None:
        yield name.capitalize(), "there is one; this receipt does not show it"


NOT_PROVEN = """
Not proven: the currency, which the receipt does not hold; who holds the wallet; that nothing happened after this entry.
"""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check a wallet receipt without asking anybody.")
    parser.add_argument("receipt", nargs="?", default="-", help="the receipt's file; standard input unless said")
    parser.add_argument("--public-key", required=True, help="64 hexadecimal digits, or a file: those, PEM, or keys as JSON")
    given = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # What a terminal cannot show must not be what stops the check.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        keys = public_keys(given.public_key)
        receipt = parse("the receipt", read_bounded(given.receipt))
        require_no_error(receipt)
        statement, key = check(receipt, keys)
    except Broken as problem:
        sys.stderr.write(f"This receipt does not hold: {problem}\n")
        return 1
    except (Unusable, ImportError) as problem:
        sys.stderr.write(f"Nothing was checked: {problem}\n")
        return 2
    lines = [f"  {name:<12} {said}" for name, said in proven(receipt, statement, key)]
    sys.stdout.write("\n".join(["This receipt holds.", "", *lines, NOT_PROVEN]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
