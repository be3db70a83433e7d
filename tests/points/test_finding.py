"""Which wallet is meant: its number, its name, or its nickname whatever its case."""

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from people.models import User
from points.errors import PointsWalletUnknown
from points.finding import points_wallet, wallet_of
from tests.conftest import PASSWORD
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
