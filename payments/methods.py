"""What customers have saved to be charged while they are away."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.acts import ActName
from audit.services import record
from payments.errors import PaymentMethodUnknown
from payments.models import PaymentMethod
from payments.port import SavedMethod
from people.models import User

LABEL_MAX = 100


@transaction.atomic(savepoint=False)
def keep_method(*, user: User, provider: str, saved: SavedMethod) -> PaymentMethod:
    """What a provider says may be charged later, once. One that its holder has removed stays removed, whoever says it again."""
    kept = PaymentMethod(
        user=user,
        provider=provider,
        reference=saved.reference,
        customer_reference=saved.customer_reference,
        label=saved.label[:LABEL_MAX],
    )
    PaymentMethod.objects.bulk_create([kept], ignore_conflicts=True)
    return PaymentMethod.objects.get(user=user, provider=provider, reference=saved.reference)


@transaction.atomic(savepoint=False)
def remove_method(*, user: User, method_id: int, actor: str) -> PaymentMethod:
    """Charge it no more. Said again, it is said once.

    Raises:
        PaymentMethodUnknown: `user` has none of this id.
    """
    method = PaymentMethod.objects.select_for_update(no_key=True).filter(user=user, pk=method_id).first()
    if method is None:
        raise PaymentMethodUnknown
    if method.removed_at is None:
        method.removed_at = timezone.now()
        method.save(update_fields=["removed_at"])
        facts: dict[str, object] = {"user": user.pk, "provider": method.provider}
        record(ActName.PAYMENT_METHOD_REMOVED, actor=actor, subject=f"payment_method:{method.pk}", facts=facts)
    return method


def method_to_charge(user: User, provider: str) -> PaymentMethod | None:
    """The newest that was not removed."""
    return live_methods(user).filter(provider=provider).first()


def live_methods(user: User) -> QuerySet[PaymentMethod]:
    """What may be charged, newest first."""
    return PaymentMethod.objects.filter(user=user, removed_at=None).order_by("-created_at", "-pk")
