"""The verb of transfers: send. One transaction; who calls it makes it the outermost."""

from dataclasses import dataclass
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
from site_settings.reading import current_settings
from stepups.errors import StepUpRequired
from stepups.models import Challenge
from stepups.services import find_proof, spend
from transfers.errors import RecipientFull, RecipientNotFound, SelfTransfer, TransfersDisabled
from transfers.fees import transfer_fee
from transfers.mails import tell_both
from transfers.models import Transfer
from wallets.controls import require_allowed
from wallets.models import Wallet

# Where the sender says nothing. The words are the same for everybody, so they need no erasing.
TRANSFER, FEE = "Transfer", "Transfer fee"


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
    note: str = "",
    reason: str = TRANSFER,
    condition: Condition | None = None,
) -> SentTransfer:
    """Send `amount` from one wallet to another, the fee on top, once per `event`; both holders get a mail.

    `actor` is the credential that asks, which a step-up belongs to. `note` is what both entries say as their
    reason, else `reason` is. The credit hands its lots on with their dates. It does not reach into a credit line.

    Raises:
        TransfersDisabled: they are not switched on.
        SelfTransfer: both wallets are of one person.
        RecipientNotFound: the recipient's wallet is frozen.
        AccountFrozen, KycRequired, SpendingLimitExceeded, VelocityCapExceeded, StepUpRequired: the sender may not.
        PreconditionFailed: the sender's account is not as `condition` says.
        InsufficientFunds: he cannot pay amount and fee.
        RecipientFull: the recipient would hold more than any account may.
        AmountOutOfRange, CurrencyMismatch, EventReused: see `Book.post`.
    """
    require_enabled()
    if sender.user_id == recipient.user_id:
        raise SelfTransfer
    # Its row comes before the accounts' in the order of locks.
    needs_proof = is_proof_needed(amount)
    proof = find_proof(credential=actor, user=sender.user, recipient=recipient.user, amount=amount) if needs_proof else None
    book = lock_accounts(sender.pk, recipient.pk)
    if earlier := book.entries_of(event):
        return _earlier(earlier)
    if book[recipient.pk].is_frozen:
        raise RecipientNotFound
    require_allowed(book, sender.pk, amount, feature="transfer")
    if needs_proof:
        _spend(proof, StepUpRequired(user=sender.user, credential=actor, recipient=recipient.user, amount=amount))
    book.require(sender.pk, condition)
    fee = transfer_fee(amount)
    _require_funds(book, sender, recipient, amount, fee)
    why = Circumstances(actor, reason=note or reason)
    entries = book.post(*_movements(book, sender, recipient, amount, fee, why), event=event)
    sent = _store(entries, amount, fee, note)
    tell_both(sent.transfer, sender=sender.user, recipient=recipient.user)
    return sent


def require_enabled() -> None:
    """Refuse unless the operator has switched transfers on.

    Raises:
        TransfersDisabled: he has not.
    """
    if not current_settings().transfers_enabled:
        raise TransfersDisabled


def is_proof_needed(amount: Money) -> bool:
    """Whether a transfer of so much takes a second proof of who sends it."""
    return 0 < current_settings().step_up_threshold <= amount.minor


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
    if amount.minor + fee.minor > own:
        raise InsufficientFunds(required=Money(amount.minor + fee.minor, amount.currency), available=account.money(max(own, 0)))
    if other.balance + amount.minor > BALANCE_MAX:
        raise RecipientFull


def _movements(book: Book, sender: Wallet, recipient: Wallet, amount: Money, fee: Money, why: Circumstances) -> list[Movement]:
    """Out, in, and the fee, which burns what the transfer has left."""
    group, minus = uuid4(), Money(-amount.minor, amount.currency)
    taken = book.burn(sender.pk, amount.minor)
    arriving = handed_on(taken, book[recipient.pk].sequence + 1)
    sides = [(sender.pk, minus, recipient.pk, taken), (recipient.pk, amount, sender.pk, arriving)]
    movements = [
        Movement(account_id, Kind.TRANSFER, gain, None, why, counter_account_id=other_id, group=group, shares=shares)
        for account_id, gain, other_id, shares in sides
    ]
    if fee.minor:
        minus_fee, why_fee = Money(-fee.minor, fee.currency), Circumstances(why.actor, reason=FEE)
        movements.append(Movement(sender.pk, Kind.FEE, minus_fee, House.FEES, why_fee, group=group))
    return movements


def _store(entries: list[Entry], amount: Money, fee: Money, note: str) -> SentTransfer:
    sent, received, *fees = entries
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
    return SentTransfer(transfer, sent, received, fees[0] if fees else None)


def _earlier(entries: list[Entry]) -> SentTransfer:
    """A transfer as it was written before."""
    sent, received, *fees = sorted(entries, key=lambda entry: (entry.kind == Kind.FEE, entry.amount))
    assert sent.group is not None, "a transfer has a group"
    return SentTransfer(Transfer.objects.get(pk=sent.group), sent, received, fees[0] if fees else None)
