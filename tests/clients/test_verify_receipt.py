"""clients/verify_receipt.py: run as whoever has nothing but the receipt and the public key runs it."""

import copy
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given
from hypothesis import settings as of_hypothesis
from hypothesis import strategies as st

from ledger.checkpoints.statements import canonical
from ledger.encoding import ENTRY_COLUMNS, text_digest
from ledger.models import Entry
from tests.clients.making import PUBLIC_KEY, SIGNING, made_receipt, signed
from wallet_service.api.walletpro.proof_shapes import EXAMPLE
from wallet_service.api.wordpress import dump

SCRIPT = Path(__file__).parents[2] / "clients" / "verify_receipt.py"
SALT = bytes(range(16))
AT = datetime(2026, 6, 18, 16, 44, 2, 481516, tzinfo=UTC)
# Every column filled, so that each can be tampered with.
FULL: dict[str, Any] = {
    "id": 1891,
    "account_id": 42,
    "sequence": 12,
    "kind": "transfer",
    "at": AT,
    "amount": -250,
    "held_change": -3,
    "owed_change": 4,
    "balance": 7500,
    "held": 5,
    "house": "spent",
    "counter_account_id": 123,
    "group": UUID("550e8400-e29b-41d4-a716-446655440000"),
    "key": "call:1",
    "asked": bytes(32),
    "leg": 1,
    "of": 7,
    "ends": AT,
    "lots": [[9, "2099-12-31T23:59:59.000001+00:00", -6], [2, None, -8]],
    "actor": "key:3",
    "order_id": 8812,
    "reference": "INV-7",
    "xid": 48151,
    "version": 1,
    "key_id": 1,
    "mac": bytes(range(32)),
    "reason": "Größe ≠ 0",
    "reason_salt": SALT,
    "reason_digest": text_digest(SALT, "Größe ≠ 0"),
    "note": "checked",
    "note_salt": SALT,
    "note_digest": text_digest(SALT, "checked"),
    "metadata_digest": bytes(32),
}
NULLABLE = (
    *("house", "counter_account_id", "group", "key", "asked", "leg", "of", "ends", "order_id", "reference"),
    *("reason_digest", "note_digest", "metadata_digest"),
)
RECEIPT = made_receipt(Entry(**FULL), texts=("reason", "note"))

Run = tuple[int, str, str]


def run(receipt: Any, key: str = PUBLIC_KEY, *options: str) -> Run:
    """Exit code, output and complaint of a process that gets the receipt on standard input and finds none of ours."""
    raw = receipt if isinstance(receipt, bytes) else dump(receipt).encode("utf-8", "surrogatepass")
    command = [sys.executable, "-I", str(SCRIPT), *options, "--public-key", key]
    done = subprocess.run(command, input=raw, capture_output=True, timeout=60, cwd="/", check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_receipt", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def complaint(script: ModuleType, receipt: Any, key: str = PUBLIC_KEY) -> str:
    """What fails, in this process; empty where nothing does. Any other exception is the bug that is looked for."""
    try:
        script.check(script.parse("the receipt", dump(receipt)), script.public_keys(key))
    except script.Broken as problem:
        return f"{problem}"
    return ""


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every member and item is, containers too."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*path, name)
        yield from places(inner, (*path, name))


def at(receipt: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        receipt = receipt[name]
    return receipt


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    tampered = copy.deepcopy(RECEIPT)
    at(tampered, path[:-1])[path[-1]] = value
    return tampered


def removed(path: tuple[Any, ...]) -> dict[str, Any]:
    tampered = copy.deepcopy(RECEIPT)
    del at(tampered, path[:-1])[path[-1]]
    return tampered


def other(value: Any) -> Any:
    """A value of the same sort that is not this one."""
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1] != "0" else "1") if value else "x"
    return list(value)[:-1] if isinstance(value, list) else {}


GARBAGE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    2**64,
    10**40,
    "",
    "0",
    "-0",
    "x" * 100_000,
    "\ud800",
    "é\u202e",
    [],
    {},
    [[[]]],
    {"": {"": 1}},
)
PLACES = list(places(RECEIPT))
# A receipt without texts is one that a reader gets who may see none.
NO_TEXTS: tuple[Any, ...] = (("texts",), {})


def shown(path: tuple[Any, ...]) -> str:
    return ".".join(map(str, path))


