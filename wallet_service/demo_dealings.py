"""What people of the demo shop have asked for: something of each kind to look at, and to decide on."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from PIL import Image

from bnpl.services import allow
from kyc.submissions import submit
from ledger.kinds import Kind
from ledger.models import Entry, Hold
from ledger.movements import Circumstances, Event
from notices.preferences import set_contact
from refunds.services import ask_refund
from transfers.qr import qr_of
from wallets.holds import place_hold, void_hold
from wallets.models import Wallet
from wallets.services import credit, debit
from withdrawals.services import request_withdrawal

# An order of $150.00 of somebody who has $60.00, of which $20.00 were set aside meanwhile.
ORDER_ID, ORDER_MINOR, HAS_MINOR, HELD_MINOR = 9001, 15_000, 6_000, 2_000


def load_dealings(*, customer: Wallet, friend: Wallet, later: Wallet) -> None:
    """The friend wants money paid out and hands in a passport, the customer wants an order refunded, `later` has paid later."""
    bank = {"account_name": "Fay Friend", "account_number": "DE89370400440532013000", "ifsc": "COBADEFFXXX"}
    event, actor = Event.once("demo"), f"user:{friend.user_id}"
    request_withdrawal(wallet=friend, amount=friend.money(10_000), method="bank", details=bank, event=event, actor=actor)
    passport: dict[str, Any] = {"document_type": "Passport", "document_number": "X1234567", "files": [picture()]}
    submit(user=friend.user, full_name="Fay Friend", actor=actor, **passport)
    ask_for_an_order(customer)
    pay_later(later)
    allow(user=later.user)
    set_contact(user=customer.user, phone="+15555550100", language="")
    qr_of(friend, actor=actor)


def ask_for_an_order(wallet: Wallet) -> None:
    """Half of the last order that the wallet paid for."""
    paid = Entry.objects.filter(account_id=wallet.pk, kind=Kind.DEBIT, order_id__isnull=False).latest("sequence")
    assert paid.order_id is not None
    half, actor = wallet.money(-paid.amount // 2), f"user:{wallet.user_id}"
    asked: dict[str, Any] = {"wallet": wallet, "reason": "Arrived broken", "event": Event.once("demo"), "actor": actor}
    ask_refund(order_id=paid.order_id, amount=half, **asked)


def pay_later(wallet: Wallet) -> None:
    """An order of more than there is. What was held while it was lent is there to repay of it by hand."""
    why = Circumstances(actor="demo", reason="Top-up")
    credit(wallet=wallet, amount=wallet.money(HAS_MINOR), event=Event.once("demo"), why=why, kind=Kind.TOPUP)
    held: dict[str, Any] = {"amount": wallet.money(HELD_MINOR), "expires_in": timedelta(minutes=15)}
    placed = place_hold(wallet=wallet, event=Event.once("demo"), why=Circumstances(actor="demo", reason="Checkout"), **held)
    order = Circumstances(actor="demo", reason=f"Order #{ORDER_ID}", order_id=ORDER_ID)
    debit(wallet=wallet, amount=wallet.money(ORDER_MINOR), event=Event.once("demo"), why=order, pays_later=True)
    void_hold(hold=Hold.objects.get(pk=placed.pk), event=Event.once("demo"), why=Circumstances(actor="demo"))


def picture() -> bytes:
    """A page of a passport that nobody has."""
    page = BytesIO()
    Image.new("RGB", (640, 440), (34, 60, 110)).save(page, "PNG")
    return page.getvalue()
