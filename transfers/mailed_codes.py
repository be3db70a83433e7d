"""Six-digit codes that confirm one transfer: sent to who sends, entered by him, spent with the money.

A code belongs to its sender, recipient, amount and way, and to nothing else: it is no use for another of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ledger.money import Money
from ledger.movements import Event
from ledger.rehearsal import rehearse
from ledger.retry import in_transaction
from notices.headers import is_address
from passcodes.models import LIFETIME
from passcodes.services import RESEND_AFTER, RightCode, issue, recognize
from people.models import User
from stepups.errors import NoWayToProve
from transfers.mails import mail_code
from transfers.services import SentTransfer, send_transfer
from transfers.ways import Way, with_code
from wallets.models import Wallet


@dataclass(frozen=True, slots=True)
class SentCode:
    """`expires_at` is when it can no longer be entered; after `resend_after` seconds the next may be asked for."""

    expires_at: datetime
    resend_after: int


def send_code(*, sender: Wallet, find_recipient: Callable[[], Wallet], amount: Money, way: Way, actor: str) -> SentCode:
    """Mail the sender a code for this transfer; the one before it for the same is over. Call it where there is no transaction.

    The transfer itself is tried and taken back first, so that nobody gets a code for what he would be refused.

    Raises:
        What `find_recipient` and `send_transfer` do.
        NoWayToProve: the sender has no address to send a code to.
        PasscodeTooSoon, TooManyWrongCodes: see `passcodes.services.issue`.
    """

    def tried() -> Wallet:
        recipient = find_recipient()
        event = Event.once("rehearsal")
        send_transfer(sender=sender, recipient=recipient, amount=amount, event=event, actor=actor, way=way)
        return recipient

    recipient = in_transaction(lambda: rehearse(tried))
    if not is_address(sender.user.email):
        raise NoWayToProve
    expires_at = timezone.now() + LIFETIME
    in_transaction(lambda: _issue(sender.user, recipient.user, amount, way))
    return SentCode(expires_at, int(RESEND_AFTER.total_seconds()))


@transaction.atomic(savepoint=False)
def send_with_code(
    *, sender: Wallet, recipient: Wallet, amount: Money, event: Event, actor: str, note: str, code: RightCode
) -> SentTransfer:
    """`send_transfer`, confirmed by the code that was sent for it; it is spent with the money, or not at all."""
    return send_transfer(
        sender=sender, recipient=recipient, amount=amount, event=event, actor=actor, note=note, way=with_code(), code=code
    )


def recognize_code(*, sender: User, recipient: User, amount: Money, way: Way, code: str) -> RightCode:
    """Take `code` for this transfer, which then spends it. Call it where there is no transaction: a try stays counted.

    Raises:
        TooManyWrongCodes, PasscodeExpired, PasscodeUsed, PasscodeExhausted, PasscodeWrong: see `passcodes.services.recognize`.
    """
    return recognize(user=sender, purpose=way.feature, subject=_subject(recipient, amount), code=code)


def _issue(sender: User, recipient: User, amount: Money, way: Way) -> None:
    code = issue(user=sender, purpose=way.feature, subject=_subject(recipient, amount))
    mail_code(to=sender, kind=way.code_kind, recipient=recipient, amount=amount, code=code)


def _subject(recipient: User, amount: Money) -> str:
    return f"{amount.minor} {amount.currency.code} to user:{recipient.pk}"
