"""The verbs of codes: generate, redeem, void. Each is one transaction; who calls it makes it the outermost."""

import logging
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.acts import ActName
from audit.services import record, record_all
from codes.errors import CodeAlreadyRedeemed, CodeExpired, CodeInvalid
from codes.models import Batch, Code, Redemption
from codes.terms import SealedTerms, seal_terms, unseal_terms
from codes.texts import digest_of, new_text, normalized
from kyc.services import require_verified
from ledger.book import Book, lock_accounts
from ledger.encoding import microseconds
from ledger.errors import AccountFrozen, EventReused, LedgerUnavailable
from ledger.kinds import House, Kind
from ledger.models import FROZEN_STATUSES, Entry
from ledger.money import Money
from ledger.movements import Circumstances, Event, Movement
from ledger.outbox import tell_all
from ledger.sealing import SealBroken
from people.models import User
from site_settings.reading import current_settings, default_currency
from wallets.approvals import approval_limit
from wallets.controls import require_active
from wallets.errors import ApprovalRequired
from wallets.models import Wallet
from wallets.services import wallet_in
from webhooks.naming import CODE_VOIDED

logger = logging.getLogger(__name__)

# What is compared where an event comes again.
ALIKE = (
    *("prefix", "amount_minor", "currency_code", "expires_at", "max_redemptions", "max_per_user", "restrict_to_user_id"),
    *("quantity", "made_by_id"),
)
DRAW = "SELECT nextval(pg_get_serial_sequence('codes_code', 'id')) FROM generate_series(1, %s)"
# Terms are the batch's. A code that is there already, in whatever batch, is not written.
WRITE = """
INSERT INTO codes_code (id, batch_id, digest, sealed, last_four, redemptions, prefix, amount_minor, currency, expires_at,
    max_redemptions, max_per_user, restrict_to_user_id, created_at)
SELECT made.id, b.id, made.digest, made.sealed, made.last_four, 0, b.prefix, b.amount_minor, b.currency, b.expires_at,
    b.max_redemptions, b.max_per_user, b.restrict_to_user_id, b.created_at
FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[], %s::text[]) AS made (id, digest, sealed, last_four)
JOIN codes_batch b ON b.id = %s
ON CONFLICT DO NOTHING RETURNING id"""

# Counted and written in one: the number is the counter's, and no number is there twice.
COUNT = """
WITH counted AS (UPDATE codes_code SET redemptions = redemptions + 1 WHERE id = %s RETURNING id, redemptions)
INSERT INTO codes_redemption (code_id, number, user_id, wallet_id, entry_id, at)
SELECT counted.id, counted.redemptions, %s, %s, %s, %s FROM counted RETURNING id, number"""


def require_within_limits_of_one(total: Money, *, actor: str, is_kept: bool = True) -> None:
    """Refuse a person more codes than what he may move by hand alone; with `is_kept`, that he tried is.

    `total` is what all the codes can bring: amount, times quantity, times redemptions. Call it before there is a
    transaction. No second manager can be asked for codes: whoever needs more makes less at a time, or uses a key.

    Raises:
        ApprovalRequired: it is above the limit.
    """
    limit = approval_limit(total.currency)
    if limit is None or total.minor <= limit.minor:
        return
    if is_kept:
        facts = {"why": "codes above the limit", "amount_minor": total.minor, "currency": total.currency.code}
        with transaction.atomic(durable=True):
            record(ActName.APPROVAL_REFUSED, actor=actor, subject="codes", facts=facts)
    raise ApprovalRequired(limit=limit, requested=total)


@transaction.atomic(savepoint=False)
def generate_codes(
    *,
    amount: Money,
    event: Event,
    actor: str,
    made_by: User | None,
    quantity: int = 1,
    prefix: str = "",
    expires_at: datetime | None = None,
    max_redemptions: int = 1,
    max_per_user: int | None = None,
    restrict_to_user: User | None = None,
) -> tuple[Batch, list[str]]:
    """`quantity` new codes of `amount` each, once per `event`: their batch, and the codes to hand out.

    An `expires_at` in the past is taken: such codes cannot be redeemed. `max_redemptions` counts whoever redeems,
    `max_per_user` one user. Bounds are the caller's to check (`QUANTITY_MAX`, `REDEMPTIONS_MAX`, `texts.PREFIX`).

    Raises:
        EventReused: `event` made other codes before.
    """
    batch = Batch(
        prefix=prefix.upper(),
        amount_minor=amount.minor,
        currency_code=amount.currency.code,
        expires_at=expires_at,
        max_redemptions=max_redemptions,
        max_per_user=max_per_user,
        restrict_to_user=restrict_to_user,
        quantity=quantity,
        made_by=made_by,
        key=event.key,
    )
    if earlier := _earlier(batch, event):
        return earlier, texts_of(earlier)
    batch.save(force_insert=True)
    texts = _write(batch)
    record(ActName.CODES_GENERATED, actor=actor, subject=f"batch:{batch.pk}", facts=facts_of(batch))
    return batch, texts


