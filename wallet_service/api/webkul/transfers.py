"""Transfers with a mailed code (seeds/001, "POST /verify_otp/{otp}"): ask for a code, then send with it.

Any text in the path is an otp, right or wrong. It belongs to the caller, the recipient and the amount that it was asked for,
and is used up with the money: a transfer that is refused (a short balance) leaves it usable until its ten minutes are over.
The first complaint is whether transfers are on, then the recipient, the otp, the identity check, the lock, limits, balance.
"""

from rest_framework.request import Request
from rest_framework.response import Response

from ledger.movements import Event
from passcodes.services import RightCode
from transfers.errors import RecipientNotFound, TransfersDisabled
from transfers.mailed_codes import recognize_code, send_code, send_with_code
from transfers.recipients import require_recipient, wallet_of
from transfers.services import SentTransfer
from transfers.ways import with_code
from wallet_service.api.arguments import Argument, Arguments, Integer
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.webkul import sending_shapes as shapes
from wallet_service.api.webkul.fields import AMOUNT
from wallet_service.api.webkul.sending import NO_CODE_SENT, NOT_SENT, NOTE, WRONG_CODE, Sending, SendingViewSet, code_row

# Whatever was typed: what is no code is a wrong one.
OTP = "[^/]+"
TRANSFER: dict[str, Argument] = {
    "recipient_id": Integer(description="The recipient's user id.", required=True, minimum=1),
    "amount": AMOUNT,
    "note": NOTE,
}
SEND = Arguments(TRANSFER)
EXAMPLE = {"recipient_id": 42, "amount": 250, "note": "Lunch split"}


class SendOtpViewSet(SendingViewSet):
    """Ask for the code that sends."""

    @operation(
        Operation(
            "sendOtp",
            "Have a code mailed that sends a transfer",
            Access.SIGNED_IN,
            SEND,
            {200: shapes.WebkulSentCode},
            refusals=(TransfersDisabled, RecipientNotFound, *NOT_SENT, *NO_CODE_SENT),
            description="By text message as well, where that is set up. What the transfer would be refused for, this is.",
            example=EXAMPLE,
        )
    )
    def create(self, request: Request) -> Response:
        asked = self.arguments()
        wallet = self.own_wallet()
        sent = send_code(
            sender=wallet,
            find_recipient=lambda: wallet_of(asked["recipient_id"], wallet.currency),
            amount=self.amount(asked, wallet.currency),
            way=with_code(),
            actor=self.credential.actor,
        )
        return Response(code_row(sent))


class VerifyOtpViewSet(SendingViewSet):
    """Send with the code."""

    lookup_value_regex = OTP

    @operation(
        Operation(
            "verifyOtp",
            "Send a transfer with its code",
            Access.SIGNED_IN,
            SEND,
            {200: shapes.WebkulTransfer},
            refusals=(TransfersDisabled, RecipientNotFound, *WRONG_CODE, *NOT_SENT),
            takes_idempotency_key=True,
            description="Out of the caller's wallet in the site's currency, the fee on top. The otp takes no step-up.",
            example=EXAMPLE,
        )
    )
    def create(self, request: Request, otp: str) -> Response:
        asked = self.arguments()
        wallet = self.own_wallet()
        amount = self.amount(asked, wallet.currency)
        to_id, way = asked["recipient_id"], with_code()

        def prepare() -> Sending:
            way.require_on()
            recipient = require_recipient(to_id, wallet.currency, sender=self.caller)
            code = recognize_code(sender=self.caller, recipient=recipient, amount=amount, way=way, code=otp)
            return Sending(wallet, lambda event: send(event, code))

        def send(event: Event, code: RightCode) -> SentTransfer:
            return send_with_code(
                sender=wallet,
                recipient=wallet_of(to_id, wallet.currency),
                amount=amount,
                event=event,
                actor=self.credential.actor,
                note=asked["note"] or "",
                code=code,
            )

        return self.send_once(asked, prepare)
