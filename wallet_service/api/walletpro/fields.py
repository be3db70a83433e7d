"""Rows as this family writes them: money as strings of minor units, times in UTC with a Z."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

from ledger.holds import HoldHistory, State
from ledger.kinds import Kind
from ledger.lots import shares_of
from ledger.models import Account, Entry
from ledger.money import Money
from wallets.history import BalanceAt
from wallets.models import Wallet

# The document's ten types. A kind that is none of them is a credit or a debit by its sign.
NAMED_KINDS = {
    Kind.TOPUP: "topup",
    Kind.CASHBACK: "cashback",
    Kind.MILESTONE: "milestone",
    Kind.REFERRAL: "referral",
    Kind.WITHDRAWAL: "withdrawal",
    Kind.EXPIRY: "expiry",
}
TYPES = ("credit", "debit", "topup", "transfer_in", "transfer_out", "cashback", "milestone", "referral", "withdrawal", "expiry")
# The types that a credit may be given as.
CREDIT_TYPES = {"credit": Kind.CREDIT, **{NAMED_KINDS[kind]: kind for kind in list(NAMED_KINDS)[:4]}}
CREDIT_TYPE_NAMES = tuple(CREDIT_TYPES)
# A mirrored one shows as what it is at its own site.
STATUSES = (Account.Status.ACTIVE.value, Account.Status.FROZEN.value)
HOLD_STATUSES = tuple(State.values)

_NAMELESS = ~Q(kind__in=[*NAMED_KINDS, Kind.TRANSFER])
ROWS_OF_TYPE = {
    **{name: Q(kind=kind) for kind, name in NAMED_KINDS.items()},
    "transfer_in": Q(kind=Kind.TRANSFER, amount__gt=0),
    "transfer_out": Q(kind=Kind.TRANSFER, amount__lt=0),
    "credit": _NAMELESS & Q(amount__gt=0),
    "debit": _NAMELESS & Q(amount__lt=0),
}


def type_of(entry: Entry) -> str:
    if entry.kind == Kind.TRANSFER:
        return "transfer_in" if entry.amount > 0 else "transfer_out"
    return NAMED_KINDS.get(Kind(entry.kind)) or ("credit" if entry.amount > 0 else "debit")


def minor(amount: int | None) -> str | None:
    """Minor units as text; an unset limit stays null."""
    return None if amount is None else str(amount)


def moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with a Z, microseconds dropped."""
    return f"{at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z" if at else None


def hmac_chain(entry: Entry) -> str:
    return f"sha256:{bytes(entry.mac).hex()}"


def expiry_date(entry: Entry) -> str | None:
    """The soonest end of the credit that this entry brought; None where none of it ends."""
    return moment(min((share.ends for share in shares_of(entry) if share.amount > 0 and share.ends), default=None))


def wallet_row(wallet: Wallet) -> dict[str, Any]:
    account = wallet.account
    return {
        "id": wallet.pk,
        "user_id": wallet.user_id,
        "currency": wallet.currency_code,
        "balance": str(account.balance),
        "balance_formatted": str(Money(account.balance, account.currency)),
        "available": str(account.available),
        "withdrawable": str(account.withdrawable),
        "spending_limit": minor(wallet.spending_limit),
        "auto_reload_enabled": wallet.auto_reload_enabled,
        "auto_reload_threshold": minor(wallet.auto_reload_threshold),
        "auto_reload_amount": minor(wallet.auto_reload_amount),
        "status": Account.Status.FROZEN if account.is_frozen else Account.Status.ACTIVE,
        "name": wallet.name,
        "is_default": wallet.is_default,
        "created_at": moment(wallet.created_at),
        "updated_at": moment(max(wallet.updated_at, account.last_at or wallet.updated_at)),
        "sequence": account.sequence,
    }


def movement_row(entry: Entry, wallet: Wallet) -> dict[str, Any]:
    """What a credit or debit answers."""
    return {
        "transaction_id": entry.pk,
        "wallet_id": wallet.pk,
        "type": type_of(entry),
        "amount": str(abs(entry.amount)),
        "currency": wallet.currency_code,
        "balance_after": str(entry.balance),
        "reason": entry.reason,
        "expiry_date": expiry_date(entry),
        "hmac_chain": hmac_chain(entry),
        "created_at": moment(entry.at),
    }


