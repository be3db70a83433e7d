"""Paying by QR code (facts.md 2.11): show one's own, scan another's, pay.

What a QR code holds is its token alone, 64 letters; whoever scans it sends it to `qr_resolve`, then to `qr_pay`. One with an
amount inside is paid with exactly that. The fee is that of a transfer. Above the threshold a payment needs an otp, which
`qr_send_otp` mails; at it and below none is looked at. A token that was replaced or is none, one's own, and that of somebody
who takes no money are the same 404.
"""

import io
from typing import Any

import segno
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.errors import LedgerUnavailable
from ledger.money import Money
from ledger.movements import Event
from ledger.retry import in_transaction
from passcodes.services import RightCode
from stepups.mails import masked
from transfers.errors import FixedAmountDiffers, PaymentCodeNeeded, QrPayDisabled, RecipientNotFound
from transfers.mailed_codes import recognize_code, send_code
from transfers.models import QrCode
from transfers.qr import Scanned, is_code_needed, pay_by_qr, qr_of, regenerate_qr, require_as_fixed, scan, token_of
from transfers.services import SentTransfer
from transfers.ways import by_qr
from wallet_service.api.arguments import Argument, Arguments, Text
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.webkul import sending_shapes as shapes
from wallet_service.api.webkul.base import CustomerViewSet
from wallet_service.api.webkul.fields import AMOUNT, MajorUnits, major, moment
from wallet_service.api.webkul.sending import NO_CODE_SENT, NOT_SENT, NOTE, WRONG_CODE, Sending, SendingViewSet, code_row
from wallets.models import Wallet
from wallets.services import wallet_in

MEDIA = {"png": "image/png", "svg": "image/svg+xml"}
PIXELS_PER_MODULE = 8
TOKEN: Argument = Text(description="What the QR code holds.", required=True, min_length=1, max_length=255)
SHOW = Arguments(
    {
        "amount": MajorUnits(description="The amount that is to be paid, exactly; without it the payer says how much."),
        "format": Text(description="An image instead of the token.", options=tuple(MEDIA)),
    }
)
SCAN = Arguments({"token": TOKEN})
ASK = Arguments({"token": TOKEN, "amount": AMOUNT})
PAY = Arguments(
    {
        **ASK.declared,
        "note": NOTE,
        "otp": Text(description="The code that was mailed for this payment, above the threshold.", max_length=255),
    }
)
NOBODY = (QrPayDisabled, RecipientNotFound, LedgerUnavailable)


class QrViewSet(CustomerViewSet):
    """One's own QR code."""

    @operation(
        Operation(
            "getQr",
            "The caller's own QR code",
            Access.SIGNED_IN,
            SHOW,
            {200: shapes.WebkulQr},
            refusals=(QrPayDisabled, LedgerUnavailable),
            files=tuple(MEDIA.values()),
            description="It is the same each time until it is regenerated.",
        )
    )
    def list(self, request: Request) -> Response:
        asked = self.arguments()
        wallet = self.own_wallet()
        fixed = self.amount(asked, wallet.currency) if asked["amount"] is not None else None
        code = in_transaction(lambda: qr_of(wallet, actor=self.credential.actor))
        token = token_of(code, fixed=fixed)
        if asked["format"] is not None:
            return Response(_image(token, asked["format"]), content_type=MEDIA[asked["format"]])
        return Response(_row(wallet, code, token, fixed))

    @operation(
        Operation(
            "regenerateQr",
            "Replace the caller's QR code",
            Access.SIGNED_IN,
            answers={200: shapes.WebkulQr},
            refusals=(QrPayDisabled, LedgerUnavailable),
            description="Images of the one before pay nobody any more.",
        )
    )
    @action(detail=False, methods=["post"])
    def regenerate(self, request: Request) -> Response:
        wallet = self.own_wallet()
        code = in_transaction(lambda: regenerate_qr(wallet=wallet, actor=self.credential.actor))
        return Response(_row(wallet, code, token_of(code), None))


