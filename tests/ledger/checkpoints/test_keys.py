"""Keys: the ones that sign, and the one that writes; how each is changed, and what nobody may do with an old one."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ledger.checkpoints.errors import SigningKeyRefused
from ledger.checkpoints.services import sweep_ledger
from ledger.models import Account, Checkpoint, Entry, SigningKey
from ledger.verifying import verify
from tests.ledger.checkpoints.conftest import SEEDS
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


def told() -> list[str]:
    report = verify()
    return [str(finding) for finding in [*report.findings, *report.unreadable]]


class TestSigningKeys:
    @pytest.fixture
    def rotated(self, moved: Wallet, give: Callable[..., Entry], settings: Any) -> Wallet:
        """Key 1 signed the first checkpoint, key 2 the second."""
        sweep_ledger()
        settings.LEDGER_SIGNING_KEYS = f"2:{SEEDS[2]},1:{SEEDS[1]}"
        give(moved, 5)
        sweep_ledger()
        return moved

    def test_the_old_key_signs_for_the_new_one(self, rotated: Wallet, settings: Any, give: Callable[..., Entry]):
        second = Checkpoint.objects.get(pk=2)
        assert second.signing_key_id == 2
        said = json.loads(second.body)["rotation"]
        assert json.loads(said["statement"])["from"] == 1
        assert said["signature"] == bytes(SigningKey.objects.get(pk=2).endorsement_signature or b"").hex()

        settings.LEDGER_SIGNING_KEYS = f"2:{SEEDS[2]}"
        give(rotated, 6)
        sweep_ledger()
        assert "rotation" not in json.loads(Checkpoint.objects.get(pk=3).body)
        assert told() == []

    def test_the_command_rotates_without_waiting_for_an_entry(
        self, moved: Wallet, settings: Any, capsys: pytest.CaptureFixture[str]
    ):
        sweep_ledger()
        settings.LEDGER_SIGNING_KEYS = f"2:{SEEDS[2]},1:{SEEDS[1]}"
        call_command("rotate_signing_key")

        assert "Key 2 signs from checkpoint 2 on." in capsys.readouterr().out
        assert told() == []
        with pytest.raises(CommandError, match="key 2 signs already"):
            call_command("rotate_signing_key")

    def test_a_key_that_nobody_speaks_for_does_not_sign(self, moved: Wallet, settings: Any, give: Callable[..., Entry]):
        sweep_ledger()
        give(moved, 5)
        settings.LEDGER_SIGNING_KEYS = f"2:{SEEDS[2]}"

        with pytest.raises(SigningKeyRefused, match="key 2 is new, and key 1, which must sign for it"):
            sweep_ledger()
        assert Checkpoint.objects.count() == 1

    def test_where_the_old_key_is_lost_a_person_says_so_and_it_is_shown(
        self, moved: Wallet, settings: Any, capsys: pytest.CaptureFixture[str]
    ):
        sweep_ledger()
        settings.LEDGER_SIGNING_KEYS = f"2:{SEEDS[2]}"
        call_command("rotate_signing_key", "--without-endorsement", "the old server burnt")
        call_command("ledger_public_key")

        assert "NOT endorsed" in capsys.readouterr().out
        assert "the old server burnt" in SigningKey.objects.get(pk=2).endorsement
        assert told() == []

    def test_a_number_is_one_key_for_ever(self, rotated: Wallet, settings: Any, give: Callable[..., Entry]):
        give(rotated, 6)
        settings.LEDGER_SIGNING_KEYS = f"2:{SEEDS[3]},1:{SEEDS[1]}"
        with pytest.raises(SigningKeyRefused, match="key 2 is another one"):
            sweep_ledger()

        settings.LEDGER_SIGNING_KEYS = f"1:{SEEDS[1]},2:{SEEDS[2]}"
        with pytest.raises(SigningKeyRefused, match="key 1 was replaced by key 2"):
            sweep_ledger()

    @pytest.mark.parametrize(
        ("edit", "said"),
        [
            ("endorsement = replace(endorsement, '\"to\":2', '\"to\":3')", "what it says of signing key 2 is not what"),
            ("endorsement_signature = '\\x00'", "what it says of signing key 2 is not what"),
            ("endorsement_signature = NULL", "nobody speaks for signing key 2"),
            ("endorsement = 'x'", "what was said of signing key 2 cannot be read"),
            ("first_checkpoint = 1", "signing key 2 is said to sign from checkpoint 1 on"),
        ],
    )
    def test_an_endorsement_that_was_edited_is_named(self, rotated: Wallet, sql: Sql, edit: str, said: str):
        sql(f"UPDATE ledger_signingkey SET {edit} WHERE id = 2")

        assert any(f"checkpoint 2: {said}" in finding for finding in told()), told()

    def test_a_key_that_signs_nothing_is_named(self, rotated: Wallet, sql: Sql):
        sql(
            "INSERT INTO ledger_signingkey (id, public_key, first_checkpoint, endorsement, created_at)"
            " VALUES (9, '\\x01', 9, '', now())"
        )

        assert told() == ["signing key 9 signs no checkpoint"]

    def test_public_keys_are_printed(self, rotated: Wallet, capsys: pytest.CaptureFixture[str]):
        call_command("ledger_public_key", "--json")

        keys = json.loads(capsys.readouterr().out)
        assert [(key["id"], key["first_checkpoint"], key["endorsement"]) for key in keys] == [
            (1, 1, "the first key"),
            (2, 2, "endorsed by the key before"),
        ]


class TestLedgerKeys:
    @pytest.fixture
    def retired(self, moved: Wallet, give: Callable[..., Entry], settings: Any) -> Wallet:
        """HMAC key 1 wrote what checkpoint 1 covers; checkpoint 2 says that key 7 writes."""
        sweep_ledger()
        settings.LEDGER_HMAC_KEYS = f"7:{'77' * 32},{settings.LEDGER_HMAC_KEYS}"
        give(moved, 5)
        sweep_ledger()
        return moved

    def test_a_key_is_retired_by_the_checkpoint_behind_all_that_it_wrote(self, retired: Wallet):
        bodies = [json.loads(body) for body in Checkpoint.objects.order_by("number").values_list("body", flat=True)]

        assert [(body["ledger_key"], body["retired_ledger_keys"]) for body in bodies] == [(1, {}), (1, {}), (7, {"1": "3"})]
        assert told() == []

    def test_what_is_written_under_it_later_is_left_out_and_found(
        self, retired: Wallet, give: Callable[..., Entry], settings: Any
    ):
        new, old = settings.LEDGER_HMAC_KEYS.split(",")
        settings.LEDGER_HMAC_KEYS = f"{old},{new}"
        forged = give(retired, 1_000_000)
        settings.LEDGER_HMAC_KEYS = f"{new},{old}"

        assert sweep_ledger().left_out == {retired.pk: f"entry {forged.sequence} is written under key 1, which is retired"}
        assert told() == [f"account {retired.pk}: entry {forged.sequence} was written under key 1 after that was retired"]

    def test_what_was_sealed_under_it_later_is_found(
        self, retired: Wallet, give: Callable[..., Entry], settings: Any, monkeypatch: pytest.MonkeyPatch
    ):
        new, old = settings.LEDGER_HMAC_KEYS.split(",")
        settings.LEDGER_HMAC_KEYS = f"{old},{new}"
        forged = give(retired, 1_000_000)
        settings.LEDGER_HMAC_KEYS = f"{new},{old}"
        monkeypatch.setattr("ledger.checkpoints.sealing.is_retired", lambda *args: False)
        sweep_ledger()

        assert told() == [f"account {retired.pk}: entry {forged.sequence} was written under key 1 after that was retired"]

    def test_a_key_that_writes_again_is_retired_no_longer(self, retired: Wallet, give: Callable[..., Entry], settings: Any):
        new, old = settings.LEDGER_HMAC_KEYS.split(",")
        settings.LEDGER_HMAC_KEYS = f"{old},{new}"
        sweep_ledger()
        give(retired, 6)
        sweep_ledger()

        assert told() == []
        assert Account.objects.get(pk=retired.pk).sequence == 5
