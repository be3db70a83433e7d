"""Step-ups, to look at; and the apps that codes come from, which a superuser takes off whoever has lost his."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from ledger.admin_base import ReadOnlyAdmin, badge, shown
from ledger.models import Account
from ledger.retry import in_transaction
from passcodes.errors import TotpNotEnrolled
from passcodes.models import TotpDevice
from people.admin_base import ShopAdmin, button, signed_in
from stepups.enrolment import remove_lost_app
from stepups.models import Challenge

STATES = {"Open": "info", "Passed": "success", "Spent": "success", "Over": "warning"}


@admin.register(Challenge)
class ChallengeAdmin(ReadOnlyAdmin, ModelAdmin):
    """What each user was asked to confirm, and whether he did."""

    list_display = ("created_at", "user", "recipient", "amount_shown", "state", "how", "credential", "expires_at")
    list_filter = ("how",)
    list_select_related = ("user", "recipient")
    search_fields = ("=user__username", "=user__email", "=recipient__username", "=recipient__email")
    search_help_text = "User name or e-mail address of either, in full"
    ordering = ("-created_at",)
    sortable_by = ()
    fields = (
        *(("user", "recipient"), ("amount_shown", "state"), ("how", "credential")),
        *(("created_at", "expires_at"), ("passed_at", "spent_at")),
    )

    @admin.display(description="Amount")
    def amount_shown(self, challenge: Challenge) -> str:
        return shown(Account(currency_code=challenge.currency_code), challenge.amount_minor)

    @badge("State", STATES)
    def state(self, challenge: Challenge) -> str:
        if challenge.spent_at:
            return "Spent"
        if not challenge.is_live:
            return "Over"
        return "Passed" if challenge.passed_at else "Open"


@admin.register(TotpDevice)
class TotpDeviceAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    """Whose codes come from an app. Nobody reads its secret."""

    list_display = ("user", "state", "confirmed_at", "last_used_at")
    list_filter = (("confirmed_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("=user__username", "=user__email")
    search_help_text = "User name or e-mail address, in full"
    ordering = ("-created_at",)
    fields = (("user", "state"), ("created_at", "confirmed_at", "last_used_at"))
    exclude = ("secret", "last_counter")
    actions_detail = ("remove",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TotpDevice]:
        return super().get_queryset(request).select_related("user")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        return super().get_actions_detail(request, object_id) if _may_remove(request) else []

    @button("Remove", icon="phonelink_erase")
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, and on POST let the user's codes come by e-mail again."""
        if not _may_remove(request):
            raise PermissionDenied
        device = self.get_object(request, object_id)
        if device is None:
            raise Http404
        listed = reverse("admin:passcodes_totpdevice_changelist")
        if request.method == "POST":
            self._remove(request, device)
            return redirect(listed)
        note = "His codes come by e-mail again. Make sure that it is he who has asked for this."
        facts = (("User", str(device.user)), ("Then", note))
        title = "Remove this authenticator app?"
        return self.form_page(
            request, forms.Form(), title=title, submit="Remove it", cancel=listed, obj=device, facts=facts, is_dangerous=True
        )

    def _remove(self, request: HttpRequest, device: TotpDevice) -> None:
        def work() -> None:
            remove_lost_app(user=device.user, removed_by=signed_in(request))
            self.log_change(request, device.user, "Authenticator app removed.")

        try:
            in_transaction(work)
        except TotpNotEnrolled:
            messages.info(request, "It was removed before.")
        else:
            messages.success(request, f"The codes of {device.user} come by e-mail again.")

    @badge("State", {"in use": "success", "not confirmed": "warning"})
    def state(self, device: TotpDevice) -> str:
        return "in use" if device.confirmed_at else "not confirmed"


def _may_remove(request: HttpRequest) -> bool:
    """A superuser alone: with a user's app gone, whoever reads his mail can confirm his payments."""
    return request.user.is_active and request.user.is_superuser
