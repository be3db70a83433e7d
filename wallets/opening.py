"""Opening wallets for many users at once: in so many statements however many they are."""

from collections.abc import Mapping

from django.db import transaction

from audit.acts import ActName
from audit.services import record_all
from ledger.money import Currency
from ledger.services import open_accounts
from people.models import User
from wallets.errors import WalletExists
from wallets.initial_points import as_opened
from wallets.models import Wallet
from wallets.naming import require_free


@transaction.atomic(savepoint=False)
def open_wallets(*, names: Mapping[int, str], currency: Currency, actor: str) -> list[Wallet]:
    """A wallet in `currency` for each of these users, his only one, under the name that it brings along. Without initial points.

    `names` are by the users' ids.

    Raises:
        WalletExists: one has one by now. Then none is opened.
        NameInvalid, NameTaken: no wallet can be called so, or one is, or two of these would be.
    """
    # As for one: his row orders two openings.
    list(User.objects.select_for_update(no_key=True).filter(pk__in=names).order_by("pk").values_list("pk"))
    others = list(Wallet.objects.filter(user__in=names))
    if alike := [other for other in others if other.currency_code == currency.code]:
        raise WalletExists(alike[0].pk)
    require_free(list(names.values()))
    locked = {other.user_id for other in others if other.transfers_locked}
    accounts = open_accounts(currency=currency, count=len(names))
    wallets = [
        Wallet(account=account, user_id=user_id, currency_code=currency.code, name=name, transfers_locked=user_id in locked)
        for account, (user_id, name) in zip(accounts, sorted(names.items()), strict=True)
    ]
    Wallet.objects.bulk_create(wallets)
    opened = [(f"wallet:{wallet.pk}", as_opened(wallet, None)) for wallet in wallets]
    record_all(ActName.WALLET_OPENED, actor=actor, subjects=opened)
    return wallets
