"""Confirming a payment: the page that `data.step_up_url` leads to.

Another user's challenge is like one that is not there. A stranger is shown the
way in, whatever the address says.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from ledger.errors import Refusal
from passcodes import services as passcodes
from passcodes.totp import has_totp
from stepups.errors import ChallengeExpired, ChallengeSpent
from stepups.mails import masked
from stepups.models import Challenge
from stepups.services import PURPOSE, can_be_mailed, pass_challenge, send_code
from wallet_service.api.middleware import public_url
from wallet_service.web.forms import CodeForm
from wallet_service.web.pages import OwnPage
from wallet_service.web.words import waiting_time


class StepUpView(OwnPage):
    """What is to be confirmed, and the form for the code. POST enters it, or (`send`) has another one mailed."""

    template_name = "web/step_up.html"

    def get(self, request: HttpRequest, *args: Any, challenge_id: UUID, **kwargs: Any) -> HttpResponse:
        challenge = self._own(challenge_id)
        return self.show(challenge=challenge) if challenge else self._not_there()

    def post(self, request: HttpRequest, *args: Any, challenge_id: UUID, **kwargs: Any) -> HttpResponse:
        challenge = self._own(challenge_id)
        if challenge is None:
            return self._not_there()
        try:
            return self._send(challenge) if "send" in request.POST else self._enter(challenge)
        except (ChallengeExpired, ChallengeSpent):
            # The page says which.
            return redirect(request.path)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        challenge = context.get("challenge")
        if challenge is None:
            return context
        is_from_app = has_totp(self.user)
        seconds = passcodes.resend_after(user=self.user, purpose=PURPOSE, subject=str(challenge.pk))
        return {
            "form": CodeForm(),
            **context,
            **{"recipient": masked(challenge.recipient), "address": masked(self.user)},
            **{"is_from_app": is_from_app, "can_be_mailed": can_be_mailed(self.user)},
            "is_code_sent": passcodes.is_waited_for(user=self.user, purpose=PURPOSE, subject=str(challenge.pk)),
            "wait": waiting_time(seconds) if seconds else "",
        }

    def _own(self, challenge_id: UUID) -> Challenge | None:
        return Challenge.objects.select_related("user", "recipient").filter(pk=challenge_id, user=self.user).first()

    def _not_there(self) -> HttpResponse:
        return self.response_class(self.request, "web/step_up_gone.html", self.get_context_data(), status=404)

    def _send(self, challenge: Challenge) -> HttpResponse:
        try:
            send_code(challenge=challenge, site_url=public_url(self.request))
        except (ChallengeExpired, ChallengeSpent):
            raise
        except Refusal as refusal:
            return self._refused(challenge, CodeForm(), refusal)
        messages.success(self.request, "A new code is on its way. Earlier ones do not count any more.")
        return redirect(self.request.path)

    def _enter(self, challenge: Challenge) -> HttpResponse:
        form = CodeForm(self.request.POST)
        if not form.is_valid():
            return self.show(challenge=challenge, form=form)
        try:
            pass_challenge(challenge=challenge, code=form.cleaned_data["code"])
        except (ChallengeExpired, ChallengeSpent):
            raise
        except Refusal as refusal:
            return self._refused(challenge, form, refusal)
        return redirect(self.request.path)

    def _refused(self, challenge: Challenge, form: CodeForm, refusal: Refusal) -> HttpResponse:
        return self.refused(form, refusal, is_from_app=has_totp(self.user), challenge=challenge)
