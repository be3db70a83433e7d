"""Signing in."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from wallet_service.api.rates import count_failed_login


class SignInForm(AuthenticationForm):
    """Django's form; a wrong try counts against its address, a right one is never held up by that."""

    retry_after = 0

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except ValidationError:
            usage = count_failed_login(self.request) if self.request else None
            if usage and usage.is_over:
                self.retry_after = usage.retry_after
                raise ValidationError("Too many failed logins. Please wait a minute.", code="too_many") from None
            raise
