"""`verify_ledger` by mutation: a transfer's row, its entries, and a request that it paid."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.utils import timezone

from audit.models import Act
from ledger.errors import LedgerUnavailable
from ledger.models import Account, Entry
from ledger.movements import Event
from ledger.reversals import reverse
from ledger.verifying import verify
from people.models import User
from tests.conftest import WHY
from transfers.models import MoneyRequest
from transfers.requests import accept_request, ask_for_money, cancel_request, decline_request, expire_requests, fail_request
from transfers.services import SentTransfer
from wallets.models import Wallet
from wallets.services import open_wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]
Send = Callable[..., SentTransfer]


def findings(account_id: int | None = None) -> list[str]:
    return [str(finding) for finding in verify(account_id).findings]


@pytest.fixture
def sent(wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry], send: Send, site: Callable[..., None]) -> SentTransfer:
    """A transfer of 100 with a fee of 3, one back of 10 without, and one that is given back."""
    give(wallet, 1000)
    site(transfer_fee_type="fixed", transfer_fee_amount=3)
    first = send(wallet, bobs_wallet, 100, note="For the tickets")
    reverse(entry=send(wallet, bobs_wallet, 20).sent, event=Event.once("test"), why=WHY)
    site(transfer_fee_type="none")
    send(bobs_wallet, wallet, 10)
    return first


def test_finds_nothing_on_honest_data(sent: SentTransfer, wallet: Wallet, bobs_wallet: Wallet):
    other = open_wallet(user=User.objects.create_user("carol", "carol@example.test"))

    assert findings() == findings(wallet.pk) == findings(bobs_wallet.pk) == findings(other.pk) == []
    assert findings(None) == [str(row) for row in verify(since_checkpoint=True).findings] == []


EDITS = [
    "amount_minor = amount_minor + 1",
    "fee_minor = 0",
    "currency = 'EUR'",
    "sender_id = recipient_id, recipient_id = sender_id",
    "created_at = created_at - interval '1 second'",
    "note = 'Not what was said'",
    "note = ''",
]


@pytest.mark.parametrize("edit", EDITS)
def test_names_a_row_that_was_edited(sent: SentTransfer, wallet: Wallet, bobs_wallet: Wallet, sql: Sql, edit: str):
    group = sent.transfer.pk
    assert sql(f"UPDATE transfers_transfer SET {edit} WHERE \"group\" = '{group}'") == 1

    named = f"account {wallet.pk}: transfer {group} is not what its entries say"
    assert findings() == [named]
    assert findings(wallet.pk) == findings(bobs_wallet.pk) == [named]


def test_names_a_row_that_is_gone(sent: SentTransfer, wallet: Wallet, bobs_wallet: Wallet, sql: Sql):
    assert sql(f"DELETE FROM transfers_transfer WHERE \"group\" = '{sent.transfer.pk}'") == 1

    named = f"account {wallet.pk}: transfer {sent.transfer.pk} has entries and no row"
    assert findings() == findings(wallet.pk) == findings(bobs_wallet.pk) == [named]


def test_names_a_row_that_was_made_up(sent: SentTransfer, wallet: Wallet, bobs_wallet: Wallet, sql: Sql):
    columns = '"group", sender_id, recipient_id, amount_minor, fee_minor, currency, note, created_at'
    values = f"'00000000-0000-4000-8000-000000000000', {wallet.pk}, {bobs_wallet.pk}, 5, 0, 'USD', '', now()"
    sql(f"INSERT INTO transfers_transfer ({columns}) VALUES ({values})")

    assert findings() == [f"account {wallet.pk}: transfer 00000000-0000-4000-8000-000000000000 has no entries"]


@pytest.mark.parametrize(("kind", "sign"), [("transfer", "<"), ("transfer", ">"), ("fee", "<")])
def test_names_a_row_whose_entries_are_missing(sent: SentTransfer, sql: Sql, kind: str, sign: str):
    """One side removed, or the fee; the chain and the mirrors say so as well."""
    where = f"kind = '{kind}' AND amount {sign} 0 AND \"group\" = '{sent.transfer.pk}'"
    assert sql(f"DELETE FROM ledger_entry WHERE {where}") == 1

    assert any(f"transfer {sent.transfer.pk} is not what its entries say" in finding for finding in findings())


def test_names_a_row_all_of_whose_entries_are_missing(sent: SentTransfer, sql: Sql):
    sql(f"DELETE FROM ledger_entry WHERE \"group\" = '{sent.transfer.pk}'")

    assert any(f"transfer {sent.transfer.pk} has no entries" in finding for finding in findings())


WAITS_AGAIN = "status = 'pending', transfer_id = NULL, decided_at = NULL"


@pytest.fixture
def waiting(sent: SentTransfer, alice: User, bob: User, wallet: Wallet) -> int:
    """Bob asks Alice for 7."""
    return int(ask_for_money(requester=bob, payer_email=alice.email, amount=wallet.money(7)).pk)


class TestRequests:
    @pytest.fixture
    def paid(self, sent: SentTransfer, alice: User, bob: User, wallet: Wallet) -> int:
        """Bob asked Alice for 7, and she has paid."""
        asked = ask_for_money(requester=bob, payer_email=alice.email, amount=wallet.money(7))
        accept_request(request_id=asked.pk, payer=alice, wallet=wallet, event=Event.once("test"), actor="test")
        return int(asked.pk)

    def test_finds_nothing_in_one_that_was_paid(self, paid: int, wallet: Wallet):
        assert findings() == findings(wallet.pk) == []

    @pytest.mark.parametrize(
        "edit",
        [
            "amount_minor = 8",
            "currency = 'EUR'",
            "requester_id = payer_id, payer_id = requester_id",
            'transfer_id = (SELECT "group" FROM transfers_transfer WHERE amount_minor = 100)',
            "transfer_id = '00000000-0000-4000-8000-000000000000'",
        ],
    )
    def test_names_one_that_was_edited(self, paid: int, sql: Sql, edit: str):
        assert sql(f"UPDATE transfers_moneyrequest SET {edit} WHERE id = {paid}") == 1

        assert any(f"accepted money request {paid} is not the transfer that it names" in found for found in findings())

    def test_names_one_that_waits_again(self, paid: int, wallet: Wallet, bobs_wallet: Wallet, sql: Sql):
        sql(f"UPDATE transfers_moneyrequest SET {WAITS_AGAIN} WHERE id = {paid}")

        assert any(f"a transfer paid money request {paid}, which does not say so" in found for found in findings())
        assert f"money request {paid} was not decided as its audit rows say" in findings()
        for number in (wallet.pk, bobs_wallet.pk):
            assert f"account {number}: money request {paid} was not decided as its audit rows say" in findings(number)

    def test_names_one_that_is_gone(self, paid: int, wallet: Wallet, sql: Sql):
        sql(f"DELETE FROM transfers_moneyrequest WHERE id = {paid}")

        paid_it = f"account {wallet.pk}: a transfer paid money request {paid}, which does not say so"
        assert findings() == [paid_it, f"money request {paid} was asked for, and is gone"]
        assert findings(wallet.pk) == [paid_it]

    def test_names_one_whose_entries_do_not_name_it(self, paid: int, sql: Sql):
        sql(f"UPDATE ledger_entry SET reference = NULL WHERE reference = 'money_request:{paid}' AND amount > 0")

        assert any(f"accepted money request {paid} is not named by both entries" in found for found in findings())

    @pytest.mark.parametrize(
        ("edit", "what"),
        [
            ("amount_minor = 8", "amount_minor"),
            ("currency = 'EUR'", "currency"),
            ("requester_id = (SELECT id FROM people_user WHERE username = 'carol')", "requester"),
            ("payer_id = (SELECT id FROM people_user WHERE username = 'carol')", "payer"),
            ("payer_id = NULL", "payer"),
            ("payer_email = 'carol@example.test'", "address"),
            ("expires_at = expires_at + interval '1 day'", "expires_at"),
        ],
    )
    def test_names_one_that_was_edited_while_it_waits(self, waiting: int, sql: Sql, edit: str, what: str):
        User.objects.create_user("carol", "carol@example.test")
        assert sql(f"UPDATE transfers_moneyrequest SET {edit} WHERE id = {waiting}") == 1

        assert findings() == [f"money request {waiting} is not what was asked for ({what})"]

    def test_names_one_that_nobody_asked_for_and_one_that_nobody_decided_on(self, waiting: int, alice: User, bob: User, sql: Sql):
        sql(f"UPDATE transfers_moneyrequest SET status = 'declined', decided_at = now() WHERE id = {waiting}")
        made_up = MoneyRequest.objects.create(
            **{"requester": bob, "payer": alice, "amount_minor": 7, "currency_code": "USD"},
            expires_at=timezone.now() + timedelta(days=1),
        )

        assert findings() == [
            f"money request {waiting} was not decided as its audit rows say",
            f"money request {made_up.pk} has no audit row of its own that says what was asked for",
        ]

    def test_finds_nothing_whatever_became_of_them(self, sent: SentTransfer, alice: User, bob: User, wallet: Wallet, sql: Sql):
        def ask(address: str = "alice@example.test") -> int:
            return int(ask_for_money(requester=bob, payer_email=address, amount=wallet.money(7)).pk)

        decline_request(request_id=ask(), payer=alice)
        cancel_request(request_id=ask(), requester=bob)
        fail_request(request_id=ask(), payer=alice)
        ask()
        ask("nobody@example.test")
        unknown = ask("carol@example.test")
        decline_request(request_id=unknown, payer=User.objects.create_user("carol", "carol@example.test"))
        now = timezone.now()
        with patch.object(timezone, "now", lambda: now + timedelta(days=31)):
            assert expire_requests() == 2

        assert set(MoneyRequest.objects.values_list("status", flat=True)) == {"declined", "cancelled", "failed", "expired"}
        assert findings() == findings(wallet.pk) == []


class TestPayingWhatSomebodyChanged:
    """Nothing moves, and the log says why."""

    @pytest.fixture
    def refused(
        self, waiting: int, alice: User, wallet: Wallet, bobs_wallet: Wallet, caplog: pytest.LogCaptureFixture
    ) -> Callable[..., str]:
        def refused(**extra: Any) -> str:
            before = list(Account.objects.order_by("pk").values()), Entry.objects.count()
            asked = {"request_id": waiting, "payer": alice, "wallet": wallet, "event": Event.once("test"), "actor": "test"}
            with pytest.raises(LedgerUnavailable), transaction.atomic():
                accept_request(**{**asked, **extra})
            assert (list(Account.objects.order_by("pk").values()), Entry.objects.count()) == before
            (record,) = [record for record in caplog.records if record.levelname == "CRITICAL"]
            return record.getMessage()

        return refused

    @pytest.mark.parametrize(
        ("edit", "what"),
        [
            ("amount_minor = 8", "amount_minor"),
            ("currency = 'XXX'", "currency"),
            ("requester_id = (SELECT id FROM people_user WHERE username = 'carol')", "requester"),
            ("expires_at = expires_at + interval '1 day'", "expires_at"),
        ],
    )
    def test_an_edited_one(self, refused: Callable[..., str], waiting: int, sql: Sql, edit: str, what: str):
        User.objects.create_user("carol", "carol@example.test")
        sql(f"UPDATE transfers_moneyrequest SET {edit} WHERE id = {waiting}")

        assert refused() == f"money request {waiting} is not what was asked for ({what})"

    def test_one_that_is_somebody_elses_now(self, refused: Callable[..., str], waiting: int, sql: Sql):
        carol = User.objects.create_user("carol", "carol@example.test")
        sql(f"UPDATE transfers_moneyrequest SET payer_id = {carol.pk} WHERE id = {waiting}")

        assert refused(payer=carol, wallet=open_wallet(user=carol)).endswith("(payer)")

    @pytest.mark.parametrize("edit", ["facts = replace(facts, ':7,', ':8,')", "subject = ''"])
    def test_one_whose_audit_row_was_edited(self, refused: Callable[..., str], waiting: int, sql: Sql, edit: str):
        sql("UPDATE transfers_moneyrequest SET amount_minor = 8")
        assert sql(f"UPDATE audit_act SET {edit} WHERE act = 'money_request.asked'") == 1

        assert "has no audit row of its own" in refused()

    def test_one_that_was_decided(self, refused: Callable[..., str], waiting: int, alice: User, sql: Sql):
        fail_request(request_id=waiting, payer=alice)
        sql(f"UPDATE transfers_moneyrequest SET {WAITS_AGAIN} WHERE id = {waiting}")

        assert refused() == f"money request {waiting} was not decided as its audit rows say"

    def test_one_that_was_paid_whatever_the_audit_rows_say(
        self, refused: Callable[..., str], waiting: int, alice: User, wallet: Wallet, sql: Sql
    ):
        accept_request(request_id=waiting, payer=alice, wallet=wallet, event=Event.once("test"), actor="test")
        sql(f"UPDATE transfers_moneyrequest SET {WAITS_AGAIN} WHERE id = {waiting}")
        sql("DELETE FROM audit_act WHERE act = 'money_request.accepted'")

        assert refused() == f"money request {waiting} waits, and was paid before"


def test_the_row_of_an_asking_says_nobodys_address(waiting: int):
    act = Act.objects.get(act="money_request.asked")

    assert act.subject == f"money_request:{waiting}"
    assert "alice" not in act.facts
    assert sha256(b"alice@example.test").hexdigest() not in act.facts
