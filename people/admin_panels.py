"""What else a user's page in the admin shows, and leads to. The floors above hand it over: people know nothing of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from people.models import User


@dataclass(frozen=True, slots=True)
class PanelForm:
    """A small form beside a panel's table, posted to a page of its own."""

    form: forms.Form
    url: str
    submit: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A table under the fields of a page; `links` are (text, address)."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[object]]
    links: Sequence[tuple[str, str]] = ()
    form: PanelForm | None = None

    @property
    def table(self) -> dict[str, object]:
        """As unfold's table component takes it."""
        return {"headers": self.headers, "rows": self.rows}


# None where who asks may not see it.
MakePanel = Callable[[HttpRequest, User], Panel | None]

_on_user_page: list[MakePanel] = []


def on_user_page(make_panel: MakePanel) -> MakePanel:
    """Show this panel on every user's page."""
    _on_user_page.append(make_panel)
    return make_panel


# The page's admin, for `form_page`; the request; the user that the page is about. The view says who may.
UserView = Callable[[Any, HttpRequest, User], HttpResponse]

_user_views: dict[str, UserView] = {}


def user_view(name: str) -> Callable[[UserView], UserView]:
    """Put a page below each user's: `admin:people_user_<name>`, at `<id>/<name>/`."""

    def keep(view: UserView) -> UserView:
        _user_views[name] = view
        return view

    return keep


def user_views() -> dict[str, UserView]:
    """Those pages, by name."""
    return _user_views


def panels_of(request: HttpRequest, user: User) -> list[Panel]:
    """What the floors above have to show of `user` to who asks."""
    return [panel for make_panel in _on_user_page if (panel := make_panel(request, user))]
