"""`erase_person`: nothing leads to the person any more, the money is where it was, and the chain verifies."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from rest_framework.test import APIClient

from audit.models import Act, RequestLog
from ledger.book import lock_accounts
from ledger.errors import Busy
from ledger.models import ERASABLE_TEXTS, Account, Entry
from ledger.movements import Circumstances, Event
from ledger.receipts import receipt_of
from ledger.verifying import verify
from notices.models import Notice
from people.models import User
from tests.api.conftest import V1
from tests.api.walletpro.clock import Clock
from tests.conftest import PASSWORD
from tests.ledger.test_receipts import holds, script  # noqa: F401  a fixture
from tests.wallet_service.privacy_life import EMAIL, WORDS, Life, all_words, entries_of, life  # noqa: F401  a fixture
from transfers.models import Transfer
from transfers.requests import ask_for_money
from wallet_service.privacy.errors import PersonNotErasable
from wallet_service.privacy.services import erase_person
from wallets.holds import place_hold
from wallets.models import Adjustment, Wallet
from wallets.services import create_customer

pytestmark = pytest.mark.django_db

WHY = Circumstances(actor="test", reason="test")


def erase(user: User, **extra: Any) -> Any:
    return erase_person(user=user, keep_balance=True, **extra)


def where(words: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(table, word) for table, text in all_words().items() for word in words if word in text]


def test_her_name_address_and_words_are_nowhere_in_the_database(life: Life):  # noqa: F811
    assert {word for _, word in where((*WORDS, EMAIL))} == {*WORDS, EMAIL}

    erase(life.user)

    assert where((*WORDS, EMAIL)) == []


def test_the_ledger_verifies_and_no_money_moved(life: Life, seal: Callable[[], Any]):  # noqa: F811
    seal()
    before = list(Account.objects.order_by("pk").values())
    chain = [(entry.pk, bytes(entry.mac), entry.balance) for entry in Entry.objects.order_by("pk")]
    assert verify().findings == []

    erase(life.user)

    assert list(Account.objects.order_by("pk").values()) == before
    assert [(entry.pk, bytes(entry.mac), entry.balance) for entry in Entry.objects.order_by("pk")] == chain
    seal()
    report = verify()
    assert report.findings == []
    assert report.erased_texts


def test_a_receipt_is_what_it_was_but_for_the_words_and_holds(life: Life, seal: Callable[[], Any], script: Any):  # noqa: F811
    seal()
    entry = entries_of(life)[0]
    before = receipt_of(entry, texts=ERASABLE_TEXTS)
    erase(life.user)
    after = receipt_of(Entry.objects.get(pk=entry.pk), texts=ERASABLE_TEXTS)

    assert (len(before["texts"]), after["texts"]) == (2, {})
    assert {**after, "texts": {}} == {**before, "texts": {}}
    assert holds(script, before)
    assert holds(script, after)


def test_bobs_own_words_stay(life: Life, bobs_wallet: Wallet):  # noqa: F811
    erase(life.user)

    assert Entry.objects.filter(account_id=bobs_wallet.pk, reason="Bob's own words", note="Bob's own note").exists()
    assert [transfer.note for transfer in Transfer.objects.order_by("created_at")] == ["", "Bob thanks you", ""]
    sent_by_bob = Entry.objects.get(account_id=bobs_wallet.pk, kind="transfer", amount=-50)
    assert sent_by_bob.reason == "Bob thanks you"


def test_every_erased_text_has_its_audit_row_and_the_person_one(life: Life, bobs_wallet: Wallet):  # noqa: F811
    worded = {entry.pk for entry in entries_of(life) if entry.reason or entry.note}
    mirrors = set(Entry.objects.filter(account_id=bobs_wallet.pk, reason__contains="rhubarb").values_list("pk", flat=True))
    assert len(mirrors) == 2
    erase(life.user)

    told = {int(act.subject.removeprefix("entry:")) for act in Act.objects.filter(act="texts.erased")}
    assert told == worded | mirrors
    act = Act.objects.get(act="person.erased")
    assert (act.subject, act.actor) == (f"user:{life.user.pk}", "command")
    assert json.loads(act.facts)["rows"]["entries"] == len(told)


def test_she_can_neither_sign_in_nor_call(life: Life):  # noqa: F811
    erase(life.user)

    assert life.by_key.get(f"{V1}/wallets/me").status_code == 401
    assert life.by_password.get(f"{V1}/wallets/me").status_code == 401
    assert not Client().login(username=EMAIL, password=PASSWORD)
    assert not Client().login(username="zelda", password=PASSWORD)
    assert "_auth_user_id" not in life.browser.session
    user = User.objects.get(pk=life.user.pk)
    assert not user.is_active
    assert not user.has_usable_password()


def test_somebody_else_may_have_her_address_then(life: Life):  # noqa: F811
    erase(life.user)
    wallet = create_customer(email=EMAIL, password=PASSWORD, username="zelda")

    assert wallet.user_id != life.user.pk


def test_a_second_time_there_is_nothing_to_do(life: Life):  # noqa: F811
    first = erase(life.user)
    assert first.is_new
    texts = all_words()
    second = erase(life.user)

    assert not second.is_new
    assert (second.username, second.changed) == (first.username, {})
    assert all_words() == texts


def test_other_peoples_requests_stay_in_the_log(life: Life, as_manager: APIClient, bobs_wallet: Wallet):  # noqa: F811
    as_manager.get(f"{V1}/wallets/{bobs_wallet.pk}")
    as_manager.get(f"{V1}/wallets/{life.wallet.pk}")
    erase(life.user)

    assert [row.path for row in RequestLog.objects.all()] == [f"{V1}/wallets/{bobs_wallet.pk}"]


def test_a_long_history_is_taken_in_batches(
    alice: User, wallet: Wallet, give: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wallet_service.privacy.money.BATCH", 3)
    for _ in range(10):
        give(wallet, 1)

    assert erase(alice).changed["entries"] == 10
    assert verify().findings == []


class TestRefusals:
    @pytest.fixture(autouse=True)
    def _nothing_changes(self, db: None) -> Any:
        """Once the test has tried."""
        yield
        assert not Act.objects.filter(act__in=["person.erased", "texts.erased"]).exists()
        assert not User.objects.filter(username__startswith="erased-").exists()

    def refused(self, user: User, *, keep_balance: bool = True) -> str:
        before = list(User.objects.order_by("pk").values())
        with pytest.raises(PersonNotErasable) as refusal, transaction.atomic():
            erase_person(user=user, keep_balance=keep_balance)
        assert list(User.objects.order_by("pk").values()) == before
        return str(refusal.value)

    def test_a_balance_unless_it_is_to_be_kept(self, alice: User, wallet: Wallet, give: Callable[..., Entry]):
        give(wallet, 500)

        said = self.refused(alice, keep_balance=False)
        assert said == f"Wallet {wallet.pk} holds 5.00 USD: pay it out first, or say that it is to be kept."

    def test_a_live_hold(self, alice: User, wallet: Wallet, give: Callable[..., Entry]):
        give(wallet, 500)
        asked: dict[str, Any] = {"event": Event.once("test"), "why": WHY, "expires_in": timedelta(minutes=5)}
        place_hold(wallet=wallet, amount=wallet.money(100), **asked)

        assert "1.00 USD set aside by live holds" in self.refused(alice)

    def test_an_approval_that_waits(self, alice: User, wallet: Wallet, manager: User):
        waiting = Adjustment.objects.create(wallet=wallet, kind="credit", amount_minor=5, reason="x", asked_by=manager)

        assert self.refused(alice) == f"{waiting} waits for approval: decide on it first."

    def test_a_superuser(self, db: None):
        assert "superuser" in self.refused(User.objects.create_superuser("boss", "boss@example.test", PASSWORD))

    def test_the_last_manager(self, manager: User):
        assert "last one who may manage" in self.refused(manager)

    def test_what_comes_while_it_runs_is_seen_behind_the_lock(
        self, alice: User, wallet: Wallet, give: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
    ):
        def lock_late(*account_ids: int) -> Any:
            give(wallet, 500)
            return lock_accounts(*account_ids)

        monkeypatch.setattr("wallet_service.privacy.services.lock_accounts", lock_late)

        assert "5.00 USD" in self.refused(alice, keep_balance=False)


def test_a_manager_who_is_not_the_last_can_be_erased(manager: User):
    second = User.objects.create_user("second", "second@example.test", PASSWORD)
    second.groups.set(manager.groups.all())
    erase(manager)

    assert not User.objects.get(pk=manager.pk).groups.exists()


class TestMoneyRequestsThatWait:
    """Nobody is kept from being erased by somebody who asks him for money, again and again."""

    @pytest.fixture(autouse=True)
    def _switched_on(self, site: Callable[..., None]) -> None:
        site(transfers_enabled=True)

    @pytest.mark.parametrize("is_asked", [False, True])
    def test_are_answered(self, alice: User, bob: User, wallet: Wallet, is_asked: bool):
        requester, payer = (bob, alice) if is_asked else (alice, bob)
        request = ask_for_money(requester=requester, payer_email=payer.email, amount=wallet.money(5), note="Please")
        assert erase(alice).changed["money_requests"]

        request.refresh_from_db()
        assert request.status == ("declined" if is_asked else "cancelled")
        assert (request.payer_email, request.note) == ("", "Please" if is_asked else "")
        assert Notice.objects.filter(kind=f"money_request.{request.status}", address=bob.email).count() == 1
        (act,) = Act.objects.filter(act=f"money_request.{request.status}")
        assert (act.subject, act.actor) == (f"money_request:{request.pk}", "command")
        assert verify().findings == []
        assert not erase(alice).is_new

    def test_for_the_address_that_nobody_had_too(self, bob: User, bobs_wallet: Wallet):
        request = ask_for_money(requester=bob, payer_email="CAROL@example.test", amount=bobs_wallet.money(5))
        carol = User.objects.create_user("carol", "carol@example.test")
        erase(carol)

        request.refresh_from_db()
        assert (request.status, request.payer, request.payer_email) == ("declined", carol, "")
        assert verify().findings == []


def test_a_hold_that_has_lapsed_is_not_in_the_way(
    alice: User, wallet: Wallet, give: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
):
    give(wallet, 500)
    clock = Clock(monkeypatch)
    asked: dict[str, Any] = {"event": Event.once("test"), "why": WHY, "expires_in": timedelta(minutes=5)}
    place_hold(wallet=wallet, amount=wallet.money(100), **asked)
    clock.forward(minutes=6)

    assert erase(alice).kept == [f"Wallet {wallet.pk} holds 5.00 USD"]


class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("erase_person", *arguments, stdout=out)
        return out.getvalue()

    def test_says_what_it_did_and_then_that_nothing_is_left(self, alice: User):
        assert f"user:{alice.pk} is erased, and called erased-" in self.run("alice", "--yes")
        assert self.run(str(alice.pk), "--yes") == f"user:{alice.pk} was erased before, and nothing was left to erase.\n"

    def test_in_json(self, alice: User):
        told = json.loads(self.run("alice@example.test", "--yes", "--json"))

        assert (told["user_id"], told["is_new"], told["kept"]) == (alice.pk, True, [])
        assert told["rows"]["person"] == 1

    def test_does_nothing_without_yes(self, alice: User):
        with pytest.raises(CommandError, match="nothing was erased.*--yes"):
            self.run("alice")
        assert User.objects.filter(username="alice").exists()

    def test_a_balance_is_one_clear_line(self, alice: User, wallet: Wallet, give: Callable[..., Entry]):
        give(wallet, 500)
        with pytest.raises(CommandError, match=r"nothing was erased. Wallet \d+ holds 5.00 USD: pay it out first"):
            self.run("alice", "--yes")
        assert "kept: Wallet" in self.run("alice", "--yes", "--keep-balance")

    @pytest.mark.parametrize("name", ["nobody", "", "a\0b"])
    def test_an_unknown_person_too(self, db: None, name: str):
        with pytest.raises(CommandError, match="^there is no user '.*'$"):
            self.run(name, "--yes")

    def test_and_a_ledger_that_is_busy(self, alice: User, monkeypatch: pytest.MonkeyPatch):
        def busy(work: Any) -> None:
            raise Busy("the database is busy")

        monkeypatch.setattr("wallet_service.management.commands.erase_person.in_transaction", busy)
        with pytest.raises(CommandError, match="busy"):
            self.run("alice", "--yes")
