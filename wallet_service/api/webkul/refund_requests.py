"""Refund requests (contract.md 3; facts.md 2.12): a customer asks for an order to be refunded, a manager decides.

`order_id` is the shop's number of the order, as WooCommerce gives them: the ledger's entries hold numbers and no text. The
service does not look an order up; where a wallet of the customer's paid for it, that wallet gets the refund, and what it paid
bounds the amount.
"""

from dataclasses import replace

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from idempotency.services import Reply
from kyc.errors import KycRequired
from ledger.errors import BalanceLimitExceeded, LedgerUnavailable, OrderOpen, OrderRefunded, RefundExceedsOrder
from ledger.movements import Event
from refunds.errors import (
    OrderPaidElsewhere,
    RefundAlreadyAsked,
    RefundExceedsRequest,
    RefundPeriodOver,
    RefundRequestNotPending,
    RefundRequestsDisabled,
    RefundRequestUnknown,
    TooManyRefundRequests,
)
from refunds.models import NOTE_MAX, REASON_MAX, RefundRequest
from refunds.services import approve_refund, ask_refund, is_paid_by_wallet, reject_refund, wallet_for
from wallet_service.api.arguments import Argument, Arguments, Integer, Text, number_in_path
from wallet_service.api.moving import TOO_MUCH
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import Page, page_arguments
from wallet_service.api.webkul.base import ORDER_ID, PER_PAGE, AdminViewSet, CustomerViewSet
from wallet_service.api.webkul.fields import AMOUNT, MajorUnits
from wallet_service.api.webkul.refund_request_shapes import WebkulRefundRequest, WebkulRefundRequestPage, refund_request_row
from wallet_service.api.wordpress import dump
from wallets.errors import MayNotDecide

ASK = Arguments(
    {
        "order_id": replace(ORDER_ID, required=True),
        "amount": AMOUNT,
        "reason": Text(description="Why.", required=True, min_length=1, max_length=REASON_MAX),
        "note": Text(description="More about it.", default="", max_length=NOTE_MAX),
    }
)
FILTERS: dict[str, Argument] = {
    "status": Text(description="Only those in this state.", options=tuple(RefundRequest.Status.values)),
    **page_arguments(per_page=PER_PAGE),
}
OWN = Arguments(FILTERS)
LIST = Arguments({"user_id": Integer(description="Only this user's.", minimum=1), **FILTERS})
DECISION_NOTE = Text(description="What the customer is told of it.", default="", max_length=NOTE_MAX)
APPROVE = Arguments(
    {
        "amount": MajorUnits(description="Major units: at most what was asked for, and that unless said."),
        "note": DECISION_NOTE,
    }
)
REJECT = Arguments({"note": DECISION_NOTE})
UNDECIDABLE = (RefundRequestUnknown, MayNotDecide, RefundRequestNotPending)


class OwnRefundRequestViewSet(CustomerViewSet):
    """Ask for orders to be refunded, and see what was decided."""

    @operation(
        Operation(
            "askForRefund",
            "Ask for an order to be refunded",
            Access.SIGNED_IN,
            ASK,
            {201: WebkulRefundRequest, 200: WebkulRefundRequest},
            refusals=(
                *(RefundRequestsDisabled, KycRequired, RefundAlreadyAsked, TooManyRefundRequests),
                *(OrderOpen, OrderRefunded, RefundPeriodOver, RefundExceedsOrder),
            ),
            takes_idempotency_key=True,
            description="Nothing moves before a manager approves it. Once per order; what was rejected may be asked for again.",
            example={"order_id": 8812, "amount": 40, "reason": "One of the two was broken"},
        )
    )
    def create(self, request: Request) -> Response:
        asked = self.arguments()

        def work(event: Event) -> Reply:
            # Behind the claim: which wallet has paid, and so what an amount of its currency is, changes.
            wallet = wallet_for(self.caller, asked["order_id"])
            amount = self.amount(asked, wallet.currency)
            words = {"reason": asked["reason"], "note": asked["note"]}
            made = ask_refund(
                wallet=wallet, order_id=asked["order_id"], amount=amount, **words, event=event, actor=self.credential.actor
            )
            return Reply(201, dump(refund_request_row(made)))

        return self.answer_once(asked, work)

    @operation(
        Operation(
            "listOwnRefundRequests",
            "List the caller's own refund requests",
            Access.SIGNED_IN,
            OWN,
            {200: WebkulRefundRequestPage},
            is_list=True,
        )
    )
    def list(self, request: Request) -> Response:
        asked = self.arguments()
        rows = RefundRequest.objects.asked_by(self.caller).in_state(asked["status"]).order_by("-pk")
        page = Page.of(rows, asked)
        return self.page(page, [refund_request_row(row) for row in page.rows])


class RefundRequestViewSet(AdminViewSet):
    """Decide on refund requests."""

    @operation(
        Operation(
            "listRefundRequests",
            "List refund requests",
            Access.MANAGE,
            LIST,
            {200: WebkulRefundRequestPage},
            is_list=True,
        )
    )
    def list(self, request: Request) -> Response:
        asked = self.arguments()
        rows = RefundRequest.objects.in_state(asked["status"]).order_by("-pk")
        page = Page.of(rows if asked["user_id"] is None else rows.filter(user=asked["user_id"]), asked)
        return self.page(page, [refund_request_row(row) for row in page.rows])

    @operation(
        Operation(
            "approveRefundRequest",
            "Approve a refund request",
            Access.MANAGE,
            APPROVE,
            {200: WebkulRefundRequest},
            refusals=(
                *(*UNDECIDABLE, *TOO_MUCH, RefundExceedsRequest, OrderOpen, OrderPaidElsewhere, OrderRefunded),
                *(RefundExceedsOrder, BalanceLimitExceeded, LedgerUnavailable),
            ),
            takes_idempotency_key=True,
            description="What the wallet paid for the order goes back where it came from; for any other order it is a credit.",
            example={"amount": 30, "note": "One of the two"},
        )
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, id: str) -> Response:
        asked = self.arguments()
        waiting = _found(id)
        wallet = waiting.wallet
        amount = None if asked["amount"] is None else self.amount(asked, wallet.currency)
        # What nobody but a manager bears out is an adjustment by hand.
        is_adjustment = not is_paid_by_wallet(waiting)
        self.require_allowed_amount(wallet, amount or waiting.amount, asked, is_adjustment=is_adjustment)

        def work(event: Event) -> Reply:
            decided = approve_refund(
                request_id=waiting.pk,
                amount=amount,
                note=asked["note"],
                by=self.caller,
                event=event,
                actor=self.credential.actor,
            )
            return Reply(200, dump(refund_request_row(decided)))

        return self.answer_once(asked, work)

    @operation(
        Operation(
            "rejectRefundRequest",
            "Reject a refund request",
            Access.MANAGE,
            REJECT,
            {200: WebkulRefundRequest},
            refusals=UNDECIDABLE,
            takes_idempotency_key=True,
            example={"note": "The thirty days are over"},
        )
    )
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, id: str) -> Response:
        asked = self.arguments()
        number = number_in_path(id)

        def work(event: Event) -> Reply:
            decided = reject_refund(
                request_id=number, note=asked["note"], by=self.caller, event=event, actor=self.credential.actor
            )
            return Reply(200, dump(refund_request_row(decided)))

        return self.answer_once(asked, work)


def _found(id: str) -> RefundRequest:
    request = RefundRequest.objects.select_related("wallet__account").filter(pk=number_in_path(id)).first()
    if request is None:
        raise RefundRequestUnknown
    return request
