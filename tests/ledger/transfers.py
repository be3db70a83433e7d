"""A transfer as the transfers to come will post one."""

from uuid import uuid4

from ledger.book import lock_accounts
from ledger.errors import InsufficientFunds
from ledger.kinds import House, Kind
from ledger.lots import handed_on
from ledger.models import Entry
from ledger.movements import Event, Movement
from tests.conftest import WHY
from wallets.models import Wallet
from wallets.services import require_active


def transfer(sender: Wallet, recipient: Wallet, amount: int, fee: int = 0, event: Event | None = None) -> list[Entry]:
    """Hand `amount` on, lots with their dates; the fee on top. It does not reach into a credit line."""
    money, event = sender.money, event or Event.once("transfer")
    book = lock_accounts(sender.pk, recipient.pk)
    if earlier := book.entries_of(event):
        return earlier
    for wallet in (sender, recipient):
        require_active(book[wallet.pk])
    own = book[sender.pk].balance - book[sender.pk].held
    if amount + fee > own:
        raise InsufficientFunds(required=money(amount + fee), available=money(max(own, 0)))
    group, taken = uuid4(), book.burn(sender.pk, amount)
    arriving = handed_on(taken, book[recipient.pk].sequence + 1)
    sides = [(sender, -amount, recipient, taken), (recipient, amount, sender, arriving)]
    movements = [
        Movement(side.pk, Kind.TRANSFER, money(gain), None, WHY, counter_account_id=other.pk, group=group, shares=shares)
        for side, gain, other, shares in sides
    ]
    if fee:
        movements.append(Movement(sender.pk, Kind.FEE, money(-fee), House.FEES, WHY, group=group))
    return book.post(*movements, event=event)
