"""Top-ups that are not settled: somebody may still pay them, or has, and a person looks at that."""

from collections.abc import Collection, Iterable

from payments.models import Topup

Status = Topup.Status
UNSETTLED = (Status.CREATED, Status.PENDING, Status.CHARGING, Status.UNKNOWN, Status.REVIEW)


def wallets_with_topups(wallet_ids: Collection[int]) -> Iterable[int]:
    """Of these wallets, those with such a top-up."""
    return Topup.objects.filter(wallet__in=wallet_ids, status__in=UNSETTLED).values_list("wallet_id", flat=True)
