"""Auto-reload: charging for a balance that fell, and never twice for one fall.

An effect outside (ledger.md): the intent is committed first, as a top-up whose id is the provider's key for ever; the
provider is called without a lock or a transaction; its answer is booked by the top-up's own verbs. An answer that was
lost, or a worker that died, leaves a charge whose outcome is not known: it is asked for under the same key, and nothing
new is charged before that is known. Who has withdrawn his word meanwhile is not charged by the asking either: then it is
only looked up.

Who works on a reload has it leased: `next_attempt_at` lies ahead of him, committed before he does anything.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from ledger.alarms import raise_alarm
from ledger.book import SERVICE, Book, lock_accounts
from ledger.effects import Outcome
from ledger.errors import BalanceLimitExceeded, Busy, LedgerUnavailable
from ledger.models import Account
from ledger.retry import in_transaction
from payments.adapters import provider_named
from payments.errors import TopupOutOfBounds
from payments.methods import method_to_charge
from payments.models import PaymentMethod, Reload, Topup
from payments.port import Charged, Order, SavedMethod
from payments.reload_outcomes import UNKNOWN_ALARM, finish, give_up
from payments.services import confirm_topup, fail_topup, locked_topup, new_topup, order_of, require_may_top_up
from site_settings.reading import current_settings
from wallets.models import Wallet

logger = logging.getLogger(__name__)

Status = Reload.Status

# Longer than any call of a provider: who comes back after it finds a charge that somebody has to ask for.
LEASE = timedelta(minutes=5)
# Who was held up for so long between lease and call does not call any more.
CALL_WITHIN = timedelta(minutes=2)
# A charge that is not known of is asked for after so long, then after as long as it has been so, at most each hour.
ASK_FIRST, ASK_LAST = timedelta(seconds=30), timedelta(hours=1)
# What is not known when it is asked for a day later, a person settles, who looks at what the provider shows.
ASKED_FOR = timedelta(hours=24)
RUN_SECONDS = 20
# Why one was not charged: its holder said no between the decision and the call.
WITHDRAWN = "withdrawn"

TAKE = """
UPDATE payments_reload SET next_attempt_at = clock_timestamp() + make_interval(secs => %s)
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
        cursor.execute(TAKE, [LEASE.total_seconds()])
        row = cursor.fetchone()
    return Lease(row[0], row[1], taken_at) if row else None


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
    waiting = Reload.objects.filter(pk=lease.reload_id, status=Status.WAITING, next_attempt_at=lease.until)
    wallet_id = waiting.values_list("wallet_id", flat=True).first()
    if wallet_id is None:
        return None
    book = lock_accounts(wallet_id)
    reload = waiting.select_for_update(no_key=True).first()
    if reload is None:
        return None
    reload.wallet = Wallet.objects.select_related("account", "user").get(pk=wallet_id)
    if why := _needless(book, reload):
        finish(reload, Status.NOT_NEEDED, why)
        return None
    if failure := _obstacle(reload.wallet):
        give_up(reload, failure)
        return None
    return _intent(reload)


def _needless(book: Book, reload: Reload) -> str:
    """Why nothing is to be charged any more; empty where something is."""
    wallet, account = reload.wallet, book[reload.wallet_id]
    if why := _unwanted(wallet, account):
        return why
    if account.balance > (wallet.auto_reload_threshold or 0):
        return "balance_restored"
    # What was charged behind the fall was charged for it, whichever attempt it was.
    answers = Topup.objects.filter(wallet=wallet, origin=Topup.Origin.AUTO_RELOAD, entry__sequence__gt=reload.sequence)
    return "answered" if answers.exists() else ""


def _unwanted(wallet: Wallet, account: Account) -> str:
    """Why its holder is not to be charged at all; empty where he may be."""
    if not wallet.auto_reload_enabled or wallet.auto_reload_threshold is None or wallet.auto_reload_amount is None:
        return "switched_off"
    if not current_settings().topups_enabled:
        return "topups_off"
    return "frozen" if account.is_frozen or account.is_mirror or not wallet.user.is_active else ""


def _obstacle(wallet: Wallet) -> str:
    """Why nothing can be charged, which its holder hears; empty where it can."""
    if not provider_named(settings.PAYMENT_PROVIDER).charges_off_session:
        return "not_offered"
    if method_to_charge(wallet.user, settings.PAYMENT_PROVIDER) is None:
        return "no_saved_method"
    try:
        require_may_top_up(wallet, wallet.money(wallet.auto_reload_amount or 0))
    except TopupOutOfBounds:
        return "amount_out_of_bounds"
    except BalanceLimitExceeded:
        return "no_room"
    return ""


