"""A nickname leads to one wallet, whatever its case, and to nobody once it is forgotten."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from audit.models import Act
from ledger.findings import Finding
from ledger.money import currency
from ledger.retry import in_transaction
from ledger.verifying import verify
from people.models import User
from wallet_service.privacy.services import erase_person
from wallets.errors import NameInvalid, NameTaken
from wallets.models import Wallet
from wallets.naming import name_wallet
from wallets.services import change_wallet, open_wallet

pytestmark = pytest.mark.django_db


def findings() -> list[str]:
    return [str(finding) for finding in verify().findings]


def test_a_nickname_is_given_changed_and_taken_away(wallet: Wallet):
    for nickname, kept in (("  Savings ", "Savings"), ("SAVINGS", "SAVINGS"), ("日本 🐖", "日本 🐖"), ("", None)):
        named = name_wallet(wallet=wallet, nickname=nickname, actor="test")

        assert (named.nickname, Wallet.objects.get(pk=wallet.pk).nickname) == (kept, kept)
        assert findings() == []

    acts = Act.objects.filter(act="wallet.named", subject=f"wallet:{wallet.pk}")
    assert [json.loads(act.facts).keys() for act in acts] == [{"nickname_digest"}] * 4
    # The same again is no act.
    name_wallet(wallet=wallet, nickname=" ", actor="test")
    assert acts.count() == 4


@pytest.mark.parametrize(
    "nickname", ["7", "٣", "0" * 32, "ABCDEF0123456789abcdef0123456789", "x" * 65, "a\0b", "a\nb", "a\u202eb"]
)
def test_what_would_pass_for_something_else_is_no_nickname(wallet: Wallet, nickname: str):
    with pytest.raises(NameInvalid), transaction.atomic():
        name_wallet(wallet=wallet, nickname=nickname)

    assert Wallet.objects.get(pk=wallet.pk).nickname is None


def test_a_word_is_one_wallets_among_names_and_nicknames(wallet: Wallet, bobs_wallet: Wallet, bob: User):
    name_wallet(wallet=wallet, nickname="Shop")
    change_wallet(wallet=wallet, name="till-1")

    for taken in ("shop", "TILL-1"):
        with pytest.raises(NameTaken), transaction.atomic():
            name_wallet(wallet=bobs_wallet, nickname=taken)
        with pytest.raises(NameTaken), transaction.atomic():
            open_wallet(user=bob, currency=currency("EUR"), name=taken)
    with pytest.raises(IntegrityError), transaction.atomic():
        Wallet.objects.filter(pk=bobs_wallet.pk).update(nickname="sHOP", nickname_salt=b"1")
    assert Wallet.objects.get(pk=bobs_wallet.pk).nickname is None
    assert findings() == []


@pytest.mark.parametrize(
    "edit", ["nickname = 'Mine'", "nickname_salt = '\\x00'", "nickname = NULL, nickname_salt = NULL", "name = 'x'"]
)
def test_a_name_that_was_edited_is_named(wallet: Wallet, sql: Callable[[str], int], edit: str):
    name_wallet(wallet=wallet, nickname="Savings")

    assert sql(f"UPDATE wallets_wallet SET {edit} WHERE id = {wallet.pk}") == 1
    assert [finding.account_id for finding in verify().findings if isinstance(finding, Finding)] == [wallet.pk]
    assert ("name is" if edit.startswith("name ") else "nickname_digest is") in findings()[0]


def test_an_erased_person_has_no_nickname(wallet: Wallet, alice: User, manager: User):
    name_wallet(wallet=wallet, nickname="Alice Example")

    erase_person(user=alice, by=manager)

    wallet.refresh_from_db()
    assert (wallet.nickname, wallet.nickname_salt) == (None, None)
    assert not any("Alice Example" in act.facts for act in Act.objects.all())
    assert findings() == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_at_once_do_not_get_one_word(wallet: Wallet, bobs_wallet: Wallet, bob: User):
    """One as a nickname and one as a name: two columns, which no index holds apart. And two nicknames."""

    def attempt(work: Callable[[], Wallet]) -> bool:
        try:
            in_transaction(work)
        except NameTaken:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        for code in ("EUR", "GBP", "JPY", "CHF", "SEK", "NOK"):
            works = (
                partial(name_wallet, wallet=wallet, nickname=f"word {code}"),
                partial(open_wallet, user=bob, currency=currency(code), name=f"Word {code}"),
            )
            assert sum(pool.map(attempt, works)) == 1
            both = (partial(name_wallet, wallet=of, nickname=word) for of, word in ((wallet, code), (bobs_wallet, code.lower())))
            assert sum(pool.map(attempt, both)) == 1
