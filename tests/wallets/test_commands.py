"""The commands that scripts rely on."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apikeys.credentials import find_application_password, find_key
from ledger.models import Account, Entry
from people.models import User
from tests.conftest import PASSWORD
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """`told("credit", …)`: run a command with --json, and read what it prints."""

    def told(*words: object) -> Any:
        call_command(*map(str, words), "--json")
        return json.loads(capsys.readouterr().out)

    return told


class TestCreateCustomer:
    def test_makes_a_user_with_a_wallet(self, told: Any):
        made = told("create_customer", "--email", "ada@example.test", "--password", PASSWORD)

        wallet = Wallet.objects.get()
        assert made == {"user_id": wallet.user_id, "wallet_id": wallet.pk, "currency": "USD"}
        assert wallet.user.username == "ada@example.test"
        assert wallet.user.check_password(PASSWORD)
        assert [group.name for group in wallet.user.groups.all()] == ["Customer"]

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--email", "ALICE@example.test"], "e-mail address is taken"),
            (["--email", "new@example.test", "--username", "Alice"], "user name is taken"),
            (["--email", "not an address"], "valid"),
            (["--email", ""], "e-mail"),
            (["--email", "x@example.test", "--username", "ck_0123"], "API keys"),
            (["--email", "x@example.test", "--username", "a\0b"], "valid"),
        ],
    )
    def test_says_what_is_wrong_and_makes_nothing(self, alice: User, words: list[str], said: str):
        with pytest.raises(CommandError, match=said):
            call_command("create_customer", *words, "--password", PASSWORD)
        assert User.objects.count() == Wallet.objects.count() == 1

    def test_refuses_a_password_that_everybody_has(self):
        with pytest.raises(CommandError, match="too common"):
            call_command("create_customer", "--email", "x@example.test", "--password", "password1")
        assert not User.objects.exists()


class TestCredit:
    def test_credits(self, told: Any, wallet: Wallet):
        made = told("credit", "--wallet", wallet.pk, "--amount", 500, "--reason", "Goodwill")

        entry = Entry.objects.get()
        assert made == {
            "transaction_id": entry.pk,
            "wallet_id": wallet.pk,
            "amount": "500",
            "balance_after": "500",
            "currency": "USD",
        }
        assert (entry.reason, entry.actor) == ("Goodwill", "command")

    @pytest.mark.parametrize("amount", ["0", "-5", "1.5", "1e3", " 5", "٥", "", "9" * 40, str(10**15 + 1)])
    def test_refuses_what_is_no_amount(self, wallet: Wallet, amount: str):
        with pytest.raises(CommandError):
            call_command("credit", f"--wallet={wallet.pk}", f"--amount={amount}", "--reason=x")
        assert not Entry.objects.exists()

    @pytest.mark.parametrize("wallet_id", ["4711", "99999999999999999999", "-1"])
    def test_refuses_a_wallet_that_is_not_there(self, db: None, wallet_id: str):
        with pytest.raises(CommandError, match="no wallet"):
            call_command("credit", f"--wallet={wallet_id}", "--amount=5", "--reason=x")

    @pytest.mark.parametrize("reason", ["", "x" * 256, "a\0b"])
    def test_refuses_a_reason_that_cannot_be_kept(self, wallet: Wallet, reason: str):
        with pytest.raises(CommandError, match="reason"):
            call_command("credit", f"--wallet={wallet.pk}", "--amount=5", f"--reason={reason}")
        assert not Entry.objects.exists()

    def test_a_frozen_wallet_takes_nothing(self, wallet: Wallet, as_manager: Any):
        as_manager.post(f"/wp-json/walletpro/v1/wallets/{wallet.pk}", {"status": "frozen"}, format="json")

        with pytest.raises(CommandError, match="frozen"):
            call_command("credit", f"--wallet={wallet.pk}", "--amount=5", "--reason=x")
        assert Account.objects.get(pk=wallet.pk).balance == 0


class TestCreateApiKey:
    def test_prints_a_pair_that_works(self, told: Any, alice: User):
        made = told(
            *("create_api_key", "--owner", "Alice@example.test", "--scope", "read", "--description", "Till"),
            *("--allow-ip", "10.0.0.0/8", "--allow-ip", "2001:db8::1"),
        )

        found = find_key(made["consumer_key"], made["consumer_secret"])
        assert found is not None
        assert (found.user, found.scope) == (alice, "read")
        assert found.allowed_ips == ("10.0.0.0/8", "2001:db8::1/128")

    @pytest.mark.parametrize(
        ("owner", "address", "said"),
        [("nobody", "10.0.0.1", "no user"), ("alice", "10.0.0.300", "not an IP"), ("alice", "", "not an IP")],
    )
    def test_says_what_is_wrong(self, alice: User, owner: str, address: str, said: str):
        with pytest.raises(CommandError, match=said):
            call_command("create_api_key", f"--owner={owner}", "--scope=read", "--description=x", f"--allow-ip={address}")


def test_create_application_password_prints_one_that_works(told: Any, alice: User):
    made = told("create_application_password", "--user", alice.pk, "--name", "Till")

    found = find_application_password("ALICE", made["password"])
    assert found is not None
    assert found.user == alice


def test_a_second_superuser_with_the_same_address_is_refused_in_one_line(alice: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="e-mail address is taken"):
        call_command("createsuperuser", "--noinput", "--username=root", "--email=Alice@Example.test")
