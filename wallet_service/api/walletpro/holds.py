"""Holds of walletpro/v1, an extension (contract.md 2): money set aside for a checkout.

`POST /holds` sets aside, `/capture` takes what is held or part of it and frees the
rest, `/void` frees it. A hold past its time frees itself.
"""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from idempotency.services import Reply
from ledger.errors import (
    CaptureExceedsHold,
    HoldExpired,
    HoldNotActive,
    HoldUnderWay,
    InsufficientFunds,
    LedgerUnavailable,
    PreconditionFailed,
)
from ledger.holds import HoldHistory, history_of
from ledger.models import Entry, Hold
from ledger.money import AMOUNT_MAX
from ledger.movements import Circumstances, Event
from wallet_service.api.arguments import Argument, Integer, MinorUnits, Text, number_in_path
from wallet_service.api.moving import TOO_MUCH
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.walletpro import shapes
from wallet_service.api.walletpro.base import (
    CONDITIONS,
    MOVEMENT,
    NOT_ALLOWED,
    WalletProViewSet,
    condition,
    with_repeats,
)
from wallet_service.api.walletpro.fields import hold_row, movement_row
from wallet_service.api.wordpress import dump
from wallets.holds import capture_hold, place_hold, void_hold
from wallets.models import Wallet
from wallets.reading import ID_MAX, read_wallet

EXPIRES_IN_SECONDS = 900
EXPIRES_IN_SECONDS_MAX = 30 * 24 * 3600

WORDS: dict[str, Argument] = {
    **MOVEMENT,
    "reason": Text(description="Why; kept in the ledger. The hold's own unless said.", min_length=1, max_length=255),
}
PLACE = with_repeats(
    {
        "wallet_id": Integer(description="Whose money is set aside.", required=True, minimum=1),
        **WORDS,
        "expires_in": Integer(
            description="Seconds until the hold frees itself.",
            default=EXPIRES_IN_SECONDS,
            minimum=1,
            maximum=EXPIRES_IN_SECONDS_MAX,
        ),
        **CONDITIONS,
    }
)
CAPTURE = with_repeats(
    {
        **WORDS,
        "amount": MinorUnits(description="At most what is held, and all of it unless said.", minimum=1, maximum=AMOUNT_MAX),
    }
)
VOID = with_repeats({name: argument for name, argument in WORDS.items() if name != "amount"})
OVER = (Hold.DoesNotExist, HoldExpired, HoldNotActive, HoldUnderWay, LedgerUnavailable)


class HoldViewSet(WalletProViewSet):
    """Set money aside, and take or free it."""

    @operation(
        Operation(
            "placeHold",
            "Set money aside",
            Access.WRITE_WALLETS,
            PLACE,
            {201: shapes.Hold, 200: shapes.HOLD_REPEATED},
            refusals=(
                *(Wallet.DoesNotExist, *TOO_MUCH, *NOT_ALLOWED, PreconditionFailed, InsufficientFunds),
                LedgerUnavailable,
            ),
            takes_idempotency_key=True,
            example={"wallet_id": 42, "amount": "1500", "reason": "Checkout", "order_id": 8812, "expires_in": 900},
        )
    )
    def create(self, request: Request) -> Response:
        asked = self.arguments()
        wallet = read_wallet(min(asked["wallet_id"], ID_MAX))
        amount = wallet.money(asked["amount"])
        self.require_allowed_amount(wallet, amount, asked)

        def work(event: Event) -> Reply:
            entry = place_hold(
                wallet=wallet,
                amount=amount,
                event=event,
                why=self.circumstances(asked),
                expires_in=timedelta(seconds=asked["expires_in"]),
                condition=condition(asked),
            )
            placed = Hold(id=entry.pk, account_id=wallet.pk, sequence=entry.sequence, amount=amount.minor, ends=entry.ends)
            return Reply(201, dump(hold_row(HoldHistory(placed, entry, None), wallet.currency_code, entry.at)))

        return self.answer_once(asked, work)

    @operation(
        Operation(
            "getHold",
            "Read a hold",
            Access.READ_HOLDS,
            answers={200: shapes.Hold},
            refusals=(Hold.DoesNotExist, LedgerUnavailable),
        )
    )
    def retrieve(self, request: Request, id: str) -> Response:
        history = self._history(id)
        return Response(hold_row(history, history.hold.account.currency_code, timezone.now()))

    @operation(
        Operation(
            "captureHold",
            "Take what is held",
            Access.WRITE_WALLETS,
            CAPTURE,
            {201: shapes.Capture, 200: shapes.CAPTURE_REPEATED},
            refusals=(*OVER, *TOO_MUCH, CaptureExceedsHold),
            takes_idempotency_key=True,
            description="What is held and not taken is free at once. No limit and no freeze stops it: the hold met them.",
            example={"amount": "1200"},
        )
    )
    @action(detail=True, methods=["post"])
    def capture(self, request: Request, id: str) -> Response:
        asked = self.arguments()
        history = self._history(id)
        wallet = read_wallet(history.hold.account_id)
        amount = None if asked["amount"] is None else wallet.money(asked["amount"])
        self.require_allowed_amount(wallet, amount or wallet.money(history.hold.amount), asked, is_adjustment=False)

        def work(event: Event) -> Reply:
            entry = capture_hold(hold=history.hold, amount=amount, event=event, why=self._as_held(asked, history))
            row = hold_row(closed_by(history, entry), wallet.currency_code, entry.at)
            return Reply(201, dump({**movement_row(entry, wallet), "hold": row}))

        return self.answer_once(asked, work)

    @operation(
        Operation(
            "voidHold",
            "Free what is held",
            Access.WRITE_WALLETS,
            VOID,
            {200: shapes.HOLD_VOIDED},
            refusals=OVER,
            takes_idempotency_key=True,
            example={"reason": "The basket was left"},
        )
    )
    @action(detail=True, methods=["post"])
    def void(self, request: Request, id: str) -> Response:
        asked = self.arguments()
        history = self._history(id)

        def work(event: Event) -> Reply:
            entry = void_hold(hold=history.hold, event=event, why=self._as_held(asked, history))
            row = hold_row(closed_by(history, entry), history.hold.account.currency_code, entry.at)
            return Reply(200, dump(row))

        return self.answer_once(asked, work)

    def _history(self, id: str) -> HoldHistory:
        hold_id = number_in_path(id)
        if hold_id > ID_MAX:
            raise Hold.DoesNotExist
        return history_of(hold_id)

    def _as_held(self, asked: dict[str, Any], history: HoldHistory) -> Circumstances:
        """What the call does not say is as it was when the money was set aside; a note is of its own call."""
        placed = history.placed
        return Circumstances(
            actor=self.credential.actor,
            reason=placed.reason if asked["reason"] is None else asked["reason"],
            note=asked["note"],
            order_id=placed.order_id if asked["order_id"] is None else asked["order_id"],
            reference=placed.reference if asked["reference"] is None else asked["reference"],
        )


def closed_by(history: HoldHistory, entry: Entry) -> HoldHistory:
    """The hold once `entry` has ended it."""
    return HoldHistory(history.hold, history.placed, entry)
