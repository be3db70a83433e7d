"""Wallets of walletpro/v1 (seeds/002, "Wallets Endpoints")."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from hooks.points import credit_amount, debit_amount
from idempotency.services import Reply
from ledger.due import show_settled
from ledger.errors import (
    AccountFrozen,
    AccountMirrored,
    BalanceLimitExceeded,
    CurrencyUnknown,
    EventReused,
    InsufficientFunds,
    LedgerUnavailable,
    PreconditionFailed,
)
from ledger.models import Entry
from ledger.money import AMOUNT_MAX, BALANCE_MAX, Money, currency
from ledger.movements import Event
from ledger.retry import in_transaction
from people.models import User
from people.rights import Right
from points.errors import NoPoints
from site_settings.reading import default_currency
from wallet_service.api.arguments import (
    Argument,
    Arguments,
    Boolean,
    DateTime,
    Integer,
    MinorUnits,
    StandIn,
    Text,
    number_in_path,
)
from wallet_service.api.middleware import public_url
from wallet_service.api.moving import TOO_MUCH
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import Page, page_arguments
from wallet_service.api.purchases import grant_for_order, spend_on_order
from wallet_service.api.walletpro import shapes
from wallet_service.api.walletpro.base import (
    CONDITIONS,
    MOVEMENT,
    NOT_ALLOWED,
    WalletProViewSet,
    condition,
    with_repeats,
)
from wallet_service.api.walletpro.fields import CREDIT_TYPES, STATUSES, balance_at_row, movement_row, wallet_row
from wallet_service.api.wordpress import dump
from wallets.errors import AtLiesAhead, AutoReloadIncomplete, ExpiryPassed, WalletExists
from wallets.history import balance_at
from wallets.models import Wallet
from wallets.reading import read_wallet
from wallets.services import change_wallet, credit, debit, default_wallet_of, open_wallet

CURRENCY = Text(description="ISO 4217 currency code, or a unit of the shop's own.", min_length=1, max_length=12)
COLUMNS = {"balance": "account__balance", "created": "created_at", "updated": "changed_at"}

LIST = Arguments(
    {
        **page_arguments(per_page=10),
        "currency": CURRENCY,
        "balance_min": MinorUnits(description="Minimum balance in minor units, inclusive."),
        "balance_max": MinorUnits(description="Maximum balance in minor units, inclusive."),
        "orderby": Text(description="What to sort by.", default="created", options=("balance", "created", "updated")),
        "order": Text(description="Which way.", default="desc", options=("asc", "desc")),
    }
)
OPEN = Arguments(
    {
        "user_id": Integer(description="The holder.", required=True, minimum=1),
        "currency": Text(description="The site's currency unless said.", min_length=1, max_length=12),
    }
)
READ = Arguments(
    {"at": DateTime(description="A time that has passed: answers the balance then, the entry it rests on and its checkpoint.")}
)
CHANGE = Arguments(
    {
        "spending_limit": MinorUnits(
            description="The most that one debit may take, in minor units; null: no limit.", maximum=BALANCE_MAX, nullable=True
        ),
        "auto_reload_enabled": Boolean(description="Whether the wallet is topped up when it runs low."),
        "auto_reload_threshold": MinorUnits(
            description="At or below this balance, in minor units; null unsets it.", maximum=BALANCE_MAX, nullable=True
        ),
        "auto_reload_amount": MinorUnits(
            description="By how much, in minor units; null unsets it.", minimum=1, maximum=AMOUNT_MAX, nullable=True
        ),
        "status": Text(description="A frozen wallet takes and pays nothing.", options=STATUSES),
    }
)
EXAMPLE_KEY = "550e8400-e29b-41d4-a716-446655440000"
MANAGED_FIELDS = {"spending_limit", "status"}


def _amount_unless(stand_in: str) -> Argument:
    amount = MOVEMENT["amount"]
    return replace(amount, description=f"{amount.description} Needed unless `{stand_in}` is sent.")


CREDIT = with_repeats(
    {
        **MOVEMENT,
        "amount": _amount_unless("order_total"),
        **CONDITIONS,
        "type": Text(description="What kind of credit it is.", default="credit", options=tuple(CREDIT_TYPES)),
        "expiry_date": DateTime(description="When the credit expires; left blank, it never does.", blank=True, nullable=True),
        "order_total": MinorUnits(
            description="Instead of `amount`, on a wallet in points: the order's total, in minor units of the site's currency. "
            "Credits the points that it brings, once per order.",
            minimum=1,
            maximum=AMOUNT_MAX,
        ),
    },
    StandIn(name="order_total", instead_of="amount", needs=("order_id",), without=(*CONDITIONS, "type", "expiry_date")),
)
DEBIT = with_repeats(
    {
        **MOVEMENT,
        "amount": _amount_unless("discount"),
        **CONDITIONS,
        "allow_partial": Boolean(description="Where there is less, take what there is and answer 206.", default=False),
        "discount": MinorUnits(
            description="Instead of `amount`, on a wallet in points: a discount, in minor units of the site's currency. "
            "Debits the points that it is worth.",
            minimum=1,
            maximum=AMOUNT_MAX,
        ),
    },
    StandIn(name="discount", instead_of="amount", needs=("order_id",), without=(*CONDITIONS, "allow_partial")),
)


class WalletViewSet(WalletProViewSet):
    """Read and change wallets, credit and debit them."""

    @operation(
        Operation(
            "listWallets",
            "List all wallets",
            Access.READ_WALLETS,
            LIST,
            {200: shapes.WalletPage},
            is_list=True,
        )
    )
    def list(self, request: Request) -> Response:
        asked = self.arguments()
        wallets = Wallet.objects.select_related("account").by_last_change()
        filters = {
            "currency_code": asked["currency"],
            "account__balance__gte": asked["balance_min"],
            "account__balance__lte": asked["balance_max"],
        }
        wallets = wallets.filter(**{name: value for name, value in filters.items() if value is not None})
        sign = "-" if asked["order"] == "desc" else ""
        # The id settles ties, so that no wallet is on two pages or on none.
        page = Page.of(wallets.order_by(sign + COLUMNS[asked["orderby"]], sign + "account_id"), asked)
        show_settled(wallet.account for wallet in page.rows)
        return self.page(page, [wallet_row(wallet) for wallet in page.rows])

    @operation(
        Operation(
            "openWallet",
            "Open a wallet",
            Access.MANAGE,
            OPEN,
            {201: shapes.Wallet},
            refusals=(User.DoesNotExist, CurrencyUnknown, WalletExists),
            has_location=True,
            example={"user_id": 7, "currency": "USD"},
        )
    )
    def create(self, request: Request) -> Response:
        asked = self.arguments()
        unit = currency(asked["currency"]) if asked["currency"] else None
        user = User.objects.get(pk=asked["user_id"])
        wallet = in_transaction(lambda: open_wallet(user=user, currency=unit, actor=self.credential.actor))
        response = Response(wallet_row(wallet), status=201)
        response["Location"] = f"{public_url(request._request)}{request.path}/{wallet.pk}"
        return response

    @operation(
        Operation(
            "getMyWallet",
            "The caller's own wallet",
            Access.SIGNED_IN,
            Arguments({"currency": CURRENCY}),
            {200: shapes.Wallet},
            refusals=(Wallet.DoesNotExist,),
        )
    )
    @action(detail=False)
    def me(self, request: Request) -> Response:
        code = self.arguments()["currency"]
        if code in {None, default_currency().code}:
            return Response(wallet_row(default_wallet_of(self.caller)))
        own = Wallet.objects.held_by(self.caller).select_related("account")
        wallet = own.get(currency_code=code, is_default=True)
        show_settled([wallet.account])
        return Response(wallet_row(wallet))

    @operation(
        Operation(
            "getWallet",
            "Read a wallet",
            Access.SIGNED_IN,
            READ,
            {200: shapes.WALLET_NOW_OR_THEN},
            refusals=(Wallet.DoesNotExist, AtLiesAhead, LedgerUnavailable),
            description="With `at`, what it held then, and what that rests on.",
        )
    )
    def retrieve(self, request: Request, id: str) -> Response:
        at = self.arguments()["at"]
        wallet = self.wallet_to_see(id)
        return Response(wallet_row(wallet) if at is None else balance_at_row(wallet, balance_at(wallet.account, at)))

    @operation(
        Operation(
            "updateWallet",
            "Change limits, auto-reload or status",
            Access.SIGNED_IN,
            CHANGE,
            {200: shapes.Wallet},
            refusals=(Wallet.DoesNotExist, AutoReloadIncomplete, LedgerUnavailable),
            example={"auto_reload_enabled": True, "auto_reload_threshold": "1000", "auto_reload_amount": "5000"},
        )
    )
    def update(self, request: Request, id: str) -> Response:
        is_manager = self.has_right(Right.MANAGE)
        own = None if is_manager else self._wallet(id, is_reader=False)
        given = self.given_arguments()
        if MANAGED_FIELDS & given.keys() and not is_manager:
            raise PermissionDenied
        wallet = own or self._wallet(id, is_reader=True)
        actor = self.credential.actor
        return Response(wallet_row(in_transaction(lambda: change_wallet(wallet=wallet, actor=actor, **given))))

    @operation(
        Operation(
            "creditWallet",
            "Credit a wallet",
            Access.WRITE_WALLETS,
            CREDIT,
            {201: shapes.Movement, 200: shapes.MOVEMENT_REPEATED},
            refusals=(
                *(
                    Wallet.DoesNotExist,
                    *TOO_MUCH,
                    AccountFrozen,
                    AccountMirrored,
                    ExpiryPassed,
                    PreconditionFailed,
                    BalanceLimitExceeded,
                ),
                *(LedgerUnavailable, NoPoints, EventReused),
            ),
            takes_idempotency_key=True,
            example={
                "amount": "1000",
                "reason": "Loyalty reward Q2",
                "expiry_date": "2099-12-31T23:59:59Z",
                "idempotency_key": EXAMPLE_KEY,
            },
        )
    )
    @action(detail=True, methods=["post"])
    def credit(self, request: Request, id: str) -> Response:
        asked = self.arguments()
        wallet = read_wallet(number_in_path(id))
        if asked["order_total"] is not None:
            total = Money(asked["order_total"], default_currency())
            return self._once(asked, wallet, grant_for_order(self, wallet, total, asked, self.circumstances(asked)))
        amount = self.hooked_amount(credit_amount, wallet.money(asked["amount"]), wallet.user_id, asked)
        self.require_allowed_amount(wallet, amount, asked)

        def work(event: Event) -> Reply:
            entry = credit(
                wallet=wallet,
                amount=amount,
                event=event,
                why=self.circumstances(asked),
                kind=CREDIT_TYPES[asked["type"]],
                expires_at=asked["expiry_date"],
                condition=condition(asked),
            )
            return Reply(201, dump(movement_row(entry, wallet)))

        return self.answer_once(asked, work)

    @operation(
        Operation(
            "debitWallet",
            "Debit a wallet",
            Access.WRITE_WALLETS,
            DEBIT,
            {201: shapes.Movement, 206: shapes.PartialMovement, 200: shapes.MOVEMENT_REPEATED},
            refusals=(
                *(Wallet.DoesNotExist, *TOO_MUCH, *NOT_ALLOWED, PreconditionFailed, InsufficientFunds),
                *(LedgerUnavailable, NoPoints),
            ),
            takes_idempotency_key=True,
            example={"amount": "1000", "reason": "Order #8812", "allow_partial": True, "idempotency_key": EXAMPLE_KEY},
        )
    )
    @action(detail=True, methods=["post"])
    def debit(self, request: Request, id: str) -> Response:
        asked = self.arguments()
        wallet = read_wallet(number_in_path(id))
        if asked["discount"] is not None:
            discount = Money(asked["discount"], default_currency())
            return self._once(asked, wallet, spend_on_order(self, wallet, discount, asked, self.circumstances(asked)))
        requested = self.hooked_amount(debit_amount, wallet.money(asked["amount"]), wallet.user_id, asked)
        self.require_allowed_amount(wallet, requested, asked)

        def work(event: Event) -> Reply:
            entry = debit(
                wallet=wallet,
                amount=requested,
                event=event,
                why=self.circumstances(asked),
                allow_partial=asked["allow_partial"],
                condition=condition(asked),
            )
            return _debited(movement_row(entry, wallet), requested.minor)

        return self.answer_once(asked, work)

    def _once(self, asked: dict[str, Any], wallet: Wallet, move: Callable[[Event], Entry]) -> Response:
        return self.answer_once(asked, lambda event: Reply(201, dump(movement_row(move(event), wallet))))

    def wallet_to_see(self, wallet_id: str) -> Wallet:
        """Any wallet for who reads any, else one's own; to others it looks the same whether it is there or not."""
        return self._wallet(wallet_id, is_reader=self.sees_any_wallet)

    def _wallet(self, wallet_id: str, *, is_reader: bool) -> Wallet:
        if is_reader:
            return read_wallet(number_in_path(wallet_id))
        try:
            return read_wallet(number_in_path(wallet_id), holder=self.caller)
        except Wallet.DoesNotExist:
            raise PermissionDenied from None


def _debited(row: dict[str, Any], requested_minor: int) -> Reply:
    """201; or 206 when less was taken than was asked for, which is then told beside what was."""
    if row["amount"] == str(requested_minor):
        return Reply(201, dump(row))
    members = {}
    for name, value in row.items():
        members[name] = value
        if name == "amount":
            members["requested"] = str(requested_minor)
    return Reply(206, dump(members))
