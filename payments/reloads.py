"""Auto-reload: from a balance that fell to its threshold to a charge, and never two of them for one fall.

An effect outside (ledger.md): the intent is committed first, as a top-up whose id is the provider's key for ever; the
provider is called without a lock or a transaction; its answer is booked by the top-up's own verbs. An answer that was
lost, or a worker that died, leaves a charge whose outcome is not known: it is asked for under the same key, and nothing
new is charged before that is known.

Who works on a reload has it leased: `next_attempt_at` lies ahead of him, committed before he does anything.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg.types.numeric import Int8

from ledger.alarms import raise_alarm
from ledger.book import SERVICE, Book, lock_accounts
from ledger.errors import AccountFrozen, BalanceLimitExceeded, Busy, LedgerUnavailable
from ledger.outbox import tell
from ledger.retry import in_transaction
from payments.adapters import provider_named
from payments.errors import TopupOutOfBounds, TopupsDisabled
from payments.models import PaymentMethod, Reload, Topup
from payments.port import Charged, Outcome, SavedMethod
from payments.reload_outcomes import UNKNOWN_ALARM, finish, give_up, subject_of
from payments.services import confirm_topup, fail_topup, locked_topup, new_topup, order_of
from wallets.models import Wallet
from webhooks.dispatching import Told
from webhooks.naming import DEBITED, RELOAD_TRIGGERED

logger = logging.getLogger(__name__)

Status = Reload.Status

# Longer than any call of a provider: who comes back after it finds a charge that somebody else asks for.
LEASE = timedelta(minutes=5)
# Who had to wait for so long between lease and call does not call any more.
CALL_WITHIN = timedelta(minutes=2)
# A charge that is not known of is asked for after so long, then after as long as it has been so, at most each hour.
ASK_FIRST, ASK_LAST = timedelta(seconds=30), timedelta(hours=1)
# Providers forget a key after a day. From then on a person settles it, who looks at what the provider shows.
ASKED_FOR = timedelta(hours=24)
# What was refused to the end, or could not be tried, is left alone for so long, unless its holder changes something.
REST = timedelta(days=1)
RUN_SECONDS = 20

# The last fall of each wallet of the batch. It takes no lock on an account: a row that waits says where to look.
NOTE_FALLS = """
INSERT INTO payments_reload (id, wallet_id, sequence, status, attempts, next_attempt_at, failure, created_at)
SELECT gen_random_uuid(), fall.id, fall.sequence, 'waiting', 0, clock_timestamp(), '', clock_timestamp()
FROM (
    SELECT DISTINCT ON (w.id) w.id, w.user_id, w.updated_at, e.sequence
    FROM unnest(%s::bigint[], %s::bigint[]) AS told (account_id, sequence)
    JOIN wallets_wallet w ON w.id = told.account_id AND w.auto_reload_enabled
    JOIN ledger_entry e ON e.account_id = told.account_id AND e.sequence = told.sequence
        AND e.balance <= w.auto_reload_threshold
    ORDER BY w.id, e.sequence DESC
) AS fall
WHERE NOT EXISTS (
    SELECT FROM payments_reload failed WHERE failed.wallet_id = fall.id AND failed.status = 'failed'
        AND failed.finished_at > greatest(clock_timestamp() - %s, fall.updated_at)
        AND NOT EXISTS (SELECT FROM payments_paymentmethod m
            WHERE m.user_id = fall.user_id AND m.removed_at IS NULL AND m.created_at > failed.finished_at))
