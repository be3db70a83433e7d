"""What customers are told of their refund requests."""

from notices.services import send_notice
from refunds.models import RefundRequest


def tell_decided(request: RefundRequest) -> None:
    """Who asked, what was decided, and what the manager says to it."""
    said = {"order": request.order_id, "note": request.decision_note}
    if request.status == RefundRequest.Status.APPROVED:
        asked = request.amount if request.approved_minor != request.amount_minor else ""
        facts = {**said, "amount": request.approved, "asked": asked}
    else:
        facts = {**said, "amount": request.amount}
    send_notice(to=request.user, kind=f"refund_request.{request.status}", facts=facts)