def transaction_row(entry: Entry, currency_code: str, *, with_note: bool) -> dict[str, Any]:
    """A transaction as it is listed; its note only for managers."""
    row = {
        "id": entry.pk,
        "wallet_id": entry.account_id,
        "type": type_of(entry),
        "amount": str(abs(entry.amount)),
        "balance_before": str(entry.balance_before),
        "balance_after": str(entry.balance),
        "reason": entry.reason,
        "order_id": entry.order_id,
        "reference": entry.reference,
        "transfer_group_id": str(entry.group) if entry.kind == Kind.TRANSFER and entry.group else None,
        "expiry_date": expiry_date(entry),
        "currency": currency_code,
        "sequence": entry.sequence,
        "of_sequence": entry.of,
        "hmac_chain": hmac_chain(entry),
        "created_at": moment(entry.at),
    }
    return {**row, "note": entry.note} if with_note else row


def hold_row(history: HoldHistory, currency_code: str, now: datetime) -> dict[str, Any]:
    """A hold, and what became of it."""
    hold, placed, closed = history.hold, history.placed, history.closed
    capture = closed if closed and closed.kind == Kind.CAPTURE else None
    return {
        "id": hold.pk,
        "wallet_id": hold.account_id,
        "amount": str(hold.amount),
        "currency": currency_code,
        "status": history.state(now),
        "captured_amount": str(-capture.amount) if capture else None,
        "transaction_id": capture.pk if capture else None,
        "reason": placed.reason,
        "order_id": placed.order_id,
        "reference": placed.reference,
        "expires_at": moment(hold.ends),
        "hmac_chain": hmac_chain(placed),
        "created_at": moment(placed.at),
        "closed_at": moment(closed.at if closed else None),
    }


def rehearsal_row(status: int, written: list[tuple[Account, Entry]]) -> dict[str, Any]:
    """What a dry run answers: the entries that would be written, and what they would leave. Amounts are signed."""
    accounts = {account.pk: account for account, _ in written}
    return {
        "dry_run": True,
        "status": status,
        "entries": [_rehearsed_entry(account, entry) for account, entry in written],
        "fee": str(-sum(entry.amount for _, entry in written if entry.kind == Kind.FEE)),
        "wallets": [
            {
                "wallet_id": account.pk,
                "currency": account.currency_code,
                "balance_after": str(account.balance),
                "available_after": str(account.available),
            }
            for account in accounts.values()
        ],
    }


def _rehearsed_entry(account: Account, entry: Entry) -> dict[str, Any]:
    return {
        "wallet_id": entry.account_id,
        "kind": entry.kind,
        "amount": str(entry.amount),
        "held_change": str(entry.held_change),
        "currency": account.currency_code,
        "balance_before": str(entry.balance_before),
        "balance_after": str(entry.balance),
        "reason": entry.reason,
        "lots": [
            {"sequence": share.sequence, "expiry_date": moment(share.ends), "amount": str(share.amount)}
            for share in shares_of(entry)
        ],
    }


def reversal_row(original: Entry, written: list[Entry], wallet: Wallet) -> dict[str, Any]:
    """What a reversal answers: its row in the named transaction's wallet, and all rows where there are more."""
    return {
        **movement_row(written[0], wallet),
        "reversed_transaction_id": original.pk,
        "entries": [
            {
                "transaction_id": entry.pk,
                "wallet_id": entry.account_id,
                "type": type_of(entry),
                "amount": str(abs(entry.amount)),
                "balance_after": str(entry.balance),
                "of_sequence": entry.of,
                "hmac_chain": hmac_chain(entry),
            }
            for entry in written
        ],
    }


def balance_at_row(wallet: Wallet, found: BalanceAt) -> dict[str, Any]:
    """What a wallet held at a time, and what that rests on."""
    return {
        "wallet_id": wallet.pk,
        "currency": wallet.currency_code,
        "at": moment(found.at),
        "balance": str(found.balance),
        "balance_formatted": str(wallet.money(found.balance)),
        "held": str(found.held),
        "is_before_first_entry": found.sequence == 0,
        "sequence": found.sequence,
        "hmac_chain": f"sha256:{found.mac.hex()}" if found.mac else None,
        "checkpoint": found.checkpoint,
    }
