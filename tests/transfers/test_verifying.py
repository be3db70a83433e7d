"""`verify_ledger` by mutation: a transfer's row, its entries, and a request that it paid."""

from collections.abc import Callable

import pytest

from ledger.models import Entry
from ledger.movements import Event
from ledger.reversals import reverse
from ledger.verifying import verify
from people.models import User
from tests.conftest import WHY
from transfers.requests import accept_request, ask_for_money
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
    first = send(wallet, bobs_wallet, 100)
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

        (found,) = findings()
        assert f"accepted money request {paid} is not the transfer that it names" in found
