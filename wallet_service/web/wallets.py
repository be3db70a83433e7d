"""What somebody's own page shows of his wallets. Looking opens none."""

from collections.abc import Iterator
from typing import Any

from hooks.points import history_label
from ledger.admin_base import shown
from ledger.due import show_settled
from ledger.models import Entry
from people.models import User
from wallet_service.api.webkul.rows import type_of
from wallets.models import Wallet

LATEST = 5


def wallets_of(user: User) -> Iterator[dict[str, Any]]:
    """Each of his wallets, what is due of it subtracted, with what moved last. He may have several in points."""
    wallets = list(Wallet.objects.filter(user=user).select_related("account").order_by("pk"))
    show_settled(wallet.account for wallet in wallets)
    for wallet in wallets:
        account = wallet.account
        yield {
            **{
                "number": wallet.pk,
                "nickname": wallet.nickname,
                "is_frozen": account.is_frozen,
                "currency": account.currency_code,
            },
            **{"balance": shown(account, account.balance), "available": shown(account, account.available)},
            "latest": [
                {"at": entry.at, "kind": label_of(entry), "reason": entry.reason, "amount": shown(account, entry.amount)}
                for entry in latest_of(wallet)
            ],
        }


def latest_of(wallet: Wallet) -> list[Entry]:
    """The last entries that moved money, the newest first."""
    return list(Entry.objects.filter(account_id=wallet.pk).exclude(amount=0).order_by("-sequence")[:LATEST])


def label_of(entry: Entry) -> str:
    """What a customer reads of what kind of movement it was."""
    return history_label.apply(entry.get_kind_display(), type_of(entry))
