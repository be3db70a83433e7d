"""Which wallet is meant: its number, its name, or its nickname whatever its case."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apikeys.credentials import find_application_password
from apikeys.services import make_application_password
from federation.batches import _holders
from federation.matching import _holder
from federation.remote_wallets import RemoteWallet
from people.any_case import folded
from people.models import User
from points.errors import PointsWalletUnknown
from points.finding import points_wallet, wallet_of
from tests.conftest import PASSWORD
from transfers.models import MoneyRequest
from transfers.recipients import customer_with
from transfers.requests import ask_for_money
from wallets.models import Wallet
from wallets.naming import name_wallet
from wallets.reading import read_wallet_called

pytestmark = pytest.mark.django_db


def test_by_number_name_and_nickname_in_one_statement(wallet: Wallet, bobs_wallet: Wallet):
    name_wallet(wallet=wallet, nickname="Épargne")
    name_wallet(wallet=bobs_wallet, nickname="Bob's")

    for word in (str(wallet.pk), wallet.name, "Épargne", "épargne".upper(), "E\u0301pargne"):
        with CaptureQueriesContext(connection) as seen:
            assert points_wallet(wallet_id=word, email=None) == wallet, word
        assert len(seen) == 1
        assert read_wallet_called(word) == wallet
    assert points_wallet(wallet_id="épargne", email=wallet.user.email) == wallet
    for word, email in (("épargne", bobs_wallet.user.email), ("nobody", None), ("", None), ("a\0b", None), ("9" * 40, None)):
        with pytest.raises(PointsWalletUnknown), transaction.atomic():
            points_wallet(wallet_id=word, email=email)


@pytest.mark.parametrize("letter", ["i\u0131", "s\u017f"])
def test_who_is_alike_only_in_capitals_is_somebody_else(letter: str):
    owner, other = (User.objects.create_user(f"n{number}", f"user{number}@example.test", PASSWORD) for number in (1, 2))
    his, alike = (f"fr{one}end@example.test" for one in letter)
    User.objects.filter(pk=owner.pk).update(email=his)
    # The first one opens a wallet.
    for find in (lambda email: points_wallet(wallet_id=None, email=email), wallet_of):
        assert find(his.capitalize()).user == owner
        with pytest.raises(PointsWalletUnknown):
            find(alike)
    with pytest.raises(PointsWalletUnknown):
        points_wallet(wallet_id=str(wallet_of(his).pk), email=alike)
    assert authenticate(username=alike, password=PASSWORD) is None
    with pytest.raises(ValidationError, match="valid email"):
        User.objects.create_user("n3", alike, PASSWORD)

    # Who has such an address from elsewhere.
    User.objects.filter(pk=other.pk).update(email=alike)
    assert points_wallet(wallet_id=None, email=alike).user == other
    assert authenticate(username=his, password=PASSWORD) == owner
    assert User.objects.by_reference(alike) == other


def test_a_letter_that_each_database_makes_another_of_is_itself(wallet: Wallet, bobs_wallet: Wallet, site: Callable[..., None]):
    """Of U+0130 PostgreSQL makes an i, and Python something else; the constraint lets nobody have the other address."""
    owner, alike = wallet.user, "al\u0130ce@example.test"
    assert is_one_here(alike, owner.email)
    site(transfers_enabled=True)
    _, secret = make_application_password(user=owner, name="test")
    remote = RemoteWallet("f" * 32, 1, is_active=True, email=alike)
    for his, found in ((owner.email.upper(), owner.pk), (alike, None)):
        assert getattr(User.objects.named(his).first(), "pk", None) == found
        assert getattr(customer_with(his), "pk", None) == found
        assert getattr(find_application_password(his, secret), "user", None) == (owner if found else None)
        assert _holders([replace(remote, email=his)]).get(folded(his)) == found
        assert getattr(_holder(replace(remote, email=his)), "pk", None) == found
    with pytest.raises(PointsWalletUnknown):
        wallet_of(alike)
    asked = ask_for_money(requester=bobs_wallet.user, payer_email=alike, amount=wallet.money(5))
    assert (asked.payer, MoneyRequest.objects.asked_of(owner).exists()) == (None, False)

    # Whoever has it himself is found by it, and not by the other one.
    User.objects.filter(pk=owner.pk).update(email=alike)
    assert (customer_with(alike), customer_with("alice@example.test")) == (owner, None)
    assert _holders([replace(remote, email=alike), remote]) == {alike: owner.pk}
    assert wallet_of(alike) == wallet
    # It is the user name that is alice whatever its case.
    assert find_application_password("aLICE", secret) is not None
    assert find_application_password("al\u0131ce", secret) is None


def is_one_here(one: str, other: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower(%s) = lower(%s)", [one, other])
        return bool(cursor.fetchone()[0])


def test_an_address_is_found_by_its_index(wallet: Wallet):
    # Enough of them that any other way would cost more.
    User.objects.bulk_create(User(username=f"user{number}", email=f"user{number}@example.test") for number in range(1000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE people_user")
    with CaptureQueriesContext(connection) as seen:
        wallet_of(wallet.user.email)
        User.objects.named(wallet.user.email).first()
    looked_up = [query["sql"] for query in seen if "LOWER" in query["sql"]]
    assert len(looked_up) == 2
    with connection.cursor() as cursor:
        for statement in looked_up:
            cursor.execute(f"EXPLAIN {statement}")
            assert "people_user_email_any_case" in "\n".join(row[0] for row in cursor.fetchall())
