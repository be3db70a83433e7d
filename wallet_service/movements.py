"""Following the log of events, for the mails that tell of money that came, went, or fell low.

The money itself pays nothing for them: a job reads the events that the dispatcher has given places, and notes in one statement a
batch which wallets have something to be told of. Where it has got to is kept with what it noted, so nothing is noted twice or
left out. What has a mail of its own (a transfer, a decided withdrawal, an auto-reload) is not noted.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import connection, transaction
from psycopg.types.numeric import Int8

from ledger.models import Entry
from ledger.money import Money
from notices.kinds import KINDS
from notices.preferences import declined
from notices.services import is_off, notices_of, write_notices
from site_settings.reading import current_settings, default_currency
from wallet_service.models import FollowedPosition
from wallets.models import Wallet
from webhooks.models import Dispatch
from webhooks.naming import BALANCE_LOW, CREDITED, DEBITED

# The kinds of notice; the first two are called like the events that they tell of.
MOVED = (CREDITED, DEBITED, "topup.bonus")
LOW = "balance.low"
BATCH = 5_000
# A run ends after so many, and the next one goes on.
BATCHES_A_RUN = 20
# Nobody is mailed of what he has long seen: after a worker was away, or where the log is read from its beginning.
TOO_OLD = timedelta(days=1)
# Behind a mail, what moves is collected for so long: ten thousand movements are seven mails an hour and not ten thousand.
PAUSE = timedelta(minutes=10)

# What a movement `e` is told as, if at all.
TOLD_AS = """
CASE
    WHEN e.kind IN ('transfer', 'debt') OR e.key LIKE 'takeback:%%' OR e.key LIKE 'refund_request:%%' THEN NULL
    WHEN e.kind = 'fee' AND EXISTS (
        SELECT FROM ledger_entry sent WHERE sent.account_id = e.account_id AND sent.sequence = e.sequence - 1
            AND sent."group" = e."group" AND sent.kind = 'transfer') THEN NULL
    WHEN e.kind = 'withdrawal_return' AND e.key ~ '^withdrawal:[0-9]{1,18}:return$' THEN CASE
        WHEN EXISTS (
            SELECT FROM withdrawals_withdrawal w
            WHERE w.id = split_part(e.key, ':', 2)::bigint AND w.status = 'rejected') THEN NULL
        ELSE 'wallet.credited' END
    WHEN e.key ~ '^topup:[0-9a-f-]{36}' THEN CASE
        WHEN EXISTS (SELECT FROM payments_topup t WHERE t.id = substr(e.key, 7, 36)::uuid AND t.origin = 'auto_reload') THEN NULL
        WHEN e.kind = 'bonus' THEN 'topup.bonus'
        ELSE 'wallet.credited' END
    WHEN e.amount > 0 THEN 'wallet.credited'
    WHEN e.amount < 0 THEN 'wallet.debited'
END"""

NOTE = f"""
WITH told AS (
    SELECT e.account_id, e.sequence, abs(e.amount) AS amount, {TOLD_AS} AS kind
    FROM webhooks_event v JOIN ledger_entry e ON e.account_id = v.account_id AND e.sequence = v.sequence
    WHERE v.position > %s AND v.position <= %s AND v.type IN ('wallet.credited', 'wallet.debited')
        AND v.created_at > clock_timestamp() - make_interval(secs => %s)
)
INSERT INTO wallet_service_untoldmovements AS untold (account_id, kind, first, last, count, sum_minor, due_at)
SELECT account_id, kind, min(sequence), max(sequence), count(*), sum(amount), clock_timestamp() FROM told
WHERE kind = ANY (%s) GROUP BY account_id, kind ORDER BY account_id, kind
ON CONFLICT (account_id, kind) DO UPDATE SET
    first = CASE WHEN untold.due_at IS NULL THEN excluded.first ELSE untold.first END,
    last = excluded.last, count = untold.count + excluded.count, sum_minor = untold.sum_minor + excluded.sum_minor,
    due_at = coalesce(untold.due_at, greatest(clock_timestamp(), untold.told_at + make_interval(secs => %s)))"""  # noqa: S608  constants of ours

FALLS = """
SELECT e.* FROM webhooks_event v JOIN ledger_entry e ON e.account_id = v.account_id AND e.sequence = v.sequence
WHERE v.position > %s AND v.position <= %s AND v.type = %s
    AND v.created_at > clock_timestamp() - make_interval(secs => %s) ORDER BY v.position"""


def follow_events() -> int:
    """Note what is to be told of the events behind the last one looked at; how many mails were written at once."""
    written = 0
    for _ in range(BATCHES_A_RUN):
        count, mails = follow_batch()
        written += mails
        if count < BATCH:
            break
    return written


@transaction.atomic
def follow_batch() -> tuple[int, int]:
    """The next events, at most BATCH: all of it, or nothing where something fails. How many there were, and how many mails."""
    FollowedPosition.objects.get_or_create(id=1)
    followed = FollowedPosition.objects.select_for_update(no_key=True).get()
    given = Dispatch.objects.values_list("position", flat=True).first() or 0
    end = min(given, followed.position + BATCH)
    if end <= followed.position:
        return 0, 0
    _note(followed.position, end)
    written = _tell_falls(followed.position, end)
    FollowedPosition.objects.update(position=end)
    return end - followed.position, written


def _note(after: int, end: int) -> None:
    kinds = [kind for kind in MOVED if not is_off(kind)]
    if kinds:
        old, pause = TOO_OLD.total_seconds(), PAUSE.total_seconds()
        with connection.cursor() as cursor:
            cursor.execute(NOTE, [Int8(after), Int8(end), old, kinds, pause])


def _tell_falls(after: int, end: int) -> int:
    """A mail for each: a fall is rare, and its event comes once for each time that the balance falls."""
    if is_off(LOW):
        return 0
    entries = list(Entry.objects.raw(FALLS, [Int8(after), Int8(end), BALANCE_LOW, TOO_OLD.total_seconds()]))
    if not entries:
        return 0
    wallets = holders([entry.account_id for entry in entries])
    no_more = declined([wallet.user_id for wallet in wallets.values()], [KINDS[LOW].mail_preference])
    mark = Money(current_settings().low_balance, default_currency())
    return write_notices(
        notice
        for entry in entries
        if (wallet := wallets.get(entry.account_id))
        for notice in notices_of(
            to=wallet.user,
            kind=LOW,
            facts={"balance": wallet.money(entry.balance), "threshold": mark},
            is_declined=(wallet.user_id, KINDS[LOW].mail_preference) in no_more,
        )
    )


def holders(account_ids: Sequence[int]) -> Mapping[int, Wallet]:
    """Their wallets, with who holds them."""
    return Wallet.objects.select_related("user", "account").in_bulk(account_ids)
