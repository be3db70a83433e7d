"""What transfers with a mailed code and payments by QR code share: a code is looked at once, and the money moves once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rest_framework.response import Response

from idempotency.services import Reply, answered_before
from ledger.errors import Busy, InsufficientFunds, LedgerUnavailable, Refusal
from ledger.movements import Event
from ledger.rehearsal import watching
from passcodes.errors import PasscodeExpired, PasscodeTooSoon, PasscodeWrong, TooManyWrongCodes
from stepups.errors import NoWayToProve
from transfers.errors import DailyCapExceeded, RecipientFull, TransferTooLarge, TransferTooSmall
from transfers.mailed_codes import SentCode
from transfers.models import NOTE_MAX
from transfers.services import SentTransfer
from wallet_service.api.arguments import Text
from wallet_service.api.webkul.base import NOT_ALLOWED, CustomerViewSet, balance_after
from wallet_service.api.webkul.fields import moment
from wallet_service.api.wordpress import dump
from wallets.errors import TransferLocked
from wallets.models import Wallet

NOTE = Text(description="A message to the other one, who reads it as the transaction's note.", max_length=NOTE_MAX)
LIMITS = (TransferTooSmall, TransferTooLarge, DailyCapExceeded)
# What money may be refused for once recipient and code are right, in about this order.
NOT_SENT = (*NOT_ALLOWED, TransferLocked, *LIMITS, InsufficientFunds, RecipientFull, LedgerUnavailable)
WRONG_CODE = (PasscodeWrong, PasscodeExpired, TooManyWrongCodes)
NO_CODE_SENT = (NoWayToProve, PasscodeTooSoon, TooManyWrongCodes)


@dataclass(frozen=True, slots=True)
class Sending:
    """What may be sent: out of which wallet, and how."""

    wallet: Wallet
    send: Callable[[Event], SentTransfer]


class SendingViewSet(CustomerViewSet):
    """A customer sends money out of his own wallet."""

    def send_once(self, asked: dict[str, Any], prepare: Callable[[], Sending]) -> Response:
        """Send what was asked, once per idempotency key.

        `prepare` looks at recipient and code, in transactions of its own. It is not asked where the call succeeded before under
        its key: the code is used by then, and the QR code may have been replaced. Such a call is replayed. So is one whose code
        was refused while the first call under the key, which used it, was on its way: the claim tells, and waits for that call.
        """
        prepared = self._prepared(asked, prepare)

        def work(event: Event) -> Reply:
            if isinstance(prepared, Refusal):
                raise prepared
            with watching() as written:
                sent = prepared.send(event)
            left = balance_after(prepared.wallet.account, written)
            return Reply(200, dump({"success": True, "transfer_id": sent.sent.pk, "balance_after": left}))

        return self.answer_once(asked, work)

    def _prepared(self, asked: dict[str, Any], prepare: Callable[[], Sending]) -> Sending | Refusal:
        """What is sent; or what the call is refused for, unless another one has done it under its key."""
        if self._is_done(asked):
            # If the claim is ours all the same, what was there a moment ago has come to the end of its 24 hours.
            return Busy()
        try:
            return prepare()
        except WRONG_CODE as refusal:
            if asked["idempotency_key"] is None:
                raise
            return refusal

    def _is_done(self, asked: dict[str, Any]) -> bool:
        key = asked["idempotency_key"]
        given = {name: value for name, value in asked.items() if name != "idempotency_key"}
        return key is not None and answered_before(
            caller=self.credential.identity, key=key, fingerprint=self._fingerprint(key, given)
        )


def code_row(sent: SentCode) -> dict[str, Any]:
    """What a code that was sent answers."""
    return {"success": True, "expires_at": moment(sent.expires_at), "resend_after": sent.resend_after}
