"""The checkout: what the wallet holds, what of it goes towards an order, and codes that make it more."""

from typing import Any

from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from codes.errors import CodeAlreadyRedeemed, CodeExpired, CodeInvalid
from codes.services import redeem_code
from codes.texts import TYPED_MAX, normalized
from idempotency.services import Reply
from kyc.errors import KycRequired
from ledger.errors import (
    AccountFrozen,
    AccountMirrored,
    BalanceLimitExceeded,
    HoldExpired,
    HoldNotActive,
    InsufficientFunds,
    LedgerUnavailable,
)
from ledger.holds import HoldHistory
from ledger.models import Entry, Hold
from ledger.money import AMOUNT_MAX
from ledger.movements import Event
from wallet_service.api.arguments import Arguments, Integer, MinorUnits, Text
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.redeeming import counted_try
from wallet_service.api.walletpro.base import IDEMPOTENCY_KEY, NOT_ALLOWED
from wallet_service.api.walletpro.code_shapes import redemption_row
from wallet_service.api.walletpro.store import shapes
from wallet_service.api.walletpro.store.base import StoreViewSet, extension, extension_of_no_order
from wallet_service.api.wordpress import dump
from wallets.checkouts import applied_to_order, apply_to_order, last_applied, placed_by, placed_for_order, remove_from_order
from wallets.errors import AppliedExceedsTotal
from wallets.models import Wallet
from wallets.reading import ID_MAX, read_wallet

ORDER = Integer(description="The order, by the shop's own number.", minimum=1, maximum=ID_MAX)
TOTAL = MinorUnits(description="What the cart costs, in minor units; the answer then tells what of it remains.")
BALANCE = Arguments({"order_id": ORDER, "total": TOTAL})
APPLY = Arguments(
    {
        "amount": MinorUnits(
            description="How much of the wallet goes towards the order, in minor units.",
            required=True,
            minimum=1,
            maximum=AMOUNT_MAX,
        ),
        "order_id": Integer(description=ORDER.description, required=True, minimum=1, maximum=ID_MAX),
        "total": TOTAL,
        **IDEMPOTENCY_KEY,
    }
)
REMOVE = Arguments(
    {
        "order_id": ORDER,
        "hold_id": Integer(description="What `apply` answered. Without it and the order: what was applied last.", minimum=1),
        "total": TOTAL,
        **IDEMPOTENCY_KEY,
    }
)
REDEEM = Arguments(
    {
        "code": Text(description="The code, as it was handed out.", required=True, min_length=1, max_length=TYPED_MAX),
        "order_id": ORDER,
        "total": TOTAL,
        **IDEMPOTENCY_KEY,
    }
)
EXAMPLE_KEY = "550e8400-e29b-41d4-a716-446655440000"


