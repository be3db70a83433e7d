"""The three documented actions: check, withdraw, charge (seeds/000, "How To Use This Add-on")."""

from rest_framework.request import Request
from rest_framework.response import Response

from federation.errors import NotMirrorable, PushUnknown, SiteNotReached, SiteRefused, SiteSilent
from federation.services import refresh_wallet, withdraw
from kyc.errors import KycRequired
from ledger.errors import AccountFrozen, AccountMirrored, BalanceLimitExceeded, InsufficientFunds
from ledger.models import Account
from ledger.money import Money
from ledger.movements import Circumstances, Event
from points.errors import PointsWalletUnknown
from points.finding import points_wallet
from points.services import charge_points, has_enough, withdraw_points
from site_settings.reading import points_currency
from wallet_service.api.arguments import Argument
from wallet_service.api.blocked import telling_blocked
from wallet_service.api.cmmp.arguments import WALLET, Points, is_unreadable, points_of, text, with_key
from wallet_service.api.cmmp.base import GatewayViewSet, success
from wallet_service.api.cmmp.errors import ArgumentsMissing, PointsInvalid
from wallet_service.api.cmmp.shapes import GatewayAnswer
from wallet_service.api.operations import Access, Operation, operation
from wallets.errors import SpendingLimitExceeded, VelocityCapExceeded
from wallets.models import Wallet

SOME: dict[str, Argument] = {**WALLET, "points": Points(description="How many, more than none.", required=True)}
SIGNED: dict[str, Argument] = {
    **WALLET,
    "points": Points(description="How many: above 0 they are added, below 0 taken.", required=True, is_signed=True),
}
WRONG = (ArgumentsMissing, PointsInvalid, PointsWalletUnknown)
TAKING = (AccountFrozen, AccountMirrored, KycRequired, SpendingLimitExceeded, VelocityCapExceeded, InsufficientFunds)
# Of a wallet whose points lie at a main site.
PUSHING = (SiteRefused, SiteNotReached, PushUnknown)
EXAMPLE = {"wallet_id": "123", "points": 10, "key": "abcde"}


def declared(
    id: str, summary: str, description: str, arguments: dict[str, Argument], *refusals: type[BaseException]
) -> Operation:
    """An action, taken by GET and by POST."""
    return Operation(
        id,
        summary,
        Access.GATEWAY,
        with_key(arguments),
        {200: GatewayAnswer},
        refusals=(*WRONG, *refusals),
        description=description,
        example=EXAMPLE,
    )


class PointsViewSet(GatewayViewSet):
    """One wallet, and so many points."""

    def asked(self, *, is_signed: bool = False) -> tuple[Wallet, Money]:
        """Which wallet, and how many points.

        Raises, in this order:
            ArgumentsMissing: no wallet or no points; or one of both that nobody can read, and the other one is not all.
            PointsInvalid: they are no such number.
            PointsWalletUnknown: there is no such wallet.
        """
        wallet_id, email = text(self.given, "wallet_id"), text(self.given, "email")
        if (wallet_id is None and email is None) or any(is_unreadable(self.given, name) for name in WALLET):
            raise ArgumentsMissing
        points = points_of(self.given, points_currency(), is_signed=is_signed)
        return points_wallet(wallet_id=wallet_id, email=email, actor=self.actor), points

    def pushed(self, wallet: Wallet, points: Money, why: Circumstances) -> Response:
        """Take the points of a mirrored wallet at its main site, and then here: outside any transaction."""
        with telling_blocked(self.request._request):
            withdraw(wallet=wallet, points=points, why=why, event=Event.once("gateway"))
        return success()


class CheckViewSet(PointsViewSet):
    """Whether a wallet has enough points."""

    @operation(
        declared(
            "walletHasEnoughPoints",
            "Check if a wallet has enough points",
            "As many as there are is enough; a fee on subtracting counts. A mirrored wallet's main site is asked first.",
            SOME,
            InsufficientFunds,
            AccountFrozen,
            SiteRefused,
            SiteSilent,
            NotMirrorable,
        )
    )
    def list(self, request: Request) -> Response:
        wallet, points = self.asked()
        if wallet.account.is_mirror:
            refresh_wallet(wallet=wallet)
            wallet.account = Account.objects.get(pk=wallet.pk)
        if wallet.account.is_frozen:
            raise AccountFrozen(wallet.pk)
        if not _is_enough(wallet, points):
            raise InsufficientFunds(required=points, available=wallet.money(wallet.account.available))
        return success()

    create = list


class WithdrawViewSet(PointsViewSet):
    """Points that leave a wallet."""

    @operation(declared("withdrawWalletPoints", "Withdraw points", "Nothing is overdrawn.", SOME, *TAKING, *PUSHING))
    def list(self, request: Request) -> Response:
        wallet, points = self.asked()
        why = self.circumstances("Withdrawn through the external API")
        if wallet.account.is_mirror:
            return self.pushed(wallet, points, why)
        return self.moved(lambda event: withdraw_points(wallet=wallet, points=points, event=event, why=why))

    create = list


class ChargeViewSet(PointsViewSet):
    """Points that are made, or removed altogether."""

    @operation(
        declared(
            "chargeWallet",
            "Charge a wallet, or take from it",
            "The points come from nowhere and go nowhere. Nothing is overdrawn.",
            SIGNED,
            *TAKING,
            *PUSHING,
            BalanceLimitExceeded,
        )
    )
    def list(self, request: Request) -> Response:
        wallet, points = self.asked(is_signed=True)
        why = self.circumstances("Charged through the external API")
        if wallet.account.is_mirror and points.minor < 0:
            return self.pushed(wallet, wallet.money(-points.minor), why)
        return self.moved(lambda event: charge_points(wallet=wallet, points=points, event=event, why=why))

    create = list


def _is_enough(wallet: Wallet, points: Money) -> bool:
    """A main site takes fees of its own, of which nothing is known here."""
    if wallet.account.is_mirror:
        return wallet.account.available >= points.minor
    return has_enough(wallet=wallet, points=points)
