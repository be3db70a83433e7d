"""A person's data on his page in the admin: handed out by managers, erased by superusers.

Erasing cannot be taken back, and a manager's session that somebody stole should not be enough for it; deleting a user
is a superuser's affair too. It moves no money, so that no second manager is asked.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.widgets import UnfoldBooleanSwitchWidget

from ledger.errors import Refusal
from ledger.retry import in_transaction
from people.admin_base import Facts, is_shop_manager, posted, signed_in
from people.admin_panels import Panel, on_user_page, user_view
from people.models import User
from people.rights import is_within_rank
from wallet_service.privacy.errors import PersonNotErasable
from wallet_service.privacy.money import balances
from wallet_service.privacy.parts import PARTS
from wallet_service.privacy.person import person_of
from wallet_service.privacy.services import Erased, erase_person, exported, obstacles, record_export


class EraseForm(forms.Form):
    keep_balance = forms.BooleanField(
        required=False,
        label="Keep the balances",
        widget=UnfoldBooleanSwitchWidget(),
        help_text="His wallets go on holding what is in them, and are nobody's.",
    )
    is_certain = forms.BooleanField(
        label="It cannot be taken back", widget=UnfoldBooleanSwitchWidget(), help_text="Erase this person for ever."
    )


@on_user_page
def privacy_panel(request: HttpRequest, user: User) -> Panel | None:
    """The ways to both, for who may."""
    links = []
    if _may_export(request, user):
        links.append(("Export personal data", reverse("admin:people_user_export", args=[user.pk])))
    if _may_erase(request):
        links.append(("Erase person", reverse("admin:people_user_erase", args=[user.pk])))
    return Panel("Personal data", (), (), links=links) if links else None


@user_view("export")
def export_view(page: Any, request: HttpRequest, user: User) -> HttpResponse:
    """Ask, and on POST hand out the document: a link that somebody is sent should not make it."""
    if not _may_export(request, user):
        raise PermissionDenied
    if request.method == "POST":
        by = signed_in(request)
        in_transaction(lambda: record_export(user=user, by=by))
        # The admin's pages are never cached.
        headers = {"Content-Disposition": f'attachment; filename="person-{user.pk}.json"'}
        return StreamingHttpResponse(exported(user), content_type="application/json", headers=headers)  # type: ignore[return-value]
    shown: HttpResponse = page.form_page(
        request,
        forms.Form(),
        title=f"Export all that is held of {user}?",
        submit="Download it",
        cancel=_page_of(user),
        obj=user,
        facts=(("What it is", "One JSON document. It is as private as the person; that you took it is written down."),),
    )
    return shown


@user_view("erase")
def erase_view(page: Any, request: HttpRequest, user: User) -> HttpResponse:
    """What would go, what would stay and what is in the way; on POST it is done."""
    if not _may_erase(request):
        raise PermissionDenied
    form = EraseForm(posted(request))
    if form.is_valid() and (erased := _erase(request, user, form)):
        said = f"is erased, and called {erased.username} now." if erased.is_new else "had been erased: nothing was left."
        messages.success(request, f"user:{user.pk} {said}")
        return redirect(_page_of(user))
    shown: HttpResponse = page.form_page(
        request,
        form,
        title=f"Erase {user}?",
        submit="Erase for ever",
        cancel=_page_of(user),
        obj=user,
        facts=_facts(user),
        is_dangerous=True,
    )
    return shown


def _erase(request: HttpRequest, user: User, form: EraseForm) -> Erased | None:
    keep_balance = form.cleaned_data["keep_balance"]
    try:
        return in_transaction(lambda: erase_person(user=user, by=signed_in(request), keep_balance=keep_balance))
    except PersonNotErasable as refused:
        for reason in refused.reasons:
            form.add_error(None, reason)
    except Refusal as refusal:
        form.add_error(None, f"Nothing was erased: {refusal}")
    return None


def _facts(user: User) -> Facts:
    """A line for each part that has something to say."""
    in_the_way = obstacles(user, keep_balance=True)
    return (
        *(("In the way", reason) for reason in in_the_way),
        *(("Balance", said) for said in balances(person_of(user))),
        *(("Goes", part.goes) for part in PARTS if part.goes),
        *(("Stays", part.stays) for part in PARTS if part.stays),
    )


def _may_export(request: HttpRequest, user: User) -> bool:
    """What somebody may do who outranks the manager is no affair of his, nor where he does it from."""
    return is_shop_manager(request) and is_within_rank(signed_in(request), user)


def _may_erase(request: HttpRequest) -> bool:
    return signed_in(request).is_superuser


def _page_of(user: User) -> str:
    return reverse("admin:people_user_change", args=[user.pk])
