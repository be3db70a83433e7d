"""The whole policy of cmmpexapi/v1 on one viewset class: one key, two members, always 200."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.gateway import recognize_gateway_key, touch_gateway_key
from audit.acts import ActName
from audit.services import record_attempt
from federation.errors import SiteRefused
from ledger.movements import Circumstances, Event
from ledger.retry import in_transaction
from site_settings.reading import current_settings
from wallet_service.api import rates
from wallet_service.api.blocked import telling_blocked
from wallet_service.api.cmmp.arguments import given_arguments, text
from wallet_service.api.cmmp.errors import ANSWERS, WORDPRESS_OWN, GatewayClosed, KeyMissing, KeyWrong, TooManyWrongKeys, said
from wallet_service.api.cmmp.schema import GatewaySchema
from wallet_service.api.family import Answer, Answers
from wallet_service.api.operations import Access, operation_of
from wallet_service.api.schema import header
from wallet_service.api.wordpress import NoRoute, RawJson, WordPressViewSet, dump

NAMESPACE = "cmmpexapi/v1"
# What a row of ours calls who has the key: there is one, and nobody can tell who used it.
ACTOR = "gateway_key:{id}"


class GatewayViewSet(WordPressViewSet):
    """A noun of cmmpexapi/v1.

    First complaint wins: the route, the gateway, the key, then the operation's own.
    """

    answers: ClassVar[Answers] = ANSWERS
    namespace = NAMESPACE
    authentication_classes = ()
    has_habits = False
    schema = GatewaySchema()
    actor = ""

    @classmethod
    def response_headers(cls) -> Iterable[OpenApiParameter]:
        yield header("X-Request-Id", str, True, "This call, as the service's logs and audit rows name it.")
        yield header("Retry-After", int, [429, 503], "Seconds to wait.")

    def check_permissions(self, request: Request) -> None:
        """The gateway is open, and the key is the one that works: a right one is never held up by wrong ones."""
        if self.is_public:
            return
        if operation_of(self).access is not Access.GATEWAY or request.method == "HEAD":
            raise NoRoute
        if not current_settings().gateway_open:
            raise GatewayClosed
        secret = text(self.given, "key")
        if secret is None:
            raise KeyMissing
        key = recognize_gateway_key(secret)
        if key is None:
            raise wrong_key(request._request)
        touch_gateway_key(key)
        self.actor = ACTOR.format(id=key.id)

    @property
    def given(self) -> dict[str, Any]:
        """All arguments that came, as they came."""
        return given_arguments(self.request._request)

    def circumstances(self, reason: str) -> Circumstances:
        """Who moves points, and why: the calls of this family bring no words of their own."""
        return Circumstances(actor=self.actor, reason=reason)

    def moved(self, work: Callable[[Event], Any]) -> Response:
        """Do it, in a transaction of its own; nothing but that it was done is told."""
        self.done(work)
        return success()

    def done(self, work: Callable[[Event], Any]) -> Any:
        """Do it, in a transaction of its own, and return what it returns."""
        with telling_blocked(self.request._request):
            return in_transaction(lambda: work(Event.once("gateway")))

    def answer_exception(self, answer: Answer, exc: Exception) -> Response:
        if isinstance(exc, WORDPRESS_OWN):
            return super().answer_exception(answer, exc)
        facts = answer.facts(exc)
        # A main site's own words are passed on.
        words = list(exc.messages) if isinstance(exc, SiteRefused) else [answer.message]
        response = Response({**said(answer), "message": words}, status=answer.status)
        for fact, name in answer.headers.items():
            response[name] = str(facts[fact])
        return response

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """The key may be in the address: nobody on the way keeps the answer."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if not self.is_public:
            response["Cache-Control"] = "no-store"
        return response


def success(data: Any = None) -> Response:
    """`message` is empty, or holds what was asked for."""
    return Response(RawJson(dump({"success": True, "message": [] if data is None else data})))


def wrong_key(request: HttpRequest) -> KeyWrong | TooManyWrongKeys:
    """Count it by address, and say what to answer."""
    network = rates.network_of(request)
    usage = rates.count(request, "gateway_key", network, current_settings().rate_gateway_wrong_keys)
    record_attempt(ActName.CREDENTIAL_WRONG, network=network)
    return TooManyWrongKeys(usage.retry_after) if usage and usage.is_over else KeyWrong()
