"""The verbs of money requests: ask, accept, decline, cancel, fail, expire. Each is one transaction."""

import logging
from datetime import datetime, timedelta
from math import ceil
from typing import NoReturn

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from audit.context import COMMAND
from audit.services import record_all
from ledger.conditions import Condition
from ledger.errors import LedgerUnavailable
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.money import Money
from ledger.movements import Event
from people.any_case import folded
from people.models import User
from site_settings.reading import current_settings
from transfers.errors import MoneyRequestNotPending, MoneyRequestUnknown, SelfTransfer, TooManyMoneyRequests
from transfers.mails import tell_payer, tell_payer_it_is_off, tell_requester
from transfers.models import MoneyRequest, MoneyRequestQuerySet
from transfers.recipients import customer_with, wallet_of
from transfers.request_acts import ACTS, acts_of, decided, problems, record_asked, record_decided, reference_of
from transfers.services import SentTransfer, send_transfer
from transfers.ways import by_address
from wallets.models import Wallet

logger = logging.getLogger(__name__)

# Of one customer: open ones, and those of a day, answered or not. Each sends somebody a mail.
MOST = 100
DAY = timedelta(days=1)
# So many are written down as expired in one transaction.
BATCH = 1000

Status = MoneyRequest.Status


@transaction.atomic(savepoint=False)
def ask_for_money(*, requester: User, payer_email: str, amount: Money, note: str = "", actor: str = COMMAND) -> MoneyRequest:
    """Ask whoever has this address for `amount`. Nothing moves.

    Whether anybody has the address is not told: where nobody has, the request waits for who registers with it.

    Raises:
        TransfersDisabled: they are not switched on.
        SelfTransfer: the address is the requester's own.
        TooManyMoneyRequests: he has MOST open, or has asked so often within a day.
    """
    by_address().require_on()
    if folded(payer_email) == folded(requester.email):
        raise SelfTransfer
    payer = customer_with(payer_email)
    if payer == requester:
        raise SelfTransfer
    # His row orders his own requests: two at once do not both take the last place.
    User.objects.select_for_update(no_key=True).get(pk=requester.pk)
    now = timezone.now()
    _require_room(requester)
    request = MoneyRequest.objects.create(
        requester=requester,
        payer=payer,
        payer_email=payer_email,
        amount_minor=amount.minor,
        currency_code=amount.currency.code,
        note=note,
        created_at=now,
        expires_at=now + timedelta(days=current_settings().money_request_days),
    )
    record_asked(request, actor=actor)
    tell_payer(request)
    return request


@transaction.atomic(savepoint=False)
def accept_request(
    *,
    request_id: int,
    payer: User,
    wallet: Wallet,
    event: Event,
    actor: str,
    credential: str | None = None,
    condition: Condition | None = None,
) -> tuple[MoneyRequest, SentTransfer]:
    """Pay what `payer` was asked for out of his `wallet`: a transfer, with all that it may be refused for. Once.

    `wallet` is his in the request's currency; it goes to who asked in that currency, whatever the site's is by now.
    `credential` is what a step-up belongs to, as in `send_transfer`.
    Where InsufficientFunds refuses it, the caller has it fail for good (`fail_request`), behind the roll-back.

    Raises:
        TransfersDisabled: they are not switched on.
        MoneyRequestUnknown: he was asked for no such thing.
        MoneyRequestNotPending: it was answered, taken back or has expired.
        RecipientNotFound, AccountFrozen, KycRequired, SpendingLimitExceeded, VelocityCapExceeded, StepUpRequired,
        PreconditionFailed, InsufficientFunds, RecipientFull, CurrencyMismatch: see `send_transfer`.
        LedgerUnavailable: it is not what was asked for, or was decided before: somebody changed its row.
    """
    by_address().require_on()
    request = _pending(MoneyRequest.objects.asked_of(payer), request_id)
    _require_as_asked(request)
    recipient = wallet_of(request.requester_id, request.amount.currency)
    _require_unpaid(request, wallet, recipient)
    sent = send_transfer(
        sender=wallet,
        recipient=recipient,
        amount=request.amount,
        event=event,
        actor=actor,
        credential=credential,
        # Not its note: those are the words of who gets the money, and stay where they can be erased as his.
        reason=str(request),
        reference=reference_of(request.pk),
        condition=condition,
    )
    request.payer, request.transfer = payer, sent.transfer
    return _decided(request, Status.ACCEPTED, actor), sent


@transaction.atomic(savepoint=False)
def decline_request(*, request_id: int, payer: User, actor: str = COMMAND) -> MoneyRequest:
    """Say no to what `payer` was asked for; who asked is told.

    Raises:
        MoneyRequestUnknown: he was asked for no such thing.
        MoneyRequestNotPending: it was answered, taken back or has expired.
    """
    request = _pending(MoneyRequest.objects.asked_of(payer), request_id)
    request.payer = payer
    _decided(request, Status.DECLINED, actor)
    tell_requester(request)
    return request


