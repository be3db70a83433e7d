"""A verdict for each line of a file, by what is in the wallets now: a few statements, however many lines there are."""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from ledger.money import AMOUNT_MAX, BALANCE_MAX
from points.importing.reading import NO_ADDRESS
from points.models import Import
from site_settings.reading import current_settings

# An address that somebody has is one, however odd: what was exported comes in again.
# `change` is what would be booked. Of several lines of a wallet each counts, in their order: `sum_of_changes` is up to this one.
CHECK = """
WITH found AS (
    SELECT l.id, l.number, written.problem, l.points_minor, u.id AS user_id, w.id AS wallet_id, a.status, a.balance,
        a.balance + a.credit_line - a.held AS available,
        CASE WHEN written.problem = '' THEN l.points_minor - CASE WHEN %(is_set)s THEN a.balance ELSE 0 END END AS change
    FROM points_importline l
    LEFT JOIN people_user u ON lower(u.email) = lower(l.email) AND u.email <> ''
        AND lower(u.email COLLATE "C") = lower(l.email COLLATE "C")
    CROSS JOIN LATERAL (
        SELECT CASE WHEN l.problem = %(no_address)s AND u.id IS NOT NULL THEN '' ELSE l.problem END AS problem
    ) written
    LEFT JOIN wallets_wallet w ON w.user_id = u.id AND w.currency = %(currency)s AND w.is_default
    LEFT JOIN ledger_account a ON a.id = w.id
    WHERE l.import_id = %(import)s
), told AS (
    SELECT *, count(*) OVER of_wallet AS times, coalesce(min(change) OVER of_wallet, 0) AS smallest,
        coalesce(sum(change) OVER (of_wallet ORDER BY number), 0) AS sum_of_changes
    FROM found WINDOW of_wallet AS (PARTITION BY coalesce(wallet_id, -number))
), judged AS (
    SELECT *, CASE
        WHEN problem <> '' THEN problem
        WHEN user_id IS NULL THEN 'no such user'
        WHEN wallet_id IS NULL THEN 'the user has no wallet'
        WHEN %(is_set)s AND times > 1 THEN 'the e-mail is there more than once'
        WHEN change = 0 THEN ''
        WHEN status LIKE 'mirror%%' THEN 'the wallet mirrors one of another site'
        WHEN status = 'frozen' AND NOT (change > 0 AND %(may_add_to_frozen)s) THEN 'the wallet is frozen'
        WHEN abs(change) > %(amount_max)s THEN 'too many points at once'
        WHEN balance + sum_of_changes > %(balance_max)s THEN 'too many points in the wallet'
        WHEN change < 0 AND available + sum_of_changes < 0 THEN 'the wallet has too little'
        ELSE '' END AS verdict
    FROM told
), written AS (
    UPDATE points_importline l SET wallet_id = j.wallet_id, problem = j.verdict,
        turn = CASE WHEN j.smallest < 0 THEN 0 ELSE 1 END,
        status = CASE WHEN j.verdict = '' THEN 'good' ELSE 'bad' END
    FROM judged j WHERE l.id = j.id
)
SELECT count(*) FILTER (WHERE verdict = ''), count(*) FILTER (WHERE verdict <> ''),
    coalesce(sum(abs(change)) FILTER (WHERE verdict = ''), 0)
FROM judged"""


@transaction.atomic(savepoint=False)
def check_import(*, number: int) -> Import:
    """Judge each line of an uploaded file. With bad lines it is over, unless it may be imported in part.

    Nothing is locked: what has changed when a line is booked is refused then. Said twice, it is done once.
    """
    checked = Import.objects.select_for_update(no_key=True).get(pk=number)
    if checked.status != Import.Status.UPLOADED:
        return checked
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE points_importline")
        cursor.execute(CHECK, _asked(checked))
        row = cursor.fetchone()
    assert row is not None, "a count is always there"
    checked.good, checked.failed, checked.moves_minor = row
    is_importable = checked.good > 0 and (checked.is_partial or checked.failed == 0)
    checked.status = Import.Status.READY if is_importable else Import.Status.REFUSED
    checked.finished_at = None if is_importable else timezone.now()
    checked.save(update_fields=["good", "failed", "moves_minor", "status", "finished_at"])
    return checked


def _asked(checked: Import) -> dict[str, Any]:
    return {
        "import": checked.pk,
        "no_address": NO_ADDRESS,
        "currency": checked.currency_code,
        "is_set": checked.mode == Import.Mode.SET,
        "may_add_to_frozen": current_settings().points_charge_inactive,
        "amount_max": AMOUNT_MAX,
        "balance_max": BALANCE_MAX,
    }
