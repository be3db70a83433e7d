"""The points of all wallets as a CSV file, as `points.importing` reads it: `email,points`."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from ledger.due import show_settled
from ledger.money import Money
from ledger.streaming import CHUNK, stream
from people.spreadsheets import exact_line, marked_cell
from site_settings.reading import points_currency
from wallets.models import Wallet

HEADER = ("email", "points")


def file_name(now: datetime) -> str:
    return f"wallets_export_{now:%Y%m%d_%H%M%S}.csv"


def exported() -> Iterator[str]:
    """A line for each user's default wallet in the points currency, frozen ones too, whose user has an e-mail.

    The balance, exactly, with the currency's decimals, less what is due. Read by a cursor on the server.
    """
    unit = points_currency()
    yield exact_line(HEADER)
    wallets = Wallet.objects.filter(currency_code=unit.code, is_default=True).exclude(user__email="")
    with stream(wallets.select_related("user", "account").order_by("pk")) as rows:
        while chunk := list(islice(rows, CHUNK)):
            show_settled(wallet.account for wallet in chunk)
            for wallet in chunk:
                points = Money(wallet.account.balance, unit).decimal
                yield exact_line((marked_cell(wallet.user.email), f"{points:f}"))
