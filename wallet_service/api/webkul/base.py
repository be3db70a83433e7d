"""The whole policy of both namespaces: one viewset class, and what each door adds to it."""

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from hooks.points import rest_pre_authenticate, rest_rate_limit, rest_response
from idempotency.services import Reply
from kyc.errors import KycRequired
from ledger.errors import AccountFrozen, AccountMirrored
from ledger.models import Account, Entry
from ledger.money import Currency, Money, currency
from ledger.movements import Circumstances, Event
from site_settings.reading import current_settings, default_currency
from wallet_service.api import rates
from wallet_service.api.answers import RateLimited
from wallet_service.api.arguments import Argument, Integer, Text, Uuid4
from wallet_service.api.authentication import BasicAuthentication, Caller, OAuthAuthentication, SessionNonceAuthentication
from wallet_service.api.bodies import read_arguments
from wallet_service.api.family import Answers
from wallet_service.api.moving import MovingViewSet
from wallet_service.api.operations import Operation, operation_of
from wallet_service.api.pages import Page
from wallet_service.api.routes import DIGITS
from wallet_service.api.schema import header
from wallet_service.api.webkul.authentication import OperatorAuthentication
from wallet_service.api.webkul.errors import ANSWERS
from wallet_service.api.webkul.fields import AMOUNT, in_minor, major
from wallet_service.api.wordpress import RawJson, load
from wallets.errors import SpendingLimitExceeded, VelocityCapExceeded
from wallets.reading import ID_MAX

ADMIN, CUSTOMER = "wkwp-wallet/v1", "wkwc_wallet/v1"
# Both doors' calls count together.
RATE_GROUP = "wkwp"
BURST_SECONDS = 5
PER_PAGE = 20

KEY_HEADER = "Idempotency-Key"
KEY = Uuid4(description="UUID v4. A repetition within 24 hours returns the original answer instead of doing it again.")
CURRENCY = Text(description="ISO 4217 currency code, or a unit of the shop's own.", min_length=1, max_length=12)
NOTE = Text(description="Why; the row's `note`, which the customer reads too.", max_length=500)
REFERENCE = Text(description="A reference of the caller's own; need not be unique.", max_length=255)
ORDER_ID = Integer(description="The order that it belongs to.", minimum=1, maximum=ID_MAX)
MOVEMENT: dict[str, Argument] = {"amount": AMOUNT, "note": NOTE, "reference": REFERENCE, "currency": CURRENCY}
# What `wallets.controls.require_allowed` refuses, for the operations that spend.
NOT_ALLOWED = (AccountFrozen, AccountMirrored, KycRequired, SpendingLimitExceeded, VelocityCapExceeded)


