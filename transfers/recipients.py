"""Whom money is sent to, or asked of: found by an e-mail address, in whatever case it is typed."""

from django.db import connection
from psycopg.types.numeric import Int8

from ledger.models import Account
from ledger.money import Currency
from people.models import User
from site_settings.reading import default_currency
from transfers.errors import RecipientNotFound, SelfTransfer
from wallets.models import Wallet
from wallets.services import wallet_in

# A user, his wallet if there is one, and its account's status.
Found = tuple[User, Wallet | None, str | None]

_USER_FIELDS = [field.attname for field in User._meta.concrete_fields]
_WALLET_FIELDS = [field.attname for field in Wallet._meta.concrete_fields]
_USER_COLUMNS = ", ".join(f'u."{field.column}"' for field in User._meta.concrete_fields)
_WALLET_COLUMNS = ", ".join(f'w."{field.column}"' for field in Wallet._meta.concrete_fields)

FIND = f"""
SELECT {_USER_COLUMNS}, {_WALLET_COLUMNS}, a.status FROM people_user u
LEFT JOIN wallets_wallet w ON w.user_id = u.id AND w.currency = %(unit)s AND w.is_default
LEFT JOIN ledger_account a ON a.id = w.id
WHERE u.is_active AND """  # noqa: S608
# As the unique index on addresses has it (people_user_email_any_case), so that it is used; and as `people.any_case.is_email`.
BY_EMAIL = f"""{FIND} lower(u.email) = lower(%(wanted)s) AND NOT (u.email = '')
AND lower(u.email COLLATE "C") = lower(%(wanted)s COLLATE "C")"""
BY_ID = f"{FIND} u.id = %(wanted)s"


def customer_with(email: str) -> User | None:
    """The active user with this e-mail address, in any case; None where nobody has it."""
    found = _find(BY_EMAIL, email.strip(), default_currency())
    return found[0] if found else None


def wallet_with(email: str) -> Wallet:
    """The wallet that money sent to this address goes to, its holder with it; opened where he has none. One statement.

    Raises:
        RecipientNotFound: nobody active has this address.
    """
    unit = default_currency()
    return _wallet_of(_find(BY_EMAIL, email.strip(), unit), unit)


def wallet_of(user_id: int, unit: Currency) -> Wallet:
    """The wallet in `unit` that money sent to this user goes to, as `wallet_with`.

    Raises:
        RecipientNotFound: he is inactive.
    """
    return _wallet_of(_find(BY_ID, Int8(user_id), unit), unit)


def require_recipient(user_id: int, unit: Currency, *, sender: User) -> User:
    """Whom money sent to this user goes to, as it looks from outside any lock; no wallet is opened.

    Raises:
        RecipientNotFound: he is unknown or inactive, or his wallet is frozen.
        SelfTransfer: it is the sender himself.
    """
    found = _find(BY_ID, Int8(user_id), unit)
    if found is None or found[2] == Account.Status.FROZEN:
        raise RecipientNotFound
    if found[0].pk == sender.pk:
        raise SelfTransfer
    return found[0]


def _wallet_of(found: Found | None, unit: Currency) -> Wallet:
    if found is None:
        raise RecipientNotFound
    user, wallet, _status = found
    if wallet is None:
        return wallet_in(user, unit)
    wallet.user = user
    return wallet


def _find(statement: str, wanted: str | Int8, unit: Currency) -> Found | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"unit": unit.code, "wanted": wanted})
        row = cursor.fetchone()
    if row is None:
        return None
    split = len(_USER_FIELDS)
    user, columns, status = User.from_db("default", _USER_FIELDS, row[:split]), row[split:-1], row[-1]
    return user, None if columns[0] is None else Wallet.from_db("default", _WALLET_FIELDS, columns), status
