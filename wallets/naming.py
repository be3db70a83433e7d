"""Names that people can type: a wallet's nickname, beside the name that it was born with."""

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from audit.acts import ActName
from audit.context import COMMAND
from audit.services import record, record_all
from ledger.book import lock_accounts
from ledger.encoding import text_digest
from people.any_case import in_any_case
from wallets.errors import NameInvalid, NameTaken
from wallets.models import Wallet, WalletQuerySet

LENGTH_MAX = 64
SALT_BYTES = 16
GENERATED = re.compile(r"[0-9a-f]{32}", re.ASCII | re.IGNORECASE)

# Names and nicknames are two columns, across which no index tells that a word is taken: who gives one waits for the other.
LOCK_NAMES = "SELECT pg_advisory_xact_lock(20070)"


ANY_TAKEN = """
WITH asked AS (SELECT lower(word) AS word FROM unnest(%s::text[]) AS word)
SELECT count(*) > count(DISTINCT word) OR EXISTS (
    SELECT FROM asked a WHERE EXISTS (SELECT FROM wallets_wallet w WHERE lower(w.name) = a.word)
        OR EXISTS (SELECT FROM wallets_wallet w WHERE lower(w.nickname) = a.word)
) FROM asked"""


RENAME = """
UPDATE wallets_wallet w SET name = r.name, updated_at = %s FROM unnest(%s::bigint[], %s::text[]) AS r (id, name)
WHERE w.id = r.id"""


@transaction.atomic(savepoint=False)
def name_wallet(*, wallet: Wallet, nickname: str, actor: str = COMMAND) -> Wallet:
    """Call the wallet `nickname` from now on, or nothing where it is empty. Blanks around it do not count.

    It is unique whatever its case, among all nicknames and names. The audit row holds its salted digest, so that the word
    can be forgotten.

    Raises:
        NameInvalid: it is longer than 64 characters, cannot be printed, or is digits alone or 32 hex digits.
        NameTaken: another wallet is called so, by its nickname or its name.
    """
    nickname = unicodedata.normalize("NFC", nickname).strip()
    if nickname:
        if GENERATED.fullmatch(nickname):
            raise NameInvalid
        _require_possible(nickname)
        _lock_names()
        if _called(nickname).exclude(pk=wallet.pk).exists():
            raise NameTaken
    book = lock_accounts(wallet.pk)
    wallet = Wallet.objects.get(pk=wallet.pk)
    wallet.account = book[wallet.pk]
    if (wallet.nickname or "") == nickname:
        return wallet
    wallet.nickname = nickname or None
    wallet.nickname_salt = os.urandom(SALT_BYTES) if nickname else None
    wallet.updated_at = max(timezone.now(), book.now)
    wallet.save(update_fields=["nickname", "nickname_salt", "updated_at"])
    facts = {"nickname_digest": nickname_digest(nickname, wallet.nickname_salt)}
    record(ActName.WALLET_NAMED, actor=actor, subject=f"wallet:{wallet.pk}", facts=facts)
    return wallet


def free_name(name: str) -> str:
    """`name`, which no wallet is called until this transaction ends.

    Raises:
        NameInvalid: it is longer than 64 characters, cannot be printed, or is digits alone.
        NameTaken: one is.
    """
    require_free([name])
    return name


def require_free(names: Sequence[str]) -> None:
    """No wallet is called any of `names`, nor two of them alike, until this transaction ends.

    Raises:
        NameInvalid, NameTaken: as for `free_name`.
    """
    for name in names:
        _require_possible(name)
    _lock_names()
    with connection.cursor() as cursor:
        cursor.execute(ANY_TAKEN, [list(names)])
        row = cursor.fetchone()
    if row is None or row[0]:
        raise NameTaken


def rename_wallets(names: Mapping[Wallet, str], *, at: datetime, actor: str) -> None:
    """Give wallets names that are free (`require_free`), in the database. Their accounts are locked since `at`."""
    with connection.cursor() as cursor:
        cursor.execute(RENAME, [max(timezone.now(), at), [wallet.pk for wallet in names], list(names.values())])
    subjects = [(f"wallet:{wallet.pk}", {"name": {"from": wallet.name, "to": name}}) for wallet, name in names.items()]
    record_all(ActName.WALLET_TERMS_CHANGED, actor=actor, subjects=subjects)


def nickname_digest(nickname: str | None, salt: bytes | memoryview | None) -> str | None:
    """What the audit row of its naming says of a nickname, in hex; nothing where there is none."""
    return text_digest(bytes(salt), nickname).hex() if nickname and salt is not None else None


def _require_possible(name: str) -> None:
    if name.isdigit() or len(name) > LENGTH_MAX or not name.isprintable():
        raise NameInvalid


def _lock_names() -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_NAMES)


def _called(word: str) -> WalletQuerySet:
    return Wallet.objects.filter(in_any_case(word, "name") | in_any_case(word, "nickname"))
