"""Withdrawals that a site of our own kind pushes to us: each is decided once, however often it is asked for."""

from uuid import UUID

from django.db import connection, transaction

from ledger.errors import Busy, EventReused, LedgerUnavailable, Refusal
from ledger.models import Entry
from ledger.money import Currency, Money, currency
from ledger.movements import Circumstances, Event
from points.errors import PointsWalletUnknown
from points.finding import wallet_named
from points.models import PushedWithdrawal
from points.services import withdraw_points
from site_settings.reading import points_currency
from wallets.models import Wallet

# Held until the transaction ends: a repetition waits for the first call to be through.
CLAIM = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
NAME_MAX = Wallet._meta.get_field("name").max_length or 0


def event_of(request_id: UUID, wallet_name: str, points: Money) -> Event:
    """What a push is to the ledger."""
    return Event.named(f"pushed:{request_id}", wallet_name, points.minor, points.currency.code)


def unit_of(request_id: UUID) -> Currency:
    """In which unit its points are counted: that in which it was decided, whatever the points currency is by now.

    Raises:
        CurrencyUnknown: that unit is gone.
    """
    code = PushedWithdrawal.objects.filter(pk=request_id).values_list("currency_code", flat=True).first()
    return points_currency() if code is None else currency(code)


@transaction.atomic(savepoint=False)
def withdraw_pushed(*, request_id: UUID, wallet_name: str, points: Money, why: Circumstances) -> tuple[PushedWithdrawal, bool]:
    """Withdraw `points` from the wallet with this name, once per `request_id`, for ever; whether that was done before.

    What is refused is kept as well: it stays refused, also where the wallet could pay by then.

    Raises:
        EventReused: the id named another withdrawal.
        PointsWalletUnknown: no wallet can ever be called so; nothing is kept of it.
        Busy, LedgerUnavailable: nothing was decided; the same may be asked again.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [str(request_id)])
    earlier = PushedWithdrawal.objects.filter(pk=request_id).first()
    if earlier is not None:
        return _as_asked(earlier, wallet_name, points), True
    if len(wallet_name) > NAME_MAX or "\0" in wallet_name:
        raise PointsWalletUnknown
    entry, refusal = _withdrawn(event_of(request_id, wallet_name, points), wallet_name, points, why)
    return PushedWithdrawal.objects.create(
        request_id=request_id,
        wallet_name=wallet_name,
        points_minor=points.minor,
        currency_code=points.currency.code,
        account_id=None if entry is None else entry.account_id,
        sequence=None if entry is None else entry.sequence,
        refusal=refusal,
    ), False


def _withdrawn(event: Event, wallet_name: str, points: Money, why: Circumstances) -> tuple[Entry | None, str]:
    """The entry, or why there is none. What is neither yes nor no is raised: it takes the claim back with it."""
    try:
        with transaction.atomic():
            wallet = wallet_named(wallet_name)
            return withdraw_points(wallet=wallet, points=points, event=event, why=why), ""
    except (Busy, LedgerUnavailable):
        raise
    except Refusal as refusal:
        return None, type(refusal).__name__


def _as_asked(earlier: PushedWithdrawal, wallet_name: str, points: Money) -> PushedWithdrawal:
    asked = (wallet_name, points.minor, points.currency.code)
    if (earlier.wallet_name, earlier.points_minor, earlier.currency_code) != asked:
        raise EventReused(f"pushed:{earlier.request_id}")
    return earlier
