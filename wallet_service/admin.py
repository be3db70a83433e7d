"""The admin site itself: its name, its door, and the counters of the rate limits."""

from django.conf import settings
from django.contrib import admin
from unfold.admin import ModelAdmin
from unfold.forms import AuthenticationForm

from ledger.admin_base import ReadOnlyAdmin
from wallet_service.models import RateCounter
from wallet_service.web.forms import SignInForm


class StaffSignInForm(SignInForm, AuthenticationForm):
    """The admin's door lets staff in only, and counts wrong tries like the other one."""


admin.site.login_form = StaffSignInForm
admin.site.index_template = "admin/wallet_service_index.html"
admin.site.site_title = settings.SITE_NAME
admin.site.site_header = settings.SITE_NAME
admin.site.index_title = "Overview"


@admin.register(RateCounter)
class RateCounterAdmin(ReadOnlyAdmin, ModelAdmin):
    """Hits in the current windows. Empty where Redis counts."""

    list_display = ("key", "hits", "expires")
    search_fields = ("key",)
    ordering = ("-expires",)
