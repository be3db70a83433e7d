"""The verb of transfers: send. One transaction; who calls it makes it the outermost."""

from dataclasses import dataclass, replace
from typing import TypedDict
from uuid import uuid4

from django.db import transaction

from ledger.book import Book, lock_accounts
from ledger.conditions import Condition
from ledger.errors import CurrencyMismatch, InsufficientFunds
from ledger.kinds import House, Kind
from ledger.lots import handed_on
from ledger.models import Entry
from ledger.money import BALANCE_MAX, Money
from ledger.movements import Circumstances, Event, Movement
from passcodes.services import RightCode
from passcodes.services import spend as use_code
from people.models import User
from stepups.errors import StepUpRequired
from stepups.models import Challenge
from stepups.services import find_proof, spend
from transfers.errors import RecipientFull, RecipientNotFound, SelfTransfer
from transfers.fees import transfer_fee
from transfers.limits import order_by_sender, require_within
from transfers.mails import tell_both
from transfers.models import Transfer
from transfers.ways import Way, by_address
from wallets.controls import require_allowed
from wallets.models import Wallet

# The words are the same for everybody, so they need no erasing.
FEE = "Transfer fee"


class _Asked(TypedDict):
    """What a step-up is for."""

    credential: str
    user: User
    recipient: User
    amount: Money


@dataclass(frozen=True, slots=True)
class SentTransfer:
    """A transfer with its entries; `fee` is None where there was none."""

    transfer: Transfer
    sent: Entry
    received: Entry
    fee: Entry | None

    @property
    def entries(self) -> list[Entry]:
        """As they were written."""
        return [self.sent, self.received, *([self.fee] if self.fee else [])]


@transaction.atomic(savepoint=False)
def send_transfer(
    *,
    sender: Wallet,
    recipient: Wallet,
    amount: Money,
    event: Event,
    actor: str,
    credential: str | None = None,
    note: str = "",
    reason: str | None = None,
    reference: str | None = None,
    condition: Condition | None = None,
    way: Way | None = None,
    code: RightCode | None = None,
) -> SentTransfer:
    """Send `amount` from one wallet to another, the fee on top, once per `event`; both holders get a mail.

    `actor` is who asks, for the sender's entries; the recipient's names the sender alone. `credential` is what a step-up
    belongs to, where `actor` does not say it closely enough. `way` is how it is sent (`transfers.ways`): to an address,
    unless said. `code` is one that was sent to the sender for this; a transfer that is refused leaves it unused. `note` is
    what both entries say as their reason, else `reason` is, else what the way is called. The credit hands its lots on with
    their dates. It does not reach into a credit line. What a refusal says was asked for includes the fee, of limits aside.

    Raises:
        TransfersDisabled, QrPayDisabled: the way is not switched on.
        SelfTransfer: both wallets are of one person.
        PasscodeUsed: `code` was spent before.
        RecipientNotFound: the recipient's wallet is frozen.
        AccountFrozen, KycRequired, TransferLocked, SpendingLimitExceeded, VelocityCapExceeded: the sender may not.
        TransferTooSmall, TransferTooLarge, DailyCapExceeded: nobody may send so little or so much.
        StepUpRequired: the sender has to prove that it is he.
        PreconditionFailed: the sender's account is not as `condition` says.
        InsufficientFunds: he cannot pay amount and fee.
        RecipientFull: the recipient would hold more than any account may.
        AmountOutOfRange, CurrencyMismatch, EventReused: see `Book.post`.
    """
    way = way or by_address()
    way.require_on()
    if sender.user_id == recipient.user_id:
        raise SelfTransfer
    fee = transfer_fee(amount)
    needs_proof = way.is_proof_needed(amount)
    asked: _Asked = {"credential": credential or actor, "user": sender.user, "recipient": recipient.user, "amount": amount}
    # These rows come before the accounts' in the order of locks.
    if code is not None:
        use_code(code)
    proof = find_proof(**asked) if needs_proof else None
    order_by_sender(sender)
    book = lock_accounts(sender.pk, recipient.pk)
    if earlier := book.entries_of(event):
        return _earlier(earlier)
    if book[recipient.pk].is_frozen:
        raise RecipientNotFound
    require_allowed(book, sender.pk, amount, feature=way.feature, fee=fee)
    require_within(book, sender, amount, way)
    if needs_proof:
        _spend(proof, StepUpRequired(**asked, requested=_with(fee, amount)))
    book.require(sender.pk, condition)
    _require_funds(book, sender, recipient, amount, fee)
    why = Circumstances(actor, reason=note or reason or way.reason, reference=reference or way.reference)
    entries = book.post(*_movements(book, sender, recipient, amount, fee, why), event=event)
    sent = _store(entries, amount, fee, note)
    tell_both(sent.transfer, sender=sender.user, recipient=recipient.user)
    return sent


