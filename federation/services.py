"""Withdrawing from a mirrored wallet: an effect outside (docs/ledger.md), in four commits.

The points are set aside here, under an id that never changes; the site is called without a lock or a transaction; then its
answer is booked: taken, or free again. An answer that was lost leaves the points set aside. A site that repeats requests is
asked again under the same id, by a job; of any other one a person says what became of it.
"""

import logging
import time
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from audit.acts import ActName
from audit.services import actor_of, record
from federation.errors import PushUnderWay, PushUnknown, SiteNotReached, SiteRefused, SiteSilent
from federation.mirroring import UNSETTLED, Source, follow
from federation.models import NOTE_MAX, Mirror, Push
from federation.remote import Said, ask
from federation.remote_wallets import RemoteWallet, Unusable, read_wallet
from ledger.alarms import clear_alarm, raise_alarm
from ledger.book import Book, lock_accounts
from ledger.errors import AccountNotIntact, Busy, EventReused, LedgerUnavailable
from ledger.holds import release
from ledger.kinds import House, Kind
from ledger.models import Account, Hold
from ledger.money import Money
from ledger.movements import Circumstances, Event, Movement
from ledger.retry import in_transaction
from people.models import User
from wallets.approvals import require_manager
from wallets.controls import require_allowed
from wallets.models import Wallet

logger = logging.getLogger(__name__)

Status = Push.Status
UNKNOWN_ALARM = "push_unknown"
# What the plugin calls a withdrawal from outside.
WITHDRAWAL_TYPE = "2"
# Longer than any call: who comes back after it finds a push that somebody has to ask for.
LEASE = timedelta(minutes=1)
CALL_WITHIN_SECONDS = 30
ASK_FIRST, ASK_LAST = timedelta(seconds=15), timedelta(hours=1)
# A site that answers nothing for so long is a person's.
ASKED_FOR = timedelta(hours=24)
TOLD_AFTER = timedelta(minutes=10)
BATCH = 20

TAKE = """
UPDATE federation_push SET next_attempt_at = clock_timestamp() + make_interval(secs => %s)
WHERE id = (SELECT id FROM federation_push WHERE next_attempt_at <= clock_timestamp()
    ORDER BY next_attempt_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id"""


def withdraw(*, wallet: Wallet, points: Money, why: Circumstances, event: Event) -> Push:
    """Take `points` from a mirrored wallet, at its main site and then here, once per `event`.

    Call it outside any transaction. The same event again finds what became of it.

    Raises, in this order:
        EventReused: the event asked for something else before.
        AccountFrozen, KycRequired, SpendingLimitExceeded, VelocityCapExceeded: the wallet, or its holder, is not let through.
        AmountOutOfRange, CurrencyMismatch, InsufficientFunds: see `Book.post`.
        SiteRefused: the site said no. Nothing was moved.
        SiteNotReached: the site heard nothing of it. Nothing was moved.
        PushUnknown: what the site did is not known. The points stay set aside until it is.
    """
    began = time.monotonic()
    push, is_new = in_transaction(lambda: _intent(wallet, points, why, event), durable=True)
    # Who was held up for so long does not call any more: the job may be at it.
    if is_new and time.monotonic() - began < CALL_WITHIN_SECONDS:
        push = _call(push, is_first=True)
    return _told(push)


def settle_pushes() -> int:
    """Ask again for withdrawals whose outcome is not known; how many were looked at."""
    for count in range(BATCH):
        with connection.cursor() as cursor:
            cursor.execute(TAKE, [LEASE.total_seconds()])
            row = cursor.fetchone()
        if row is None:
            return count
        try:
            _ask_again(_read(row[0]))
        except (Busy, LedgerUnavailable):
            # The lease runs out, and then it is asked again.
            logger.exception("push %s: what became of it could not be booked", row[0])
    return BATCH


@transaction.atomic(savepoint=False)
def settle_by_hand(*, push_id: UUID, was_done: bool, by: User | None) -> Push:
    """A person says what the site did: he has looked there. Said again, it is said once.

    Raises:
        ManagerRequired: `by` may not say so.
        PushUnderWay: the site is being called, or still asked.
    """
    if by is not None:
        require_manager(by)
    push = _locked(push_id)
    if not push.is_unsettled:
        return push
    if not may_settle(push):
        raise PushUnderWay
    facts = {"push": str(push.pk), "was_done": was_done, "points_minor": push.points_minor}
    record(ActName.PUSH_SETTLED, actor=actor_of(by), subject=f"wallet:{push.mirror_id}", facts=facts)
    return _close(push, Status.DONE if was_done else Status.REFUSED, push.message, by=by)


def may_settle(push: Push) -> bool:
    """Whether it is for a person to say what became of it: nobody calls the site for it any more."""
    return push.status == Status.UNKNOWN and push.next_attempt_at is None


