"""Transfers of walletpro/v1 (seeds/002, "Transfers Endpoints"): from the caller's own wallet to another customer's.

The note is what both transactions say as their `reason`. A recipient who is unknown, inactive or whose wallet is
frozen is the same 404. Of the recipient's wallet the answer tells nothing that the sender did not bring about; a
*receipt* of his own transaction names that wallet's number, because it has to hold every byte that was sealed.
"""

from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.errors import KeyLimitExceeded
from idempotency.services import Reply
from kyc.errors import KycRequired
from ledger.errors import AccountFrozen, AccountMirrored, InsufficientFunds, LedgerUnavailable, PreconditionFailed
from ledger.movements import Event
from stepups.errors import StepUpRequired
from transfers.errors import (
    DailyCapExceeded,
    RecipientFull,
    RecipientNotFound,
    SelfTransfer,
    TransfersDisabled,
    TransferTooLarge,
)
from transfers.models import EMAIL_MAX, NOTE_MAX
from transfers.recipients import wallet_with
from transfers.services import cost_of, send_transfer
from transfers.ways import by_address
from wallet_service.api.arguments import Text
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.walletpro import transfer_shapes as shapes
from wallet_service.api.walletpro.base import CONDITIONS, MOVEMENT, WalletProViewSet, condition, with_repeats
from wallet_service.api.walletpro.transfer_rows import transfer_row
from wallet_service.api.wordpress import dump
from wallets.errors import SpendingLimitExceeded, TransferLocked, VelocityCapExceeded

# As far as every database agrees on; the other letters are its business.
LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


@dataclass(frozen=True, kw_only=True)
class Address(Text):
    """An e-mail address as it is looked up: two spellings of one are the same call."""

    def parse(self, name: str, value: Any) -> str:
        return super().parse(name, value).strip().translate(LOWER)


NOTE = Text(description="A message to the other one.", max_length=NOTE_MAX)
SEND = with_repeats(
    {
        "to_user_email": Address(
            description="The recipient's e-mail address, in any case.", required=True, min_length=1, max_length=EMAIL_MAX
        ),
        "amount": MOVEMENT["amount"],
        "note": NOTE,
        **CONDITIONS,
    }
)
# What a transfer may be refused for, in the order in which it is.
REFUSALS = (
    *(
        KeyLimitExceeded,
        TransfersDisabled,
        RecipientNotFound,
        SelfTransfer,
        AccountFrozen,
        AccountMirrored,
        KycRequired,
        TransferLocked,
    ),
    *(SpendingLimitExceeded, VelocityCapExceeded, TransferTooLarge, DailyCapExceeded, StepUpRequired, PreconditionFailed),
    *(InsufficientFunds, RecipientFull, LedgerUnavailable),
)


class TransferViewSet(WalletProViewSet):
    """Send money to another customer."""

    @operation(
        Operation(
            "sendTransfer",
            "Send money to another customer",
            Access.SIGNED_IN,
            SEND,
            {201: shapes.Transfer, 200: shapes.TRANSFER_REPEATED},
            refusals=REFUSALS,
            takes_idempotency_key=True,
            description="From the caller's wallet in the site's currency, the fee on top; a key's caller is its owner.",
            example={"to_user_email": "friend@example.com", "amount": "1000", "note": "For the tickets"},
        )
    )
    def create(self, request: Request) -> Response:
        asked = self.arguments()
        wallet = self.own_wallet()
        amount = wallet.money(asked["amount"])
        self.require_allowed_amount(wallet, cost_of(amount), asked, is_adjustment=False)

        def work(event: Event) -> Reply:
            by_address().require_on()
            sent = send_transfer(
                sender=wallet,
                recipient=wallet_with(asked["to_user_email"]),
                amount=amount,
                event=event,
                actor=self.credential.actor,
                credential=self.credential.bearer,
                note=asked["note"] or "",
                condition=condition(asked),
            )
            return Reply(201, dump(transfer_row(sent, sees_recipient=self.sees_any_wallet)))

        return self.answer_once(asked, work, told_of=self.accounts_told_of(wallet))
