"""Account security: where the codes come from that confirm a user's payments, his mail or an app of his."""

from collections.abc import Callable
from typing import Any

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString, mark_safe

from ledger.errors import Refusal
from passcodes import services as passcodes
from passcodes.errors import TotpAlreadyEnrolled
from passcodes.models import TotpDevice
from passcodes.totp import enrolment_uri, is_enrolling
from stepups import enrolment
from stepups.errors import CodeNeeded, PasswordWrong
from stepups.mails import masked
from stepups.services import can_be_mailed
from wallet_service.web.forms import CodeForm, PasswordForm, count_wrong_password
from wallet_service.web.pages import OwnPage

# How a secret is read and typed in by hand: in groups of four.
GROUP = 4
# The steps whose code the app shows.
FROM_APP = ("confirm", "remove")


class SecurityView(OwnPage):
    """Setting an authenticator app up, and giving it up. A POST says in `do` which step it is.

    The secret is on one answer only, to the POST that made it.
    """

    template_name = "web/security.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        do = request.POST.get("do", "")
        step = self._steps().get(do)
        if step is None:
            return self.show()
        form = {"send": forms.Form, "password": PasswordForm}.get(do, CodeForm)(request.POST)
        if not form.is_valid():
            return self.show(form=form)
        try:
            return step(form.cleaned_data)
        except (TotpAlreadyEnrolled, CodeNeeded):
            # Something else was done meanwhile, in another window: the page says so.
            return redirect("security")
        except PasswordWrong as refusal:
            usage = count_wrong_password(request)
            return self.refused(form, refusal, retry_after=usage.retry_after if usage and usage.is_over else 0)
        except Refusal as refusal:
            return self.refused(form, refusal, is_from_app=do in FROM_APP)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if not self.request.user.is_authenticated:
            return context
        form = context.get("form")
        return {
            **context,
            "form": form if isinstance(form, CodeForm) else CodeForm(),
            "password_form": form if isinstance(form, PasswordForm) else PasswordForm(),
            "device": TotpDevice.objects.confirmed().filter(user=self.user).first(),
            **{"can_be_mailed": can_be_mailed(self.user), "address": masked(self.user)},
            "is_code_sent": passcodes.is_waited_for(user=self.user, purpose=enrolment.PURPOSE, subject=""),
            "is_enrolling": is_enrolling(self.user),
        }

    def _steps(self) -> dict[str, Callable[[dict[str, str]], HttpResponse]]:
        return {
            **{"send": self._send, "begin": self._begin, "password": self._begin_by_password},
            **{"confirm": self._confirm, "remove": self._remove},
        }

    def _send(self, given: dict[str, str]) -> HttpResponse:
        enrolment.send_enrolment_code(user=self.user)
        return self._done(f"A code is on its way to {masked(self.user)}.")

    def _begin(self, given: dict[str, str]) -> HttpResponse:
        return self._show_secret(enrolment.begin_enrolment(user=self.user, code=given["code"]))

    def _begin_by_password(self, given: dict[str, str]) -> HttpResponse:
        return self._show_secret(enrolment.begin_by_password(user=self.user, password=given["password"]))

    def _confirm(self, given: dict[str, str]) -> HttpResponse:
        enrolment.confirm_enrolment(user=self.user, code=given["code"])
        return self._done("Your authenticator app is set up.")

    def _remove(self, given: dict[str, str]) -> HttpResponse:
        enrolment.remove_app(user=self.user, code=given["code"])
        return self._done("Your authenticator app is removed.")

    def _done(self, words: str) -> HttpResponse:
        messages.success(self.request, words)
        return redirect("security")

    def _show_secret(self, secret: str) -> HttpResponse:
        uri = enrolment_uri(user=self.user, secret=secret, site=settings.SITE_NAME)
        groups = " ".join(secret[start : start + GROUP] for start in range(0, len(secret), GROUP))
        return self.show(secret=groups, qr_code=qr_code(uri), uri=uri)


def qr_code(text: str) -> SafeString:
    """As an inline SVG, dark on light whatever the page's colours: cameras want it so."""
    drawn = segno.make(text, error="m", micro=False)
    return mark_safe(drawn.svg_inline(omitsize=True, border=3, dark="#000", light="#fff"))  # noqa: S308  numbers and colours
