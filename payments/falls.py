"""Seeing balances fall to their auto-reload threshold: what the dispatcher of events tells, once of each."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import connection
from psycopg.types.numeric import Int8

from ledger.kinds import Kind
from ledger.outbox import tell
from webhooks.dispatching import Told
from webhooks.naming import DEBITED, RELOAD_TRIGGERED

# What was refused to the end, or could not be tried, is left alone for so long, unless its holder changes something: nobody
# is charged in vain, and told of it, for each thing that he buys.
REST = timedelta(days=1)

# What its holder does with a balance. What is taken back from him, repaid or expires calls for nothing: who disputes a charge
# is not charged again for it.
SPENDING = [Kind.DEBIT.value, Kind.CAPTURE.value, Kind.TRANSFER.value, Kind.FEE.value, Kind.WITHDRAWAL.value]

# The last fall of each wallet of the batch. It locks no account: a row that waits says where to look.
NOTE = """
WITH fall AS MATERIALIZED (
    SELECT DISTINCT ON (w.id) w.id AS wallet_id, w.user_id, w.updated_at, e.sequence, e.balance,
        w.auto_reload_threshold AS threshold, w.auto_reload_amount AS amount
    FROM unnest(%s::bigint[], %s::bigint[]) AS told (account_id, sequence)
    JOIN wallets_wallet w ON w.id = told.account_id AND w.auto_reload_enabled
    JOIN ledger_entry e ON e.account_id = told.account_id AND e.sequence = told.sequence
        AND e.balance <= w.auto_reload_threshold AND e.kind = ANY (%s)
    ORDER BY w.id, e.sequence DESC
), noted AS (
    INSERT INTO payments_reload (id, wallet_id, sequence, status, attempts, next_attempt_at, failure, created_at)
    SELECT gen_random_uuid(), wallet_id, sequence, 'waiting', 0, clock_timestamp(), '', clock_timestamp() FROM fall
    WHERE NOT EXISTS (
        SELECT FROM payments_reload failed WHERE failed.wallet_id = fall.wallet_id AND failed.status = 'failed'
            AND failed.finished_at > greatest(clock_timestamp() - make_interval(secs => %s), fall.updated_at)
            AND NOT EXISTS (SELECT FROM payments_paymentmethod m
                WHERE m.user_id = fall.user_id AND m.removed_at IS NULL AND m.created_at > failed.finished_at))
    ON CONFLICT DO NOTHING RETURNING id, wallet_id
)
SELECT noted.id, noted.wallet_id, fall.threshold, fall.amount, fall.balance FROM noted JOIN fall USING (wallet_id) ORDER BY 2"""


def note_falls(told: Sequence[Told]) -> None:
    """A consumer of events: spending that leaves a balance at or below its wallet's threshold calls for a reload.

    One at a time for each wallet: while one waits or is under way, further falls call for nothing.
    """
    debits = [(event.account_id, event.sequence) for event in told if event.type == DEBITED and event.sequence is not None]
    if not debits:
        return
    with connection.cursor() as cursor:
        accounts, sequences = [Int8(account) for account, _ in debits], [Int8(sequence) for _, sequence in debits]
        cursor.execute(NOTE, [accounts, sequences, SPENDING, REST.total_seconds()])
        noted = cursor.fetchall()
    for reload_id, wallet_id, *figures in noted:
        facts = {name: str(figure) for name, figure in zip(("threshold", "amount", "balance"), figures, strict=True)}
        tell(RELOAD_TRIGGERED, account_id=wallet_id, facts={"reload_id": str(reload_id), **facts})
