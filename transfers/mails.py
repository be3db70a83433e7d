"""What people are told of transfers and money requests. Amounts stand in subjects; a person's words never do."""

from django.conf import settings

from notices.services import send_notice
from people.models import User
from transfers.models import MoneyRequest, Transfer


def tell_both(transfer: Transfer, *, sender: User, recipient: User) -> None:
    """Sender and recipient of a transfer, in its own transaction."""
    note = _quoted("Note", transfer.note)
    fee = f"Fee: {transfer.fee}.\n" if transfer.fee_minor else ""
    number = f"\nTransfer {transfer.group}\n"
    send_notice(
        to=sender,
        kind="transfer.sent",
        subject=f"{settings.SITE_NAME}: You sent {transfer.amount}",
        text=f"You sent {transfer.amount} to {name_of(recipient)}.\n{fee}{note}{number}",
    )
    send_notice(
        to=recipient,
        kind="transfer.received",
        subject=f"{settings.SITE_NAME}: You received {transfer.amount}",
        text=f"{name_of(sender)} sent you {transfer.amount}.\n{note}{number}",
    )


def tell_payer(request: MoneyRequest) -> None:
    """Who is asked for money, where somebody is known by that address."""
    if request.payer is None:
        return
    until = f"It can be answered until {request.expires_at:%Y-%m-%d %H:%M} UTC.\n"
    send_notice(
        to=request.payer,
        kind="money_request.received",
        subject=f"{settings.SITE_NAME}: You are asked for {request.amount}",
        text=f"{name_of(request.requester)} asks you for {request.amount}.\n{_quoted('Note', request.note)}{until}",
    )


def tell_payer_it_is_off(request: MoneyRequest) -> None:
    """Who was asked for money, that he is no longer."""
    if request.payer is None:
        return
    send_notice(
        to=request.payer,
        kind="money_request.cancelled",
        subject=f"{settings.SITE_NAME}: You are no longer asked for {request.amount}",
        text=f"{name_of(request.requester)} has taken the request for {request.amount} back.\n",
    )


def tell_requester(request: MoneyRequest) -> None:
    """Who asked for money, that he does not get it. Where he does, the transfer's own mail says so."""
    words = {
        MoneyRequest.Status.DECLINED: "was declined",
        MoneyRequest.Status.FAILED: "could not be paid: the balance was too low",
    }[MoneyRequest.Status(request.status)]
    send_notice(
        to=request.requester,
        kind=f"money_request.{request.status}",
        subject=f"{settings.SITE_NAME}: Your request for {request.amount} {words.split(':')[0]}",
        text=f"Your request to {request.payer_email} for {request.amount} {words}.\n{_quoted('Your note', request.note)}",
    )


def name_of(user: User) -> str:
    """How somebody is called to who deals with him: by his address, which is how people find each other here."""
    return user.email or user.get_username()


def _quoted(title: str, words: str) -> str:
    return f"{title}: {words}\n" if words else ""
