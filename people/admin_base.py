"""What the admin pages of all floors above the ledger share: who may look, pages with one form, secrets shown once."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import DataError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from unfold.decorators import action

from people.models import User
from people.rights import Right

F = TypeVar("F", bound=Callable[..., Any])
Facts = Sequence[tuple[str, str | SafeString]]


def is_shop_manager(request: HttpRequest) -> bool:
    """Whether who asks may see the whole admin and use its actions: a superuser, or staff with the right to manage."""
    return request.user.has_perm(f"people.{Right.MANAGE}")


def signed_in(request: HttpRequest) -> User:
    """Who asks. The admin site has let nobody through who is not signed in."""
    assert isinstance(request.user, User)
    return request.user


class UserSelect(AutocompleteSelect):
    """Finds a user by typing. What is no user's number is nobody's, where Django's own widget would be a 500."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [number for number in value if number.isascii() and number.isdigit()], attr)


def user_field(model: type[Model], name: str, label: str) -> forms.ModelChoiceField:
    """A field for the user whom `model` refers to as `name`."""
    return forms.ModelChoiceField(User.objects.all(), label=label, widget=UserSelect(model._meta.get_field(name), admin.site))


def button(title: str, *, icon: str) -> Callable[[F], F]:
    """Put a button on the detail page that leads to this method's own page. The method checks who may."""
    decorate: Callable[[F], F] = action(description=title, icon=icon, url_path=title.lower().replace(" ", "-"))
    return decorate


class ShopAdmin(admin.ModelAdmin):
    """Shop managers see everything; other staff see what Django's own permissions give them.

    What a subclass puts into `exclude` is not on the page, and a filter in the address cannot ask for it either.
    """

    list_per_page = 50

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """A filter that no column can be compared with is one that Django answers without a 500."""
        try:
            return super().get_changelist_instance(request)
        except (ValueError, TypeError, OverflowError, DataError) as wrong:
            raise IncorrectLookupParameters(wrong) from wrong

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request) or super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_shop_manager(request) or super().has_view_permission(request, obj)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        hidden = lookup.split("__")[0] in (self.exclude or ())
        return not hidden and super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def form_page(
        self,
        request: HttpRequest,
        form: forms.Form,
        *,
        title: str,
        submit: str,
        cancel: str,
        obj: Model | None = None,
        facts: Facts = (),
        is_dangerous: bool = False,
    ) -> HttpResponse:
        """A page with `facts` and one form, which is posted to the page's own address. `cancel` is where else to go."""
        context = {"form": form, "submit_text": submit, "cancel": cancel, "facts": facts, "is_dangerous": is_dangerous}
        return self._page(request, "form_page", title, obj, {**context, "media": self.media + form.media})

    def secret_page(
        self, request: HttpRequest, *, title: str, secrets: Facts, obj: Model, back: str, note: str = ""
    ) -> HttpResponse:
        """The answer to the POST that made a secret: the only page that ever shows it. The admin's pages are never cached."""
        return self._page(request, "secret_page", title, obj, {"secrets": secrets, "back": back, "note": note})

    def opened_page(self, request: HttpRequest, *, title: str, secrets: Facts, obj: Model, back: str) -> HttpResponse:
        """The answer to the POST that opened what is kept sealed: who may can open it again, and each time is kept."""
        return self._page(request, "secret_page", title, obj, {"secrets": secrets, "back": back, "is_kept": True})

    def _page(self, request: HttpRequest, name: str, title: str, obj: Model | None, context: dict[str, Any]) -> TemplateResponse:
        request.current_app = self.admin_site.name
        common = {"title": title, "opts": self.opts, "original": obj, "has_view_permission": True}
        return TemplateResponse(
            request, f"people/admin/{name}.html", {**self.admin_site.each_context(request), **common, **context}
        )


def posted(request: HttpRequest) -> Any:
    """A form's data: what was posted, or None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None