def _intent(reload: Reload) -> Topup:
    wallet = reload.wallet
    topup = new_topup(
        wallet=wallet,
        amount=wallet.money(wallet.auto_reload_amount or 0),
        origin=Topup.Origin.AUTO_RELOAD,
        actor=SERVICE,
        status=Topup.Status.CHARGING,
        method=method_to_charge(wallet.user, settings.PAYMENT_PROVIDER),
        charged_at=timezone.now(),
    )
    reload.topup, reload.status, reload.attempts = topup, Status.CHARGING, reload.attempts + 1
    reload.save(update_fields=["topup", "status", "attempts"])
    return topup


def _under_way(lease: Lease) -> Topup | None:
    """The charge of which nobody has heard what became of it, with all that asking takes."""
    reload = Reload.objects.filter(pk=lease.reload_id, status=Status.CHARGING, next_attempt_at=lease.until)
    topups = Topup.objects.select_related("wallet__account", "wallet__user", "method")
    return topups.filter(pk__in=reload.values("topup")).first()


def _charge(topup: Topup, lease: Lease) -> None:
    """Nobody else has called yet, so what is not wanted any more is known not to be charged."""
    order, provider, is_wanted = _order(topup), provider_named(topup.provider), _is_still_wanted(topup)
    if lease.is_fresh:
        _book(topup, provider.charge_off_session(order) if is_wanted else Charged(Outcome.NO, reason=WITHDRAWN), lease)


def _ask(topup: Topup, lease: Lease) -> None:
    order, provider, is_wanted = _order(topup), provider_named(topup.provider), _is_still_wanted(topup)
    if lease.is_fresh:
        _book(topup, provider.ask(order, _since(topup), may_charge=is_wanted), lease)


def _is_still_wanted(topup: Topup) -> bool:
    """Whether its holder may be charged for it now, by what is committed right before the call.

    No lock is held over a call. Who takes his word back is answered behind his commit, so what is called after the answer
    sees it.
    """
    wallet = Wallet.objects.select_related("account", "user").get(pk=topup.wallet_id)
    is_kept = PaymentMethod.objects.filter(pk=topup.method_id or 0, removed_at=None).exists()
    return is_kept and not _unwanted(wallet, wallet.account) and topup.amount_minor <= (wallet.auto_reload_amount or 0)


def _order(topup: Topup) -> Order:
    method = topup.method
    assert method is not None, "a charge has its method"
    return order_of(topup, method=SavedMethod(method.reference, method.customer_reference, method.label))


def _since(topup: Topup) -> datetime:
    return topup.charged_at or topup.created_at


def _age(topup: Topup) -> timedelta:
    return timezone.now() - _since(topup)


def _book(topup: Topup, charged: Charged, lease: Lease) -> None:
    """The answer is booked as a notice would be: whoever comes second finds it done."""
    reference, reason = charged.reference, charged.reason
    if charged.outcome is Outcome.YES:
        in_transaction(lambda: confirm_topup(topup_id=topup.pk, paid=topup.amount, actor=SERVICE, reference=reference))
    elif charged.outcome is Outcome.NO:
        in_transaction(lambda: fail_topup(topup_id=topup.pk, reason=reason or "refused"))
    else:
        in_transaction(lambda: _not_known(topup.pk, lease, reference))


def _not_known(topup_id: UUID, lease: Lease, reference: str) -> None:
    """Ask again later; after a day it is listed, until a person or a late notice settles it."""
    topup = locked_topup(topup_id)
    if topup.status not in (Topup.Status.CHARGING, Topup.Status.UNKNOWN):
        return
    topup.status, topup.reference = Topup.Status.UNKNOWN, topup.reference or reference
    topup.save(update_fields=["status", "reference"])
    again, age = None, _age(topup)
    if age < ASKED_FOR:
        again = timezone.now() + min(max(age, ASK_FIRST), ASK_LAST, ASKED_FOR - age)
    reload = Reload.objects.filter(pk=lease.reload_id, topup=topup, status=Status.CHARGING, next_attempt_at=lease.until)
    if reload.update(next_attempt_at=again) and again is None:
        told = f"{topup}: whether {topup.amount} was charged is not known after a day; see what the provider shows, and settle it"
        raise_alarm(UNKNOWN_ALARM, f"wallet {topup.wallet_id}", told)