def refresh_wallet(*, wallet: Wallet) -> None:
    """Bring one mirrored wallet to what its site says now, by one call. Call it outside any transaction.

    While a withdrawal of it is not settled it is left as it is: what is set aside is not available here.

    Raises:
        SiteRefused, SiteSilent: the site says nothing of it, or nothing that can be used.
        NotMirrorable: the difference cannot be written.
    """
    mirror = Mirror.objects.select_related("site").get(pk=wallet.pk)
    source = Source(f"lookup:{mirror.site_id}", timezone.now())
    told = read_wallet(ask(mirror.site, "get_wallet_by_name", {"wallet_name": mirror.remote_name}).message, wallet.currency)
    if isinstance(told, Unusable) or told.name != mirror.remote_name:
        why = told.why if isinstance(told, Unusable) else "it is another wallet's"
        raise SiteSilent(f"what it says of the wallet cannot be used: {why}")
    in_transaction(lambda: follow(wallet_id=wallet.pk, remote=told, source=source))


def _intent(wallet: Wallet, points: Money, why: Circumstances, event: Event) -> tuple[Push, bool]:
    """The points are set aside, without an end, and what will be asked of the site is written down; whether it is new."""
    mirror = (
        Mirror.objects.select_for_update(no_key=True, of=("self",)).select_related("site", "wallet__account").get(pk=wallet.pk)
    )
    if earlier := Push.objects.filter(event_key=event.key).first():
        if bytes(earlier.asked) != event.asked or earlier.mirror_id != wallet.pk:
            raise EventReused(event.key)
        return _read(earlier.pk), False
    book = lock_accounts(wallet.pk)
    require_allowed(book, wallet.pk, points, feature="wallet_usage", is_mirroring=True)
    push = Push(mirror=mirror, points_minor=points.minor, event_key=event.key, asked=event.asked, actor=why.actor)
    hold = Movement(*(wallet.pk, Kind.HOLD, Money(0, points.currency), None, why), held_change=points.minor, is_mirroring=True)
    entry = book.post(hold, event=Event.named(f"push:{push.pk}:hold", points.minor, points.currency.code))[0]
    push.sequence, push.asked_at, push.next_attempt_at = entry.sequence, book.now, timezone.now() + LEASE
    push.is_repeatable = mirror.site.repeats_requests
    push.save(force_insert=True)
    return push, True


def _call(push: Push, *, is_first: bool) -> Push:
    """Ask the site, for the first time or again: under one id it takes the points once."""
    mirror = push.mirror
    arguments = {
        "wallet_id": mirror.remote_name,
        "type": WITHDRAWAL_TYPE,
        "points": f"{push.points.decimal:f}",
        "request_id": str(push.pk),
    }
    said: Said | SiteRefused | SiteSilent
    try:
        said = ask(mirror.site, "withdraw_wallet_points_external", arguments)
    except (SiteRefused, SiteSilent) as failure:
        said = failure
    except LedgerUnavailable:
        # Its key does not open: nobody was called.
        logger.exception("push %s: the site's key does not open", push.pk)
        said = SiteNotReached("its key cannot be read here")
    return in_transaction(lambda: _booked(push.pk, said, is_first=is_first), durable=True)


def _ask_again(push: Push) -> None:
    if push.is_asked_again:
        _call(push, is_first=False)
    else:
        # Who called the site died at it, or it is no longer one that repeats.
        why = push.message or "whoever called it was interrupted"
        in_transaction(lambda: _booked(push.pk, SiteSilent(why), is_first=False))


def _booked(push_id: UUID, said: Said | SiteRefused | SiteSilent, *, is_first: bool) -> Push:
    """The answer is booked once, whoever brings it. What may have arrived before is no *no* for a *no* to this call alone."""
    push = _locked(push_id)
    if not push.is_unsettled:
        _gainsay(push, said)
        return push
    if isinstance(said, Said):
        push = _close(push, Status.DONE, "")
        _compare(push, said)
        return push
    is_alone = is_first and push.status == Status.INTENT and timezone.now() - push.asked_at < LEASE
    if isinstance(said, SiteRefused):
        if said.decided_for == str(push.pk) or (is_alone and not said.decided_for):
            return _close(push, Status.REFUSED, "\n".join(said.messages))
        return _not_known(push, f"Asked again, it says: {'; '.join(said.messages)}")
    if isinstance(said, SiteNotReached) and is_alone:
        return _close(push, Status.NOT_SENT, said.why)
    return _not_known(push, said.why)


