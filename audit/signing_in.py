"""Who may enter the admin, signing in and out. By Django's own signals: every door and every log-out ends in them."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from audit.acts import ActName
from audit.services import record
from people.models import User


@receiver(user_logged_in)
def signed_in(user: User, **kwargs: Any) -> None:
    _record(ActName.SIGNED_IN, user)


@receiver(user_logged_out)
def signed_out(user: User | None, **kwargs: Any) -> None:
    _record(ActName.SIGNED_OUT, user)


def _record(act: ActName, user: User | None) -> None:
    # A customer's comings and goings are his own affair, and no row can be erased.
    if user is not None and user.is_staff:
        record(act, actor=f"user:{user.pk} session", subject=f"user:{user.pk}")
