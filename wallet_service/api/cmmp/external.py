"""What another site asks of its main site: the wallets, one of them, and to take what was withdrawn there (facts.md 1.4).

Where it was done, `message` holds the data instead of complaints. Our own extensions, which a plugin that does not know
them ignores: `after` and `limit` of `get_wallets`, and `request_id` of a withdrawal, by which it happens once however often
it is asked for. Every answer of these routes says so in a header, so that a site knows that it may ask again; one that was
decided for an id, now or before, names it in another header. A *no* without it says nothing of what happened before.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.due import show_settled
from ledger.errors import EventReused, Refusal
from ledger.models.accounts import MIRRORED_STATUSES
from ledger.retry import in_transaction
from ledger.streaming import stream
from points.errors import PointsWalletUnknown
from points.finding import wallet_named, wallet_of
from points.models import PushedWithdrawal
from points.pushed import unit_of, withdraw_pushed
from points.services import withdraw_points
from site_settings.reading import points_currency
from wallet_service.api.arguments import Argument, Integer, Text, Uuid4
from wallet_service.api.cmmp.arguments import Points, points_of, request_id_of, text, whole_of, with_key
from wallet_service.api.cmmp.base import GatewayViewSet, success
from wallet_service.api.cmmp.errors import ANSWERS, ArgumentsMissing, PageInvalid, PointsInvalid, RequestIdInvalid, said
from wallet_service.api.cmmp.points import TAKING
from wallet_service.api.cmmp.shapes import WALLET_OR_NOT, WalletsAnswer
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.wordpress import dump
from wallets.models import Wallet

REPEATABLE = {"X-Repeatable-By": "request_id"}
DECIDED_FOR = "X-Decided-For"
CHUNK = 500
LIMIT_MAX = 1000
EMAIL: dict[str, Argument] = {"email": Text(description="Its owner's e-mail address.", required=True)}
NAME: dict[str, Argument] = {"wallet_name": Text(description="Its name.", required=True)}
PAGE: dict[str, Argument] = {
    "after": Integer(description="An extension: only wallets with a higher number.", minimum=0),
    "limit": Integer(description="An extension: at most so many, the lowest numbers first.", minimum=1, maximum=LIMIT_MAX),
}
PUSH: dict[str, Argument] = {
    "wallet_id": Text(description="The wallet's *name*.", required=True),
    "type": Integer(description="The plugin's number of why; kept nowhere."),
    "points": Points(description="How many, more than none.", required=True),
    "request_id": Uuid4(description="An extension: which withdrawal this is. Asked for again, it returns the first outcome."),
}


class ExternalViewSet(GatewayViewSet):
    """For sites that mirror wallets of this one."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in REPEATABLE.items():
            response[name] = value
        return response


class WalletsViewSet(ExternalViewSet):
    """All wallets of the points currency, but those that are mirrored themselves."""

    @operation(
        Operation(
            *("getWallets", "All wallets", Access.GATEWAY, with_key(PAGE), {200: WalletsAnswer}),
            refusals=(PageInvalid,),
        )
    )
    def list(self, request: Request) -> StreamingHttpResponse:
        after, limit = whole_of(self.given, "after"), whole_of(self.given, "limit")
        rows = own_wallets().order_by("pk")
        rows = rows if after is None else rows.filter(pk__gt=after)
        rows = rows if limit is None else rows[: min(max(limit, 1), LIMIT_MAX)]
        return StreamingHttpResponse(_streamed(rows), content_type="application/json; charset=UTF-8")

    create = list


class WalletByEmailViewSet(ExternalViewSet):
    """One wallet, by whose it is."""

    @operation(
        Operation(
            *("getWallet", "A wallet by its owner's address", Access.GATEWAY, with_key(EMAIL), {200: WALLET_OR_NOT}),
            refusals=(ArgumentsMissing, PointsWalletUnknown),
        )
    )
    def list(self, request: Request) -> Response:
        email = text(self.given, "email")
        if email is None:
            raise ArgumentsMissing
        return found(_own(wallet_of(email)))

    create = list


