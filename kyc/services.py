"""Asking whether a customer's identity was checked, and deciding on it."""

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.numeric import Int8

from audit.acts import ActName
from audit.services import actor_of, record
from kyc.errors import KycRequired, OwnVerification, RejectionNeedsNote
from kyc.models import Verification
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
    """Approve or reject a customer, or set him back to `pending`; as often as somebody finds out more.

    `by` is None for the operator at the console.

    Raises:
        OwnVerification: `by` is the customer himself.
        RejectionNeedsNote: a rejection without a word.
    """
    chosen = Verification.Status(status)
    if by is not None and by.pk == user.pk:
        raise OwnVerification
    if chosen is Verification.Status.REJECTED and not note.strip():
        raise RejectionNeedsNote
    # The user's row orders two decisions at once: the second one's row is then there.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    verification, _ = Verification.objects.get_or_create(user=user)
    is_open = chosen is Verification.Status.PENDING
    verification.status, verification.note = chosen, note
    verification.decided_by = None if is_open else by
    verification.decided_at = None if is_open else timezone.now()
    verification.save()
    record(ActName.KYC_DECIDED, actor=actor_of(by), subject=f"user:{user.pk}", facts={"status": chosen.value})
    return verification
