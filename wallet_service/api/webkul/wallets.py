"""Wallets, named by their holders (seeds/001, "wkwp-wallet/v1 — admin"), and a customer's own balance."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db.models import F, OrderBy, QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hooks.points import credit_amount, debit_amount
from idempotency.services import Reply
from kyc.services import status_of
from ledger.due import show_settled
from ledger.errors import (
    AccountFrozen,
    AccountMirrored,
    BalanceLimitExceeded,
    CurrencyUnknown,
    EventReused,
    InsufficientFunds,
    LedgerUnavailable,
)
from ledger.models import Account, Entry
from ledger.money import BALANCE_MAX, Currency, Money
from ledger.movements import Event
from ledger.rehearsal import watching
from people.models import User
from points.errors import NoPoints
from points.purchases import points_worth
from site_settings.reading import default_currency, points_currency
from wallet_service.api.arguments import Argument, Arguments, Boolean, StandIn, Text, number_in_path
from wallet_service.api.moving import TOO_MUCH
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import Page, page_arguments
from wallet_service.api.purchases import grant_for_order, spend_on_order
from wallet_service.api.webkul import shapes
from wallet_service.api.webkul.base import (
    CURRENCY,
    MOVEMENT,
    NOT_ALLOWED,
    ORDER_ID,
    PER_PAGE,
    AdminViewSet,
    CustomerViewSet,
    balance_after,
)
from wallet_service.api.webkul.fields import AMOUNT, MajorUnits, in_minor, major
from wallet_service.api.webkul.rows import wallet_row
from wallet_service.api.wordpress import dump
from wallets.models import Wallet
from wallets.reading import read_wallet_in
from wallets.services import credit, debit, wallet_in

# The id settles ties, so that no wallet is on two pages or on none.
SORTS: dict[str, tuple[str | OrderBy, ...]] = {
    "recent_activity_desc": (F("account__last_at").desc(nulls_last=True), "-account_id"),
    "balance_desc": ("-account__balance", "-account_id"),
}
BOUNDS = {"min_balance": "account__balance__gte", "max_balance": "account__balance__lte"}

LIST = Arguments(
    {
        **page_arguments(per_page=PER_PAGE),
        "min_balance": MajorUnits(description="Minimum balance in major units, inclusive.", is_signed=True),
        "max_balance": MajorUnits(description="Maximum balance in major units, inclusive.", is_signed=True),
        "sort": Text(description="In which order.", default="recent_activity_desc", options=tuple(SORTS)),
        "currency": CURRENCY,
    }
)
READ = Arguments({"currency": CURRENCY})
ORDER_TOTAL = MajorUnits(
    description="Instead of `amount`: what the order came to, in the site's currency. Credits the customer's wallet in points "
    "with the points that it brings, once per order."
)
DISCOUNT = MajorUnits(
    description="Instead of `amount`: a discount on the order, in the site's currency. Debits the customer's wallet in points by "
    "the points that it is worth."
)


def _amount_unless(stand_in: str) -> Argument:
    return replace(AMOUNT, description=f"{AMOUNT.description} Needed unless `{stand_in}` is sent.")


CREDIT = Arguments(
    {**MOVEMENT, "amount": _amount_unless("order_total"), "order_id": ORDER_ID, "order_total": ORDER_TOTAL},
    (StandIn(name="order_total", instead_of="amount", needs=("order_id",), without=("currency",)),),
)
BNPL = Boolean(description="Lend the customer what the wallet lacks, if he may pay later (docs/pay-later.md).", default=False)
DEBIT = Arguments(
    {**MOVEMENT, "amount": _amount_unless("discount"), "order_id": ORDER_ID, "bnpl": BNPL, "discount": DISCOUNT},
    (StandIn(name="discount", instead_of="amount", needs=("order_id",), without=("currency", "bnpl")),),
)


class WalletViewSet(AdminViewSet):
    """Read customers' wallets, credit and debit them. They are named by the customer's user id."""

    lookup_field = "user_id"

    @operation(
        Operation(
            "listWallets",
            "List wallets",
            Access.MANAGE,
            LIST,
            {200: shapes.WebkulWalletPage},
            refusals=(CurrencyUnknown,),
            is_list=True,
            description="Those of one currency, the site's unless said.",
        )
    )
    def list(self, request: Request) -> Response:
        asked = self.arguments()
        unit = self.unit(asked)
        wallets = _wallets_in(unit).filter(**_within(asked, unit)).order_by(*SORTS[asked["sort"]])
        page = Page.of(wallets, asked)
        show_settled(wallet.account for wallet in page.rows)
        return self.page(page, [_row(wallet, unit) for wallet in page.rows])

    @operation(
        Operation(
            "getWallet",
            "Read a customer's wallet",
            Access.MANAGE,
            READ,
            {200: shapes.WebkulWallet},
            refusals=(User.DoesNotExist, CurrencyUnknown),
            description="Who has none in the currency has a balance of 0.",
        )
    )
    def retrieve(self, request: Request, user_id: str) -> Response:
        unit = self.unit(self.arguments())
        holder_id = number_in_path(user_id)
        wallet = _wallets_in(unit).filter(user_id=holder_id).first()
        if wallet is None:
            user = User.objects.get(pk=holder_id)
            return Response(wallet_row(user, unit, None, status_of(user.pk)))
        show_settled([wallet.account])
        return Response(_row(wallet, unit))

    @operation(
        Operation(
            "creditWallet",
            "Credit a customer's wallet",
            Access.MANAGE,
            CREDIT,
            {200: shapes.WebkulMovement},
            refusals=(
                *(CurrencyUnknown, User.DoesNotExist, *TOO_MUCH, AccountFrozen, AccountMirrored, BalanceLimitExceeded),
                *(LedgerUnavailable, NoPoints, EventReused),
            ),
            takes_idempotency_key=True,
            description="It is opened if it is missing.",
            example={"amount": 100, "note": "Q4 bonus", "reference": "Q4_BONUS_2026"},
        )
    )
    @action(detail=True, methods=["post"])
    def credit(self, request: Request, user_id: str) -> Response:
        asked = self.arguments()
        if asked["order_total"] is not None:
            return self._grant_for_order(user_id, asked)
        unit = self.unit(asked)
        amount = self.amount(asked, unit)
        wallet = _wallet_of(user_id, unit) or wallet_in(_user(user_id), unit, actor=self.credential.actor)
        amount = self.hooked_amount(credit_amount, amount, wallet.user_id, asked)
        self.require_allowed_amount(wallet, amount, asked)

        def move(event: Event) -> Entry:
            return credit(wallet=wallet, amount=amount, event=event, why=self.circumstances(asked))

        return self.answer_once(asked, _moved(wallet, move))

    @operation(
        Operation(
            "debitWallet",
            "Debit a customer's wallet",
            Access.MANAGE,
            DEBIT,
            {200: shapes.WebkulMovement},
            refusals=(
                *(CurrencyUnknown, User.DoesNotExist, *TOO_MUCH, *NOT_ALLOWED, InsufficientFunds),
                *(LedgerUnavailable, NoPoints),
            ),
            takes_idempotency_key=True,
            example={"amount": 12.5, "note": "Order #8812", "order_id": 8812},
        )
    )
    @action(detail=True, methods=["post"])
    def debit(self, request: Request, user_id: str) -> Response:
        asked = self.arguments()
        if asked["discount"] is not None:
            return self._spend_as_discount(user_id, asked)
        unit = self.unit(asked)
        amount = self.amount(asked, unit)
        wallet = _wallet_of(user_id, unit)
        if wallet is None:
            user = _user(user_id)
            # Nobody has to have had money before he may pay later.
            if not asked["bnpl"]:
                raise InsufficientFunds(required=amount, available=Money(0, unit))
            wallet = wallet_in(user, unit, actor=self.credential.actor)
        amount = self.hooked_amount(debit_amount, amount, wallet.user_id, asked)
        self.require_allowed_amount(wallet, amount, asked)

        def move(event: Event) -> Entry:
            why = self.circumstances(asked)
            return debit(wallet=wallet, amount=amount, event=event, why=why, pays_later=asked["bnpl"])

        return self.answer_once(asked, _moved(wallet, move))

    def _grant_for_order(self, user_id: str, asked: dict[str, Any]) -> Response:
        total = self.amount(asked, default_currency(), "order_total")
        unit = points_currency()
        wallet = _wallet_of(user_id, unit) or wallet_in(_user(user_id), unit, actor=self.credential.actor)
        move = grant_for_order(self, wallet, total, asked, self.circumstances(asked))
        return self.answer_once(asked, _moved(wallet, move))

    def _spend_as_discount(self, user_id: str, asked: dict[str, Any]) -> Response:
        discount = self.amount(asked, default_currency(), "discount")
        wallet = _wallet_of(user_id, points_currency())
        if wallet is None:
            _user(user_id)
            raise InsufficientFunds(required=points_worth(discount), available=Money(0, points_currency()))
        move = spend_on_order(self, wallet, discount, asked, self.circumstances(asked))
        return self.answer_once(asked, _moved(wallet, move))


class BalanceViewSet(CustomerViewSet):
    """What the caller has."""

    @operation(
        Operation(
            "getBalance",
            "The caller's own balance",
            Access.SIGNED_IN,
            READ,
            {200: shapes.WebkulBalance},
            refusals=(CurrencyUnknown,),
            description="Who has no wallet in the currency has a balance of 0.",
        )
    )
    def list(self, request: Request) -> Response:
        unit = self.unit(self.arguments())
        try:
            account = read_wallet_in(self.caller.pk, unit).account
        except Wallet.DoesNotExist:
            account = Account(currency_code=unit.code)
        figures = {name: major(getattr(account, name), unit) for name in ("balance", "available", "withdrawable")}
        return Response({**figures, "currency": unit.code})


def _wallets_in(unit: Currency) -> "QuerySet[Wallet]":
    """Every customer's own wallet in this currency, with all that a row tells."""
    wallets = Wallet.objects.filter(currency_code=unit.code, is_default=True)
    return wallets.select_related("account", "user").annotate(kyc_status=F("user__verification__status"))


