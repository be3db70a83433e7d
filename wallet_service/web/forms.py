"""Signing in."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from audit.acts import ActName
from audit.services import record_attempt
from wallet_service.api.rates import Usage, count_failed_login, network_of


class SignInForm(AuthenticationForm):
    """Django's form; a wrong try counts against its address, a right one is never held up by that."""

    retry_after = 0

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except ValidationError:
            usage = self._count()
            if usage and usage.is_over:
                self.retry_after = usage.retry_after
                raise ValidationError("Too many failed logins. Please wait a minute.", code="too_many") from None
            raise

    def _count(self) -> Usage | None:
        if self.request is None:
            return None
        record_attempt(ActName.SIGN_IN_FAILED, network=network_of(self.request))
        return count_failed_login(self.request)