@transaction.atomic(savepoint=False)
def cancel_request(*, request_id: int, requester: User, actor: str = COMMAND) -> MoneyRequest:
    """Take back what `requester` asked for.

    Raises:
        MoneyRequestUnknown: he asked for no such thing.
        MoneyRequestNotPending: it was answered, taken back or has expired.
    """
    request = _pending(MoneyRequest.objects.asked_by(requester), request_id)
    _decided(request, Status.CANCELLED, actor)
    tell_payer_it_is_off(request)
    return request


@transaction.atomic(savepoint=False)
def fail_request(*, request_id: int, payer: User, actor: str = COMMAND) -> None:
    """It could not be paid: the balance was short. Called behind the roll-back; nothing where it was decided meanwhile."""
    try:
        request = _pending(MoneyRequest.objects.asked_of(payer), request_id)
    except (MoneyRequestUnknown, MoneyRequestNotPending):
        return
    request.payer = payer
    _decided(request, Status.FAILED, actor)
    tell_requester(request)


def expire_requests() -> int:
    """Write down which requests have expired; how many. Readers are shown them so at once."""
    expired = 0
    while several := _expire_several():
        expired += several
    return expired


@transaction.atomic(savepoint=False)
def _expire_several() -> int:
    """One that is being decided on is left to the next run."""
    past = MoneyRequest.objects.select_for_update(no_key=True, skip_locked=True)
    past = past.filter(status=Status.PENDING, expires_at__lte=timezone.now())
    requests = list(past.order_by("expires_at")[:BATCH])
    if not requests:
        return 0
    numbers = [request.pk for request in requests]
    MoneyRequest.objects.filter(pk__in=numbers).update(status=Status.EXPIRED, decided_at=F("expires_at"))
    told = [(reference_of(request.pk), decided(request)) for request in requests]
    return len(record_all(ACTS[Status.EXPIRED], actor=COMMAND, subjects=told))


def _pending(requests: MoneyRequestQuerySet, request_id: int) -> MoneyRequest:
    """The request, locked: it is the business row, and comes before any account."""
    locked = requests.select_for_update(no_key=True, of=("self",)).select_related("requester", "payer")
    request = locked.filter(pk=request_id).first()
    if request is None:
        raise MoneyRequestUnknown
    if request.state is not Status.PENDING:
        raise MoneyRequestNotPending(request.state)
    return request


def _require_as_asked(request: MoneyRequest) -> None:
    """Its audit rows have MACs, it has none: what is paid is what they say was asked for, and that nobody has decided on."""
    if found := list(problems(request, acts_of(request))):
        _refuse(f"money request {request.pk} {', '.join(found)}")


def _require_unpaid(request: MoneyRequest, *wallets: Wallet) -> None:
    """The entries that paid a request name it in the chain. Behind its lock, so that none comes meanwhile."""
    named = Entry.objects.filter(reference=reference_of(request.pk), kind=Kind.TRANSFER)
    if named.filter(account_id__in=[wallet.pk for wallet in wallets]).exists():
        _refuse(f"money request {request.pk} waits, and was paid before")


def _refuse(told: str) -> NoReturn:
    # An alarm's row would be rolled back with the refusal.
    logger.critical("%s", told)
    raise LedgerUnavailable(told)


def _decided(request: MoneyRequest, status: MoneyRequest.Status, actor: str) -> MoneyRequest:
    request.status = status
    request.decided_at = request.transfer.created_at if request.transfer else timezone.now()
    # Once more of a pending one only: a second decision that no lock had stopped would end here, and its money with it.
    changed = MoneyRequest.objects.filter(pk=request.pk, status=Status.PENDING).update(
        status=status, payer=request.payer, transfer=request.transfer, decided_at=request.decided_at
    )
    assert changed == 1, "who decides has locked it"
    record_decided(request, actor=actor)
    return request


def _require_room(requester: User) -> None:
    """MOST of those that are open or younger than a day."""
    now = timezone.now()
    counted = MoneyRequest.objects.asked_by(requester).filter(
        Q(created_at__gt=now - DAY) | Q(status=Status.PENDING, expires_at__gt=now)
    )
    found = list(counted.order_by("-pk").values_list("created_at", "status", "expires_at")[:MOST])
    if len(found) == MOST:
        raise TooManyMoneyRequests(limit=MOST, retry_after=_wait(found, now))


def _wait(found: list[tuple[datetime, str, datetime]], now: datetime) -> int:
    """Whole seconds until one of them counts no more by itself."""
    ends = [max(at + DAY, until) if status == Status.PENDING else at + DAY for at, status, until in found]
    return max(1, ceil((min(ends) - now).total_seconds()))