def _within(asked: dict[str, Any], unit: Currency) -> dict[str, int]:
    return {
        column: in_minor(name, asked[name], unit, least=-BALANCE_MAX, most=BALANCE_MAX)
        for name, column in BOUNDS.items()
        if asked[name] is not None
    }


def _row(wallet: Wallet, unit: Currency) -> dict[str, Any]:
    return wallet_row(wallet.user, unit, wallet.account, wallet.kyc_status)  # type: ignore[attr-defined]


def _user(user_id: str) -> User:
    return User.objects.get(pk=number_in_path(user_id))


def _wallet_of(user_id: str, unit: Currency) -> Wallet | None:
    try:
        return read_wallet_in(number_in_path(user_id), unit)
    except Wallet.DoesNotExist:
        return None


def _moved(wallet: Wallet, move: Callable[[Event], Entry]) -> Callable[[Event], Reply]:
    """What a credit or debit answers, once it is done: what there was behind it where it was done before."""

    def work(event: Event) -> Reply:
        with watching() as written:
            entry = move(event)
        rows = written or [
            (wallet.account, row) for row in Entry.objects.filter(account_id=wallet.pk, key=entry.key).order_by("pk")
        ]
        return Reply(200, dump({"balance_after": balance_after(wallet.account, rows), "ledger_id": entry.pk}))

    return work
