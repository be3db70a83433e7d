"""What a new wallet in the points currency begins with."""

from typing import Any

from ledger.book import lock_accounts
from ledger.kinds import House, Kind
from ledger.models import Account
from ledger.money import Currency, Money
from ledger.movements import Circumstances, Event, Movement
from site_settings.reading import current_settings, points_currency
from wallets.models import Wallet

# The words are the same for everybody, so they need no erasing.
REASON = "Initial points"


def initial_points(unit: Currency) -> Money | None:
    """What the site gives to a new wallet in `unit`; None: nothing."""
    minor = current_settings().points_initial
    return Money(minor, unit) if minor and unit == points_currency() else None


def as_opened(wallet: Wallet, initial: Money | None) -> dict[str, Any]:
    """What the audit row of its opening says."""
    facts = {"user": wallet.user_id, "currency": wallet.currency_code, "name": wallet.name}
    # What a minor unit is worth: of a unit of the operator's own that is a line in the environment.
    unit = {} if wallet.currency.is_iso else {"decimals": wallet.currency.decimals}
    locked = {"transfers_locked": True} if wallet.transfers_locked else {}
    return {**facts, **unit, **locked, **({"initial_minor": initial.minor} if initial else {})}


def grant_initial(wallet: Wallet, points: Money, *, actor: str) -> Account:
    """Give them to a wallet that was opened in this very transaction: nobody else can see its account yet."""
    book = lock_accounts(wallet.pk)
    why = Circumstances(actor, reason=REASON)
    book.post(Movement(wallet.pk, Kind.GRANT, points, House.ISSUED, why), event=initial_event(wallet.pk, points))
    return book[wallet.pk]


def initial_event(wallet_id: int, points: Money) -> Event:
    """Of a wallet there is one, for ever."""
    return Event.named(f"wallet:{wallet_id}:initial", points.minor)
