"""Reading one wallet with its account, in one statement."""

from django.db import connection
from psycopg.types.numeric import Int8

from ledger.due import show_settled
from ledger.models import Account
from people.models import User
from wallets.models import Wallet

_WALLET_FIELDS = [field.attname for field in Wallet._meta.concrete_fields]
_ACCOUNT_FIELDS = [field.attname for field in Account._meta.concrete_fields]
_WALLET_COLUMNS = ", ".join(f'w."{field.column}"' for field in Wallet._meta.concrete_fields)
_ACCOUNT_COLUMNS = ", ".join(f'a."{field.column}"' for field in Account._meta.concrete_fields)

READ_WALLET = f"""
SELECT {_WALLET_COLUMNS}, {_ACCOUNT_COLUMNS} FROM wallets_wallet w JOIN ledger_account a ON a.id = w.id
WHERE w.id = %s"""  # noqa: S608
READ_WALLET_OF_HOLDER = f"{READ_WALLET} AND w.user_id = %s"

ID_MAX = 2**63 - 1


def read_wallet(wallet_id: int, *, holder: User | None = None) -> Wallet:
    """The wallet of this id; with `holder`, only if it is his. What is due of it is subtracted.

    Raises:
        Wallet.DoesNotExist: there is none (for him).
    """
    row = None
    if wallet_id <= ID_MAX:
        with connection.cursor() as cursor:
            if holder is None:
                cursor.execute(READ_WALLET, [Int8(wallet_id)])
            else:
                cursor.execute(READ_WALLET_OF_HOLDER, [Int8(wallet_id), Int8(holder.pk)])
            row = cursor.fetchone()
    if row is None:
        raise Wallet.DoesNotExist(f"there is no wallet {wallet_id}")
    split = len(_WALLET_FIELDS)
    wallet = Wallet.from_db("default", _WALLET_FIELDS, row[:split])
    wallet.account = Account.from_db("default", _ACCOUNT_FIELDS, row[split:])
    show_settled([wallet.account])
    return wallet
