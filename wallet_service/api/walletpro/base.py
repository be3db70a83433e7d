"""The whole policy of walletpro/v1 on one viewset class."""

from collections.abc import Callable, Collection, Iterable
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from idempotency.services import Reply
from kyc.errors import KycRequired
from ledger.conditions import Condition
from ledger.errors import AccountFrozen, AccountMirrored
from ledger.money import AMOUNT_MAX
from ledger.movements import Circumstances, Event
from ledger.rehearsal import rehearse, watching
from ledger.retry import in_transaction
from people.rights import Right
from site_settings.reading import current_settings
from wallet_service.api import rates
from wallet_service.api.answers import RateLimited
from wallet_service.api.arguments import Argument, Arguments, Boolean, Integer, MinorUnits, StandIn, Text, Uuid4
from wallet_service.api.authentication import (
    BasicAuthentication,
    Caller,
    OAuthAuthentication,
    QueryKeyAuthentication,
    SessionNonceAuthentication,
)
from wallet_service.api.family import Answers
from wallet_service.api.moving import MovingViewSet
from wallet_service.api.pages import Page
from wallet_service.api.routes import DIGITS
from wallet_service.api.schema import header
from wallet_service.api.walletpro.errors import ANSWERS
from wallet_service.api.walletpro.fields import rehearsal_row
from wallet_service.api.wordpress import STOCK_HEADERS, RawJson, dump
from wallets.errors import SpendingLimitExceeded, VelocityCapExceeded
from wallets.models import Wallet
from wallets.reading import ID_MAX

NAMESPACE = "walletpro/v1"

IDEMPOTENCY_KEY: dict[str, Argument] = {
    "idempotency_key": Uuid4(
        description="UUID v4. A repetition within 24 hours returns the original answer instead of doing it again."
    )
}
DRY_RUN: dict[str, Argument] = {
    "dry_run": Boolean(
        description="Answer what would happen, and do nothing. The idempotency key is neither read nor taken.", default=False
    )
}
CONDITIONS: dict[str, Argument] = {
    "if_balance_gte": MinorUnits(description="Only if the wallet's balance is at least this, in minor units; else 412."),
    "if_sequence": Integer(description="Only if the wallet's `sequence` is still this; else 412.", minimum=0),
}
# What `wallets.controls.require_allowed` refuses, for the operations that spend.
NOT_ALLOWED = (AccountFrozen, AccountMirrored, KycRequired, SpendingLimitExceeded, VelocityCapExceeded)
MOVEMENT: dict[str, Argument] = {
    "amount": MinorUnits(description="Minor units, a string of digits.", required=True, minimum=1, maximum=AMOUNT_MAX),
    "reason": Text(description="Why; kept in the ledger.", required=True, min_length=1, max_length=255),
    "note": Text(description="Internal note, shown to managers only.", max_length=2000),
    "order_id": Integer(description="The order that it belongs to.", minimum=1, maximum=ID_MAX),
    "reference": Text(description="A reference of the caller's own; need not be unique.", max_length=255),
}
REPLAY = {
    "code": "walletpro_idempotent_replay",
    "message": "This idempotency key was used before: this is the original answer, and nothing was done again.",
}


