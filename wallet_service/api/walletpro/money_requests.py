"""Money requests of walletpro/v1, an extension (contract.md 2, facts.md 3.9): one customer asks another for money.

Nothing is set aside. Only the payer accepts or declines, only the requester takes back; to everybody else, managers
too, a request is one that is not there. Accepting is a transfer, with all that one may be refused for: where the
balance is short the request has failed, after any other refusal it waits on. One past its time is shown as expired
at once. Whether an address is anybody's is told by nothing: a request to nobody waits for who registers with it.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from idempotency.services import Reply
from ledger.errors import CurrencyUnknown, InsufficientFunds, LedgerUnavailable
from ledger.money import Money
from ledger.movements import Event
from ledger.retry import in_transaction
from site_settings.reading import default_currency
from transfers.errors import MoneyRequestNotPending, SelfTransfer, TooManyMoneyRequests, TransfersDisabled
from transfers.models import EMAIL_MAX, MoneyRequest
from transfers.requests import accept_request, ask_for_money, cancel_request, decline_request, fail_request
from transfers.services import cost_of
from wallet_service.api.arguments import Arguments, Invalid, Text, number_in_path
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import Page, page_arguments
from wallet_service.api.walletpro import transfer_shapes as shapes
from wallet_service.api.walletpro.base import CONDITIONS, MOVEMENT, WalletProViewSet, condition, with_repeats
from wallet_service.api.walletpro.transfer_rows import money_request_row, transfer_row
from wallet_service.api.walletpro.transfers import NOTE, REFUSALS
from wallet_service.api.wordpress import dump
from wallets.reading import ID_MAX
from wallets.services import wallet_in


@dataclass(frozen=True, kw_only=True)
class Email(Text):
    """An address that mail could be sent to."""

    def parse(self, name: str, value: Any) -> str:
        address = super().parse(name, value).strip()
        try:
            validate_email(address)
        except ValidationError:
            raise Invalid("rest_invalid_email", "Invalid email address.") from None
        return address

    def schema(self) -> dict[str, Any]:
        return {**super().schema(), "format": "email"}


ASK = Arguments(
    {
        "from_user_email": Email(description="Who is to pay.", required=True, min_length=3, max_length=EMAIL_MAX),
        "amount": MOVEMENT["amount"],
        "note": NOTE,
    }
)
LIST = Arguments(
    {
        "direction": Text(description="Those that the caller made, or those that he is to pay.", options=("sent", "received")),
        "status": Text(description="Only those in this state.", options=tuple(MoneyRequest.Status.values)),
        **page_arguments(per_page=25),
    }
)
ACCEPT = with_repeats(CONDITIONS)


class MoneyRequestViewSet(WalletProViewSet):
    """Ask for money, and answer who asks."""

    @operation(
        Operation(
            "askForMoney",
            "Ask another customer for money",
            Access.SIGNED_IN,
            ASK,
            {201: shapes.MoneyRequest},
            refusals=(TransfersDisabled, SelfTransfer, TooManyMoneyRequests),
            description="Nothing moves before the other one accepts. Whether anybody has the address is not told.",
            example={"from_user_email": "friend@example.com", "amount": "1000", "note": "For the tickets"},
        )
    )
    def create(self, request: Request) -> Response:
        asked = self.arguments()
        amount = Money(asked["amount"], default_currency())
        made = in_transaction(
            lambda: ask_for_money(
                requester=self.caller,
                payer_email=asked["from_user_email"],
                amount=amount,
                note=asked["note"] or "",
                actor=self.credential.actor,
            )
        )
        return Response(money_request_row(made, self.caller), status=201)

    @operation(
        Operation(
            "listMoneyRequests",
            "List one's money requests",
            Access.SIGNED_IN,
            LIST,
            {200: shapes.MoneyRequestPage},
            is_list=True,
            description="Those that the caller made and those that he is to pay, newest first.",
        )
    )
    def list(self, request: Request) -> Response:
        asked = self.arguments()
        own = MoneyRequest.objects
        rows = {"sent": own.asked_by, "received": own.asked_of, None: own.of}[asked["direction"]](self.caller)
        if asked["status"]:
            rows = rows.in_state(asked["status"])
        page = Page.of(rows.select_related("requester").order_by("-pk"), asked)
        return self.page(page, [money_request_row(row, self.caller) for row in page.rows])

    @operation(
        Operation(
            "acceptMoneyRequest",
            "Pay what one was asked for",
            Access.SIGNED_IN,
            ACCEPT,
            {201: shapes.AcceptedRequest, 200: shapes.ACCEPTED_REPEATED},
            refusals=(*REFUSALS, MoneyRequestNotPending),
            takes_idempotency_key=True,
            description="A transfer out of the caller's wallet in its currency. With a short balance, the request has failed.",
            example={"idempotency_key": "550e8400-e29b-41d4-a716-446655440000"},
        )
    )
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, id: str) -> Response:
        asked = self.arguments()
        is_tried = asked["dry_run"]
        request_id = _request_id(id)
        found = MoneyRequest.objects.asked_of(self.caller).filter(pk=request_id).first()
        if found is None:
            raise PermissionDenied
        amount = _amount_of(found)
        wallet = wallet_in(self.caller, amount.currency)
        self.require_allowed_amount(wallet, cost_of(amount), asked, is_adjustment=False)

        def work(event: Event) -> Reply:
            paid, sent = accept_request(
                request_id=request_id,
                payer=self.caller,
                wallet=wallet,
                event=event,
                actor=self.credential.actor,
                credential=self.credential.bearer,
                condition=condition(asked),
            )
            row = transfer_row(sent, sees_recipient=self.sees_any_wallet)
            return Reply(201, dump({**row, "money_request": money_request_row(paid, self.caller)}))

        try:
            return self.answer_once(asked, work, told_of=self.accounts_told_of(wallet))
        except InsufficientFunds:
            # Behind the roll-back, so that it outlives it.
            if not is_tried:
                actor = self.credential.actor
                in_transaction(lambda: fail_request(request_id=request_id, payer=self.caller, actor=actor))
            raise

    @operation(
        Operation(
            "declineMoneyRequest",
            "Say no to who asks",
            Access.SIGNED_IN,
            answers={200: shapes.MoneyRequest},
            refusals=(MoneyRequestNotPending,),
        )
    )
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, id: str) -> Response:
        request_id = _request_id(id)
        declined = in_transaction(lambda: decline_request(request_id=request_id, payer=self.caller, actor=self.credential.actor))
        return Response(money_request_row(declined, self.caller))

    @operation(
        Operation(
            "cancelMoneyRequest",
            "Take back what one asked for",
            Access.SIGNED_IN,
            answers={200: shapes.MoneyRequest},
            refusals=(MoneyRequestNotPending,),
        )
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, id: str) -> Response:
        request_id = _request_id(id)
        cancelled = in_transaction(
            lambda: cancel_request(request_id=request_id, requester=self.caller, actor=self.credential.actor)
        )
        return Response(money_request_row(cancelled, self.caller))


def _request_id(id: str) -> int:
    """Beyond what a row can have is no row's."""
    return min(number_in_path(id), ID_MAX)


def _amount_of(request: MoneyRequest) -> Money:
    """What it asks for; its currency is no argument of the call."""
    try:
        return request.amount
    except CurrencyUnknown as unknown:
        raise LedgerUnavailable(f"money request {request.pk} is in a currency that the site does not have") from unknown