@transaction.atomic(savepoint=False)
def redeem_code(*, code: str, user: User, event: Event, actor: str) -> Redemption:
    """Credit what `code` is worth to the user's wallet in its currency, opened if missing. Once per `event`.

    What it is worth is what is sealed, whatever the row's columns say. The entry's reference names the code's row.
    Giving the entry back leaves the code as used as it was.

    Raises, in this order:
        AccountFrozen: the wallet takes no money.
        CodeInvalid: there is no such code for this user.
        CodeAlreadyRedeemed: nothing is left of it, or nothing for him.
        CodeExpired: its time is over.
        KycRequired: redeeming is for those whose identity was checked.
        BalanceLimitExceeded, EventReused: see `Book.post`.
        LedgerUnavailable: the code's row is not what the service wrote.
    """
    found = _locked(code)
    if found is None or not found[1].is_for(user):
        _require_default_wallet_active(user)
        raise CodeInvalid
    row, terms = found
    wallet = wallet_in(user, terms.amount.currency, actor=actor)
    book = lock_accounts(wallet.pk)
    if earlier := book.entries_of(event):
        return Redemption.objects.select_related("wallet", "entry", "code").get(entry=earlier[0])
    require_active(book[wallet.pk])
    if row.voided_at is not None:
        raise CodeInvalid
    _require_left(row, terms, user)
    if terms.has_expired(book.now):
        raise CodeExpired
    require_verified(user.pk, "redeem")
    return _redeem(book, row, terms, wallet, event, actor)


@transaction.atomic(savepoint=False)
def void_code(*, code: Code, actor: str) -> Code:
    """Nobody will redeem it any more; what was redeemed stays. Voided again, it is as it was.

    Raises:
        CodeAlreadyRedeemed: there is nothing left to void.
    """
    code = Code.objects.select_for_update(no_key=True).get(pk=code.pk)
    if code.voided_at is not None:
        return code
    if code.redemptions >= code.max_redemptions:
        raise CodeAlreadyRedeemed
    _void([code], actor)
    return code


@transaction.atomic(savepoint=False)
def void_batch(*, batch: Batch, actor: str) -> int:
    """Void what is left of a batch; how many codes that was."""
    rows = Code.objects.select_for_update(no_key=True).filter(batch=batch, voided_at=None).order_by("pk")
    left = [code for code in rows if code.redemptions < code.max_redemptions]
    _void(left, actor)
    return len(left)


def find_code(typed: str) -> Code:
    """The code that somebody typed, whoever may redeem it.

    Raises:
        CodeInvalid: there is none.
    """
    code = Code.objects.filter(digest=digest_of(typed)).first() if normalized(typed) else None
    if code is None:
        raise CodeInvalid
    return code


def value_for(*, code: str, user: User) -> Money | None:
    """What `user` would get for this code, for whoever has a say in how much that may be; None where it is no code for him."""
    row = Code.objects.filter(digest=digest_of(code), voided_at=None).first() if normalized(code) else None
    terms = None if row is None else unseal_terms(row)
    return terms.amount if terms and terms.is_for(user) else None


def texts_of(batch: Batch) -> list[str]:
    """The codes of a batch in full, in their order: for managers only.

    Raises:
        SealBroken: one does not open.
    """
    return [unseal_terms(code).text for code in Code.objects.filter(batch=batch).order_by("pk")]


def is_batch(key: str) -> bool:
    """Whether codes were generated under this event's key."""
    return Batch.objects.filter(key=key).exists()


def facts_of(batch: Batch) -> dict[str, Any]:
    """What an audit row says of a batch, and the verifier holds it to."""
    return {
        "quantity": batch.quantity,
        "amount_minor": batch.amount_minor,
        "currency": batch.currency_code,
        "max_redemptions": batch.max_redemptions,
        "max_per_user": batch.max_per_user,
        "restricted_to": batch.restrict_to_user_id,
        "expires_at": None if batch.expires_at is None else microseconds(batch.expires_at),
        "prefix_digest": sha256(batch.prefix.encode()).hexdigest() if batch.prefix else None,
    }


