"""Top-ups of walletpro/v1, an extension (facts.md 3.13): a customer pays a provider, and his wallet is credited.

POST starts one and answers where it is paid; that it was paid comes from the provider, by a notice of its own, never
from the caller. Points are bought in packages: then the price is paid, and the package's points are credited.

Everybody starts top-ups of his own wallets, who may write wallets also of others'. What a top-up waits
for inside (asking the provider, a charge whose answer was lost, a person who looks) is `pending` to customers; who may
read any wallet finds it in `state`.

The provider is asked before the idempotency key is taken, because no call goes out while a lock is held: the key is
also the top-up's own, so that its repetition, also after a crash in between, goes on with the same payment. So a 503 of the
provider's leaves the key with its arguments: the payment was written down before he was asked.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.errors import KeyLimitExceeded
from idempotency.errors import IdempotencyInProgress, IdempotencyKeyReused
from idempotency.services import Reply, answered_before
from ledger.errors import AccountFrozen, AccountMirrored, BalanceLimitExceeded, CurrencyMismatch, CurrencyUnknown, EventReused
from ledger.money import AMOUNT_MAX, Currency, Money, currency
from ledger.movements import Event
from payments.errors import TopupOutOfBounds, TopupsDisabled, TopupUnknown
from payments.models import Topup
from payments.port import PaymentProviderAway, PaymentRefused
from payments.repeats import claim_of
from payments.services import start_topup
from people.rights import Right
from points.packages.errors import PackageUnknown
from points.packages.services import buy_package, package_for_sale
from site_settings.reading import default_currency
from wallet_service.api.arguments import (
    Argument,
    Arguments,
    Boolean,
    Integer,
    Invalid,
    InvalidArguments,
    MinorUnits,
    StandIn,
    Text,
)
from wallet_service.api.middleware import public_url
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import Page, page_arguments
from wallet_service.api.walletpro import topup_shapes as shapes
from wallet_service.api.walletpro.base import IDEMPOTENCY_KEY, WalletProViewSet
from wallet_service.api.walletpro.topup_rows import SHOWN_STATUSES, options_row, states_shown_as, topup_row
from wallet_service.api.wordpress import dump
from wallet_service.return_urls import URL_MAX, is_return_url
from wallets.models import Wallet
from wallets.reading import ID_MAX, read_wallet
from wallets.services import wallet_in

WALLET: dict[str, Argument] = {
    "wallet_id": Integer(description="The wallet; the caller's own in the currency unless said.", minimum=1),
}
CURRENCY: dict[str, Argument] = {
    "currency": Text(description="The site's currency unless said; of a wallet, its own.", min_length=1, max_length=12),
}
START = Arguments(
    {
        "amount": MinorUnits(
            description="Minor units, a string of digits. Needed unless a package is bought.",
            required=True,
            minimum=1,
            maximum=AMOUNT_MAX,
        ),
        "package_id": Integer(description="Instead of an amount: the package of points that is bought.", minimum=1),
        **WALLET,
        **CURRENCY,
        "return_url": Text(
            description="Where the customer is sent once he has paid: on this site, or an origin that its operator allows.",
            max_length=URL_MAX,
        ),
        "save_method": Boolean(description="Keep what is paid with, for auto-reload. Of one's own wallet only.", default=False),
        **IDEMPOTENCY_KEY,
    },
    (StandIn(name="package_id", instead_of="amount", without=("currency",)),),
)
LIST = Arguments(
    {
        "wallet_id": Integer(description="Only this wallet; a customer may name his own.", minimum=1),
        "status": Text(description="Only those in this state.", options=SHOWN_STATUSES),
        **page_arguments(per_page=25),
    }
)
WRONG_RETURN = "return_url must lead to this site, or to one that its operator allows."
# Without a brace, at which npm's wpapi throws the whole index away.
UUID_IN_PATH = "[0-9A-Fa-f-]+"


class TopupViewSet(WalletProViewSet):
    """Add money to a wallet by paying for it."""

    lookup_value_regex = UUID_IN_PATH

    @operation(
        Operation(
            "startTopup",
            "Start a top-up",
            Access.SIGNED_IN,
            START,
            {201: shapes.Topup, 200: shapes.TopupReplay},
            refusals=(
                *(
                    Wallet.DoesNotExist,
                    CurrencyUnknown,
                    KeyLimitExceeded,
                    TopupsDisabled,
                    AccountFrozen,
                    AccountMirrored,
                    CurrencyMismatch,
                ),
                *(TopupOutOfBounds, BalanceLimitExceeded, PaymentRefused, PaymentProviderAway, PackageUnknown),
            ),
            takes_idempotency_key=True,
            description=(
                "Answers where it is paid. The wallet is credited when the provider says that it was. Where the provider does "
                "not answer (503), the idempotency key stays with these arguments for a day: the same call goes on with the same "
                "payment, another one under it is refused."
            ),
            example={"amount": "5000", "idempotency_key": "550e8400-e29b-41d4-a716-446655440000"},
        )
    )
    def create(self, request: Request) -> Response:
        # There is nothing to try: what happens is up to who pays.
        asked = {**self.arguments(), "dry_run": False}
        self._require_return_url(asked["return_url"])
        topup = self._start_for_amount(asked) if asked["package_id"] is None else self._start_for_package(asked)

        def work(event: Event) -> Reply:
            if topup is None:
                # What was answered a moment ago has just run out.
                raise IdempotencyInProgress
            return Reply(201, dump(self._row(topup)))

        return self.answer_once(asked, work)

    @operation(
        Operation("listTopups", "List top-ups", Access.SIGNED_IN, LIST, {200: shapes.TopupPage}, is_list=True),
    )
    def list(self, request: Request) -> Response:
        asked = self.arguments()
        rows = self._topups()
        if asked["wallet_id"] is not None:
            if not self.sees_any_wallet:
                self._require_own(asked["wallet_id"])
            rows = rows.filter(wallet_id=asked["wallet_id"])
        if asked["status"]:
            rows = rows.filter(status__in=states_shown_as(asked["status"]))
        page = Page.of(rows.order_by("-created_at", "-pk"), asked)
        return self.page(page, [self._row(topup) for topup in page.rows])

    @operation(
        Operation("getTopup", "Read a top-up", Access.SIGNED_IN, answers={200: shapes.Topup}, refusals=(TopupUnknown,)),
    )
    def retrieve(self, request: Request, id: str) -> Response:
        topup_id = _topup_id(id)
        topup = self._topups().filter(pk=topup_id).first() if topup_id else None
        if topup is not None:
            return Response(self._row(topup))
        raise TopupUnknown if self.sees_any_wallet else PermissionDenied

    @operation(
        Operation(
            "getTopupOptions",
            "What may be topped up",
            Access.SIGNED_IN,
            Arguments(CURRENCY),
            {200: shapes.TopupOptions},
            refusals=(CurrencyUnknown,),
        ),
    )
    @action(detail=False, url_path="options")
    def offered(self, request: Request) -> Response:
        return Response(options_row(_unit(self.arguments())))

    def _start_for_amount(self, asked: dict[str, Any]) -> Topup | None:
        """None where this call was answered before."""
        wallet = self._wallet(asked, _unit(asked))
        amount = Money(asked["amount"], _unit(asked) if asked["currency"] else wallet.currency)
        self.require_allowed_amount(wallet, amount, asked, is_adjustment=False)
        return None if self._was_answered_as(asked) else self._start(wallet, asked, start_topup, amount=amount)

    def _start_for_package(self, asked: dict[str, Any]) -> Topup | None:
        """None where this call was answered before: its package may be for sale no longer."""
        if self._was_answered_as(asked):
            return None
        package = package_for_sale(min(asked["package_id"], ID_MAX))
        wallet = self._wallet(asked, package.points.currency)
        self.require_allowed_amount(wallet, package.points, asked, is_adjustment=False)
        return self._start(wallet, asked, buy_package, package=package)

    def _start(self, wallet: Wallet, asked: dict[str, Any], start: Callable[..., Topup], **what: Any) -> Topup:
        """Ask the provider, outside of any transaction."""
        is_own = wallet.user_id == self.caller.pk
        try:
            return start(
                **what,
                wallet=wallet,
                origin=Topup.Origin.CUSTOMER if is_own else Topup.Origin.MANAGER,
                actor=self.credential.actor,
                return_url=asked["return_url"] or self._site + reverse("topups"),
                saves_method=asked["save_method"],
                claim=claim_of(self.credential.identity, asked["idempotency_key"]),
            )
        except EventReused:
            # Of two calls under one key that came at once; or the first one died on its way.
            raise IdempotencyKeyReused from None

    def _was_answered_as(self, asked: dict[str, Any]) -> bool:
        """Whether this call was answered before; refused here, before anybody outside hears of it, where it is another one."""
        key = asked["idempotency_key"]
        if key is None:
            return False
        arguments = {name: value for name, value in asked.items() if name not in {"idempotency_key", "dry_run"}}
        return answered_before(caller=self.credential.identity, key=key, fingerprint=self._fingerprint(key, arguments))

    def _wallet(self, asked: dict[str, Any], unit: Currency) -> Wallet:
        """The wallet that is meant: any for who may write wallets, else the caller's own. Whose method is kept is his to say."""
        if asked["wallet_id"] is None:
            return wallet_in(self.caller, unit)
        if not self.has_right(Right.WRITE_WALLETS):
            self._require_own(asked["wallet_id"])
        wallet = read_wallet(asked["wallet_id"])
        if asked["save_method"] and wallet.user_id != self.caller.pk:
            raise PermissionDenied
        return wallet

    def _require_own(self, wallet_id: int) -> None:
        if not Wallet.objects.held_by(self.caller).filter(pk=wallet_id).exists():
            raise PermissionDenied

    def _topups(self) -> "QuerySet[Topup]":
        """All of them for who reads any wallet, else those of one's own wallets."""
        return Topup.objects.all() if self.sees_any_wallet else Topup.objects.filter(wallet__user=self.caller)

    def _row(self, topup: Topup) -> dict[str, Any]:
        return topup_row(topup, site=self._site, sees_state=self.sees_any_wallet)

    @property
    def _site(self) -> str:
        return public_url(self.request._request)

    def _require_return_url(self, url: str | None) -> None:
        if url is not None and not is_return_url(url, site=self._site):
            raise InvalidArguments({"return_url": Invalid("rest_invalid_url", WRONG_RETURN)})


def _topup_id(text: str) -> UUID | None:
    """None for what is no top-up's id."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _unit(asked: dict[str, Any]) -> Currency:
    return currency(asked["currency"]) if asked["currency"] else default_currency()
