"""Transactions (seeds/001, "GET /transactions"): the ledger's entries, newest first; a customer's own behind his door.

Of all currencies, unless one is named: each row says in which it is.
"""

from typing import Any

from django.db.models import F, Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.errors import CurrencyUnknown
from ledger.models import Entry
from wallet_service.api.arguments import Argument, Arguments, DateTime, Integer, TextList, number_in_path
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import Page, page_arguments
from wallet_service.api.webkul import shapes
from wallet_service.api.webkul.base import (
    CURRENCY,
    ORDER_ID,
    PER_PAGE,
    REFERENCE,
    AdminViewSet,
    CustomerViewSet,
    WebkulViewSet,
)
from wallet_service.api.webkul.rows import ROWS_OF_TYPE, TYPES, transaction_row
from wallets.models import Wallet

FILTERS: dict[str, Argument] = {
    "type": TextList(description="Comma-separated list of types.", options=TYPES),
    "from": DateTime(description="Created at this moment or after it."),
    "to": DateTime(description="Created at this moment or before it; of a bare date the whole day.", is_end=True),
    "reference": REFERENCE,
    "order_id": ORDER_ID,
    "currency": CURRENCY,
    **page_arguments(per_page=PER_PAGE),
}
OWN = Arguments(FILTERS)
LIST = Arguments({"user_id": Integer(description="Only this user's.", minimum=1), **FILTERS})
LAST_MICROSECOND = 999_999


class Listing(WebkulViewSet):
    """How both doors list transactions."""

    def transactions(self, rows: "QuerySet[Entry]", asked: dict[str, Any]) -> Response:
        """The page that was asked for, of those of `rows` that were."""
        if asked["currency"] is not None:
            rows = rows.filter(account__currency_code=self.unit(asked).code)
        page = Page.of(rows.filter(_wanted(asked)).order_by("-id"), asked)
        return self.page(page, [_row(entry) for entry in page.rows])


class TransactionViewSet(AdminViewSet, Listing):
    """Read the ledger."""

    @operation(
        Operation(
            "listTransactions",
            "List transactions",
            Access.MANAGE,
            LIST,
            {200: shapes.WebkulTransactionPage},
            refusals=(CurrencyUnknown,),
            is_list=True,
        )
    )
    def list(self, request: Request) -> Response:
        asked = self.arguments()
        rows = _entries() if asked["user_id"] is None else _entries_of(asked["user_id"])
        return self.transactions(rows, asked)

    @operation(
        Operation(
            "getTransaction",
            "Read a transaction",
            Access.MANAGE,
            answers={200: shapes.WebkulTransaction},
            refusals=(Entry.DoesNotExist,),
        )
    )
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(_row(_entries().get(pk=number_in_path(id))))


class OwnTransactionViewSet(CustomerViewSet, Listing):
    """Read one's own transactions."""

    @operation(
        Operation(
            "listOwnTransactions",
            "List the caller's own transactions",
            Access.SIGNED_IN,
            OWN,
            {200: shapes.WebkulTransactionPage},
            refusals=(CurrencyUnknown,),
            is_list=True,
        )
    )
    def list(self, request: Request) -> Response:
        return self.transactions(_entries_of(self.caller.pk), self.arguments())


def _entries() -> "QuerySet[Entry]":
    """All of them. Holds and the like are entries of amount 0: part of the chain, but no transactions."""
    named = Entry.objects.annotate(currency_code=F("account__currency_code"), holder_id=F("account__wallet__user_id"))
    return named.exclude(amount=0)


def _entries_of(user_id: int) -> "QuerySet[Entry]":
    own = list(Wallet.objects.filter(user_id=user_id).values_list("pk", flat=True))
    return _entries().filter(account_id__in=own)


def _row(entry: Entry) -> dict[str, Any]:
    return transaction_row(entry, user_id=entry.holder_id, currency_code=entry.currency_code)  # type: ignore[attr-defined]


def _wanted(asked: dict[str, Any]) -> Q:
    """The filter. Both ends are inclusive, and compared in whole seconds, as times are shown."""
    wanted = Q(**{name: asked[name] for name in ("reference", "order_id") if asked[name] is not None})
    if asked["from"]:
        wanted &= Q(at__gte=asked["from"])
    if asked["to"]:
        wanted &= Q(at__lte=asked["to"].replace(microsecond=LAST_MICROSECOND))
    if asked["type"]:
        types = Q()
        for name in asked["type"]:
            types |= ROWS_OF_TYPE[name]
        wanted &= types
    return wanted
