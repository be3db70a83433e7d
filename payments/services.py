"""The verbs of top-ups: start, confirm, fail.

The row is committed before the provider hears of it, and its id is the key under which
the provider, the ledger and the audit know it: whoever comes back after a crash, or
comes twice, finds what there is (docs/decisions/0011-payments.md).
"""

import logging
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from ledger.alarms import clear_alarm, raise_alarm
from ledger.book import Book, lock_accounts
from ledger.errors import BalanceLimitExceeded, CurrencyMismatch, EventReused
from ledger.kinds import House, Kind
from ledger.models import Account
from ledger.money import AMOUNT_MAX, BALANCE_MAX, Money
from ledger.movements import Circumstances, Event, Movement
from ledger.outbox import tell
from ledger.retry import in_transaction
from payments.adapters import current_provider, provider_named
from payments.errors import TopupOutOfBounds, TopupsDisabled, TopupUnknown
from payments.models import TakeBack, Topup
from payments.offers import Offer, require_as_offered, take_offer
from payments.port import Order, PaymentRefused, Started
from payments.reload_outcomes import note_outcome
from site_settings.reading import current_settings
from wallets.controls import require_active
from wallets.models import Wallet
from webhooks.naming import TOPUP_FAILED

logger = logging.getLogger(__name__)

__all__ = ["bonus_of", "confirm_topup", "current_provider", "fail_topup", "provider_named", "start_topup"]

Status = Topup.Status
# Why a person has to look at it.
OTHER_AMOUNT, NO_ROOM, BOOKED_OTHERWISE, WENT_BACK = "amount_differs", "balance_limit", "booked_otherwise", "went_back"
MIRRORED = "mirrored"
REVIEW_ALARM, AGAIN_ALARM = "topup_review", "topup_paid_again"
# How long a repeated call finds what it started: as long as an idempotency key is remembered.
CLAIM_LIFETIME = timedelta(hours=24)
FAILURE_MAX = 100
DESCRIPTION = "Wallet top-up"


def key_of(topup_id: UUID) -> str:
    """The event under which the ledger knows it."""
    return f"topup:{topup_id}"


def bonus_of(amount: Money) -> Money:
    """What is given on top of a top-up of `amount`, as the settings are now: rounded down, never more than the most."""
    now = current_settings()
    if amount.minor < now.topup_bonus_from:
        return Money(0, amount.currency)
    bonus = int((amount.minor * now.topup_bonus_percent / Decimal(100)).to_integral_value(ROUND_DOWN))
    return Money(min(bonus, now.topup_bonus_max or AMOUNT_MAX), amount.currency)


def start_topup(
    *,
    wallet: Wallet,
    amount: Money,
    origin: str,
    actor: str,
    return_url: str = "",
    saves_method: bool = False,
    claim: str | None = None,
    offer: Offer | None = None,
) -> Topup:
    """Ask the provider for a payment, and say where the customer pays it.

    Call it outside any transaction: the row is committed first, the provider is then asked without a lock, and what it
    says is committed behind that. The same `claim` (caller and idempotency key) finds the same top-up and goes on with it.
    With an `offer` its price is asked for, and `amount` credited: the bounds and the bonus of top-ups are not for it, and
    a claim that comes again goes on with the price that it was shown first.

    Raises, in this order:
        EventReused: `claim` asked for something else within a day.
        TopupsDisabled, AccountFrozen, AccountMirrored, CurrencyMismatch, TopupOutOfBounds: the wallet takes no such top-up.
        BalanceLimitExceeded: the wallet could not hold it.
        PaymentRefused: the provider takes no such payment. The top-up has failed, and `claim` is free again.
        PaymentProviderAway: it is not known whether the provider heard; the same `claim` asks again.
    """
    asked: dict[str, Any] = {"return_url": return_url, "saves_method": saves_method, "claim": claim, "offer": offer}
    try:
        topup = _committed(wallet=wallet, amount=amount, origin=origin, actor=actor, **asked)
    except IntegrityError:
        # The same call came twice at once, and the other one was first.
        topup = _committed(wallet=wallet, amount=amount, origin=origin, actor=actor, **asked)
    if (topup.wallet_id, topup.saves_method) != (wallet.pk, saves_method) or not _is_for(topup, amount, offer):
        raise EventReused(claim or "")
    return _ask_provider(topup) if topup.status == Status.CREATED else topup


