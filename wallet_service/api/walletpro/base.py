"""The whole policy of walletpro/v1 on one viewset class."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from idempotency.services import Reply, answer_once
from ledger.movements import Circumstances, Event
from people.rights import Right
from wallet_service.api import rates
from wallet_service.api.arguments import Argument, Arguments, Uuid4
from wallet_service.api.authentication import (
    BasicAuthentication,
    Caller,
    QueryKeyAuthentication,
    SessionNonceAuthentication,
)
from wallet_service.api.family import Answers
from wallet_service.api.pages import Page
from wallet_service.api.routes import DIGITS
from wallet_service.api.schema import header
from wallet_service.api.walletpro.errors import ANSWERS, RateLimited
from wallet_service.api.wordpress import STOCK_HEADERS, RawJson, WordPressViewSet, dump

NAMESPACE = "walletpro/v1"

IDEMPOTENCY_KEY: dict[str, Argument] = {
    "idempotency_key": Uuid4(
        description="UUID v4. A repetition within 24 hours returns the original answer instead of doing it again."
    )
}
REPLAY = {
    "code": "walletpro_idempotent_replay",
    "message": "This idempotency key was used before: this is the original answer, and nothing was done again.",
}


class WalletProViewSet(WordPressViewSet):
    """A noun of walletpro/v1."""

    answers: ClassVar[Answers] = ANSWERS
    namespace = NAMESPACE
    authentication_classes = (BasicAuthentication, QueryKeyAuthentication, SessionNonceAuthentication)
    lookup_field = "id"
    lookup_value_regex = DIGITS

    @classmethod
    def response_headers(cls) -> Iterable[OpenApiParameter]:
        yield header("X-WalletPro-RateLimit-Limit", int, True, "Calls allowed in a window.")
        yield header("X-WalletPro-RateLimit-Remaining", int, True, "Calls left in this one.")
        yield header("X-WalletPro-RateLimit-Reset", int, True, "Unix time when the window ends.")
        yield header("X-WP-Nonce", str, True, "The session's current nonce, where a right one was sent.")
        yield header("Retry-After", int, [409, 429, 503], "Seconds to wait.")

    def count_call(self, request: Request) -> None:
        """120 a minute per identity, strangers by address; the documents are free."""
        if self.is_public:
            return
        caller = getattr(request, "_auth", None)
        who = caller.identity if isinstance(caller, Caller) else f"address:{rates.network_of(request._request)}"
        usage = rates.count(request._request, NAMESPACE, who, settings.RATE_WALLETPRO_PER_MINUTE)
        if usage is None:
            return
        request.META[STOCK_HEADERS] = {
            "X-WalletPro-RateLimit-Limit": str(usage.limit),
            "X-WalletPro-RateLimit-Remaining": str(usage.remaining),
            "X-WalletPro-RateLimit-Reset": str(usage.resets_at),
        }
        if usage.is_over:
            raise RateLimited(usage)

    def answer_once(self, asked: dict[str, Any], work: Callable[[Event], Reply]) -> Response:
        """Do what was asked, once per idempotency key; a replay says that it is one."""
        key = asked.pop("idempotency_key")
        reply = answer_once(caller=self.credential.identity, key=key, fingerprint=self._fingerprint(asked), answer=work)
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

    @property
    def sees_any_wallet(self) -> bool:
        return self.has_right(Right.READ_WALLETS)

    def _fingerprint(self, asked: dict[str, Any]) -> bytes:
        """What makes two calls the same: route, path (`/wallets/007` is `/wallets/7`) and validated arguments."""
        path = [(name, value.lstrip("0") if value.isdigit() else value) for name, value in sorted(self.kwargs.items())]
        return sha256(repr((self.basename, self.action, path, sorted(asked.items()))).encode()).digest()


def with_repeats(arguments: dict[str, Argument]) -> Arguments:
    """The arguments of a route that can be repeated safely."""
    return Arguments({**arguments, **IDEMPOTENCY_KEY})