def _gainsay(push: Push, said: Said | SiteRefused | SiteSilent) -> None:
    """An answer behind what a person said of it: where it is the contrary, that is shown, and mended by a refresh."""
    is_no = isinstance(said, SiteRefused) and said.decided_for == str(push.pk)
    if (is_no and push.status == Status.DONE) or (isinstance(said, Said) and push.status != Status.DONE):
        there = "not done" if is_no else "done"
        logger.critical("push %s is settled as %s, and its site says that it was %s", push.pk, push.status, there)
        Mirror.objects.filter(pk=push.mirror_id).update(
            difference=f"{push} was {there} there, and is settled here as {push.get_status_display()}."
        )


def _not_known(push: Push, why: str) -> Push:
    """Ask again later where that is possible; else, and after a day, a person says what became of it."""
    now = timezone.now()
    age = now - push.asked_at
    is_asked = push.is_asked_again and age < ASKED_FOR
    push.status, push.message = Status.UNKNOWN, why[:NOTE_MAX]
    push.next_attempt_at = now + min(max(age, ASK_FIRST), ASK_LAST) if is_asked else None
    push.save(update_fields=["status", "message", "next_attempt_at"])
    if not is_asked or age >= TOLD_AFTER:
        then = "it is still asked for" if is_asked else "look there, and settle it"
        told = f"whether {push.points} left {push.mirror.site} is not known since {push.asked_at:%Y-%m-%d %H:%M} UTC; {then}"
        raise_alarm(UNKNOWN_ALARM, str(push), told)
    return push


def _close(push: Push, status: Status, message: str, *, by: User | None = None) -> Push:
    """Take what was set aside, or free it."""
    book = lock_accounts(push.mirror_id)
    hold = _live_hold(book, push)
    why = Circumstances(push.actor, reason="Withdrawn at the main site" if status == Status.DONE else "Not withdrawn")
    if status == Status.DONE:
        taken = Money(-push.points_minor, push.points.currency)
        ends = Movement(push.mirror_id, Kind.CAPTURE, taken, House.SPENT, why, held_change=-push.points_minor, of=push.sequence)
        key = f"push:{push.pk}:capture"
    else:
        ends, key = release(hold, book[push.mirror_id].money(0), why), f"push:{push.pk}:release"
    book.post(replace(ends, is_bound=True, is_mirroring=True), event=Event.named(key, push.points_minor))
    push.status, push.message, push.settled_by = status, message[:NOTE_MAX], by
    push.next_attempt_at, push.finished_at = None, timezone.now()
    push.save(update_fields=["status", "message", "settled_by", "next_attempt_at", "finished_at"])
    clear_alarm(UNKNOWN_ALARM, str(push))
    return push


def _live_hold(book: Book, push: Push) -> Hold:
    hold = next((hold for hold in book.holds_of(push.mirror_id) if hold.sequence == push.sequence), None)
    if hold is None or hold.amount != push.points_minor:
        logger.critical("push %s is not what its entries say; it refuses to be settled", push.pk)
        raise AccountNotIntact(push.mirror_id)
    return hold


def _compare(push: Push, said: Said) -> None:
    """What the site has left, where it says so, against what is here: a difference is shown, and mended by a refresh."""
    remote = read_wallet(said.message, push.points.currency)
    mirror = push.mirror
    if not isinstance(remote, RemoteWallet) or remote.name != mirror.remote_name:
        return
    others = mirror.pushes.exclude(pk=push.pk)
    if others.filter(Q(status__in=UNSETTLED) | Q(finished_at__gte=push.asked_at)).exists():
        # What it has left may be from before or behind another one.
        return
    account = Account.objects.get(pk=mirror.pk)
    here, there = account.money(account.balance), account.money(remote.minor)
    mirror.remote_minor = remote.minor
    mirror.difference = "" if here == there else f"Behind a withdrawal it has {there} there, and {here} here."
    mirror.save(update_fields=["remote_minor", "difference"])


def _told(push: Push) -> Push:
    """The push where it is done; else why not."""
    if push.status == Status.DONE:
        return push
    if push.status == Status.NOT_SENT:
        raise SiteNotReached(push.message)
    if push.status == Status.REFUSED:
        raise SiteRefused(push.message.splitlines() or ["no reason given"])
    raise PushUnknown(push.message or "the call is under way")


def _read(push_id: UUID) -> Push:
    return Push.objects.select_related("mirror__site", "mirror__wallet__account").get(pk=push_id)


def _locked(push_id: UUID) -> Push:
    """Behind its mirror's lock, which is that of all that is asked of the site for it."""
    mirror_id = Push.objects.values_list("mirror_id", flat=True).get(pk=push_id)
    rows = Mirror.objects.select_for_update(no_key=True, of=("self",)).select_related("site", "wallet__account")
    push = Push.objects.get(pk=push_id, mirror_id=mirror_id)
    push.mirror = rows.get(pk=mirror_id)
    push.refresh_from_db(fields=["status", "next_attempt_at", "finished_at"])
    return push
