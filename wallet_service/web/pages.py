"""What the pages share."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import TemplateView
from django.views.generic.base import ContextMixin

from ledger.errors import Refusal
from people.models import User
from wallet_service.api.middleware import public_url
from wallet_service.api.nonces import make_nonce
from wallet_service.web.forms import SignInForm
from wallet_service.web.words import in_words


class PageMixin(ContextMixin):
    """Every page embeds what its scripts need to call the API: the root, and the nonce of who is signed in."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        root = f"{public_url(self.request)}/wp-json/"
        user = self.request.user
        nonce = make_nonce(self.request.session, user.pk) if isinstance(user, User) else ""
        return {**super().get_context_data(**kwargs), "api": {"root": root, "nonce": nonce}}


@method_decorator([never_cache, sensitive_post_parameters("code", "password")], name="dispatch")
class OwnPage(PageMixin, TemplateView):
    """A page of who is signed in. A stranger gets the way in on the page itself, and comes back to it."""

    http_method_names = ("get", "head", "post", "options")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(request.user, User) and request.method in {"GET", "HEAD", "POST"}:
            context = self.get_context_data(form=SignInForm(request), next=request.path)
            return self.response_class(request, "web/sign_in_first.html", context)
        return super().dispatch(request, *args, **kwargs)

    @property
    def user(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def show(self, *, status: int = 200, **context: Any) -> HttpResponse:
        """The page, with what a POST has to say on it."""
        return self.render_to_response(self.get_context_data(**context), status=status)

    def refused(
        self, form: forms.Form, refusal: Refusal, *, retry_after: int = 0, is_from_app: bool = False, **context: Any
    ) -> HttpResponse:
        """The page again, saying why not; 429 where waiting helps."""
        retry_after = retry_after or getattr(refusal, "retry_after", 0)
        error = in_words(refusal, is_from_app=is_from_app)
        response = self.show(form=form, error=error, status=429 if retry_after else 200, **context)
        if retry_after:
            response["Retry-After"] = str(retry_after)
        return response