def test_a_receipt_that_holds_says_what_it_proves():
    code, told, complained = run(RECEIPT)

    assert (code, complained) == (0, "")
    for words in (
        "250 minor units paid (transfer)",
        "2026-06-18 16:44:02.481516 UTC",
        "42: its entry number 12, transaction 1891",
        "7500 minor units after it, 5 of them held",
        "wallet 123",
        "8812",
        "“INV-7”",
        "entry number 7 of the same wallet",
        "-6 minor units of the credit of entry number 9, that ends 2099-12-31 23:59:59.000001 UTC",
        "-8 minor units of the credit of entry number 2, without an end",
        "“Größe ≠ 0”",
        "“checked”",
        "Metadata     there is one; this receipt does not show it",
        "row 22 of the 37",
        "5, signed at 2026-06-18 16:44:05.162342 UTC",
        PUBLIC_KEY,
        "Not proven: the currency",
    ):
        assert words in told


def test_the_documents_example_holds():
    assert run(EXAMPLE, json.loads(EXAMPLE["checkpoint"]["body"])["public_key"])[0] == 0


def test_every_column_of_the_encoding_is_in_the_receipt():
    assert set(RECEIPT["entry"]) == {*ENTRY_COLUMNS, "version", "key_id", "account_id", "sequence", "mac"}


@pytest.mark.parametrize("path", PLACES, ids=shown)
def test_every_field_that_is_changed_is_noticed(path: tuple[Any, ...]):
    value = other(at(RECEIPT, path)) if path != ("texts",) else {"note": RECEIPT["texts"]["reason"]}
    code, told, complained = run(changed(path, value))

    assert (code, told) == (1, "")
    assert complained.startswith("This receipt does not hold: ")
    assert complained.count("\n") == 1


@pytest.mark.parametrize("path", PLACES, ids=shown)
def test_every_field_refuses_garbage_its_absence_and_what_it_does_not_know(script: ModuleType, path: tuple[Any, ...]):
    value = at(RECEIPT, path)
    for garbage in GARBAGE:
        if (garbage != value or type(garbage) is not type(value)) and (path, garbage) != NO_TEXTS:
            found = complaint(script, changed(path, garbage))
            assert found, garbage
            assert "\n" not in found
    # A text may be left out, as any reader's may be who may not see it.
    if path[0] != "texts" or len(path) == 3:
        assert complaint(script, removed(path))
    if isinstance(value, dict):
        assert complaint(script, changed((*path, "currency"), "USD"))


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (("entry", "amount"), "-251", "entry: what it says here is not what was sealed"),
        (("entry", "amount"), "-0250", "field entry.amount"),
        (("entry", "at"), "2026-06-18T16:44:02Z", "field entry.at"),
        (("entry", "at"), "2026-02-30T16:44:02.000000Z", "field entry.at"),
        (("entry", "mac"), "AB" * 32, "field entry.mac"),
        (("entry", "balance"), str(2**63), "field entry.balance"),
        (("entry", "lots", 0, "ends"), None, "entry: what it says"),
        (("entry", "version"), 2, "field entry.version"),
        (("texts", "reason", "text"), "Größe = 0", "text reason"),
        (("log", "index"), 21, "path: it does not lead"),
        (("log", "index"), 37, "field log.index"),
        (("log", "path", 2), "0" * 64, "path: it does not lead"),
        (("checkpoint", "signature"), "0" * 128, "signature: the checkpoint is not signed"),
        (("checkpoint", "key_id"), 2, "field checkpoint.key_id"),
        (("format",), "wallet-receipt/2", "field receipt.format"),
    ],
)
def test_the_complaint_names_what_fails(script: ModuleType, path: tuple[Any, ...], value: Any, what: str):
    assert complaint(script, changed(path, value)).startswith(what)


def test_a_text_cannot_lose_its_first_letters_to_the_salt(script: ModuleType):
    """SHA-256(salt ‖ text) has no border: only the salt's length says where the text begins."""
    moved = {"text": "ecked", "salt": SALT.hex() + b"ch".hex()}

    assert complaint(script, changed(("texts", "note"), moved)).startswith("field texts.note.salt")


def test_another_key_does_not_do(script: ModuleType):
    assert complaint(script, RECEIPT, "11" * 32).startswith("signature:")


BODIES: tuple[dict[str, Any], ...] = (
    *({"type": "signing key rotation"}, {"version": 2}, {"version": True}, {"size": 37}, {"size": "22"}, {"size": "-1"}),
    *({"root": "0" * 64}, {"root": None}, {"number": None}, {"time": "now\x1b[2J"}, {"public_key": "11" * 32}),
    *({"signing_key": 2}, {"signing_key": "1"}),
)


