"""Working off one lease: its messages in their order, each one sent and written down before the next."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection

from ledger.errors import LedgerUnavailable
from webhooks.endpoint_health import note_failure, note_success
from webhooks.endpoint_secrets import secrets_of
from webhooks.leasing import DeliveryLease, QueueLease
from webhooks.sending import Connections, Outcome, attempt
from webhooks.settling import give_back, is_parked_by, settle_delivery, settle_message
from webhooks.signing import Message
from webhooks.tallying import Tallies


def work_off(
    lease: QueueLease | DeliveryLease, *, connections: Connections, tallies: Tallies, is_stopped: Callable[[], bool]
) -> int:
    """Send its messages until one is not taken, the time is short, or the worker stops; how many were taken.

    A receiver that does not take one gets no later one of its wallet before that. Where the endpoint was changed, no
    further one goes out as it was leased: what is left is leased anew.
    """
    sent = 0
    for message in lease.messages:
        if is_stopped() or not lease.has_time():
            break
        outcome = _send(message, lease, connections)
        is_parked = _is_parked(lease, outcome)
        goes_on = _settle(message, lease, outcome, is_parked)
        tallies.count(lease.endpoint, outcome, is_parked=is_parked and lease.is_as_leased)
        is_noted = _note(lease, outcome)
        sent += outcome.is_success
        if not goes_on or not is_noted:
            break
    if isinstance(lease, QueueLease) and not lease.messages:
        # Nothing that waits is wanted any more, or kept any more.
        lease.position = lease.last_position
    give_back(lease)
    return sent


def _send(message: Message, lease: QueueLease | DeliveryLease, connections: Connections) -> Outcome:
    """Signed by what signs now: an overlap may end under way. Where a secret does not open nothing goes out unsigned."""
    try:
        secrets = secrets_of(lease.endpoint)
    except LedgerUnavailable:
        return Outcome(datetime.now(UTC), 0, error="its secret does not open: WALLET_FIELD_KEYS")
    return attempt(message, url=lease.endpoint.url, secrets=secrets, connections=connections)


def _is_parked(lease: QueueLease | DeliveryLease, outcome: Outcome) -> bool:
    try:
        return is_parked_by(outcome, lease)
    finally:
        connection.close()


def _settle(message: Message, lease: QueueLease | DeliveryLease, outcome: Outcome, is_parked: bool) -> bool:
    """Whether the lease goes on."""
    if isinstance(lease, DeliveryLease):
        settle_delivery(lease, message, outcome, is_parked=is_parked)
        return False
    return settle_message(lease, message, outcome, is_parked=is_parked)


def _note(lease: QueueLease | DeliveryLease, outcome: Outcome) -> bool:
    """A test that fails says nothing of how the endpoint fares: it is sent to try what may be wrong.

    False: the endpoint was changed, behind what was written down last.
    """
    try:
        if outcome.is_success:
            return note_success(lease.endpoint, outcome.at)
        if not lease.is_test:
            note_failure(lease.endpoint, outcome.at)
        return True
    finally:
        # Nobody holds one while he calls.
        connection.close()
