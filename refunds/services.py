"""The verbs of refund requests: ask, approve, reject; and refunding an order by hand. Each is one transaction."""

import logging
from collections.abc import Collection, Iterable
from datetime import timedelta
from math import ceil

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.acts import ActName
from audit.context import COMMAND
from audit.services import record
from kyc.services import require_verified
from ledger.book import Book, lock_accounts
from ledger.errors import (
    AmountOutOfRange,
    CurrencyMismatch,
    EventReused,
    LedgerUnavailable,
    OrderOpen,
    OrderRefunded,
    RefundExceedsOrder,
)
from ledger.kinds import House, Kind
from ledger.models import Entry
from ledger.money import AMOUNT_MAX, Money
from ledger.movements import Circumstances, Event, Movement
from ledger.refunds import TAKING, OrderPaid, is_held_for, order_back, paid_for, require_nothing_held
from people.models import User
from refunds.acts import acts_of, problems, record_asked, record_decided, reference_of
from refunds.errors import (
    OrderPaidElsewhere,
    RefundAlreadyAsked,
    RefundExceedsRequest,
    RefundPeriodOver,
    RefundRequestNotPending,
    RefundRequestsDisabled,
    RefundRequestUnknown,
    TooManyRefundRequests,
)
from refunds.mails import tell_decided
from refunds.models import RefundRequest
from site_settings.reading import current_settings
from wallets.approvals import require_manager
from wallets.errors import OwnWallet
from wallets.models import Wallet
from wallets.services import default_wallet_of

logger = logging.getLogger(__name__)

Status = RefundRequest.Status

# Of one customer: open ones, and those of a day, decided or not. Each is work for somebody.
MOST = 100
DAY = timedelta(days=1)


def wallet_for(user: User, order_id: int) -> Wallet:
    """Where a refund of this order goes: his wallet that paid for it last, else his default one."""
    paid = _paying(order_id).filter(account__in=Wallet.objects.held_by(user).values("pk"))
    last = paid.order_by("-at", "-pk").values_list("account_id", flat=True).first()
    return default_wallet_of(user) if last is None else Wallet.objects.select_related("account").get(pk=last)


@transaction.atomic(savepoint=False)
def ask_refund(
    *, wallet: Wallet, order_id: int, amount: Money, reason: str, note: str = "", event: Event, actor: str = COMMAND
) -> RefundRequest:
    """Ask for `amount` of an order back into `wallet`, as its holder; once per `event`. Nothing moves.

    Where the wallet paid for the order, that bounds amount and time. Where it did not, the order is a number: who decides
    knows of it. A frozen wallet may be asked for, because it would get the refund.

    Raises, in this order:
        RefundRequestsDisabled: they are not switched on.
        KycRequired: they are for customers whose identity was checked.
        AmountOutOfRange, CurrencyMismatch: nobody could ever approve it.
        RefundAlreadyAsked: a request of this order waits, or was approved.
        TooManyRefundRequests: he has MOST open, or has asked so often within a day.
        OrderOpen: money of a wallet of his is held for it, so it is not paid yet.
        OrderRefunded: what the wallet paid for it was given back.
        RefundPeriodOver: the last of it was paid too long ago.
        RefundExceedsOrder: it is more than can be given back of what the wallet paid.
    """
    if earlier := _earlier(wallet, order_id, amount, event):
        return earlier
    if not current_settings().refund_requests_enabled:
        raise RefundRequestsDisabled
    require_verified(wallet.user_id, "refund_request")
    _require_possible(wallet, amount)
    # His row orders his own requests: of two of one order at once, one is refused.
    User.objects.select_for_update(no_key=True).get(pk=wallet.user_id)
    _require_first(wallet.user_id, order_id)
    _require_room(wallet.user_id)
    _require_refundable(wallet, paid_for(wallet.pk, order_id), order_id, amount)
    request = RefundRequest.objects.create(
        user_id=wallet.user_id,
        wallet=wallet,
        order_id=order_id,
        amount_minor=amount.minor,
        currency_code=amount.currency.code,
        reason=reason,
        note=note,
        asked_key=event.key,
    )
    record_asked(request, actor=actor)
    return request


