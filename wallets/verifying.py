"""Wallets and approvals against the ledger and the audit rows, which have MACs and seals where they have none.

A wallet has its account, an approval its entry, and the other way round; a wallet's holder and terms, and what was asked
for and decided, are what the audit rows say.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django.db import connection

from audit.acts import ActName
from audit.encoding import is_intact
from audit.models import Act
from ledger.errors import CurrencyUnknown
from ledger.findings import Finding
from ledger.money import currency
from ledger.streaming import stream
from wallets.approvals import ACTS, differs_from, facts_in
from wallets.models import Adjustment
from wallets.naming import nickname_digest

WALLETS_WITHOUT_ACCOUNT = """
SELECT w.id, a.id IS NULL FROM wallets_wallet w LEFT JOIN ledger_account a ON a.id = w.id
WHERE (a.id IS NULL OR a.currency <> w.currency) AND (%s::bigint IS NULL OR w.id = %s::bigint) ORDER BY w.id"""

ACCOUNTS_WITHOUT_WALLET = """
SELECT a.id FROM ledger_account a WHERE (%s::bigint IS NULL OR a.id = %s::bigint)
AND NOT EXISTS (SELECT FROM wallets_wallet w WHERE w.id = a.id) ORDER BY a.id"""

# What its rows say of a wallet, in the order in which they were written: behind its lock.
TOLD_OF_WALLETS = """
SELECT w.id, w.user_id, w.currency, w.name, w.spending_limit,
    w.auto_reload_enabled, w.auto_reload_threshold, w.auto_reload_amount, w.transfers_locked, w.nickname, w.nickname_salt,
    w.created_at < (SELECT applied FROM django_migrations WHERE app = 'audit' AND name = '0001_acts'), act.id, act.facts
FROM wallets_wallet w LEFT JOIN audit_act act ON act.subject = 'wallet:' || w.id AND act.act = ANY(%s)
WHERE %s::bigint IS NULL OR w.id = %s::bigint ORDER BY w.id, act.id"""
TERMS = ("spending_limit", "auto_reload_enabled", "auto_reload_threshold", "auto_reload_amount", "transfers_locked")
TOLD = ("user", "currency", "name", *TERMS)
NICKNAME = ("nickname", "nickname_salt")
AS_OPENED = dict.fromkeys((*TERMS, "nickname_digest")) | {"auto_reload_enabled": False, "transfers_locked": False}
OF_WALLETS = [ActName.WALLET_OPENED.value, ActName.WALLET_TERMS_CHANGED.value, ActName.WALLET_NAMED.value]

# What a wallet in points began with, against the row of its opening. The percent signs are doubled for the driver.
INITIAL_UNTOLD = """
SELECT e.account_id, e.sequence FROM ledger_entry e
WHERE e.key LIKE 'wallet:%%' AND (%s::bigint IS NULL OR e.account_id = %s::bigint)
AND NOT EXISTS (SELECT FROM audit_act act WHERE act.act = 'wallet.opened' AND act.subject = 'wallet:' || e.account_id
    AND e.key = act.subject || ':initial' AND (act.facts::jsonb ->> 'initial_minor')::bigint = e.amount)
ORDER BY e.account_id, e.sequence"""

APPROVALS_WITHOUT_ENTRY = """
SELECT j.id, j.wallet_id, e.sequence, j.decided_by_id = j.asked_by_id OR j.decided_by_id = w.user_id
FROM wallets_adjustment j LEFT JOIN wallets_wallet w ON w.id = j.wallet_id
LEFT JOIN ledger_entry e ON e.id = j.entry_id AND e.account_id = j.wallet_id AND e.amount = j.amount_minor
    AND e.kind = j.kind AND e.key = 'adjustment:' || j.event_id::text