def new_topup(
    *, wallet: Wallet, amount: Money, origin: str, actor: str, provider: str = "", offer: Offer | None = None, **extra: Any
) -> Topup:
    """A top-up in the caller's transaction, saved before anybody outside is asked: `created`, unless `extra` says otherwise.

    Raises:
        TopupsDisabled, AccountFrozen, AccountMirrored, CurrencyMismatch, TopupOutOfBounds,
        BalanceLimitExceeded: as for `start_topup`.
    """
    require_may_top_up(wallet, amount, is_sale=offer is not None)
    topup = Topup(
        wallet=wallet,
        origin=origin,
        provider=provider or settings.PAYMENT_PROVIDER,
        amount_minor=amount.minor,
        bonus_minor=0 if offer else bonus_of(amount).minor,
        currency_code=amount.currency.code,
        actor=actor,
        **extra,
    )
    if offer:
        take_offer(topup, offer)
    topup.save(force_insert=True)
    return topup


def require_may_top_up(wallet: Wallet, amount: Money, *, is_sale: bool = False) -> None:
    """Refuse what could not be booked, before anybody pays for it. What changes until he has paid is decided then.

    What is sold at a price of its own has no bounds but its seller's, and no bonus.

    Raises:
        TopupsDisabled, AccountFrozen, AccountMirrored, CurrencyMismatch, TopupOutOfBounds,
        BalanceLimitExceeded: see `start_topup`.
    """
    now, account = current_settings(), Account.objects.get(pk=wallet.pk)
    if not now.topups_enabled:
        raise TopupsDisabled
    require_active(account)
    if amount.currency.code != account.currency_code:
        raise CurrencyMismatch(account_id=account.pk, holds=account.currency_code, asked=amount.currency.code)
    if not is_sale and not now.topup_min <= amount.minor <= now.topup_max:
        raise TopupOutOfBounds(least=account.money(now.topup_min), most=account.money(now.topup_max), requested=amount)
    require_room(account, amount, account.money(0) if is_sale else bonus_of(amount))


def order_of(topup: Topup, **extra: Any) -> Order:
    """The same payment in the provider's words; `extra` holds the method to be charged."""
    user = topup.wallet.user
    return Order(
        topup_id=topup.pk,
        amount=topup.price,
        user_id=user.pk,
        email=user.email,
        description=str(topup.amount) if topup.is_sale else DESCRIPTION,
        return_url=topup.return_url,
        saves_method=topup.saves_method,
        **extra,
    )


@transaction.atomic(savepoint=False)
def confirm_topup(*, topup_id: UUID, paid: Money, actor: str, reference: str = "") -> Topup:
    """Credit what was paid, its bonus with it, once, however often and from wherever it is told.

    A frozen wallet takes it, and one that had failed is completed. What was paid otherwise than it was asked for, or does
    not fit into the wallet, is not booked: its status is `review`, and an alarm calls for a person. What waits for room is
    booked when that payment is told of again; another payment meanwhile is for a person too.

    Raises:
        TopupUnknown: there is none of this id.
        AccountNotIntact, KeyMissing: see `lock_accounts`; or the row is not what was ordered.
    """
    topup = locked_topup(topup_id)
    if topup.status == Status.COMPLETED:
        return _paid_again(topup, paid, reference)
    if topup.status == Status.REVIEW and (topup.failure != NO_ROOM or _is_other(topup, reference)):
        return _paid_in_review(topup, paid, reference)
    require_as_offered(topup)
    book = lock_accounts(topup.wallet_id)
    if problem := _problem(book, topup, paid, reference):
        return _to_review(topup, problem, paid, reference)
    return complete(topup, book, actor=actor, reference=reference)


@transaction.atomic(savepoint=False)
def fail_topup(*, topup_id: UUID, reason: str) -> Topup:
    """Nobody will pay it. What was completed stays so, and what was paid and is looked at too; said again, it is said once.

    `reason` is a short code of ours or the provider's.

    Raises:
        TopupUnknown: there is none of this id.
    """
    topup = locked_topup(topup_id)
    if topup.status in (Status.COMPLETED, Status.REVIEW, Status.FAILED):
        return topup
    return close_failed(topup, reason)


def locked_topup(topup_id: UUID) -> Topup:
    """The business row, locked before its account is: of two who settle it at once, one waits.

    Raises:
        TopupUnknown: there is none of this id.
    """
    rows = Topup.objects.select_for_update(no_key=True, of=("self",)).select_related("wallet__account", "wallet__user")
    topup = rows.filter(pk=topup_id).first()
    if topup is None:
        raise TopupUnknown
    return topup


