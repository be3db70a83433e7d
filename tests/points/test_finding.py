"""Which wallet is meant: its number, its name, or its nickname whatever its case."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from points.errors import PointsWalletUnknown
from points.finding import points_wallet
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