WHERE j.status = 'approved' AND (%s::bigint IS NULL OR j.wallet_id = %s::bigint)
AND (e.id IS NULL OR j.decided_by_id = j.asked_by_id OR j.decided_by_id = w.user_id) ORDER BY j.id"""

# The percent signs are doubled for the driver.
ENTRIES_WITHOUT_APPROVAL = """
SELECT e.account_id, e.sequence FROM ledger_entry e
WHERE e.key LIKE 'adjustment:%%' AND (%s::bigint IS NULL OR e.account_id = %s::bigint)
AND NOT EXISTS (SELECT FROM wallets_adjustment j WHERE j.status = 'approved' AND 'adjustment:' || j.event_id::text = e.key)
ORDER BY e.account_id, e.sequence"""


def verify_wallets(account_id: int | None) -> Iterator[Finding]:
    """One finding for each wallet that does not stand on an account of its currency, or is not as it was opened and changed."""
    with connection.cursor() as cursor:
        cursor.execute(WALLETS_WITHOUT_ACCOUNT, [account_id, account_id])
        for wallet_id, is_gone in cursor.fetchall():
            yield Finding("its row is missing" if is_gone else "its wallet says another currency", wallet_id)
        cursor.execute(ACCOUNTS_WITHOUT_WALLET, [account_id, account_id])
        for (number,) in cursor.fetchall():
            yield Finding("its wallet is missing", number)
    with connection.chunked_cursor() as cursor:
        cursor.execute(TOLD_OF_WALLETS, [OF_WALLETS, account_id, account_id])
        for (number, *stored, is_older), rows in groupby(cursor, key=lambda row: row[: len(TOLD) + len(NICKNAME) + 2]):
            # Of a wallet from before there were audit rows, nobody wrote what it was opened with.
            if not is_older:
                yield from _untold(number, _as_told(*stored), [row[-1] for row in rows])
        cursor.execute(INITIAL_UNTOLD, [account_id, account_id])
        for number, sequence in cursor.fetchall():
            yield Finding(f"entry {sequence} is not what its wallet began with", number, sequence)


def verify_approvals(account_id: int | None) -> Iterator[Finding]:
    """One finding for each approval that ledger and audit rows do not bear out, and for each entry that nobody approved.

    Raises:
        KeyMissing: an audit row was written under a key that is not in the ring.
    """
    with connection.cursor() as cursor:
        cursor.execute(APPROVALS_WITHOUT_ENTRY, [account_id, account_id])
        for number, wallet_id, sequence, is_own in cursor.fetchall():
            problem = "was approved by its asker or by the holder" if is_own else "names an entry that is not there as it says"
            yield Finding(f"approved adjustment {number} {problem}", wallet_id, sequence)
        cursor.execute(ENTRIES_WITHOUT_APPROVAL, [account_id, account_id])
        for wallet_id, sequence in cursor.fetchall():
            yield Finding(f"entry {sequence} names an approval that is not there", wallet_id, sequence)
    yield from _unlike_what_was_asked(account_id)


def _as_told(*stored: Any) -> dict[str, Any]:
    """A wallet's columns as its rows tell them: of a nickname they hold the digest."""
    *plain, nickname, salt = stored
    return dict(zip(TOLD, plain, strict=True)) | {"nickname_digest": nickname_digest(nickname, salt)}


def _untold(wallet_id: int, stored: dict[str, Any], told: list[str | None]) -> Iterator[Finding]:
    """What of a wallet is not as its rows say. That these carry their MACs is seen where audit rows are read."""
    expected: dict[str, Any] = dict(AS_OPENED)
    for text in told:
        facts = facts_in(text or "{}")
        expected |= {name: said.get("to") if isinstance(said, dict) else said for name, said in facts.items()}
    if "user" not in expected:
        yield Finding("no audit row says that its wallet was opened", wallet_id)
        return
    if (decimals := expected.get("decimals")) != (now := _decimals(stored["currency"], decimals)):
        yield Finding(f"its unit had {decimals} decimals when its wallet was opened, and has {now}", wallet_id)
    for name, value in stored.items():
        # Its currency was compared with its account's; its name is told of since there are nicknames beside it.
        if name != "currency" and value != expected.get(name, value):
            yield Finding(f"its wallet's {name} is {value}, its audit rows say {expected[name]}", wallet_id)


def _decimals(code: str, told: int | None) -> int | str | None:
    """How many its unit has now, of a wallet whose row tells how many there were."""
    if told is None:
        return None
    try:
        return currency(code).decimals
    except CurrencyUnknown:
        return "no name any more"


def _unlike_what_was_asked(account_id: int | None) -> Iterator[Finding]:
    """Each adjustment against the row of its asking and that of its decision; and each row against its adjustment."""
    asked, decided = _acts([ActName.APPROVAL_ASKED]), _acts(ACTS.values())
    adjustments = Adjustment.objects.select_related("wallet").order_by("pk")
    with stream(adjustments) as rows:
        for adjustment in rows:
            acts = asked.pop(adjustment.pk, []), decided.pop(adjustment.pk, [])
            if account_id in (None, adjustment.wallet_id, *(_wallet_of(act) for act in acts[0])):
                for problem in _problems(adjustment, *acts):
                    yield Finding(f"adjustment {adjustment.pk} {problem}", adjustment.wallet_id)
    for number, acts_of_one in sorted({**decided, **asked}.items()):
        wallet_id = _wallet_of(acts_of_one[0])
        if account_id in (None, wallet_id):
            yield Finding(f"adjustment {number} was asked for, and is gone", wallet_id)


def _problems(adjustment: Adjustment, asked: list[Act], decided: list[Act]) -> Iterator[str]:
    if len(asked) != 1:
        yield "has no audit row of its own that says who asked for it"
    elif differing := differs_from(adjustment, asked[0]):
        yield f"is not what was asked for ({', '.join(differing)})"
    said = [(act.act, act.actor, facts_in(act.facts).get("entry")) for act in decided]
    by = f"user:{adjustment.decided_by_id} admin"
    expected = [] if adjustment.is_pending else [(ACTS[Adjustment.Status(adjustment.status)].value, by, adjustment.entry_id)]
    if said != expected:
        yield "was not decided as its audit rows say"


def _acts(names: Iterable[ActName]) -> defaultdict[int, list[Act]]:
    """The audit rows of that name, by the adjustment they tell of. One without its MAC says nothing."""
    found: defaultdict[int, list[Act]] = defaultdict(list)
    with stream(Act.objects.filter(act__in=[name.value for name in names]).order_by("pk")) as acts:
        for act in acts:
            if is_intact(act):
                found[int(facts_in(act.facts)["adjustment"])].append(act)
    return found


def _wallet_of(act: Act) -> int:
    return int(act.subject.removeprefix("wallet:"))