def complete(topup: Topup, book: Book, *, actor: str, reference: str = "") -> Topup:
    """Post a locked top-up in a book of its account; its columns say what. `reference` is the payment's."""
    topup.reference = reference or topup.reference
    movements = _movements(topup, actor, reference or None)
    topup.entry = next(entry for entry in book.post(*movements, event=event_of(topup)) if entry.kind == Kind.TOPUP)
    return _close(topup, Status.COMPLETED, failure="", at=book.now)


def booked_as(topup: Topup) -> str:
    """The payment that a completed top-up was credited for, as its provider calls it; empty where nobody has said so."""
    return (topup.entry and topup.entry.reference) or topup.reference


def event_of(topup: Topup) -> Event:
    """What it is to the ledger, once and for ever."""
    asked = (topup.amount_minor, topup.currency_code, topup.bonus_minor, topup.provider)
    sold = (topup.item, topup.price_minor, topup.price_currency, topup.fee_minor) if topup.is_sale else ()
    return Event.named(key_of(topup.pk), *asked, *sold)


def close_failed(topup: Topup, reason: str) -> Topup:
    """Fail a locked top-up, and tell of it."""
    _close(topup, Status.FAILED, failure=reason[:FAILURE_MAX], at=timezone.now())
    facts = {
        "topup_id": str(topup.pk),
        "amount": str(topup.amount_minor),
        "currency": topup.currency_code,
        "origin": topup.origin,
        "reason": topup.failure,
    }
    tell(TOPUP_FAILED, account_id=topup.wallet_id, facts=facts)
    return topup


def went_back(topup: Topup, reference: str) -> "QuerySet[TakeBack]":
    """What is known to have gone back of that payment, which was not credited; it may be of it, where either has no name."""
    unbooked = topup.take_backs.filter(reason=TakeBack.Unbooked.NEVER_BOOKED)
    return unbooked.filter(reference__in=("", reference)) if reference else unbooked


def require_room(account: Account, amount: Money, bonus: Money) -> None:
    """Refuse what the account could not hold.

    Raises:
        BalanceLimitExceeded: it could not.
    """
    if account.balance + amount.minor + bonus.minor > BALANCE_MAX:
        raise BalanceLimitExceeded(balance=account.money(account.balance), amount=amount)


def _movements(topup: Topup, actor: str, reference: str | None) -> list[Movement]:
    """What is credited, the fee that is kept of it, and behind it the bonus that it brings."""
    title = "Auto-reload" if topup.origin == Topup.Origin.AUTO_RELOAD else "Purchase" if topup.is_sale else "Top-up"

    group = uuid4() if topup.fee_minor else None

    def movement(kind: Kind, amount: Money, house: House, words: str, **extra: Any) -> Movement:
        why = Circumstances(actor=actor, reason=words, reference=reference)
        return Movement(topup.wallet_id, kind, amount, house, why, is_bound=True, group=group, **extra)

    minus = topup.wallet.money(-topup.fee_minor)
    fee = movement(Kind.FEE, minus, House.FEES, f"{title} fee") if topup.fee_minor else None
    house = House.POINTS_SOLD if topup.is_sale else House.ISSUED
    movements = [movement(Kind.TOPUP, topup.amount, house, title, fee=fee)]
    if topup.bonus_minor:
        is_lot = Kind.BONUS in current_settings().lot_kinds
        movements.append(movement(Kind.BONUS, topup.bonus, House.ISSUED, f"{title} bonus", is_lot=is_lot))
    return movements


def _is_for(topup: Topup, amount: Money, offer: Offer | None) -> bool:
    """Whether it was started for just this."""
    return topup.item == offer.item if offer else not topup.is_sale and topup.amount == amount


def _committed(*, claim: str | None, **asked: Any) -> Topup:
    """The top-up that `claim` started, or a new one. Durable, so that nobody asks a provider inside a transaction."""
    with transaction.atomic(durable=True):
        found = Topup.objects.select_related("wallet__account", "wallet__user").filter(claim=claim).first() if claim else None
        if found and found.created_at > timezone.now() - CLAIM_LIFETIME:
            return found
        if found:
            Topup.objects.filter(pk=found.pk).update(claim=None)
        return new_topup(claim=claim, **asked)


