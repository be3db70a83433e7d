"""Asking whether a customer's identity was checked, and deciding on it."""

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.numeric import Int8

from audit.services import actor_of
from kyc.acts import record_decided
from kyc.errors import KycRequired, OwnVerification, RejectionNeedsNote
from kyc.mails import tell_customer
from kyc.models import Status, Submission, Verification
from people.models import User
from site_settings.reading import current_settings

NOT_SUBMITTED = "not_submitted"

READ_STATUS = "SELECT status FROM kyc_verification WHERE user_id = %s"


def status_of(user_id: int) -> str:
    """`approved`, `pending`, `rejected`, or `not_submitted` where nothing was ever asked or decided."""
    with connection.cursor() as cursor:
        cursor.execute(READ_STATUS, [Int8(user_id)])
        row = cursor.fetchone()
    return row[0] if row else NOT_SUBMITTED


def is_gated(feature: str) -> bool:
    """Whether `feature` is for checked customers only. Costs nothing."""
    settings = current_settings()
    return settings.kyc_enabled and feature in settings.kyc_required_features


def require_verified(user_id: int, feature: str) -> None:
    """Let this customer use `feature`; one statement where it is gated, none where it is not.

    Raises:
        KycRequired: it is gated, and his identity was not checked.
    """
    if is_gated(feature) and status_of(user_id) != Verification.Status.APPROVED:
        raise KycRequired(feature)


@transaction.atomic(savepoint=False)
def decide(*, user: User, status: str, by: User | None = None, note: str = "") -> Verification:
    """Approve or reject a customer, or set him back to `pending`; as often as somebody finds out more. He gets a mail.

    What he has handed in and waits is decided with him; set back to `pending`, he may hand in again.
    `by` is None for the operator at the console.

    Raises:
        OwnVerification: `by` is the customer himself.
        RejectionNeedsNote: a rejection without a word.
    """
    chosen = Status(status)
    require_decision(user.pk, chosen, by, note)
    lock_customer(user.pk)
    waiting = Submission.objects.pending().filter(user=user).first() if chosen is not Status.PENDING else None
    return decided(user=user, status=chosen, by=by, note=note, actor=actor_of(by), submission=waiting)


def require_decision(user_id: int, status: Status, by: User | None, note: str) -> None:
    """Refuse what nobody may decide, or not like this; see `decide`."""
    if by is not None and by.pk == user_id:
        raise OwnVerification
    if status is Status.REJECTED and not note.strip():
        raise RejectionNeedsNote


def lock_customer(user_id: int) -> None:
    """The user's row orders all that happens to his identity check, also before it has a row of its own."""
    User.objects.select_for_update(no_key=True).get(pk=user_id)


def decided(*, user: User, status: Status, by: User | None, note: str, actor: str, submission: Submission | None) -> Verification:
    """Write a decision, in the transaction that has locked the customer: his state, and the submission it is about."""
    verification, _ = Verification.objects.get_or_create(user=user)
    is_open = status is Status.PENDING
    rows: tuple[Verification | Submission, ...] = (verification, submission) if submission else (verification,)
    for row in rows:
        row.status, row.note = status, note
        row.decided_by = None if is_open else by
        row.decided_at = None if is_open else timezone.now()
        row.save()
    record_decided(user.pk, status, submission, actor=actor)
    if not is_open:
        tell_customer(verification)
    return verification
