"""Which wallet a caller means: by its number, its name, its nickname, or its owner's e-mail address."""

import unicodedata

from django.db.models import Q, QuerySet

from people.any_case import in_any_case, is_email
from people.models import User
from points.errors import PointsWalletUnknown
from site_settings.reading import points_currency
from wallets.models import Wallet
from wallets.reading import ID_MAX
from wallets.services import wallet_in


def points_wallet(*, wallet_id: str | None, email: str | None, actor: str = "") -> Wallet:
    """The wallet in the points currency that is meant. Given both, they must agree.

    `email` alone means its owner's default wallet, opened by `actor` if it is missing.

    Raises:
        PointsWalletUnknown: there is none.
    """
    if "\0" in f"{wallet_id}{email}":
        # PostgreSQL takes none, so no wallet has one.
        raise PointsWalletUnknown
    named = _in_points_currency()
    if wallet_id is not None:
        named = named.filter(_called(wallet_id))
    if email is not None:
        named = named.filter(is_email(email, "user__email"))
        named = named if wallet_id is not None else named.filter(is_default=True)
    wallet = named.first()
    if wallet is None and wallet_id is None and email is not None:
        return _opened(email, actor)
    if wallet is None:
        raise PointsWalletUnknown
    return wallet


def wallet_named(name: str) -> Wallet:
    """The wallet in the points currency with this very name.

    Raises:
        PointsWalletUnknown: there is none.
    """
    wallet = _in_points_currency().filter(name=name).first() if "\0" not in name else None
    if wallet is None:
        raise PointsWalletUnknown
    return wallet


def wallet_of(email: str) -> Wallet:
    """The default wallet in the points currency of who has this e-mail address; none is opened.

    Raises:
        PointsWalletUnknown: there is none.
    """
    wallet = _in_points_currency().filter(is_email(email, "user__email"), is_default=True).first() if "\0" not in email else None
    if wallet is None:
        raise PointsWalletUnknown
    return wallet


def _in_points_currency() -> QuerySet[Wallet]:
    return Wallet.objects.select_related("account", "user").filter(currency_code=points_currency().code)


def _called(text: str) -> Q:
    """A name is never a number, and a nickname nobody's name (`wallets.naming`): at most one wallet is called so."""
    if text.isascii() and text.isdigit():
        return Q(pk=min(int(text.lstrip("0")[:20] or "0"), ID_MAX))
    return Q(name=text) | in_any_case(unicodedata.normalize("NFC", text), "nickname")


def _opened(email: str, actor: str) -> Wallet:
    user = User.objects.filter(is_email(email), is_active=True).first()
    if user is None:
        raise PointsWalletUnknown
    return wallet_in(user, points_currency(), actor=actor)
