"""The gateway's key: made, replaced and switched off here, shown once, on the answer to the POST."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from apikeys.gateway import live_gateway_key, make_gateway_key, revoke_gateway_key
from apikeys.models import GatewayKey
from ledger.admin_base import ReadOnlyAdmin, badge
from ledger.retry import in_transaction
from people.admin_base import ShopAdmin, button, is_shop_manager, signed_in

PAGE = "admin:apikeys_gatewaykey_changelist"
STATES = {"live": "success", "off": "danger"}


@admin.register(GatewayKey)
class GatewayKeyAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):  # type: ignore[misc]
    """Those that were and the one that is. None can be read again."""

    list_display = ("__str__", "state", "last_use", "created_at", "created_by", "revoked_at")
    list_select_related = ("created_by",)
    ordering = ("-id",)
    exclude = ("digest",)
    fields = (("state", "last_use"), ("created_at", "created_by"), "revoked_at")
    actions_detail = ("switch_off",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        key = self.get_object(request, object_id)
        is_live = key is not None and key.revoked_at is None
        return super().get_actions_detail(request, object_id) if is_live and is_shop_manager(request) else []

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Generate a secure key. The answer to the POST is the only page that shows it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        live = live_gateway_key()
        if request.method == "POST":
            return self._generate(request)
        facts = ((("Dies with it", str(live)),)) if live else ()
        asked: dict[str, Any] = {"title": "Generate secure key", "submit": "Generate a new one" if live else "Generate it"}
        return self.form_page(request, forms.Form(), cancel=reverse(PAGE), facts=facts, is_dangerous=bool(live), **asked)

    @button("Switch off", icon="block")
    def switch_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, and on POST let the key stop working at once."""
        if not is_shop_manager(request):
            raise PermissionDenied
        if request.method == "POST":
            key = in_transaction(lambda: revoke_gateway_key(revoked_by=signed_in(request)))
            messages.success(request, f"{key} is switched off." if key else "There was no key any more.")
            return redirect(PAGE)
        asked: dict[str, Any] = {"title": "Switch the gateway key off?", "submit": "Switch it off"}
        return self.form_page(request, forms.Form(), cancel=reverse(PAGE), is_dangerous=True, **asked)

    def _generate(self, request: HttpRequest) -> HttpResponse:
        key, secret = in_transaction(lambda: make_gateway_key(made_by=signed_in(request)))
        note = "Calls name it as the argument `key`. It is not kept, and cannot be shown again."
        return self.secret_page(
            request, title="The new gateway key", secrets=(("Key", secret),), obj=key, back=reverse(PAGE), note=note
        )

    @admin.display(description="Last used", ordering="last_used_at")
    def last_use(self, key: GatewayKey) -> str:
        return f"{key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never"

    @badge("State", STATES)
    def state(self, key: GatewayKey) -> str:
        return "off" if key.revoked_at else "live"
