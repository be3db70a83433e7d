"""The MACs of whole rows: an entry's, chained to the one before, and an account's own."""

import hmac

from ledger.encoding import ACCOUNT_VERSION, encode_account, encode_entry, genesis, lot_rows, mac, microseconds
from ledger.keys import keyring
from ledger.models import Account, Entry


def entry_bytes(entry: Entry) -> bytes:
    """The encoding of an entry: all that its MAC covers but the MAC before."""
    return encode_entry(
        version=entry.version,
        key_id=entry.key_id,
        account_id=entry.account_id,
        sequence=entry.sequence,
        id=entry.pk,
        at=microseconds(entry.at),
        amount=entry.amount,
        held_change=entry.held_change,
        owed_change=entry.owed_change,
        balance=entry.balance,
        held=entry.held,
        xid=entry.xid,
        kind=entry.kind,
        house=entry.house,
        counter_account_id=entry.counter_account_id,
        group=entry.group,
        key=entry.key,
        asked=_bytes(entry.asked),
        leg=entry.leg,
        of=entry.of,
        ends=None if entry.ends is None else microseconds(entry.ends),
        lots=lot_rows(entry.lots),
        actor=entry.actor,
        order_id=entry.order_id,
        reference=entry.reference,
        reason_digest=_bytes(entry.reason_digest),
        note_digest=_bytes(entry.note_digest),
        metadata_digest=_bytes(entry.metadata_digest),
    )


def chain_entry(entry: Entry, account: Account) -> None:
    """Chain `entry` to what the account's head is now."""
    key = keyring().key(entry.key_id)
    before = _bytes(account.head) or genesis(key, account.pk, account.currency_code)
    entry.mac = mac(key, before, entry_bytes(entry))


def seal_account(account: Account) -> None:
    """Give the row the MAC of what it says now, under the key that writes."""
    account.version = ACCOUNT_VERSION
    account.key_id = keyring().current
    account.mac = _account_mac(account)


def is_intact(account: Account) -> bool:
    """Whether the row carries the MAC of what it says.

    Raises:
        KeyMissing: it was sealed under a key that is not in the ring.
    """
    if account.version != ACCOUNT_VERSION:
        return False
    return hmac.compare_digest(_account_mac(account), bytes(account.mac))


def _account_mac(account: Account) -> bytes:
    encoded = encode_account(
        version=account.version,
        key_id=account.key_id,
        account_id=account.pk,
        sequence=account.sequence,
        balance=account.balance,
        held=account.held,
        in_lots=account.in_lots,
        owed=account.owed,
        credit_line=account.credit_line,
        created_at=account.created_at,
        currency=account.currency_code,
        status=account.status,
        head=_bytes(account.head),
        last_at=account.last_at,
        due_at=account.due_at,
    )
    return mac(keyring().key(account.key_id), encoded)


def _bytes(value: bytes | bytearray | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)
