"""What the admin's forms do to users and groups, told as acts: which fields changed, and rights with what they were."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from people.acts import tell
from people.admin_base import signed_in
from people.models import User

RIGHTS_FIELDS = ("is_staff", "is_superuser", "groups", "user_permissions")


class TellingAdmin(admin.ModelAdmin):
    """Tells of what was saved once all of it is, in the same transaction. `noun` begins the act's name."""

    noun = ""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change:
            self._tell(request, form.instance, "created")
        elif form.changed_data:
            self.tell_change(request, form)

    def tell_change(self, request: HttpRequest, form: forms.ModelForm) -> None:
        """Which acts a form was that changed something."""
        raise NotImplementedError

    @transaction.atomic(savepoint=False)
    def delete_model(self, request: HttpRequest, obj: User | Group) -> None:
        self._tell(request, obj, "deleted")
        super().delete_model(request, obj)

    @transaction.atomic(savepoint=False)
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for obj in queryset:
            self._tell(request, obj, "deleted")
        super().delete_queryset(request, queryset)

    def _tell(self, request: HttpRequest, obj: User | Group, verb: str, **facts: Any) -> None:
        actor = f"user:{signed_in(request).pk} admin"
        tell(f"{self.noun}.{verb}", subject=f"{self.noun}:{obj.pk}", facts=facts, actor=actor)


class UserActs(TellingAdmin):
    """A user's names and addresses are told as changed, never as what they are: what is told is kept for ever."""

    noun = "user"

    def tell_change(self, request: HttpRequest, form: forms.ModelForm) -> None:
        user, changed = form.instance, list(form.changed_data)
        if rights := [name for name in RIGHTS_FIELDS if name in changed]:
            self._tell(request, user, "rights_changed", **{name: _from_to(form, name) for name in rights})
        if "is_active" in changed:
            self._tell(request, user, "activated" if user.is_active else "deactivated")
        if others := sorted(set(changed) - {*RIGHTS_FIELDS, "is_active"}):
            self._tell(request, user, "changed", fields=others)


class GroupActs(TellingAdmin):
    noun = "group"

    def tell_change(self, request: HttpRequest, form: forms.ModelForm) -> None:
        self._tell(request, form.instance, "changed", **{name: _from_to(form, name) for name in form.changed_data})


def _from_to(form: forms.ModelForm, name: str) -> dict[str, Any]:
    return {"from": _plain(form.initial.get(name)), "to": _plain(form.cleaned_data[name])}


def _plain(value: Any) -> Any:
    return sorted(_name(row) for row in value) if isinstance(value, Iterable) and not isinstance(value, str) else value


def _name(row: Group | Permission) -> str:
    return f"{row.content_type.app_label}.{row.codename}" if isinstance(row, Permission) else row.name