class WebkulViewSet(MovingViewSet):
    """A noun of this family, behind either door."""

    answers: ClassVar[Answers] = ANSWERS
    lookup_field = "id"
    lookup_value_regex = DIGITS

    @classmethod
    def response_headers(cls) -> Iterable[OpenApiParameter]:
        yield header("X-Request-Id", str, True, "This call, as the service's logs and audit rows name it.")
        yield header("X-WP-Nonce", str, True, "The session's current nonce, where a right one was sent.")
        yield header("Retry-After", int, [409, 429, 503], "Seconds to wait.")

    @classmethod
    def request_headers(cls, operation: Operation) -> Iterable[OpenApiParameter]:
        if operation.takes_idempotency_key:
            yield OpenApiParameter(KEY_HEADER, KEY.schema(), OpenApiParameter.HEADER, description=KEY.description)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """An authenticator of the operator's own is asked before ours."""
        ours = super().initialize_request(request, *args, **kwargs)
        if rest_pre_authenticate.is_heard and not self.is_public:
            ours.authenticators = [OperatorAuthentication(), *(ours.authenticators or ())]
        return ours

    def count_call(self, request: Request) -> None:
        """A key's own minute, or that of the address, and its burst: one round trip. The documents are free."""
        if self.is_public:
            return
        caller = getattr(request, "_auth", None)
        site = current_settings()
        if isinstance(caller, Caller) and caller.is_key:
            who, kind, per_minute = caller.identity, "key", site.rate_wkwp_per_key
        else:
            who, kind, per_minute = f"address:{rates.network_of(request._request)}", "ip", site.rate_wkwp_per_address
        tiers = (
            rates.Tier(rest_rate_limit[kind].apply(per_minute, who), rates.MINUTE),
            rates.Tier(rest_rate_limit["burst"].apply(site.rate_wkwp_burst, who), BURST_SECONDS),
        )
        over = [usage for usage in rates.count_tiers(RATE_GROUP, who, tiers) if usage.is_over]
        if over:
            raise RateLimited(max(over, key=lambda usage: usage.retry_after))

    def arguments(self) -> dict[str, Any]:
        """With `idempotency_key` where the route takes one: its header, refused with the other arguments."""
        declared = operation_of(self)
        if not declared.takes_idempotency_key:
            return super().arguments()
        given = read_arguments(self.request._request)
        sent = self.request.headers.get(KEY_HEADER)
        # An argument that is called like the header is none.
        given = {name: value for name, value in given.items() if name != KEY_HEADER}
        given |= {} if sent is None else {KEY_HEADER: sent}
        asked = declared.arguments.with_also({KEY_HEADER: KEY}).validate(given)
        key = asked.pop(KEY_HEADER)
        return {**asked, "idempotency_key": key}

    def answer_once(self, asked: dict[str, Any], work: Callable[[Event], Reply]) -> Response:
        """Do what was asked, once per idempotency key; a replay is the original body, as 200 and with a header."""
        reply = self.reply_once(asked, work)
        if reply.is_replay:
            return Response(RawJson(reply.body), headers={"Idempotent-Replay": "true"})
        return Response(RawJson(reply.body), status=reply.status)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """What succeeded may be changed by the operator's own app, a replay as the original; `_fields` comes behind it.

        An image stays as it is.
        """
        name = hook_name(operation_of(self))
        is_row = response.status_code < 400 and not self.is_public and not isinstance(response.data, bytes)
        if name and is_row and rest_response[name].is_heard:
            payload = load(response.data) if isinstance(response.data, RawJson) else response.data
            response.data = rest_response[name].apply(payload, request)
        return super().finalize_response(request, response, *args, **kwargs)

    def page(self, page: Page, rows: list[dict[str, Any]]) -> Response:
        """A list as this family writes it."""
        body = {"page": page.number, "per_page": page.per_page, "total": page.total, "items": rows}
        return page.set_headers(Response(body), self.request._request)

    def unit(self, asked: dict[str, Any]) -> Currency:
        """The currency that is meant: the site's unless the argument `currency` says otherwise.

        Raises:
            CurrencyUnknown: there is no such currency.
        """
        return currency(asked["currency"]) if asked["currency"] else default_currency()

    def amount(self, asked: dict[str, Any], unit: Currency, name: str = "amount") -> Money:
        """An amount that somebody wants moved, from the argument `name`.

        Raises:
            InvalidArguments: it has more decimals than `unit`, or is nothing, or more than a wallet moves at once.
        """
        return Money(in_minor(name, asked[name], unit), unit)

    def circumstances(self, asked: dict[str, Any]) -> Circumstances:
        """Who moves money and why. This family's `note` is what the ledger calls the reason: everybody concerned reads it."""
        return Circumstances(
            actor=self.credential.actor,
            reason=asked["note"],
            order_id=asked.get("order_id"),
            reference=asked.get("reference"),
        )


class AdminViewSet(WebkulViewSet):
    """The admin door, wkwp-wallet/v1."""

    namespace = ADMIN
    authentication_classes = (BasicAuthentication, OAuthAuthentication, SessionNonceAuthentication)


class CustomerViewSet(WebkulViewSet):
    """The customer door, wkwc_wallet/v1: a Basic header is not looked at."""

    namespace = CUSTOMER
    authentication_classes = (SessionNonceAuthentication,)


def balance_after(account: Account, written: Sequence[tuple[Account, Entry]]) -> Decimal:
    """What the account holds after everything that was written (`ledger.rehearsal.watching`): a debt repaid of it, too."""
    last = [entry.balance for _, entry in written if entry.account_id == account.pk][-1]
    return major(last, account.currency)


def hook_name(declared: Operation) -> str:
    """What `wkwp_rest_response_<endpoint>` calls an operation: `list_wallets` of `listWallets`."""
    return re.sub("([A-Z])", r"_\1", declared.id).lower()
