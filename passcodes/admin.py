"""Codes, and who was wrong how often, to look at. No code, digest or secret is on any page.

The apps' own page is on the floor above (stepups.admin): what is done there is told by mail.
"""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from ledger.admin_base import ReadOnlyAdmin, badge
from passcodes.models import TRIES_MAX, Guesses, Passcode

STATES = {"Waits": "info", "Used": "success", "Wrong too often": "danger", "Over": "warning"}


@admin.register(Passcode)
class PasscodeAdmin(ReadOnlyAdmin, ModelAdmin):
    """The latest code of each user, purpose and subject."""

    list_display = ("user", "purpose", "state", "tries", "created_at", "expires_at", "used_at")
    list_filter = ("purpose",)
    list_select_related = ("user",)
    search_fields = ("=user__username", "=user__email")
    search_help_text = "User name or e-mail address, in full"
    ordering = ("-expires_at",)
    sortable_by = ()
    fields = (("user", "purpose", "state"), ("tries", "created_at"), ("expires_at", "used_at"))
    exclude = ("digest", "subject_digest")

    @badge("State", STATES)
    def state(self, passcode: Passcode) -> str:
        if passcode.used_at:
            return "Used"
        if passcode.tries >= TRIES_MAX:
            return "Wrong too often"
        return "Waits" if passcode.expires_at > timezone.now() else "Over"


class LockedFilter(admin.SimpleListFilter):
    title = "locked"
    parameter_name = "locked"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("now", "Now")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Guesses]) -> QuerySet[Guesses]:
        return queryset.filter(locked_until__gt=timezone.now()) if self.value() == "now" else queryset


@admin.register(Guesses)
class GuessesAdmin(ReadOnlyAdmin, ModelAdmin):
    """Who was wrong how often in the last 24 hours, and who gets no code for now."""

    list_display = ("user", "wrong", "locked_until", "updated_at")
    list_filter = (LockedFilter,)
    list_select_related = ("user",)
    search_fields = ("=user__username", "=user__email")
    search_help_text = "User name or e-mail address, in full"
    ordering = ("-updated_at",)
    sortable_by = ()
    fields = ("user", ("wrong", "locked_until"), "updated_at")

    @admin.display(description="Wrong")
    def wrong(self, guesses: Guesses) -> int:
        return len(guesses.tries)
