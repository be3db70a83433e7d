"""`export_person`: all of it, readable, and no secret."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import Act
from ledger.book import lock_accounts
from ledger.debts import loan
from ledger.models import Entry
from ledger.movements import Event
from people.models import User
from tests.conftest import WHY
from tests.wallet_service.privacy_life import EMAIL, Life, entries_of, life  # noqa: F401  a fixture
from wallet_service.privacy.parts import PARTS
from wallet_service.privacy.services import exported
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


def document(of: User) -> dict[str, Any]:
    found: dict[str, Any] = json.loads("".join(exported(of)))
    return found


def test_every_part_has_something_to_tell_of_a_full_life(life: Life):  # noqa: F811
    found = document(life.user)

    assert list(found) == ["format", "exported_at", *(part.name for part in PARTS)]
    # Her only admin page was the shop's; her credit never ended; she owes nothing, or nobody could erase her. No file was
    # imported with her in it, she manages no plans, and no wallet of hers lies elsewhere: tests/points and tests/federation tell
    # of those.
    empty = ["imports", "periodic_plans", "external_wallets", "admin_log", "debts"]
    assert [name for name, rows in found.items() if not rows] == empty


def test_what_she_owes_is_told(life: Life):  # noqa: F811
    with transaction.atomic():
        book = lock_accounts(life.wallet.pk)
        book.post(loan(book[life.wallet.pk], life.wallet.money(250), WHY), event=Event.once("test"))
    found = document(life.user)

    owed = {"amount": "2.50", "currency": "USD"}
    last = entries_of(life)[-1]
    assert [(row["principal"], row["sequence"]) for row in found["debts"]] == [(owed, last.sequence)]
    assert (found["entries"][-1]["owed_change"], found["wallets"][0]["owed"]) == (owed, owed)


def test_the_person_and_her_money_are_told_exactly(life: Life):  # noqa: F811
    found = document(life.user)

    (person,) = found["person"]
    assert (person["email"], person["first_name"], person["groups"]) == (EMAIL, "Zelda", ["Customer"])
    (wallet,) = found["wallets"]
    entries = entries_of(life)
    assert wallet["balance"] == {"amount": f"{entries[-1].balance / 100:.2f}", "currency": "USD"}
    assert [row["id"] for row in found["entries"]] == [entry.pk for entry in entries]
    first = found["entries"][0]
    assert (first["amount"], first["reason"]) == ({"amount": "100.00", "currency": "USD"}, "xylophone for Zelda")
    assert first["at"] == entries[0].at.isoformat().replace("+00:00", "Z")
    assert [row["note"] for row in found["transfers"]] == ["rhubarb for Bob", "Bob thanks you", "rhubarb again"]
    assert {row["payer_email"] for row in found["money_requests"]} == {"somebody@example.test", EMAIL.upper()}
    assert [row["note"] for row in found["identity_check"]] == ["Zelda, rhubarb is no passport"]
    (submission,) = found["identity_submissions"]
    assert (submission["full_name"], submission["document_number"]) == ("Zelda Quuxbridge", "P-1234567")
    assert [row["content_type"] for row in submission["documents"]] == ["image/jpeg"]
    assert [row["description"] for row in found["api_keys"]] == ["Zelda's till"]
    assert found["api_keys"][0]["last_used_ip"] == "198.51.100.7"


def test_no_secret_leaves(life: Life):  # noqa: F811
    text = "".join(exported(life.user))

    assert life.password not in text
    assert life.key.consumer_key not in text
    for name in ("mac", "digest", "salt", "secret", "fingerprint", "sealed", "session_key", "password", "code"):
        # What the ledger's audit rows hold of a reference is their own; `code` is what a code is called in full.
        assert f'"{name}":' not in text
        assert f'_{name}":' not in text.replace("reference_digest", "")


def test_where_a_manager_sat_is_not_told_to_whom_he_managed(life: Life):  # noqa: F811
    rows = document(life.user)["audit_rows"]

    hers = [row for row in rows if row["actor"].startswith(f"user:{life.user.pk}")]
    assert all("address" not in row for row in rows if row["actor"].startswith("user:") and row not in hers)


def test_two_exports_of_the_same_are_alike(life: Life):  # noqa: F811
    first, second = document(life.user), document(life.user)

    assert {**first, "exported_at": ""} == {**second, "exported_at": ""}


def test_statements_do_not_grow_with_the_history(alice: User, wallet: Wallet, give: Callable[..., Entry]):
    counts = []
    for number in (2, 20):
        for _ in range(number):
            give(wallet, 5)
        with CaptureQueriesContext(connection) as queries:
            document(alice)
        counts.append(len(queries.captured_queries))

    assert counts[0] == counts[1]


class TestCommand:
    def test_to_standard_output_and_it_is_written_down(self, alice: User):
        out = StringIO()
        call_command("export_person", "alice", stdout=out)

        assert json.loads(out.getvalue())["person"][0]["username"] == "alice"
        act = Act.objects.get(act="person.exported")
        assert (act.subject, act.actor, act.facts) == (f"user:{alice.pk}", "command", "{}")

    def test_to_a_new_file_for_its_owner_alone(self, alice: User, tmp_path: Path):
        path = tmp_path / "alice.json"
        call_command("export_person", "ALICE@example.test", "--output", str(path))

        assert json.loads(path.read_text())["person"][0]["id"] == alice.pk
        assert path.stat().st_mode & 0o777 == 0o600
        with pytest.raises(CommandError, match="File exists"):
            call_command("export_person", "alice", "--output", str(path))
        assert Act.objects.filter(act="person.exported").count() == 1

    @pytest.mark.parametrize("name", ["nobody", "", "99999999999999999999", "a\0b"])
    def test_an_unknown_person_is_one_clear_line(self, alice: User, name: str):
        with pytest.raises(CommandError, match="^there is no user '.*'$"):
            call_command("export_person", name)
        assert not Act.objects.filter(act="person.exported").exists()