@transaction.atomic(savepoint=False)
def approve_refund(
    *, request_id: int, amount: Money | None = None, note: str = "", by: User | None, event: Event, actor: str = COMMAND
) -> RefundRequest:
    """Give what was asked for, or less, and tell the customer. Once, whoever approves.

    What the wallet paid for the order comes back as `ledger.refunds.order_back` says; for an order that it did not pay
    for it is a plain credit. `by` is None for the operator at the console.

    Raises, in this order:
        RefundRequestUnknown: there is no such request.
        ManagerRequired, OwnWallet: `by` may not decide this.
        RefundRequestNotPending: it was decided before.
        LedgerUnavailable: it is not what was asked for, or has its entries: somebody changed its row.
        CurrencyMismatch, RefundExceedsRequest, AmountOutOfRange: `amount` is not what was asked for, or less.
        OrderOpen: money of a wallet of his is held for the order: held now, it might be taken after this refund.
        OrderPaidElsewhere: this wallet paid nothing for it, and another one of his did: he was to ask for that one.
        OrderRefunded, RefundExceedsOrder: so much cannot be given back of what the wallet paid, or no more of it.
        BalanceLimitExceeded: see `Book.post`.
    """
    request = _decidable(request_id, by)
    _require_as_asked(request)
    given = _bounded(request, amount)
    # All of his: a hold in any of them is money of the order that is not paid yet.
    his = {request.wallet_id, *Wallet.objects.held_by(request.user).values_list("pk", flat=True)}
    book = lock_accounts(*his)
    posted = Event.named(reference_of(request.pk), request.order_id, given.minor, given.currency.code)
    _require_unpaid(request, book, posted)
    require_nothing_held(book, his, request.order_id)
    why = Circumstances(
        actor=actor, reason=reason_for(request.order_id), order_id=request.order_id, reference=reference_of(request.pk)
    )
    book.post(*_movements(book, request, his, given, why), event=posted)
    request.approved_minor = given.minor
    return _decided(request, Status.APPROVED, note, by, event, actor)


@transaction.atomic(savepoint=False)
def reject_refund(*, request_id: int, note: str = "", by: User | None, event: Event, actor: str = COMMAND) -> RefundRequest:
    """Say no, and tell the customer; he may ask again. Nothing moves.

    Raises, in this order:
        RefundRequestUnknown: there is no such request.
        ManagerRequired, OwnWallet: `by` may not decide this.
        RefundRequestNotPending: it was decided before.
    """
    return _decided(_decidable(request_id, by), Status.REJECTED, note, by, event, actor)


@transaction.atomic(savepoint=False)
def refund_order(
    *, wallet: Wallet, order_id: int, amount: Money | None = None, event: Event, by: User | None, actor: str = COMMAND
) -> list[Entry]:
    """Give back what `wallet` paid for an order without anybody having asked: `amount` of it, or all. Once per `event`.

    It repays debts first; frozen wallets get it as well. What is returned are the refunds, the newest debit's first, then the
    repayments. A request of this order that waits goes on waiting.

    Raises:
        ManagerRequired, OwnWallet: `by` may not.
        OrderOpen, OrderNotPaid, OrderRefunded, RefundExceedsOrder, AmountOutOfRange, CurrencyMismatch,
        BalanceLimitExceeded, EventReused: see `ledger.refunds.order_back` and `Book.post`.
    """
    _require_may(wallet.user_id, by)
    book = lock_accounts(wallet.pk)
    if earlier := book.entries_of(event):
        return earlier
    why = Circumstances(actor=actor, reason=reason_for(order_id))
    entries = book.post(*order_back(book, wallet.pk, order_id, amount, why), event=event)
    given = sum(entry.amount for entry in entries if entry.kind == Kind.REFUND)
    facts = {"order": order_id, "amount_minor": given, "currency": wallet.currency_code}
    record(ActName.ORDER_REFUNDED, actor=actor, subject=f"wallet:{wallet.pk}", facts=facts)
    return entries


def is_paid_by_wallet(request: RefundRequest) -> bool:
    """Whether the ledger bears the order out: else approving it is a credit that rests on a person's word."""
    return bool(paid_for(request.wallet_id, request.order_id).taken)


def has_asked_or_decided(key: str) -> bool:
    """Whether a request was asked for or decided under this event's key."""
    return RefundRequest.objects.filter(asked_key=key).exists() or RefundRequest.objects.filter(decided_key=key).exists()


def wallets_with_requests(wallet_ids: Collection[int]) -> Iterable[int]:
    """Of these wallets, those that a request waits of."""
    return RefundRequest.objects.open().filter(wallet__in=wallet_ids).values_list("wallet_id", flat=True)


def reason_for(order_id: int) -> str:
    """What an entry says. The words are the same for everybody, so they need no erasing."""
    return f"Refund of order {order_id}"


def _paying(order_id: int) -> QuerySet[Entry]:
    return Entry.objects.filter(order_id=order_id, kind__in=TAKING, amount__lt=0)


def _earlier(wallet: Wallet, order_id: int, amount: Money, event: Event) -> RefundRequest | None:
    earlier = None if event.is_new else RefundRequest.objects.filter(asked_key=event.key).first()
    asked = (wallet.pk, order_id, amount.minor, amount.currency.code)
    if earlier and (earlier.wallet_id, earlier.order_id, earlier.amount_minor, earlier.currency_code) != asked:
        raise EventReused(event.key)
    return earlier