class WalletProViewSet(MovingViewSet):
    """A noun of walletpro/v1."""

    answers: ClassVar[Answers] = ANSWERS
    namespace = NAMESPACE
    authentication_classes = (BasicAuthentication, QueryKeyAuthentication, OAuthAuthentication, SessionNonceAuthentication)
    lookup_field = "id"
    lookup_value_regex = DIGITS

    @classmethod
    def response_headers(cls) -> Iterable[OpenApiParameter]:
        yield header("X-WalletPro-RateLimit-Limit", int, True, "Calls allowed in a window.")
        yield header("X-WalletPro-RateLimit-Remaining", int, True, "Calls left in this one.")
        yield header("X-WalletPro-RateLimit-Reset", int, True, "Unix time when the window ends.")
        yield header("X-Request-Id", str, True, "This call, as the service's logs and audit rows name it.")
        yield header("X-WP-Nonce", str, True, "The session's current nonce, where a right one was sent.")
        yield header("Retry-After", int, [409, 429, 503], "Seconds to wait.")

    def count_call(self, request: Request) -> None:
        """120 a minute per identity, strangers by address; the documents are free."""
        if self.is_public:
            return
        caller = getattr(request, "_auth", None)
        who = caller.identity if isinstance(caller, Caller) else f"address:{rates.network_of(request._request)}"
        usage = rates.count(request._request, NAMESPACE, who, current_settings().rate_walletpro_per_minute)
        if usage is None:
            return
        request.META[STOCK_HEADERS] = {
            "X-WalletPro-RateLimit-Limit": str(usage.limit),
            "X-WalletPro-RateLimit-Remaining": str(usage.remaining),
            "X-WalletPro-RateLimit-Reset": str(usage.resets_at),
        }
        if usage.is_over:
            raise RateLimited(usage)

    def answer_once(
        self, asked: dict[str, Any], work: Callable[[Event], Reply], *, told_of: Collection[int] | None = None
    ) -> Response:
        """Do what was asked, once per idempotency key; a replay says that it is one. A dry run does it and takes it back.

        Of the accounts it touches, a dry run tells of those in `told_of`; None: of all.
        """
        if asked["dry_run"]:
            return Response(RawJson(dump(in_transaction(lambda: rehearsed(work, told_of)))))
        reply = self.reply_once(asked, work)
        if not reply.is_replay:
            return Response(RawJson(reply.body), status=reply.status)
        said = {**REPLAY, "data": {"status": 200, "original_status": reply.status}}
        body = f"{reply.body[:-1]},{dump(said)[1:]}"
        return Response(RawJson(body), headers={"Idempotent-Replay": "true"})

    def page(self, page: Page, rows: list[dict[str, Any]]) -> Response:
        """A list as this family writes it."""
        meta = {"total": page.total, "total_pages": page.total_pages, "page": page.number, "per_page": page.per_page}
        return page.set_headers(Response({"data": rows, "meta": meta}), self.request._request)

    def circumstances(self, asked: dict[str, Any]) -> Circumstances:
        """Who moves money and why, from the arguments `MOVEMENT` declares."""
        return Circumstances(
            actor=self.credential.actor,
            reason=asked["reason"],
            note=asked["note"],
            order_id=asked["order_id"],
            reference=asked["reference"],
        )

    def accounts_told_of(self, own: Wallet) -> Collection[int] | None:
        """Of which accounts a dry run of what the caller spends tells him: his own, unless he may read any."""
        return None if self.sees_any_wallet else {own.pk}

    @property
    def sees_any_wallet(self) -> bool:
        return self.has_right(Right.READ_WALLETS)


def with_repeats(arguments: dict[str, Argument], *stand_ins: StandIn) -> Arguments:
    """The arguments of a route that moves money: it can be repeated safely, and tried."""
    return Arguments({**arguments, **IDEMPOTENCY_KEY, **DRY_RUN}, stand_ins)


def condition(asked: dict[str, Any]) -> Condition | None:
    """The condition that a call carries, from the arguments `CONDITIONS` declares; None where it carries none."""
    asked_for = Condition(balance_gte=asked["if_balance_gte"], sequence=asked["if_sequence"])
    return None if asked_for == Condition() else asked_for


def rehearsed(work: Callable[[Event], Reply], told_of: Collection[int] | None = None) -> dict[str, Any]:
    """What `work` would write and answer, in these accounts; None: in all. A refusal is raised as it would be."""
    with watching() as written:
        reply = rehearse(lambda: work(Event.once("dry_run")))
    return rehearsal_row(reply.status, [row for row in written if told_of is None or row[0].pk in told_of])