def _ask_provider(topup: Topup) -> Topup:
    try:
        started = provider_named(topup.provider).start(order_of(topup))
    except PaymentRefused as refused:
        reason = refused.reason
        in_transaction(lambda: _refused(topup.pk, reason))
        raise
    return in_transaction(lambda: _started(topup.pk, started))


def _refused(topup_id: UUID, reason: str) -> None:
    """A refusal leaves the key free: the same call again is a new top-up."""
    with transaction.atomic(savepoint=False):
        fail_topup(topup_id=topup_id, reason=reason)
        Topup.objects.filter(pk=topup_id).update(claim=None)


def _started(topup_id: UUID, started: Started) -> Topup:
    """A notice may have come first: what it said stays."""
    topup = locked_topup(topup_id)
    if topup.status == Status.CREATED:
        topup.status = Status.PENDING
    topup.reference = topup.reference or started.reference
    topup.payment_url = started.payment_url
    topup.save(update_fields=["status", "reference", "payment_url"])
    return topup


def _problem(book: Book, topup: Topup, paid: Money, reference: str) -> str:
    """Why it cannot be booked as it was asked for; empty where it can."""
    if paid != topup.price:
        return OTHER_AMOUNT
    if went_back(topup, reference).exists():
        return WENT_BACK
    try:
        if book.entries_of(event_of(topup)):
            return ""
        if book[topup.wallet_id].is_mirror:
            return MIRRORED
        require_room(book[topup.wallet_id], topup.amount, topup.bonus)
    except EventReused:
        return BOOKED_OTHERWISE
    except BalanceLimitExceeded:
        return NO_ROOM
    return ""


def _to_review(topup: Topup, problem: str, paid: Money, reference: str) -> Topup:
    topup.status, topup.failure = Status.REVIEW, problem
    topup.paid_minor, topup.paid_currency = paid.minor, paid.currency.code
    topup.reference = reference or topup.reference
    topup.save(update_fields=["status", "failure", "paid_minor", "paid_currency", "reference"])
    _alarm(REVIEW_ALARM, topup, f"{paid} was paid, {topup.price} was asked for, and nothing is booked ({problem})")
    note_outcome(topup)
    return topup


def _paid_in_review(topup: Topup, paid: Money, reference: str) -> Topup:
    if _is_other(topup, reference) or (topup.paid_minor, topup.paid_currency) != (paid.minor, paid.currency.code):
        earlier = topup.reference or "no name"
        told = f"{paid} was paid ({reference or 'no name'}) while an earlier payment ({earlier}) is being looked at"
        _alarm(AGAIN_ALARM, topup, told)
    return topup


def _is_other(topup: Topup, reference: str) -> bool:
    """Whether it is another payment than the one that is looked at."""
    return bool(reference and topup.reference and reference != topup.reference)


def _paid_again(topup: Topup, paid: Money, reference: str) -> Topup:
    """Told again, mostly. Another payment for the same thing is money that somebody has to give back.

    The first notice of what a person has confirmed tells of the same money: that is how its payment gets its name.
    """
    credited = booked_as(topup)
    is_other = credited and reference and credited != reference
    if is_other and _has_gone_back(topup, reference, paid):
        return topup
    if paid != topup.price or is_other:
        _alarm(AGAIN_ALARM, topup, f"{paid} was paid ({reference}), and it is completed already ({credited or 'by hand'})")
    elif reference and not credited:
        topup.reference = reference
        topup.save(update_fields=["reference"])
    return topup


def _has_gone_back(topup: Topup, reference: str, paid: Money) -> bool:
    """Whether that other payment has been given back already: its notices come in any order."""
    parts = topup.take_backs.filter(reference=reference, reason=TakeBack.Unbooked.OTHER_PAYMENT)
    return sum(parts.values_list("amount_minor", flat=True)) >= paid.minor


def _close(topup: Topup, status: Status, *, failure: str, at: datetime) -> Topup:
    topup.status, topup.failure, topup.finished_at = status, failure, at
    topup.confirming_minor = topup.confirming_by = None
    if status == Status.COMPLETED:
        topup.paid_minor, topup.paid_currency = None, ""
    topup.save()
    clear_alarm(REVIEW_ALARM, str(topup))
    note_outcome(topup)
    return topup


def _alarm(name: str, topup: Topup, message: str) -> None:
    raise_alarm(name, str(topup), message)