@pytest.mark.parametrize("body", BODIES, ids=str)
def test_not_everything_that_the_key_signs_will_do(script: ModuleType, body: dict[str, Any]):
    assert complaint(script, made_receipt(Entry(**FULL), body=body))


@pytest.mark.parametrize("body", ["", "[]", "1", "{", '{"type":"checkpoint","type":"checkpoint"}', "[" * 100_000, '{"size":NaN}'])
def test_a_body_that_is_no_statement(script: ModuleType, body: str):
    assert complaint(script, {**RECEIPT, "checkpoint": signed(body)})


def test_a_member_that_is_there_twice_is_refused():
    """Readers differ in which of the two they believe."""
    code, _told, complained = run(dump(RECEIPT).replace('"amount":"-250"', '"amount":"-999","amount":"-250"', 1).encode())

    assert code == 1
    assert complained == "This receipt does not hold: field amount: it is there twice\n"


NO_RECEIPTS = (
    *(b"", b"x", b"\xff\xfe", b"[]", b"1", b'"receipt"', b"null", b"{", b'{"format":NaN}', "\ufeff".encode()),
    *(b"[" * 1_000_000, b'{"a":' * 150_000, b" " * (1024 * 1024 + 1), b'{"format":' + b"9" * 1_000_000),
)


@pytest.mark.parametrize("raw", NO_RECEIPTS, ids=lambda raw: repr(raw[:12]))
def test_what_is_no_receipt_at_all(raw: bytes):
    code, told, complained = run(raw)

    assert (code, told) == (2, "")
    assert complained.startswith("Nothing was checked: ")
    assert complained.count("\n") == 1


@pytest.mark.parametrize("key", ["", "12", "g" * 64, "/no/such/file", "/", "x" * 5000, "\x1b[2J\n"])
def test_what_is_no_key(key: str):
    code, told, complained = run(RECEIPT, key)

    assert (code, told) == (2, "")
    assert complained.count("\n") == 1
    assert "\x1b" not in complained