def cost_of(amount: Money) -> Money:
    """What sending `amount` takes out of the sender's wallet: the fee on top.

    Raises:
        AmountOutOfRange: the fee is more than one movement may carry.
    """
    return _with(transfer_fee(amount), amount)


def _with(fee: Money, amount: Money) -> Money:
    return Money(amount.minor + fee.minor, amount.currency)


def _spend(proof: Challenge | None, required: StepUpRequired) -> None:
    if proof is None:
        raise required
    spend(proof)


def _require_funds(book: Book, sender: Wallet, recipient: Wallet, amount: Money, fee: Money) -> None:
    """Of the sender's own money: a credit line is for debits. What is held is not available."""
    account, other = book[sender.pk], book[recipient.pk]
    for one in (account, other):
        if one.currency_code != amount.currency.code:
            raise CurrencyMismatch(account_id=one.pk, holds=one.currency_code, asked=amount.currency.code)
    own = account.balance - account.held
    required = _with(fee, amount)
    if required.minor > own:
        raise InsufficientFunds(required=required, available=account.money(max(own, 0)))
    if other.balance + amount.minor > BALANCE_MAX:
        raise RecipientFull


def _movements(book: Book, sender: Wallet, recipient: Wallet, amount: Money, fee: Money, why: Circumstances) -> list[Movement]:
    """Out, in, and the fee, which burns what the transfer has left."""
    group, minus = uuid4(), Money(-amount.minor, amount.currency)
    taken = book.burn(sender.pk, amount.minor)
    arriving = handed_on(taken, book[recipient.pk].sequence + 1)
    # The recipient may read his entry: it names the sender, and none of his credentials.
    theirs = replace(why, actor=f"user:{sender.user_id}")
    sides = [(sender.pk, minus, recipient.pk, taken, why), (recipient.pk, amount, sender.pk, arriving, theirs)]
    movements = [
        Movement(account_id, Kind.TRANSFER, gain, None, told, counter_account_id=other_id, group=group, shares=shares)
        for account_id, gain, other_id, shares, told in sides
    ]
    if fee.minor:
        minus_fee, why_fee = Money(-fee.minor, fee.currency), Circumstances(why.actor, reason=FEE)
        movements.append(Movement(sender.pk, Kind.FEE, minus_fee, House.FEES, why_fee, group=group))
    return movements


def _store(entries: list[Entry], amount: Money, fee: Money, note: str) -> SentTransfer:
    sent, received, taken = _sides(entries)
    assert sent.group is not None, "a transfer has a group"
    transfer = Transfer.objects.create(
        group=sent.group,
        sender_id=sent.account_id,
        recipient_id=received.account_id,
        amount_minor=amount.minor,
        fee_minor=fee.minor,
        currency_code=amount.currency.code,
        note=note,
        created_at=sent.at,
    )
    return SentTransfer(transfer, sent, received, taken)


def _earlier(entries: list[Entry]) -> SentTransfer:
    """A transfer as it was written before."""
    sent, received, fee = _sides(entries)
    assert sent.group is not None, "a transfer has a group"
    return SentTransfer(Transfer.objects.get(pk=sent.group), sent, received, fee)


def _sides(entries: list[Entry]) -> tuple[Entry, Entry, Entry | None]:
    """Out, in, and the fee; what the recipient repays out of it is his own affair."""
    sent, received = sorted((entry for entry in entries if entry.kind == Kind.TRANSFER), key=lambda entry: entry.amount)
    return sent, received, next((entry for entry in entries if entry.kind == Kind.FEE), None)
