"""Signing in, and entering codes."""

import re
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from audit.acts import ActName
from audit.services import record_attempt
from wallet_service.api.rates import Usage, count_failed_login, network_of

SIX_DIGITS = re.compile("[0-9]{6}")


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
        return count_wrong_password(self.request) if self.request is not None else None


class CodeForm(forms.Form):
    """Six digits, typed as people type them. Phones offer the code of a mail that has just come."""

    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code", "class": "code", "autofocus": True}),
    )

    def clean_code(self) -> str:
        """What can be no code is said here, and costs no try."""
        code = "".join(str(self.cleaned_data["code"]).split())
        if not SIX_DIGITS.fullmatch(code):
            raise ValidationError("A code has six digits.", code="no_code")
        return code


class PasswordForm(forms.Form):
    """For who has no address that a code could be sent to."""

    password = forms.CharField(
        label="Your password", max_length=4096, strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )


def count_wrong_password(request: HttpRequest) -> Usage | None:
    """Keep that a password was wrong, and count it against its address."""
    record_attempt(ActName.SIGN_IN_FAILED, network=network_of(request))
    return count_failed_login(request)
