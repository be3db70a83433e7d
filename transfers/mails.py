"""What people are told of transfers and money requests."""

from ledger.money import Money
from notices.services import send_notice
from passcodes.models import LIFETIME
from people.models import User
from stepups.mails import masked
from transfers.models import MoneyRequest, Transfer


def tell_both(transfer: Transfer, *, sender: User, recipient: User) -> None:
    """Sender and recipient of a transfer, in its own transaction."""
    both = {"amount": transfer.amount, "note": transfer.note, "number": transfer.group}
    fee = transfer.fee if transfer.fee_minor else ""
    send_notice(to=sender, kind="transfer.sent", facts={**both, "recipient": name_of(recipient), "fee": fee})
    send_notice(to=recipient, kind="transfer.received", facts={**both, "sender": name_of(sender)})


def mail_code(*, to: User, kind: str, recipient: User, amount: Money, code: str) -> None:
    """The code that confirms a transfer or a payment: by mail, and by text message where that is on."""
    facts = {"amount": amount, "recipient": masked(recipient), "minutes": LIFETIME.seconds // 60, "code": code}
    send_notice(to=to, kind=kind, facts=facts, expires_in=LIFETIME)


def tell_payer(request: MoneyRequest) -> None:
    """Who is asked for money, where somebody is known by that address."""
    if request.payer is None:
        return
    asked = {"amount": request.amount, "requester": name_of(request.requester)}
    facts = {**asked, "note": request.note, "until": request.expires_at}
    send_notice(to=request.payer, kind="money_request.received", facts=facts)


def tell_payer_it_is_off(request: MoneyRequest) -> None:
    """Who was asked for money, that he is no longer."""
    if request.payer is None:
        return
    facts = {"amount": request.amount, "requester": name_of(request.requester)}
    send_notice(to=request.payer, kind="money_request.cancelled", facts=facts)


def tell_requester(request: MoneyRequest) -> None:
    """Who asked for money, that he does not get it. Where he does, the transfer's own mail says so."""
    facts = {"amount": request.amount, "payer": request.payer_email, "note": request.note}
    send_notice(to=request.requester, kind=f"money_request.{request.status}", facts=facts)


def name_of(user: User) -> str:
    """How somebody is called to who deals with him: by his address, which is how people find each other here."""
    return user.email or user.get_username()
