"""A main site, and Alice's wallet that follows hers there."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from federation import remote
from federation.mirroring import Source, adopt
from federation.models import ExternalWalletSite, Mirror, Push
from federation.remote_wallets import RemoteWallet
from federation.services import withdraw
from federation.sites import add_site
from ledger.models import Account
from ledger.movements import Event
from ledger.retry import in_transaction
from tests.conftest import WHY
from tests.federation.double import KEY, MainSite
from wallets.models import Wallet

NAME = "f" * 32


@pytest.fixture
def main(settings: Any) -> Iterator[MainSite]:
    """It is there, and has nothing."""
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    site = MainSite()
    yield site
    site.stop()


@pytest.fixture
def external(main: MainSite, db: None, monkeypatch: pytest.MonkeyPatch, site: Callable[..., None]) -> ExternalWalletSite:
    """The main site as it is kept here; a call waits half a second."""
    monkeypatch.setattr(remote, "ONE_SECONDS", 0.5)
    site(external_wallets_enabled=True)
    return in_transaction(lambda: add_site(name="Main", url=main.url, key=KEY))


@pytest.fixture
def mirror(external: ExternalWalletSite, main: MainSite, wallet: Wallet) -> Mirror:
    """Alice's wallet, with 100.00 there and here."""
    main.has(NAME, "100.00", email="alice@example.test")
    found = RemoteWallet(NAME, 10_000, is_active=True, wallet_id="1")
    source = Source(f"lookup:{external.pk}", timezone.now())
    return in_transaction(lambda: adopt(site=external, wallet=wallet, remote=found, source=source))


def take(mirror: Mirror, points: int = 1_000, event: Event | None = None) -> Push:
    wallet = Wallet.objects.select_related("account").get(pk=mirror.pk)
    return withdraw(wallet=wallet, points=wallet.money(points), why=WHY, event=event or Event.once("test"))


def here(mirror: Mirror) -> tuple[int, int]:
    """Balance and what is held of it, in minor units."""
    account = Account.objects.get(pk=mirror.pk)
    return account.balance, account.held


def there(main: MainSite) -> int:
    return int(main.points(NAME) * Decimal(100))