class QrResolveViewSet(CustomerViewSet):
    """Whom a QR code pays."""

    @operation(
        Operation(
            "resolveQr",
            "Whom a scanned QR code pays",
            Access.SIGNED_IN,
            SCAN,
            {200: shapes.WebkulScanned},
            refusals=NOBODY,
            example={"token": shapes.TOKEN},
        )
    )
    def create(self, request: Request) -> Response:
        found = scan(self.arguments()["token"], payer=self.caller)
        unit = found.wallet.currency
        return Response(
            {
                "recipient": masked(found.recipient),
                "wallet_id": masked_number(found.wallet),
                "amount": major(found.fixed.minor, unit) if found.fixed else None,
                "currency": unit.code,
            }
        )


class PayingViewSet(SendingViewSet):
    """A payer's call: a token and an amount in the currency of the wallet that it pays."""

    def scanned(self, asked: dict[str, Any]) -> tuple[Scanned, Wallet, Money]:
        """Who is paid, the payer's wallet, and the amount; refused where the token says another one."""
        found = scan(asked["token"], payer=self.caller)
        amount = self.amount(asked, found.wallet.currency)
        require_as_fixed(found, amount)
        return found, wallet_in(self.caller, amount.currency), amount


class QrSendOtpViewSet(PayingViewSet):
    """Ask for the code that pays."""

    @operation(
        Operation(
            "sendQrOtp",
            "Have a code mailed that pays by QR code",
            Access.SIGNED_IN,
            ASK,
            {200: shapes.WebkulSentCode},
            refusals=(*NOBODY, FixedAmountDiffers, *NOT_SENT, *NO_CODE_SENT),
            description="Needed above the threshold only. What the payment would be refused for, this is.",
            example={"token": shapes.TOKEN, "amount": 250},
        )
    )
    def create(self, request: Request) -> Response:
        found, wallet, amount = self.scanned(self.arguments())
        actor = self.credential.actor
        sent = send_code(sender=wallet, find_recipient=lambda: found.wallet, amount=amount, way=by_qr(), actor=actor)
        return Response(code_row(sent))


class QrPayViewSet(PayingViewSet):
    """Pay whoever showed the QR code."""

    @operation(
        Operation(
            "qrPay",
            "Pay by QR code",
            Access.SIGNED_IN,
            PAY,
            {200: shapes.WebkulTransfer},
            refusals=(*NOBODY, FixedAmountDiffers, PaymentCodeNeeded, *WRONG_CODE, *NOT_SENT),
            takes_idempotency_key=True,
            description="Out of the caller's wallet in the currency of who is paid, the fee of a transfer on top.",
            example={"token": shapes.TOKEN, "amount": 12.5, "note": "Coffee"},
        )
    )
    def create(self, request: Request) -> Response:
        asked = self.arguments()

        def prepare() -> Sending:
            found, wallet, amount = self.scanned(asked)
            code = self._recognized(found, amount, asked["otp"])
            return Sending(wallet, lambda event: pay(event, wallet, amount, code))

        def pay(event: Event, wallet: Wallet, amount: Money, code: RightCode | None) -> SentTransfer:
            actor, note = self.credential.actor, asked["note"] or ""
            return pay_by_qr(sender=wallet, token=asked["token"], amount=amount, event=event, actor=actor, note=note, code=code)

        return self.send_once(asked, prepare)

    def _recognized(self, found: Scanned, amount: Money, otp: str | None) -> RightCode | None:
        """The code, where one is needed and was given."""
        if not otp or not is_code_needed(amount):
            return None
        return recognize_code(sender=self.caller, recipient=found.recipient, amount=amount, way=by_qr(), code=otp)


def masked_number(wallet: Wallet) -> str:
    """A wallet's number as people are shown it: `WK-0000-••••-1234`."""
    digits = f"{wallet.pk:012d}"
    return f"WK-{digits[:4]}-••••-{digits[-4:]}"


def _row(wallet: Wallet, code: QrCode, token: str, fixed: Money | None) -> dict[str, Any]:
    return {
        "token": token,
        "amount": major(fixed.minor, fixed.currency) if fixed else None,
        "currency": wallet.currency.code,
        "wallet_id": masked_number(wallet),
        "created_at": moment(code.created_at),
    }


def _image(token: str, kind: str) -> bytes:
    out = io.BytesIO()
    segno.make(token, error="m", micro=False).save(out, kind=kind, scale=PIXELS_PER_MODULE)
    return out.getvalue()
