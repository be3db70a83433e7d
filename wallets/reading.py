"""Reading one wallet with its account, in one statement."""

import unicodedata

from django.db import connection
from psycopg.types.numeric import Int8

from ledger.due import show_settled
from ledger.models import Account
from ledger.money import Currency
from people.models import User
from wallets.models import Wallet

_WALLET_FIELDS = [field.attname for field in Wallet._meta.concrete_fields]
_ACCOUNT_FIELDS = [field.attname for field in Account._meta.concrete_fields]
_WALLET_COLUMNS = ", ".join(f'w."{field.column}"' for field in Wallet._meta.concrete_fields)
_ACCOUNT_COLUMNS = ", ".join(f'a."{field.column}"' for field in Account._meta.concrete_fields)

_READ = f"SELECT {_WALLET_COLUMNS}, {_ACCOUNT_COLUMNS} FROM wallets_wallet w JOIN ledger_account a ON a.id = w.id"  # noqa: S608
READ_WALLET = f"{_READ} WHERE w.id = %s"
READ_WALLET_OF_HOLDER = f"{READ_WALLET} AND w.user_id = %s"
READ_WALLET_IN = f"{_READ} WHERE w.user_id = %s AND w.currency = %s AND w.is_default"
# The number before the name, and the name before the nickname: no name is a number, and no nickname anybody's name.
READ_WALLET_CALLED = f"""{_READ}
WHERE w.id = %s OR w.name = %s OR lower(w.nickname) = lower(%s) ORDER BY w.id = %s DESC, w.name = %s DESC LIMIT 1"""

ID_MAX = 2**63 - 1


def read_wallet(wallet_id: int, *, holder: User | None = None) -> Wallet:
    """The wallet of this id; with `holder`, only if it is his. What is due of it is subtracted.

    Raises:
        Wallet.DoesNotExist: there is none (for him).
    """
    if holder is None:
        return _read(READ_WALLET, wallet_id)
    return _read(READ_WALLET_OF_HOLDER, wallet_id, Int8(holder.pk))


def read_wallet_in(user_id: int, unit: Currency) -> Wallet:
    """The wallet that is this user's own in `unit`. What is due of it is subtracted.

    Raises:
        Wallet.DoesNotExist: he has none, or there is no such user.
    """
    return _read(READ_WALLET_IN, user_id, unit.code)


def read_wallet_called(word: str) -> Wallet:
    """The wallet that somebody means by its number, its name, or its nickname whatever its case. What is due is subtracted.

    Raises:
        Wallet.DoesNotExist: there is none.
    """
    number = int(word) if word.isascii() and word.isdigit() and len(word) <= len(str(ID_MAX)) else 0
    if "\0" in word or number > ID_MAX:
        raise Wallet.DoesNotExist("there is no such wallet")
    return _read(READ_WALLET_CALLED, number, word, unicodedata.normalize("NFC", word), Int8(number), word)


def _read(statement: str, number: int, *further: Int8 | str) -> Wallet:
    row = None
    if number <= ID_MAX:
        with connection.cursor() as cursor:
            cursor.execute(statement, [Int8(number), *further])
            row = cursor.fetchone()
    if row is None:
        raise Wallet.DoesNotExist(f"there is no such wallet: {number}")
    split = len(_WALLET_FIELDS)
    wallet = Wallet.from_db("default", _WALLET_FIELDS, row[:split])
    wallet.account = Account.from_db("default", _ACCOUNT_FIELDS, row[split:])
    show_settled([wallet.account])
    return wallet
