"""Writing audit rows: acts in the transaction that does them, failed attempts in one of their own."""

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import OperationalError, connection, transaction

from audit.acts import ATTEMPTS, ActName
from audit.context import origin
from audit.encoding import sign
from audit.models import Act
from ledger.errors import LedgerUnavailable
from ledger.models import ERASABLE_TEXTS, Entry
from ledger.services import erase_texts as erase
from people.models import User

logger = logging.getLogger(__name__)

Facts = Mapping[str, Any]
BATCH = 1000
# So many networks have rows of their own in a minute; what fails from others is counted under an empty address.
ATTEMPT_NETWORKS_MAX = 100

DRAW = "SELECT nextval('audit_act_id_seq'), clock_timestamp() FROM generate_series(1, %s)"

# It does not wait for the disk (synchronous_commit): whoever guesses should wait for nobody, and nobody for him.
COUNT_ATTEMPT = """
WITH now AS MATERIALIZED (
    SELECT clock_timestamp() AS at, date_trunc('minute', clock_timestamp()) AS minute,
           set_config('synchronous_commit', 'off', true)
), place AS (
    SELECT CASE WHEN EXISTS (SELECT FROM audit_act a WHERE a.minute = now.minute AND a.act = %(act)s AND a.address = %(address)s)
                OR (SELECT count(*) FROM (SELECT FROM audit_act a WHERE a.minute = now.minute LIMIT %(most)s) rows) < %(most)s
           THEN %(address)s::varchar ELSE '' END AS address
    FROM now
)
INSERT INTO audit_act AS act (act, at, actor, address, request_id, subject, facts, count, minute, version, key_id, mac)
SELECT %(act)s, now.at, 'stranger', place.address, %(request_id)s, '', '{}', 1, now.minute, 0, 0, '' FROM now, place
ON CONFLICT (minute, act, address) WHERE minute IS NOT NULL DO UPDATE SET count = act.count + 1
RETURNING id, at, actor, address, request_id, subject, facts, count, minute"""
SIGN_ATTEMPT = "UPDATE audit_act SET version = %s, key_id = %s, mac = %s WHERE id = %s"


def actor_of(user: User | None) -> str:
    """Whom a row names for what somebody did in the admin; None is the operator at the console."""
    return origin().actor() if user is None else f"user:{user.pk} admin"


@transaction.atomic(savepoint=False)
def record(act: ActName, *, actor: str, subject: str = "", facts: Facts | None = None) -> Act:
    """Write one row, in the transaction of what it tells of: both are there or neither is.

    `actor` is as in the ledger's entries (`user:7 admin`, `key:3 user:7`, `command`), `subject` what it was done to
    (`key:3`, `wallet:17`, `user:7`). `facts` hold numbers and words of ours, never a secret, a name or an e-mail
    address: no row can be erased. Address and request id come from the request by themselves.
    """
    return record_all(act, actor=actor, subjects=[(subject, facts or {})])[0]


@transaction.atomic(savepoint=False)
def record_all(act: ActName, *, actor: str, subjects: Iterable[tuple[str, Facts]]) -> list[Act]:
    """`record` for many subjects, each with its facts."""
    if act in ATTEMPTS:
        raise ValueError(f"{act} is counted, by record_attempt")
    place, asked = origin(), list(subjects)
    with connection.cursor() as cursor:
        cursor.execute(DRAW, [len(asked)])
        drawn = cursor.fetchall()
    rows = [
        Act(
            id=number,
            act=act.value,
            at=at,
            actor=actor,
            address=place.address,
            request_id=place.request_id,
            subject=subject,
            facts=canonical(facts),
        )
        for (number, at), (subject, facts) in zip(drawn, asked, strict=True)
    ]
    for row in rows:
        sign(row)
    return Act.objects.bulk_create(rows, batch_size=BATCH)


def record_told(act: str, *, subject: str, facts: Facts, actor: str) -> None:
    """`record` for the floor below, which does not know this one."""
    record(ActName(act), actor=actor or origin().actor(), subject=subject, facts=facts)


def record_attempt(act: ActName, *, network: str) -> None:
    """Count what failed: one row for `act`, `network` and minute. Call it after the roll-back, before the answer leaves.

    `network` is what strangers are counted by, not what they say: nobody can make more rows than he has networks,
    and all together make ATTEMPT_NETWORKS_MAX in a minute. Where it cannot be written, the log says so and the
    caller is answered as ever: a wrong credential is no reason for a 500.

    Raises:
        RuntimeError: there is a transaction around it, that could take the row back.
    """
    if act not in ATTEMPTS:
        raise ValueError(f"{act} is no attempt")
    asked: dict[str, str | int] = {
        "act": act.value,
        "address": network,
        "request_id": origin().request_id,
        "most": ATTEMPT_NETWORKS_MAX,
    }
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(COUNT_ATTEMPT, asked)
            names = [column.name for column in cursor.description or ()]
            row = Act(act=act.value, **dict(zip(names, cursor.fetchone() or (), strict=True)))
            sign(row)
            cursor.execute(SIGN_ATTEMPT, [row.version, row.key_id, bytes(row.mac), row.pk])
    except (OperationalError, LedgerUnavailable):
        logger.exception("an attempt could not be written: %s from %s", act, network)


@transaction.atomic(savepoint=False)
def erase_texts(entries: Iterable[Entry], *, actor: str) -> int:
    """Forget a person's words in these entries, for ever, and say so: one row for each entry that had some.

    Returns how many entries there were with words.
    """
    worded = [(entry, words) for entry in entries if (words := [name for name in ERASABLE_TEXTS if _has(entry, name)])]
    erase(entry for entry, _ in worded)
    record_all(ActName.TEXTS_ERASED, actor=actor, subjects=[(f"entry:{entry.pk}", {"texts": words}) for entry, words in worded])
    return len(worded)


def canonical(facts: Facts) -> str:
    """The one spelling of facts, that the MAC covers."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _has(entry: Entry, text: str) -> bool:
    return getattr(entry, text) is not None
