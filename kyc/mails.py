"""What people are told of identity checks. Never what was handed in."""

from kyc.models import Submission, Verification
from notices.services import send_notice, tell_managers
from people.models import User


def tell_shop(submission: Submission, user: User) -> None:
    """The managers: somebody has to look."""
    facts = {"user": user.email or user.get_username(), "document_type": submission.document_type, "number": submission.pk}
    tell_managers(kind="kyc.submitted", facts=facts)


def tell_customer(verification: Verification) -> None:
    """Whom it concerns, once it is decided."""
    facts = {"status": verification.status, "note": verification.note}
    send_notice(to=verification.user, kind="kyc.decided", facts=facts)