def _require_possible(wallet: Wallet, amount: Money) -> None:
    if not 1 <= amount.minor <= AMOUNT_MAX:
        raise AmountOutOfRange(amount.minor)
    _require_currency(wallet, amount)


def _require_currency(wallet: Wallet, amount: Money) -> None:
    if amount.currency.code != wallet.currency_code:
        raise CurrencyMismatch(account_id=wallet.pk, holds=wallet.currency_code, asked=amount.currency.code)


def _require_first(user_id: int, order_id: int) -> None:
    found = RefundRequest.objects.filter(user_id=user_id, order_id=order_id).exclude(status=Status.REJECTED).first()
    if found:
        raise RefundAlreadyAsked(found.status)


def _require_room(user_id: int) -> None:
    his, now = RefundRequest.objects.filter(user_id=user_id), timezone.now()
    if his.open().count() >= MOST:
        raise TooManyRefundRequests(limit=MOST, retry_after=ceil(DAY.total_seconds()))
    latest = list(his.filter(created_at__gt=now - DAY).order_by("-created_at").values_list("created_at", flat=True)[:MOST])
    if len(latest) == MOST:
        raise TooManyRefundRequests(limit=MOST, retry_after=max(1, ceil((latest[-1] + DAY - now).total_seconds())))


def _require_refundable(wallet: Wallet, paid: OrderPaid, order_id: int, amount: Money) -> None:
    """What can be seen without a lock; the approval decides it again, behind one."""
    if is_held_for(order_id, Wallet.objects.filter(user_id=wallet.user_id).values_list("pk", flat=True)):
        raise OrderOpen(order_id)
    if paid.at is None:
        return
    if not paid.open_minor:
        raise OrderRefunded(order_id)
    days = current_settings().refund_request_days
    if (ended_at := paid.at + timedelta(days=days)) <= timezone.now():
        raise RefundPeriodOver(days=days, ended_at=ended_at)
    if amount.minor > paid.open_minor:
        raise RefundExceedsOrder(most=wallet.money(paid.open_minor), requested=amount)


def _decidable(request_id: int, by: User | None) -> RefundRequest:
    """The request, locked: it is the business row, and comes before any account. Of two who decide at once, one waits."""
    rows = RefundRequest.objects.select_for_update(no_key=True, of=("self",)).select_related("user", "wallet__account")
    request = rows.filter(pk=request_id).first()
    if request is None:
        raise RefundRequestUnknown
    _require_may(request.user_id, by)
    if not request.is_pending:
        raise RefundRequestNotPending(request.status)
    return request


def _require_may(holder_id: int, by: User | None) -> None:
    if by is None:
        return
    require_manager(by)
    if by.pk == holder_id:
        raise OwnWallet


def _require_as_asked(request: RefundRequest) -> None:
    """Its audit row has a MAC, its own has none: what is given is what was asked for, and nobody decided it before."""
    if found := list(problems(request, acts_of(request))):
        _refuse_edited(request, "; ".join(found))


def _require_unpaid(request: RefundRequest, book: Book, event: Event) -> None:
    """A request that waits has no entries: one that has was approved, and its row and audit row taken back."""
    try:
        is_paid = bool(book.entries_of(event))
    except EventReused:
        is_paid = True
    if is_paid:
        _refuse_edited(request, "was paid before")


def _refuse_edited(request: RefundRequest, what: str) -> None:
    told = f"refund request {request.pk} {what}"
    # An alarm's row would be rolled back with the refusal.
    logger.critical("%s: it refuses to be approved", told)
    raise LedgerUnavailable(told)


def _bounded(request: RefundRequest, amount: Money | None) -> Money:
    if amount is None:
        return request.amount
    _require_currency(request.wallet, amount)
    if amount.minor > request.amount_minor:
        raise RefundExceedsRequest(most=request.amount, requested=amount)
    if amount.minor < 1:
        raise AmountOutOfRange(amount.minor)
    return amount


def _movements(book: Book, request: RefundRequest, his: set[int], given: Money, why: Circumstances) -> list[Movement]:
    """`his` are all the wallets of the customer, locked."""
    if is_paid_by_wallet(request):
        return order_back(book, request.wallet_id, request.order_id, given, why)
    if _paying(request.order_id).filter(account__in=his).exists():
        raise OrderPaidElsewhere(request.order_id)
    return [Movement(request.wallet_id, Kind.REFUND, given, House.ISSUED, why, is_bound=True)]


def _decided(request: RefundRequest, status: Status, note: str, by: User | None, event: Event, actor: str) -> RefundRequest:
    request.status, request.decision_note = status, note
    request.decided_by, request.decided_at, request.decided_key = by, timezone.now(), event.key
    request.save(update_fields=["status", "decision_note", "decided_by", "decided_at", "decided_key", "approved_minor"])
    record_decided(request, actor=actor)
    tell_decided(request)
    return request
