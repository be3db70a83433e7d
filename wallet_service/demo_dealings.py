"""What people of the demo shop have asked for: something of each kind to look at, and to decide on."""

from io import BytesIO
from typing import Any

from PIL import Image

from kyc.submissions import submit
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.movements import Circumstances, Event
from refunds.services import ask_refund
from wallets.models import Wallet
from wallets.services import credit, debit
from withdrawals.services import request_withdrawal

# An order of $150.00 of somebody who has $40.00.
ORDER_ID, ORDER_MINOR, HAS_MINOR = 9001, 15_000, 4_000


def load_dealings(*, customer: Wallet, friend: Wallet, later: Wallet) -> None:
    """The friend wants money paid out and hands in a passport, the customer wants an order refunded, `later` has paid later."""
    bank = {"account_name": "Fay Friend", "account_number": "DE89370400440532013000", "ifsc": "COBADEFFXXX"}
    event, actor = Event.once("demo"), f"user:{friend.user_id}"
    request_withdrawal(wallet=friend, amount=friend.money(10_000), method="bank", details=bank, event=event, actor=actor)
    passport: dict[str, Any] = {"document_type": "Passport", "document_number": "X1234567", "files": [picture()]}
    submit(user=friend.user, full_name="Fay Friend", actor=actor, **passport)
    ask_for_an_order(customer)
    pay_later(later)


def ask_for_an_order(wallet: Wallet) -> None:
    """Half of the last order that the wallet paid for."""
    paid = Entry.objects.filter(account_id=wallet.pk, kind=Kind.DEBIT, order_id__isnull=False).latest("sequence")
    assert paid.order_id is not None
    half, actor = wallet.money(-paid.amount // 2), f"user:{wallet.user_id}"
    asked: dict[str, Any] = {"wallet": wallet, "reason": "Arrived broken", "event": Event.once("demo"), "actor": actor}
    ask_refund(order_id=paid.order_id, amount=half, **asked)


def pay_later(wallet: Wallet) -> None:
    """An order of more than there is."""
    why = Circumstances(actor="demo", reason="Top-up")
    credit(wallet=wallet, amount=wallet.money(HAS_MINOR), event=Event.once("demo"), why=why, kind=Kind.TOPUP)
    order = Circumstances(actor="demo", reason=f"Order #{ORDER_ID}", order_id=ORDER_ID)
    debit(wallet=wallet, amount=wallet.money(ORDER_MINOR), event=Event.once("demo"), why=order, pays_later=True)


def picture() -> bytes:
    """A page of a passport that nobody has."""
    page = BytesIO()
    Image.new("RGB", (640, 440), (34, 60, 110)).save(page, "PNG")
    return page.getvalue()