class CheckoutViewSet(StoreViewSet):
    """The customer's wallet at the checkout."""

    @operation(
        Operation(
            "getStoreBalance",
            "The caller's wallet at the checkout",
            Access.SIGNED_IN,
            BALANCE,
            {200: shapes.StoreBalance},
            refusals=(LedgerUnavailable,),
            description="The session cookie is enough. With `order_id`, also what is applied to that order.",
        )
    )
    @action(detail=False)
    def balance(self, request: Request) -> Response:
        asked = self.arguments()
        wallet = self.own_wallet()
        applied = self._applied(wallet, asked["order_id"])
        shown = {
            "balance": str(wallet.account.balance),
            "balance_formatted": str(wallet.money(wallet.account.balance)),
            "available": str(wallet.account.available),
            "currency": wallet.currency_code,
        }
        return Response({**shown, **extension(wallet, applied, asked["total"])})

    @operation(
        Operation(
            "applyToOrder",
            "Apply the wallet to an order",
            Access.SIGNED_IN,
            APPLY,
            {201: shapes.Totals, 200: shapes.TotalsReplay},
            refusals=(AppliedExceedsTotal, *NOT_ALLOWED, InsufficientFunds, LedgerUnavailable),
            takes_idempotency_key=True,
            description="Sets the amount aside for 15 minutes, in place of what was applied to the order before. "
            "The shop takes it with `POST /walletpro/v1/holds/{hold_id}/capture`.",
            example={"amount": "1500", "order_id": 8812, "total": "3999", "idempotency_key": EXAMPLE_KEY},
        )
    )
    @action(detail=False, methods=["post"])
    def apply(self, request: Request) -> Response:
        asked = self.arguments()
        total_minor = asked["total"]
        wallet = self.own_wallet()
        amount = wallet.money(asked["amount"])
        total = None if total_minor is None else wallet.money(total_minor)

        def work(event: Event) -> Reply:
            placed = apply_to_order(
                wallet=wallet,
                amount=amount,
                order_id=asked["order_id"],
                event=event,
                actor=self.credential.actor,
                total=total,
                has_key=asked["idempotency_key"] is not None,
            )
            return Reply(201, dump(extension(wallet, placed, total_minor)))

        return self.do_once(asked, work)

    @operation(
        Operation(
            "removeFromOrder",
            "Take back what was applied to an order",
            Access.SIGNED_IN,
            REMOVE,
            {200: shapes.FREED_OR_REPEATED},
            refusals=(HoldExpired, HoldNotActive, LedgerUnavailable),
            takes_idempotency_key=True,
            description="Only what the caller applied here himself; a hold of the shop's is none of his.",
            example={"order_id": 8812, "total": "3999"},
        )
    )
    @action(detail=False, methods=["post"])
    def remove(self, request: Request) -> Response:
        asked = self.arguments()
        wallet = self.own_wallet()

        def work(event: Event) -> Reply:
            # Behind the claim: once it is taken back it may not be found again, and a repetition is answered all the same.
            own = self._own(wallet, asked)
            order_id, actor = own.placed.order_id, self.credential.actor
            remove_from_order(wallet=wallet, hold=own.hold, order_id=order_id, event=event, actor=actor)
            return Reply(200, dump(extension(wallet, None, asked["total"])))

        return self.do_once(asked, work)

    @operation(
        Operation(
            "redeemAtCheckout",
            "Redeem a code",
            Access.SIGNED_IN,
            REDEEM,
            {201: shapes.StoreRedemption, 200: shapes.StoreRedemptionReplay},
            refusals=(
                *(AccountFrozen, AccountMirrored, CodeInvalid, CodeAlreadyRedeemed, CodeExpired, KycRequired),
                *(BalanceLimitExceeded, LedgerUnavailable),
            ),
            takes_idempotency_key=True,
            description="As `POST /walletpro/v1/codes/{code}/redeem`, with the totals beside it; tries count together. "
            "What is applied, and what remains, is told with `order_id` only.",
            example={"code": "SUMMER-A3KF92M7WQXT", "order_id": 8812, "total": "3999"},
        )
    )
    @action(detail=False, methods=["post"])
    def redeem(self, request: Request) -> Response:
        asked = self.arguments()
        code = asked["code"]

        def work(event: Event) -> Reply:
            redemption = redeem_code(code=code, user=self.caller, event=event, actor=self.credential.actor)
            return Reply(201, dump({**redemption_row(redemption), **self._totals(read_wallet(own.pk), asked)}))

        with counted_try(request._request, self.credential.identity):
            # Before accounts are locked: it is opened where it is missing.
            own = self.own_wallet()
            # However it is spelt, it is the same call.
            return self.do_once({**asked, "code": normalized(code)}, work)

    def _totals(self, wallet: Wallet, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["order_id"] is None:
            return extension_of_no_order(wallet)
        return extension(wallet, self._applied(wallet, asked["order_id"]), asked["total"])

    def _applied(self, wallet: Wallet, order_id: int | None) -> Entry | None:
        """The entry by which the caller set money aside for this order, if it still is."""
        if order_id is None:
            return None
        found = applied_to_order(wallet, order_id=order_id, actor=self.credential.actor, now=timezone.now())
        return found.placed if found else None

    def _own(self, wallet: Wallet, asked: dict[str, Any]) -> HoldHistory:
        """What the caller set aside; anything else looks the same whether it is there or not."""
        hold_id, order_id, actor = asked["hold_id"], asked["order_id"], self.credential.actor
        try:
            if hold_id is None and order_id is None:
                return last_applied(wallet, actor=actor)
            if hold_id is None:
                return placed_for_order(wallet, order_id=order_id, actor=actor)
            own = placed_by(min(hold_id, ID_MAX), wallet=wallet, actor=actor)
        except Hold.DoesNotExist:
            raise PermissionDenied from None
        if order_id not in {None, own.placed.order_id}:
            raise PermissionDenied
        return own
