"""The pages' views. They answer HEAD like GET and never send a stranger elsewhere (wordpress.md D26)."""

from typing import Any

from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpRequest, HttpResponse
from django.views.generic import TemplateView

from people.models import User
from wallet_service.api.middleware import public_url
from wallet_service.api.nonces import make_nonce
from wallet_service.api.wordpress import NO_CACHE
from wallet_service.web.forms import SignInForm


class HomeView(TemplateView):
    """What this service is, and the way in. It embeds what a page's scripts need to call the API."""

    template_name = "web/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        root = f"{public_url(self.request)}/wp-json/"
        user = self.request.user
        nonce = make_nonce(self.request.session, user.pk) if isinstance(user, User) else ""
        return {**super().get_context_data(**kwargs), "api_root": root, "api": {"root": root, "nonce": nonce}}


class SignInView(LoginView):
    """User name or e-mail, and password. Wrong ones are counted by address."""

    template_name = "web/login.html"
    form_class = SignInForm

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if form.retry_after:
            response.status_code = 429
            response["Retry-After"] = str(form.retry_after)
        return response


class SignOutView(LogoutView):
    template_name = "web/home.html"


def nonce(request: HttpRequest) -> HttpResponse:
    """The session's current nonce as plain text; 400 and `0` without a session, never a redirect.

    WordPress's browser client repeats a refused call with whatever this answers,
    without a limit: so it answers what the API takes, or an error.
    """
    if isinstance(request.user, User):
        response = HttpResponse(make_nonce(request.session, request.user.pk), content_type="text/plain; charset=UTF-8")
    else:
        response = HttpResponse("0", status=400, content_type="text/plain; charset=UTF-8")
    for name, value in NO_CACHE.items():
        response[name] = value
    return response


def admin_ajax(request: HttpRequest) -> HttpResponse:
    """`?action=rest-nonce`, where WordPress's own clients look for a nonce."""
    if request.GET.get("action") == "rest-nonce":
        return nonce(request)
    raise Http404
