"""Receipts of entries that were written and sealed as in real life. That one proves what it says: tests/clients."""

import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.book import lock_accounts
from ledger.encoding import ENTRY_COLUMNS
from ledger.errors import LedgerUnavailable, LogNotIntact, NotSealed
from ledger.kinds import House, Kind
from ledger.log_paths import KEPT_EVERY
from ledger.models import Checkpoint, Entry, Leaf, LogNode, SigningKey
from ledger.movements import Circumstances, Event, Movement
from ledger.receipts import receipt_of
from ledger.services import erase_texts
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

SCRIPT = Path(__file__).parents[2] / "clients" / "verify_receipt.py"
WHY = Circumstances(actor="key:3", reason="Größe ≠ 0", note="for managers", order_id=8812, reference="INV-7")
BOTH = ("reason", "note")


@pytest.fixture(scope="module")
def script() -> Any:
    spec = importlib.util.spec_from_file_location("verify_receipt", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def entry(wallet: Wallet) -> Entry:
    """One with something in most columns."""
    movement = Movement(wallet.pk, Kind.CASHBACK, wallet.money(250), House.ISSUED, WHY, is_lot=True)
    return lock_accounts(wallet.pk).post(movement, event=Event.once("test"))[0]


def read(entry: Entry) -> Entry:
    """As it is in the database."""
    return Entry.objects.get(pk=entry.pk)


def holds(script: Any, receipt: dict[str, Any]) -> bool:
    """Whether the receipt, as JSON, holds under the key that is published."""
    key = SigningKey.objects.get(pk=receipt["checkpoint"]["key_id"])
    try:
        script.check(script.parse("the receipt", json.dumps(receipt)), [bytes(key.public_key)])
    except script.Broken:
        return False
    return True


def salts(receipt: dict[str, Any]) -> Iterator[str]:
    return (text["salt"] for text in receipt["texts"].values())


def test_an_entry_that_is_not_sealed_has_none_yet(
    entry: Entry, seal: Callable[[], Any], give: Callable[..., Entry], wallet: Wallet
):
    with pytest.raises(NotSealed):
        receipt_of(read(entry), texts=())
    seal()
    newer = give(wallet, 5)
    with pytest.raises(NotSealed) as refused:
        receipt_of(read(newer), texts=())

    assert (refused.value.account_id, refused.value.sequence) == (wallet.pk, 2)
    assert receipt_of(read(entry), texts=())


def test_it_holds_and_names_every_column_that_is_sealed(script: Any, entry: Entry, seal: Callable[[], Any]):
    seal()
    receipt = receipt_of(read(entry), texts=BOTH)

    assert holds(script, receipt)
    assert set(receipt["entry"]) == {*ENTRY_COLUMNS, "version", "key_id", "account_id", "sequence", "mac"}
    assert receipt["texts"]["reason"]["text"] == "Größe ≠ 0"
    assert receipt["texts"]["note"]["text"] == "for managers"


@pytest.mark.parametrize("texts", [(), ("reason",), BOTH])
def test_a_text_that_its_reader_may_not_see_is_a_digest_without_its_salt(
    script: Any, entry: Entry, seal: Callable[[], Any], texts: tuple[str, ...]
):
    seal()
    receipt = receipt_of(read(entry), texts=texts)
    whole = json.dumps(receipt, ensure_ascii=False)

    assert set(receipt["texts"]) == set(texts)
    assert len(set(salts(receipt))) == len(texts)
    assert holds(script, receipt)
    for name in BOTH:
        assert (str(getattr(entry, name)) in whole) is (name in texts)
        assert (bytes(getattr(entry, f"{name}_salt")).hex() in whole) is (name in texts)
        assert bytes(getattr(entry, f"{name}_digest")).hex() in whole


def test_a_text_that_was_erased_is_gone_and_the_rest_holds(script: Any, entry: Entry, seal: Callable[[], Any]):
    seal()
    before = receipt_of(read(entry), texts=BOTH)
    erase_texts([entry])
    after = receipt_of(read(entry), texts=BOTH)

    assert after["texts"] == {}
    assert after["entry"] == before["entry"]
    assert holds(script, after)


def test_it_leads_to_the_latest_checkpoint_and_an_older_one_stays_good(
    script: Any, entry: Entry, seal: Callable[[], Any], give: Callable[..., Entry], bobs_wallet: Wallet
):
    seal()
    older = receipt_of(read(entry), texts=BOTH)
    for number in range(1, 6):
        give(bobs_wallet, number)
    seal()
    newer = receipt_of(read(entry), texts=BOTH)

    numbers = [json.loads(receipt["checkpoint"]["body"])["number"] for receipt in (older, newer)]
    assert numbers == ["1", "2"]
    assert newer["log"]["path"] != older["log"]["path"]
    assert holds(script, older)
    assert holds(script, newer)


def many(wallet: Wallet, count: int) -> list[Entry]:
    movements = [Movement(wallet.pk, Kind.CREDIT, wallet.money(1), House.ISSUED, WHY) for _ in range(count)]
    return lock_accounts(wallet.pk).post(*movements, event=Event.once("test"))


def test_every_entry_of_a_log_across_the_kept_levels_has_one(script: Any, seal: Callable[[], Any], wallet: Wallet):
    """More than 2 × 256 leaves, so that paths go through kept nodes and over them."""
    for _ in range(3):
        many(wallet, 180)
        seal()
    assert LogNode.objects.filter(level=KEPT_EVERY).count() == 2
    last = Checkpoint.objects.latest("number").size - 1

    for leaf in Leaf.objects.filter(
        source=Leaf.Source.ENTRY, index__in=[0, 1, 254, 255, 256, 257, 511, 512, 513, last - 1, last]
    ):
        receipt = receipt_of(Entry.objects.get(account_id=wallet.pk, sequence=leaf.row), texts=())
        assert receipt["log"]["index"] == leaf.index
        assert holds(script, receipt)


def test_it_takes_four_statements(seal: Callable[[], Any], entry: Entry, wallet: Wallet):
    many(wallet, 520)
    seal()
    with CaptureQueriesContext(connection) as queries:
        receipt_of(read(entry), texts=BOTH)

    # The entry itself; its leaf, the checkpoint, leaves of the path and nodes of it.
    assert len(queries) == 1 + 4, queries.captured_queries


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE ledger_entry SET amount = amount + 1, balance = balance + 1",
        "UPDATE ledger_entry SET actor = 'key:4'",
        "UPDATE ledger_leaf SET index = 1000 WHERE index = 0",
        "UPDATE ledger_checkpoint SET root = decode(repeat('00', 32), 'hex')",
        "UPDATE ledger_checkpoint SET size = 0",
        "DELETE FROM ledger_checkpoint",
    ],
)
def test_what_was_changed_behind_the_service_gets_no_receipt(
    damage: str, entry: Entry, seal: Callable[[], Any], sql: Callable[[str], int], caplog: pytest.LogCaptureFixture
):
    seal()
    receipt_of(read(entry), texts=())
    assert sql(damage) == 1

    with pytest.raises(LogNotIntact):
        receipt_of(read(entry), texts=())
    assert issubclass(LogNotIntact, LedgerUnavailable)
    assert f"account {entry.account_id}, entry {entry.sequence}" in caplog.text


def test_a_hash_that_is_missing_is_named(
    entry: Entry, seal: Callable[[], Any], sql: Callable[[str], int], give: Callable[..., Entry], wallet: Wallet
):
    give(wallet, 5)
    seal()
    sql("DELETE FROM ledger_leaf WHERE index = 1")

    with pytest.raises(LogNotIntact, match="no leaf 1"):
        receipt_of(read(entry), texts=())


def test_a_receipt_changes_nothing(entry: Entry, seal: Callable[[], Any]):
    seal()
    before = [list(model.objects.order_by("pk").values()) for model in (Entry, Leaf, Checkpoint)]
    receipt_of(read(entry), texts=BOTH)

    assert [list(model.objects.order_by("pk").values()) for model in (Entry, Leaf, Checkpoint)] == before
