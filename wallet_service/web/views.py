"""The pages' views. They answer HEAD like GET and never send a stranger elsewhere (wordpress.md D26)."""

from pathlib import Path
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control, never_cache
from django.views.generic import TemplateView

from people.models import User
from wallet_service.api.nonces import make_nonce
from wallet_service.api.wordpress import NO_CACHE, is_namespace_on
from wallet_service.families import DOCUMENTS
from wallet_service.web.forms import SignInForm
from wallet_service.web.pages import PageMixin
from wallet_service.web.wallets import wallets_of

ICON = (Path(__file__).parent.parent / "static" / "web" / "icon.svg").read_bytes()


# The nonce is somebody's own: no cache on the way may keep the page.
@method_decorator(never_cache, name="dispatch")
class HomeView(PageMixin, TemplateView):
    """What this service is, and the way in; for who is signed in, what he has."""

    template_name = "web/home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        live = [document for document in DOCUMENTS if is_namespace_on(document.router.namespace)]
        user = self.request.user
        return {
            **super().get_context_data(**kwargs),
            "namespaces": [document.router.namespace for document in live],
            "wallets": list(wallets_of(user)) if isinstance(user, User) else [],
        }


class SignInView(PageMixin, LoginView):
    """User name or e-mail, and password. Wrong ones are counted by address."""

    template_name = "web/login.html"
    form_class = SignInForm

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if form.retry_after:
            response.status_code = 429
            response["Retry-After"] = str(form.retry_after)
        return response


def staff_door(request: HttpRequest) -> HttpResponse:
    """The admin's own sign-in page, which says 429 to too many wrong passwords as every other door does."""
    response = admin.site.login(request)
    form = (getattr(response, "context_data", None) or {}).get("form")
    if retry_after := getattr(form, "retry_after", None):
        response.status_code = 429
        response["Retry-After"] = str(retry_after)
    return response


class SignOutView(PageMixin, LogoutView):
    """The question on GET, the deed on POST."""

    http_method_names = ("get", "head", "post", "options")
    template_name = "web/logout.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data())


@cache_control(public=True, max_age=86_400)
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for an icon on pages that name none."""
    return HttpResponse(ICON, content_type="image/svg+xml")


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