class WalletByNameViewSet(ExternalViewSet):
    """One wallet, by its name."""

    @operation(
        Operation(
            *("getWalletByName", "A wallet by its name", Access.GATEWAY, with_key(NAME), {200: WALLET_OR_NOT}),
            refusals=(ArgumentsMissing, PointsWalletUnknown),
        )
    )
    def list(self, request: Request) -> Response:
        name = text(self.given, "wallet_name")
        if name is None:
            raise ArgumentsMissing
        return found(_own(wallet_named(name)))

    create = list


class PushViewSet(ExternalViewSet):
    """A withdrawal that another site has promised to its customer."""

    @operation(
        Operation(
            *("withdrawWalletPointsExternal", "Withdraw for another site", Access.GATEWAY, with_key(PUSH), {200: WALLET_OR_NOT}),
            refusals=(ArgumentsMissing, PointsInvalid, RequestIdInvalid, PointsWalletUnknown, *TAKING, EventReused),
        )
    )
    def list(self, request: Request) -> Response:
        name = text(self.given, "wallet_id")
        if name is None:
            raise ArgumentsMissing
        request_id = request_id_of(self.given)
        points = points_of(self.given, points_currency() if request_id is None else unit_of(request_id))
        why = self.circumstances("Withdrawn on an external site")
        self.require_no_key(name)
        if request_id is None:
            # As the plugin pushes: sent twice, it happens twice.
            entry = self.done(lambda event: withdraw_points(wallet=wallet_named(name), points=points, event=event, why=why))
            return found(_wallet(entry.account_id))
        push, is_repeat = in_transaction(lambda: withdraw_pushed(request_id=request_id, wallet_name=name, points=points, why=why))
        response = _outcome(push)
        if is_repeat:
            response["Idempotent-Replay"] = "true"
        return response

    create = list

    def require_no_key(self, name: str) -> None:
        """What was asked for is kept, and the key never is."""
        if str(text(self.given, "key")).lower() in name.lower():
            raise PointsWalletUnknown


# What a refusal that was kept is worded as, by its class's name.
BY_NAME = {cls.__name__: answer for cls, answer in ANSWERS.items() if answer.status == 200}
OTHERWISE = ANSWERS[Refusal]


def _outcome(push: PushedWithdrawal) -> Response:
    """What was decided for this id: of one that was done, the wallet as it is now, whatever it is called by now."""
    response = found(_wallet(push.account_id)) if push.is_done else Response(said(BY_NAME.get(push.refusal, OTHERWISE)))
    response[DECIDED_FOR] = str(push.request_id)
    return response


def own_wallets() -> QuerySet[Wallet]:
    """Those whose points lie here."""
    wallets = Wallet.objects.filter(currency_code=points_currency().code).select_related("account", "user")
    return wallets.exclude(account__status__in=MIRRORED_STATUSES)


def _own(wallet: Wallet) -> Wallet:
    """It, where its points lie here: who mirrored a mirror could withdraw nothing from it."""
    if wallet.account.is_mirror:
        raise PointsWalletUnknown
    return wallet


def _wallet(account_id: int | None) -> Wallet:
    return Wallet.objects.select_related("account", "user").get(pk=account_id)


def found(wallet: Wallet) -> Response:
    """One wallet, as `message`."""
    show_settled([wallet.account])
    return success(wallet_row(wallet))


def wallet_row(wallet: Wallet) -> dict[str, Any]:
    return {
        "wallet_id": wallet.pk,
        "user_id": wallet.user_id,
        "wallet_name": wallet.name,
        "points": wallet.money(wallet.account.balance).decimal,
        "status": 0 if wallet.account.is_frozen else 1,
    }


def _streamed(rows: QuerySet[Wallet]) -> Iterator[str]:
    """The list in bounded memory, in one moment of the database."""
    yield '{"success":true,"message":['
    comma = ""
    with transaction.atomic(), stream(rows) as wallets:
        while chunk := list(islice(wallets, CHUNK)):
            show_settled([wallet.account for wallet in chunk])
            yield comma + ",".join(dump({**wallet_row(wallet), "user_email": wallet.user.email}) for wallet in chunk)
            comma = ","
    yield "]}"