def pem(key: Any) -> str:
    return str(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def test_a_key_comes_in_several_ways(tmp_path: Path):
    file = tmp_path / "key"
    keys = {"data": [{"key_id": 2, "public_key": "11" * 32}, {"key_id": 1, "public_key": PUBLIC_KEY}], "meta": {}}
    for written in (f"{PUBLIC_KEY}\n", PUBLIC_KEY.upper(), pem(SIGNING.public_key()), json.dumps(keys)):
        file.write_text(written)
        assert run(RECEIPT, str(file))[0] == 0, written
    assert run(RECEIPT, PUBLIC_KEY.upper())[0] == 0


NO_KEYS = (
    *("", "{}", '{"data":[]}', '{"data":[{}]}', '{"data":[1]}', '{"data":1}', "[" * 100_000, "-----BEGIN PUBLIC KEY-----\n"),
    *('{"data":{"public_key":1}}', '{"data":[{"public_key":"12"}]}', pem(generate_private_key(SECP256R1()).public_key())),
)


@pytest.mark.parametrize("written", NO_KEYS, ids=lambda written: repr(written[:30]))
def test_a_file_that_holds_no_key_of_the_sort(tmp_path: Path, written: str):
    file = tmp_path / "key"
    file.write_text(written)
    code, _told, complained = run(RECEIPT, str(file))

    assert code == 2, complained
    assert complained.count("\n") == 1


def test_the_receipt_comes_from_a_file_too(tmp_path: Path):
    file = tmp_path / "receipt.json"
    file.write_text(dump(RECEIPT))

    assert run(b"", PUBLIC_KEY, str(file))[0] == 0
    assert run(b"", PUBLIC_KEY, str(tmp_path / "none.json"))[0] == 2


def test_an_error_in_the_receipts_place_is_told_as_one():
    error = {"code": "walletpro_not_sealed", "message": "Not yet\u202e.", "data": {"status": 409, "retry_after": 5}}
    code, told, complained = run(error)

    assert (code, told) == (2, "")
    assert "this is no receipt but an error: walletpro_not_sealed (Not yet\\u202e.)" in complained
    assert complained.endswith("; ask again in a few seconds\n")

    code, told, complained = run({**error, "code": "rest_forbidden", "message": 7})
    assert (code, complained) == (2, "Nothing was checked: this is no receipt but an error: rest_forbidden\n")


@pytest.mark.parametrize("part", [{"code": 1}, {"data": []}, {"data": {}}, {"format": "wallet-receipt/1"}])
def test_what_only_looks_like_an_error_is_checked_as_a_receipt(part: dict[str, Any]):
    assert run({"code": "walletpro_not_sealed", "message": "x", "data": {"status": 409}, **part})[0] == 1


def test_nothing_in_a_text_moves_the_cursor_or_turns_the_line_around():
    nasty = "\x1b[2Jpaid\r\n\u202e0001\u2028"
    entry = Entry(**{**FULL, "reason": nasty, "reason_digest": text_digest(SALT, nasty), "reference": nasty, "kind": nasty})
    code, told, _complained = run(made_receipt(entry, texts=("reason",)))

    assert code == 0
    assert not set("\x1b\r\u202e\u2028") & set(told)
    assert r"“\x1b[2Jpaid\r\n\u202e0001\u2028”" in told


def test_a_terminal_that_knows_only_ascii():
    command = [sys.executable, str(SCRIPT), "--public-key", PUBLIC_KEY]
    environment = {"PYTHONIOENCODING": "ascii", "PATH": ""}
    done = subprocess.run(
        command, input=dump(RECEIPT).encode(), capture_output=True, timeout=60, cwd="/", env=environment, check=False
    )

    assert done.returncode == 0, done.stderr
    assert rb"Gr\xf6\xdfe" in done.stdout


# --- any honest receipt, and any garbage --------------------------------------------------------------

NUMBERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
MOMENTS = st.datetimes(timezones=st.just(UTC))
DIGESTS = st.binary(min_size=32, max_size=32)
LOTS = st.lists(st.tuples(NUMBERS, st.none() | MOMENTS.map(datetime.isoformat), NUMBERS), max_size=3)
OF_COLUMN: dict[str, st.SearchStrategy] = {
    **dict.fromkeys(FULL, NUMBERS),
    **dict.fromkeys(("kind", "house", "key", "actor", "reference"), TEXTS),
    **dict.fromkeys(("at", "ends"), MOMENTS),
    **dict.fromkeys(("asked", "mac", "reason_digest", "note_digest", "metadata_digest"), DIGESTS),
    "group": st.uuids(),
    "lots": LOTS,
    "version": st.just(1),
    "key_id": st.integers(0, 2**32 - 1),
}
TEXT_COLUMNS = {name + part for name in ("reason", "note") for part in ("", "_salt")}
ENTRIES = st.fixed_dictionaries(
    {name: st.none() | values if name in NULLABLE else values for name, values in OF_COLUMN.items() if name not in TEXT_COLUMNS}
)
SCRIPT_IS_SHARED = of_hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@SCRIPT_IS_SHARED
@given(ENTRIES, st.integers(1, 40), st.data())
def test_every_honest_receipt_holds(script: ModuleType, columns: dict[str, Any], size: int, data: st.DataObject):
    receipt = made_receipt(Entry(**columns), index=data.draw(st.integers(0, size - 1)), size=size)

    assert complaint(script, receipt) == ""
    assert list(script.proven(receipt, json.loads(receipt["checkpoint"]["body"]), bytes(32)))


@SCRIPT_IS_SHARED
@given(TEXTS)
def test_every_text_holds(script: ModuleType, text: str):
    entry = Entry(**{**FULL, "note": text, "note_digest": text_digest(SALT, text)})

    assert complaint(script, made_receipt(entry, texts=("note",))) == ""


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@SCRIPT_IS_SHARED
@given(st.sampled_from(PLACES), JSON_VALUES)
def test_no_garbage_anywhere_is_believed_or_breaks_it(script: ModuleType, path: tuple[Any, ...], value: Any):
    if value != at(RECEIPT, path) and (path, value) != NO_TEXTS:
        assert complaint(script, changed(path, value))


@SCRIPT_IS_SHARED
@given(st.dictionaries(st.sampled_from([*RECEIPT, "more"]), JSON_VALUES), st.binary(max_size=200))
def test_no_object_and_no_bytes_break_it(script: ModuleType, found: dict[str, Any], raw: bytes):
    assert complaint(script, found)
    assert complaint(script, {**RECEIPT, "checkpoint": signed(canonical(found))})
    assert script.is_signed_by(raw[:32], raw, b"") is False


def test_it_needs_no_file_of_ours(tmp_path: Path):
    """Copied away, it runs."""
    alone = tmp_path / "alone.py"
    alone.write_bytes(SCRIPT.read_bytes())
    command = [sys.executable, "-I", str(alone), "--public-key", PUBLIC_KEY]
    done = subprocess.run(command, input=dump(RECEIPT).encode(), capture_output=True, timeout=60, cwd=tmp_path, check=False)

    assert done.returncode == 0, done.stderr
