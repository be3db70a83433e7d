"""What waits for somebody's decision."""

from dataclasses import dataclass

from kyc.models import Submission
from refunds.models import RefundRequest
from withdrawals.models import Withdrawal


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many of each wait: withdrawals and refund requests of one currency, identity checks of all."""

    withdrawals: int
    identity_checks: int
    refund_requests: int


def count_waiting(currency_code: str) -> Waiting:
    """Each count reads the rows that wait, and no others."""
    return Waiting(
        withdrawals=Withdrawal.objects.filter(status=Withdrawal.Status.PENDING, currency_code=currency_code).count(),
        identity_checks=Submission.objects.pending().count(),
        refund_requests=RefundRequest.objects.open().filter(currency_code=currency_code).count(),
    )
