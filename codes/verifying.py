"""Codes against their seals, their redemptions, the ledger and the audit rows: each holds the others to what they say.

A seal says what a code is worth and how often; the redemptions how often it was; the entries, which name their codes in
the chain, what it brought; the audit rows how many there are, and which were voided.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection

from audit.acts import ActName
from audit.encoding import is_intact
from audit.models import Act
from codes.models import Batch, Code
from codes.services import facts_of
from codes.terms import SEALED, SealedTerms, told, unseal_terms
from ledger.findings import Finding
from ledger.sealing import SealBroken
from ledger.streaming import stream

# Each code with its redemptions: how many, up to which number, the least and the most that one brought.
_FIELDS = [field.attname for field in Code._meta.concrete_fields]
_COLUMNS = ", ".join(f'c."{field.column}"' for field in Code._meta.concrete_fields)
CODES = f"""
SELECT {_COLUMNS}, coalesce(r.rows, 0), coalesce(r.last, 0), r.least, r.most
FROM codes_code c LEFT JOIN (
    SELECT r.code_id, count(*) AS rows, max(r.number) AS last, min(e.amount) AS least, max(e.amount) AS most
    FROM codes_redemption r LEFT JOIN ledger_entry e ON e.id = r.entry_id GROUP BY r.code_id
) r ON r.code_id = c.id ORDER BY c.id"""  # noqa: S608

# A redemption and its entry name each other. The entry's side stands in the chain.
REDEMPTIONS_WITHOUT_ENTRY = """
SELECT r.id, r.code_id, r.wallet_id FROM codes_redemption r
LEFT JOIN ledger_entry e ON e.id = r.entry_id AND e.account_id = r.wallet_id AND e.kind = 'redemption'
    AND e.reference = 'code:' || r.code_id AND e.at = r.at
LEFT JOIN wallets_wallet w ON w.id = r.wallet_id AND w.user_id = r.user_id
WHERE (e.id IS NULL OR w.id IS NULL) AND (%s::bigint IS NULL OR r.wallet_id = %s::bigint) ORDER BY r.id"""
ENTRIES_WITHOUT_REDEMPTION = """
SELECT e.account_id, e.sequence FROM ledger_entry e
WHERE e.kind = 'redemption' AND (%s::bigint IS NULL OR e.account_id = %s::bigint)
AND NOT EXISTS (SELECT FROM codes_redemption r WHERE r.entry_id = e.id) ORDER BY e.account_id, e.sequence"""

# Bounds per user; that they are what was sealed is seen above.
TOO_OFTEN = """
SELECT r.code_id, r.user_id, count(*) FROM codes_redemption r JOIN codes_code c ON c.id = r.code_id
WHERE c.max_per_user IS NOT NULL OR c.restrict_to_user_id <> r.user_id
GROUP BY r.code_id, r.user_id, c.max_per_user, c.restrict_to_user_id
HAVING count(*) > coalesce(c.max_per_user, count(*)) OR c.restrict_to_user_id <> r.user_id ORDER BY 1, 2"""

OF_BATCHES = "SELECT b.id, count(c.id) FROM codes_batch b LEFT JOIN codes_code c ON c.batch_id = b.id GROUP BY b.id"
UNLIKE_THEIR_ACTS = """
SELECT c.id, c.voided_at IS NULL FROM codes_code c
WHERE (c.voided_at IS NULL) = EXISTS (SELECT FROM audit_act a WHERE a.act = %s AND a.subject = 'code:' || c.id) ORDER BY c.id"""


def verify_codes(account_id: int | None) -> Iterator[Finding]:
    """One finding for each code, redemption, redeeming entry and batch that the others do not bear out.

    Raises:
        KeyMissing: a code was sealed, or an audit row written, under a key that is gone.
    """
    with connection.cursor() as cursor:
        cursor.execute(REDEMPTIONS_WITHOUT_ENTRY, [account_id, account_id])
        for number, code_id, wallet_id in cursor.fetchall():
            yield Finding(f"redemption {number} of code {code_id} names an entry that is not there as it says", wallet_id)
        cursor.execute(ENTRIES_WITHOUT_REDEMPTION, [account_id, account_id])
        for wallet_id, sequence in cursor.fetchall():
            yield Finding(f"entry {sequence} redeemed a code, and no redemption says so", wallet_id, sequence)
    if account_id is None:
        yield from _codes_unlike_their_seals()
        yield from _redeemed_by_the_wrong()
        yield from _unlike_their_acts()
        yield from _batches_unlike_their_acts()


def _codes_unlike_their_seals() -> Iterator[Finding]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(CODES)
        for *columns, count, last, least, most in cursor:
            code = Code.from_db("default", _FIELDS, columns)
            for problem in _problems(code, count, last, (least, most)):
                yield Finding(f"code {code.pk} {problem}")


def _problems(code: Code, count: int, last: int, brought: tuple[int | None, int | None]) -> Iterator[str]:
    try:
        terms = unseal_terms(code)
    except SealBroken:
        yield "does not open: its seal was changed, or is another code's"
        return
    if differing := _differing(code, terms):
        yield f"does not say what is sealed ({', '.join(differing)})"
    if not count == last == code.redemptions:
        yield f"was redeemed {count} times, its counter says {code.redemptions}"
    if max(count, code.redemptions) > terms.max_redemptions:
        yield f"was redeemed more often than the {terms.max_redemptions} times that are sealed"
    if {*brought} - {None, terms.amount_minor}:
        yield f"brought another amount than the {terms.amount_minor} that are sealed"


def _differing(code: Code, terms: SealedTerms) -> list[str]:
    said = told(code)
    differing = [name for name in SEALED if said[name] != getattr(terms, name)]
    return differing + ["last_four"] * (code.last_four != terms.text[-4:])


def _redeemed_by_the_wrong() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(TOO_OFTEN)
        for code_id, user_id, count in cursor.fetchall():
            yield Finding(f"code {code_id} was redeemed {count} times by user {user_id}, who may not so often")


def _unlike_their_acts() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(UNLIKE_THEIR_ACTS, [ActName.CODE_VOIDED])
        for code_id, is_live in cursor.fetchall():
            yield Finding(
                f"code {code_id} was voided, and is not" if is_live else f"code {code_id} is void, and nobody voided it"
            )


def _batches_unlike_their_acts() -> Iterator[Finding]:
    told_of: dict[str, list[Act]] = {}
    with stream(Act.objects.filter(act=ActName.CODES_GENERATED).order_by("pk")) as acts:
        for act in acts:
            told_of.setdefault(act.subject, []).append(act)
    with connection.cursor() as cursor:
        cursor.execute(OF_BATCHES)
        counts = dict(cursor.fetchall())
    with stream(Batch.objects.order_by("pk")) as batches:
        for batch in batches:
            of_it = told_of.pop(f"batch:{batch.pk}", [])
            if len(of_it) != 1 or not is_intact(of_it[0]) or _facts(of_it[0]) != facts_of(batch):
                yield Finding(f"batch {batch.pk} is not what its audit row says was generated")
            if counts.get(batch.pk) != batch.quantity:
                yield Finding(f"batch {batch.pk} has {counts.get(batch.pk)} codes, {batch.quantity} were generated")
    for subject in told_of:
        yield Finding(f"{subject.replace(':', ' ')} was generated, and is gone")


def _facts(act: Act) -> Any:
    try:
        return json.loads(act.facts)
    except ValueError:
        return None
