"""The settings' screen: django-constance's, in unfold's clothes, through this app's services."""

from typing import Any

from constance.admin import Config, ConstanceAdmin
from constance.forms import ConstanceForm
from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from ledger.retry import in_transaction
from people.models import User
from site_settings.errors import SettingInvalid
from site_settings.reading import current_settings, default_values
from site_settings.services import change_settings, require_sensible
from site_settings.values import declared, written

# The sidebar's and the breadcrumb's words; constance's own are "config" and "Constance".
apps.get_app_config("constance").verbose_name = "Settings"
Config._meta.verbose_name_plural = "site settings"


OUTDATED = "Somebody else changed the settings meanwhile. Open this page anew and repeat your change."


class SiteSettingsForm(ConstanceForm):
    """All settings at once: what was changed goes through one transaction, named after who did it."""

    def __init__(self, *args: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.user = getattr(request, "user", None)
        for name, field in self.fields.items():
            if name != "version" and declared(name)[1].is_guarded and not getattr(self.user, "is_superuser", False):
                # Django ignores what is sent for a disabled field.
                field.disabled = True

    def clean_version(self) -> str:
        """What somebody else changed since the page was drawn is not overwritten; the page says so where it is read."""
        version = str(self.cleaned_data["version"])
        if version != self.initial["version"]:
            self.add_error(None, OUTDATED)
        return version

    def save(self) -> list[str]:
        """The names of what was changed."""
        assert isinstance(self.user, User)
        user, now = self.user, current_settings()
        sent = {name: value for name, value in self.cleaned_data.items() if name != "version" and value != getattr(now, name)}
        return list(in_transaction(lambda: change_settings(sent, actor=f"user:{user.pk} admin", by=user)))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            require_sensible(
                {name: value for name, value in cleaned.items() if value != getattr(current_settings(), name, value)}
            )
        except SettingInvalid as invalid:
            self.add_error(invalid.name, invalid.problem)
        return cleaned


class SiteSettingsAdmin(ModelAdmin, ConstanceAdmin):
    change_list_form = SiteSettingsForm
    change_list_template = "site_settings/screen.html"

    def get_config_value(self, name: str, *args: Any) -> dict[str, Any]:
        value: dict[str, Any] = super().get_config_value(name, *args)
        default = default_values()[name]
        return {**value, "default": written(default), "modified": default != getattr(current_settings(), name)}

    def _log_config_change(self, request: HttpRequest, changed_fields: list[str]) -> None:
        """The audit row says it, and says more."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("constance.view_config")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("constance.change_config")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


admin.site.unregister([Config])
admin.site.register([Config], SiteSettingsAdmin)