ON CONFLICT DO NOTHING
RETURNING id, wallet_id, sequence"""

TAKE = """
UPDATE payments_reload SET next_attempt_at = clock_timestamp() + %s
WHERE id = (SELECT id FROM payments_reload WHERE next_attempt_at <= clock_timestamp()
    ORDER BY next_attempt_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id, next_attempt_at"""


@dataclass(frozen=True, slots=True)
class Lease:
    """One reload, for one worker. `taken_at` is of the monotonic clock."""

    reload_id: UUID
    until: datetime
    taken_at: float

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.taken_at < CALL_WITHIN.total_seconds()


def note_falls(told: Sequence[Told]) -> None:
    """A consumer of events: each debit that leaves a balance at or below its wallet's threshold calls for a reload.

    One at a time for each wallet: while one is under way, further falls call for nothing.
    """
    debits = [event for event in told if event.type == DEBITED and event.sequence is not None]
    if not debits:
        return
    asked = [[event.account_id for event in debits], [event.sequence for event in debits], REST]
    with connection.cursor() as cursor:
        cursor.execute(NOTE_FALLS, asked)
        noted = {wallet_id: (reload_id, sequence) for reload_id, wallet_id, sequence in cursor.fetchall()}
    if noted:
        _tell(noted)


def _tell(noted: dict[int, tuple[UUID, int]]) -> None:
    for wallet in Wallet.objects.filter(pk__in=noted).order_by("pk"):
        reload_id, sequence = noted[wallet.pk]
        facts = {
            "reload_id": str(reload_id),
            "threshold": str(wallet.auto_reload_threshold),
            "amount": str(wallet.auto_reload_amount),
            "after_sequence": sequence,
        }
        tell(RELOAD_TRIGGERED, account_id=wallet.pk, facts=facts)


def run_reloads() -> int:
    """Charge for falls that wait, and ask for charges whose outcome is not known; how many were worked on.

    Several workers may be at it: each reload is leased to one. A run ends after RUN_SECONDS, and the next one goes on.
    """
    count, began = 0, time.monotonic()
    while time.monotonic() - began < RUN_SECONDS and (lease := _take()):
        _work(lease)
        count += 1
    return count


def _take() -> Lease | None:
    """The reload that has waited longest. In autocommit: the lease stands before anything is done."""
    with connection.cursor() as cursor:
        taken_at = time.monotonic()
        cursor.execute(TAKE, [LEASE])
        row = cursor.fetchone()
    return Lease(*row, taken_at) if row else None


def _work(lease: Lease) -> None:
    try:
        if topup := in_transaction(lambda: _begin(lease)):
            _charge(topup, lease)
        elif topup := _under_way(lease):
            _ask(topup, lease)
    except (Busy, LedgerUnavailable):
        # The lease runs out, and then it is asked for: what was charged is not charged again.
        logger.exception("reload %s: what became of it could not be booked", lease.reload_id)


def _begin(lease: Lease) -> Topup | None:
    """Decide behind the account's lock, and write down what is about to be charged; None where nothing is."""
    waiting = Reload.objects.filter(pk=lease.reload_id, status=Status.WAITING)
    if not (wallet_id := waiting.values_list("wallet_id", flat=True).first()):
        return None
    book = lock_accounts(wallet_id)
    wallet = Wallet.objects.select_related("account", "user").get(pk=wallet_id)
    reload = waiting.select_for_update(no_key=True).filter(next_attempt_at=lease.until).first()
    if reload is None:
        return None
    reload.wallet = wallet
    if why := _needless(book, reload):
        finish(reload, Status.NOT_NEEDED, why)
        return None
    topup = _intent(reload)
    if topup:
        reload.topup, reload.status, reload.attempts = topup, Status.CHARGING, reload.attempts + 1
        reload.save(update_fields=["topup", "status", "attempts"])
    return topup


def _needless(book: Book, reload: Reload) -> str:
    """Why nothing is to be charged any more; empty where it is."""
    wallet = reload.wallet
    account = book[wallet.pk]
    threshold = wallet.auto_reload_threshold
    if not wallet.auto_reload_enabled or threshold is None or wallet.auto_reload_amount is None:
        return "switched_off"
    if not wallet.user.is_active:
        return "holder_inactive"
    if account.is_frozen:
        return "frozen"
    if account.balance > threshold:
        return "balance_restored"
    answers = Topup.objects.filter(wallet=wallet, origin=Topup.Origin.AUTO_RELOAD, entry__sequence__gt=reload.sequence)
    return "answered" if answers.exists() else ""


def _intent(reload: Reload) -> Topup | None:
    """The top-up that is about to be charged; None where it cannot be, of which its holder hears."""
    wallet = reload.wallet
    if not provider_named(settings.PAYMENT_PROVIDER).charges_off_session:
        return give_up(reload, "not_offered")
    if not (method := method_of(wallet)):
        return give_up(reload, "no_saved_method")
    amount = wallet.money(wallet.auto_reload_amount or 0)
    extra = {"status": Topup.Status.CHARGING, "method": method, "charged_at": timezone.now()}
    try:
        return new_topup(wallet=wallet, amount=amount, origin=Topup.Origin.AUTO_RELOAD, actor=SERVICE, **extra)
    except TopupOutOfBounds:
        return give_up(reload, "amount_out_of_bounds")
    except BalanceLimitExceeded:
        return give_up(reload, "no_room")
    except (TopupsDisabled, AccountFrozen):
        return finish(reload, Status.NOT_NEEDED, "topups_off")


def method_of(wallet: Wallet) -> PaymentMethod | None:
    """What is charged for this wallet: the newest that its holder has saved with the provider of now."""
    saved = PaymentMethod.objects.filter(user=wallet.user, provider=settings.PAYMENT_PROVIDER, removed_at=None)
    return saved.order_by("-created_at", "-pk").first()


def _under_way(lease: Lease) -> Topup | None:
    """The charge of which somebody did not hear what became, with all that asking for it takes."""
    reload = Reload.objects.filter(pk=lease.reload_id, status=Status.CHARGING, next_attempt_at=lease.until).first()
    topups = Topup.objects.select_related("wallet__account", "wallet__user", "method")
    return topups.filter(pk=reload.topup_id).first() if reload else None


def _charge(topup: Topup, lease: Lease) -> None:
    if lease.is_fresh:
        order = order_of(topup, method=_saved(topup))
        _book(topup, provider_named(topup.provider).charge_off_session(order), lease)


def _ask(topup: Topup, lease: Lease) -> None:
    if lease.is_fresh:
        order, since = order_of(topup, method=_saved(topup)), topup.charged_at or topup.created_at
        _book(topup, provider_named(topup.provider).ask(order, since), lease)


def _saved(topup: Topup) -> SavedMethod:
    method = topup.method
    assert method is not None, "a charge has its method"
    return SavedMethod(method.reference, method.customer_reference, method.label)


def _book(topup: Topup, charged: Charged, lease: Lease) -> None:
    """The answer is booked as a notice would be: whoever comes second finds it done."""
    if charged.outcome is Outcome.YES:
        paid = {"paid": topup.amount, "actor": SERVICE, "reference": charged.reference}
        in_transaction(lambda: confirm_topup(topup_id=topup.pk, **paid))
    elif charged.outcome is Outcome.NO:
        in_transaction(lambda: fail_topup(topup_id=topup.pk, reason=charged.reason or "refused"))
    else:
        in_transaction(lambda: _not_known(topup.pk, lease, charged))


def _not_known(topup_id: UUID, lease: Lease, charged: Charged) -> None:
    """Ask again later; after a day it is listed, until a person or a late notice settles it."""
    topup = locked_topup(topup_id)
    if topup.status not in (Topup.Status.CHARGING, Topup.Status.UNKNOWN):
        return
    topup.status, topup.reference = Topup.Status.UNKNOWN, topup.reference or charged.reference
    topup.save(update_fields=["status", "reference"])
    reload = Reload.objects.select_for_update(no_key=True).filter(pk=lease.reload_id, topup=topup, next_attempt_at=lease.until)
    age = timezone.now() - (topup.charged_at or topup.created_at)
    is_over = age >= ASKED_FOR
    again = None if is_over else timezone.now() + min(max(age, ASK_FIRST), ASK_LAST)
    if reload.update(next_attempt_at=again, failure=charged.reason or "no_answer") and is_over:
        told = f"{topup}: whether {topup.amount} was charged is not known after a day; look at what the provider shows"
        raise_alarm(UNKNOWN_ALARM, f"wallet {topup.wallet_id}", told)
