"""Transactions of walletpro/v1 (seeds/002, "Transactions Endpoints"): the ledger's entries, newest first."""

from django.db.models import F, Q, QuerySet
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from idempotency.services import Reply
from ledger.errors import (
    AlreadyReversed,
    BalanceLimitExceeded,
    InsufficientFunds,
    LedgerUnavailable,
    LogNotIntact,
    NotReversible,
    NotSealed,
    ReversalExceedsOriginal,
)
from ledger.models import Entry
from ledger.money import AMOUNT_MAX
from ledger.movements import Event
from ledger.receipts import receipt_of
from ledger.reversals import reverse
from people.rights import Right
from wallet_service.api.arguments import Arguments, DateTime, Integer, MinorUnits, TextList, number_in_path
from wallet_service.api.moving import TOO_MUCH
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import Page, page_arguments
from wallet_service.api.walletpro import proof_shapes, shapes
from wallet_service.api.walletpro.base import MOVEMENT, WalletProViewSet, with_repeats
from wallet_service.api.walletpro.fields import ROWS_OF_TYPE, TYPES, reversal_row, transaction_row
from wallet_service.api.wordpress import dump
from wallets.models import Wallet
from wallets.reading import read_wallet

LIST = Arguments(
    {
        "wallet_id": Integer(description="Only this wallet; a customer may name his own.", minimum=1),
        "type": TextList(description="Comma-separated list of types.", options=TYPES),
        "after": DateTime(description="Created after this moment."),
        "before": DateTime(description="Created before this moment."),
        **page_arguments(per_page=25),
    }
)
REVERSE = with_repeats(
    {
        **MOVEMENT,
        "amount": MinorUnits(
            description="At most the transaction's, and all that can be given back unless said.", minimum=1, maximum=AMOUNT_MAX
        ),
    }
)
LAST_MICROSECOND = 999_999


class TransactionViewSet(WalletProViewSet):
    """Read the ledger."""

    @operation(
        Operation("listTransactions", "List transactions", Access.SIGNED_IN, LIST, {200: shapes.TransactionPage}, is_list=True)
    )
    def list(self, request: Request) -> Response:
        asked = self.arguments()
        # Holds and the like are entries of amount 0: part of the chain, but no transactions.
        rows = self._entries().exclude(amount=0).filter(_wanted(asked))
        if asked["wallet_id"] is not None:
            self._require_own(asked["wallet_id"])
            rows = rows.filter(account_id=asked["wallet_id"])
        page = Page.of(rows.order_by("-id"), asked)
        return self.page(page, [self._row(entry) for entry in page.rows])

    @operation(
        Operation(
            "getTransaction",
            "Read a transaction",
            Access.SIGNED_IN,
            answers={200: shapes.Transaction},
            refusals=(Entry.DoesNotExist,),
        )
    )
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(self._row(self._entry(id)))

    @operation(
        Operation(
            "getTransactionReceipt",
            "Prove a transaction",
            Access.SIGNED_IN,
            answers={200: proof_shapes.Receipt},
            refusals=(Entry.DoesNotExist, NotSealed, LogNotIntact),
            description="The entry, its path in the log and the signed checkpoint: `verify_receipt.py` checks them offline.",
        )
    )
    @action(detail=True)
    def receipt(self, request: Request, id: str) -> Response:
        seen = ("reason", "note") if self.has_right(Right.MANAGE) else ("reason",)
        return Response(receipt_of(self._entry(id), texts=seen))

    @operation(
        Operation(
            "reverseTransaction",
            "Give a transaction back",
            Access.MANAGE,
            REVERSE,
            {201: shapes.Reversal, 200: shapes.REVERSAL_REPEATED},
            refusals=(
                *(Entry.DoesNotExist, *TOO_MUCH, NotReversible, AlreadyReversed, ReversalExceedsOriginal),
                *(InsufficientFunds, BalanceLimitExceeded, LedgerUnavailable),
            ),
            takes_idempotency_key=True,
            description="Once, whole or in part; of a transfer the whole, its fee included.",
            example={"amount": "1000", "reason": "Order #8812 was not delivered"},
        )
    )
    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, id: str) -> Response:
        asked = self.arguments()
        entry = self._entry(id)
        wallet = read_wallet(entry.account_id)
        amount = None if asked["amount"] is None else wallet.money(asked["amount"])
        self.require_allowed_amount(wallet, amount or wallet.money(abs(entry.amount)), asked)

        def work(event: Event) -> Reply:
            written = reverse(entry=entry, amount=amount, event=event, why=self.circumstances(asked))
            return Reply(201, dump(reversal_row(entry, written, wallet)))

        return self.answer_once(asked, work)

    def _entry(self, id: str) -> Entry:
        """The transaction that this path names, if the caller may read it."""
        entry = self._entries().exclude(amount=0).filter(pk=number_in_path(id)).first()
        if entry is not None:
            return entry
        raise Entry.DoesNotExist if self.sees_any_wallet else PermissionDenied

    def _entries(self) -> "QuerySet[Entry]":
        """All entries for who reads any wallet, else those of one's own wallets."""
        entries = Entry.objects.annotate(currency_code=F("account__currency_code"))
        if self.sees_any_wallet:
            return entries
        own = list(Wallet.objects.held_by(self.caller).values_list("pk", flat=True))
        return entries.filter(account_id__in=own)

    def _require_own(self, wallet_id: int) -> None:
        if not self.sees_any_wallet and not Wallet.objects.held_by(self.caller).filter(pk=wallet_id).exists():
            raise PermissionDenied

    def _row(self, entry: Entry) -> dict[str, object]:
        return transaction_row(entry, entry.currency_code, with_note=self.has_right(Right.MANAGE))  # type: ignore[attr-defined]


def _wanted(asked: dict[str, object]) -> Q:
    """The filter. `after` and `before` are exclusive, and compared in whole seconds, as times are shown."""
    wanted = Q()
    if asked["after"]:
        wanted &= Q(at__gt=asked["after"].replace(microsecond=LAST_MICROSECOND))  # type: ignore[attr-defined]
    if asked["before"]:
        wanted &= Q(at__lt=asked["before"])
    if asked["type"]:
        types = Q()
        for name in asked["type"]:  # type: ignore[attr-defined]
            types |= ROWS_OF_TYPE[name]
        wanted &= types
    return wanted