def told_of(code: Code) -> dict[str, Any]:
    """What an event says of a code: nothing that it could be redeemed with, and no prefix, which may be somebody's word."""
    return {
        "code_id": code.pk,
        "last_four": code.last_four,
        "batch": code.batch_id,
        "amount": str(code.amount_minor),
        "currency": code.currency_code,
        "redemptions": code.redemptions,
        "max_redemptions": code.max_redemptions,
    }


def reference_of(code_id: int) -> str:
    """How an entry says which code it redeemed: it stands in the chain."""
    return f"code:{code_id}"


def _earlier(batch: Batch, event: Event) -> Batch | None:
    earlier = None if event.is_new else Batch.objects.filter(key=event.key).first()
    if earlier and any(getattr(earlier, name) != getattr(batch, name) for name in ALIKE):
        raise EventReused(event.key)
    return earlier


def _write(batch: Batch) -> list[str]:
    """The batch's codes. One that is there already is drawn anew."""
    with connection.cursor() as cursor:
        cursor.execute(DRAW, [batch.quantity])
        numbers = [number for (number,) in cursor.fetchall()]
        texts: dict[int, str] = {}
        while missing := [number for number in numbers if number not in texts]:
            drawn = {number: new_text(batch.prefix) for number in missing}
            sealed = [seal_terms(batch, number, text) for number, text in drawn.items()]
            digests = [digest_of(text) for text in drawn.values()]
            cursor.execute(WRITE, [missing, digests, sealed, [text[-4:] for text in drawn.values()], batch.pk])
            texts |= {number: drawn[number] for (number,) in cursor.fetchall()}
    return [texts[number] for number in numbers]


def _locked(typed: str) -> tuple[Code, SealedTerms] | None:
    """The business row, locked before any account is: of two who redeem the last of it, one waits."""
    if not normalized(typed):
        return None
    row = Code.objects.select_for_update(no_key=True).filter(digest=digest_of(typed)).first()
    if row is None:
        return None
    try:
        return row, unseal_terms(row)
    except SealBroken:
        logger.critical("code %s was changed outside the service: it refuses to be redeemed", row.pk)
        raise


def _require_default_wallet_active(user: User) -> None:
    """Which wallet a code would have gone to, nobody knows where there is no code: a frozen one is complained of first."""
    own = Wallet.objects.held_by(user).filter(is_default=True, currency_code=default_currency().code)
    if frozen := own.filter(account__status__in=FROZEN_STATUSES).first():
        raise AccountFrozen(frozen.pk)


def _require_left(row: Code, terms: SealedTerms, user: User) -> None:
    if row.redemptions >= terms.max_redemptions:
        raise CodeAlreadyRedeemed
    if terms.max_per_user is None or row.redemptions < terms.max_per_user:
        return
    if Redemption.objects.filter(code=row, user=user).count() >= terms.max_per_user:
        raise CodeAlreadyRedeemed


def _redeem(book: Book, row: Code, terms: SealedTerms, wallet: Wallet, event: Event, actor: str) -> Redemption:
    movement = Movement(
        wallet.pk,
        Kind.REDEMPTION,
        terms.amount,
        House.ISSUED,
        Circumstances(actor=actor, reason=f"Redeemed {row.masked}", reference=reference_of(row.pk)),
        is_lot=Kind.REDEMPTION in current_settings().lot_kinds,
    )
    entry = book.post(movement, event=event)[0]
    return _count(row, wallet, entry)


def _count(row: Code, wallet: Wallet, entry: Entry) -> Redemption:
    try:
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [row.pk, wallet.user_id, wallet.pk, entry.pk, entry.at])
            counted = cursor.fetchone()
    except IntegrityError as clash:
        told = f"code {row.pk} was redeemed more often than its counter says"
        logger.critical("%s: it refuses to be redeemed", told)
        raise LedgerUnavailable(told) from clash
    assert counted is not None, "a locked row is there"
    number, count = counted
    return Redemption(id=number, code=row, number=count, user_id=wallet.user_id, wallet=wallet, entry=entry, at=entry.at)


def _void(codes: Iterable[Code], actor: str) -> None:
    voided = list(codes)
    for code in voided:
        code.voided_at = timezone.now()
    Code.objects.bulk_update(voided, ["voided_at"])
    subjects = [(f"code:{code.pk}", {"batch": code.batch_id, "redemptions": code.redemptions}) for code in voided]
    record_all(ActName.CODE_VOIDED, actor=actor, subjects=subjects)
    tell_all(CODE_VOIDED, map(told_of, voided))
