"""The verbs of money requests: ask, accept, decline, cancel, fail, expire. Each is one transaction."""

from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from ledger.conditions import Condition
from ledger.money import Money
from ledger.movements import Event
from people.models import User
from site_settings.reading import current_settings
from transfers.errors import MoneyRequestNotPending, MoneyRequestUnknown, SelfTransfer, TooManyMoneyRequests
from transfers.mails import tell_payer, tell_payer_it_is_off, tell_requester
from transfers.models import MoneyRequest, MoneyRequestQuerySet
from transfers.recipients import customer_with, wallet_of
from transfers.services import SentTransfer, require_enabled, send_transfer
from wallets.models import Wallet

# Of one customer: open ones, and those of a day, answered or not. Each sends somebody a mail.
MOST = 100
DAY = timedelta(days=1)

Status = MoneyRequest.Status


@transaction.atomic(savepoint=False)
def ask_for_money(*, requester: User, payer_email: str, amount: Money, note: str = "") -> MoneyRequest:
    """Ask whoever has this address for `amount`. Nothing moves.

    Whether anybody has the address is not told: where nobody has, the request waits for who registers with it.

    Raises:
        TransfersDisabled: they are not switched on.
        SelfTransfer: the address is the requester's own.
        TooManyMoneyRequests: he has MOST open, or has asked so often within a day.
    """
    require_enabled()
    if payer_email.lower() == requester.email.lower():
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
    tell_payer(request)
    return request


@transaction.atomic(savepoint=False)
def accept_request(
    *, request_id: int, payer: User, wallet: Wallet, event: Event, actor: str, condition: Condition | None = None
) -> tuple[MoneyRequest, SentTransfer]:
    """Pay what `payer` was asked for out of his `wallet`: a transfer, with all that it may be refused for. Once.

    Where InsufficientFunds refuses it, the caller has it fail for good (`fail_request`), behind the roll-back.

    Raises:
        TransfersDisabled: they are not switched on.
        MoneyRequestUnknown: he was asked for no such thing.
        MoneyRequestNotPending: it was answered, taken back or has expired.
        RecipientNotFound, AccountFrozen, KycRequired, SpendingLimitExceeded, VelocityCapExceeded, StepUpRequired,
        PreconditionFailed, InsufficientFunds, RecipientFull, CurrencyMismatch: see `send_transfer`.
    """
    require_enabled()
    request = _pending(MoneyRequest.objects.asked_of(payer), request_id)
    sent = send_transfer(
        sender=wallet,
        recipient=wallet_of(request.requester_id),
        amount=request.amount,
        event=event,
        actor=actor,
        # Not its note: those are the words of who gets the money, and stay where they can be erased as his.
        reason=str(request),
        condition=condition,
    )
    request.payer, request.transfer = payer, sent.transfer
    return _decided(request, Status.ACCEPTED), sent


@transaction.atomic(savepoint=False)
def decline_request(*, request_id: int, payer: User) -> MoneyRequest:
    """Say no to what `payer` was asked for; who asked is told.

    Raises:
        MoneyRequestUnknown: he was asked for no such thing.
        MoneyRequestNotPending: it was answered, taken back or has expired.
    """
    request = _pending(MoneyRequest.objects.asked_of(payer), request_id)
    request.payer = payer
    _decided(request, Status.DECLINED)
    tell_requester(request)
    return request


@transaction.atomic(savepoint=False)
def cancel_request(*, request_id: int, requester: User) -> MoneyRequest:
    """Take back what `requester` asked for.

    Raises:
        MoneyRequestUnknown: he asked for no such thing.
        MoneyRequestNotPending: it was answered, taken back or has expired.
    """
    request = _pending(MoneyRequest.objects.asked_by(requester), request_id)
    _decided(request, Status.CANCELLED)
    tell_payer_it_is_off(request)
    return request


@transaction.atomic(savepoint=False)
def fail_request(*, request_id: int, payer: User) -> None:
    """It could not be paid: the balance was short. Called behind the roll-back; nothing where it was decided meanwhile."""
    try:
        request = _pending(MoneyRequest.objects.asked_of(payer), request_id)
    except (MoneyRequestUnknown, MoneyRequestNotPending):
        return
    request.payer = payer
    _decided(request, Status.FAILED)
    tell_requester(request)


def expire_requests() -> int:
    """Write down which requests have expired; how many. Readers are shown them so at once."""
    past = MoneyRequest.objects.filter(status=Status.PENDING, expires_at__lte=timezone.now())
    return past.update(status=Status.EXPIRED, decided_at=F("expires_at"))


def _pending(requests: MoneyRequestQuerySet, request_id: int) -> MoneyRequest:
    """The request, locked: it is the business row, and comes before any account."""
    locked = requests.select_for_update(no_key=True, of=("self",)).select_related("requester", "payer")
    request = locked.filter(pk=request_id).first()
    if request is None:
        raise MoneyRequestUnknown
    if request.state is not Status.PENDING:
        raise MoneyRequestNotPending(request.state)
    return request


def _decided(request: MoneyRequest, status: MoneyRequest.Status) -> MoneyRequest:
    request.status = status
    request.decided_at = request.transfer.created_at if request.transfer else timezone.now()
    # Once more of a pending one only: a second decision that no lock had stopped would end here, and its money with it.
    decided = MoneyRequest.objects.filter(pk=request.pk, status=Status.PENDING).update(
        status=status, payer=request.payer, transfer=request.transfer, decided_at=request.decided_at
    )
    assert decided == 1, "who decides has locked it"
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
