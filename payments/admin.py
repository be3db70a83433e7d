"""Payments in the admin: top-ups, the methods that customers have saved, and what providers have told."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.admin import ModelAdmin

from ledger.admin_base import ReadOnlyAdmin, badge, link
from payments.admin_reloads import ReloadPages
from payments.admin_take_backs import TakeBackPages
from payments.admin_topups import TopupPages
from payments.models import PaymentMethod, ReceivedNotice, Reload, TakeBack, Topup
from payments.port import NoticeKind

COLOURS = {
    NoticeKind.PAID.value: "success",
    NoticeKind.FAILED.value: "info",
    NoticeKind.TAKEN_BACK.value: "danger",
    NoticeKind.WON.value: "warning",
    NoticeKind.OTHER.value: "info",
}


@admin.register(Topup)
class TopupAdmin(TopupPages, ModelAdmin):
    """Money on its way into wallets."""


@admin.register(Reload)
class ReloadAdmin(ReloadPages, ModelAdmin):
    """Balances that fell to their auto-reload threshold, and what was done about it."""


@admin.register(TakeBack)
class TakeBackAdmin(TakeBackPages, ModelAdmin):
    """Payments that were refunded by the shop, or taken back by their provider."""


@admin.register(PaymentMethod)
class PaymentMethodAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ("__str__", "user_link", "provider", "created_at", "removed_at")
    list_filter = ("provider", ("removed_at", admin.EmptyFieldListFilter), ("created_at", admin.DateFieldListFilter))
    search_fields = ("user__username", "user__email", "label")
    search_help_text = "Name or e-mail of the holder, or what he knows it by"
    ordering = ("-pk",)
    # The provider's names for it, which its own secret makes use of.
    exclude = ("reference", "customer_reference")
    fields = (("label", "user_link"), ("provider",), ("created_at", "removed_at"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentMethod]:
        return PaymentMethod.objects.select_related("user")

    @admin.display(description="Holder", ordering="user__username")
    def user_link(self, method: PaymentMethod) -> str:
        return link(reverse("admin:people_user_change", args=[method.user_id]), method.user)


@admin.register(ReceivedNotice)
class ReceivedNoticeAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ("notice_id", "says", "topup_link", "outcome", "provider", "received_at", "times")
    list_filter = ("provider", "kind", ("received_at", admin.DateFieldListFilter))
    search_fields = ("=notice_id", "=outcome")
    search_help_text = "The notice's id at its provider, or what became of it"
    ordering = ("-pk",)
    fields = (("notice_id", "provider"), ("says", "topup_link"), "outcome", ("received_at", "last_received_at", "times"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReceivedNotice]:
        return ReceivedNotice.objects.select_related("topup")

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        return lookup == "topup__exact" or super().lookup_allowed(lookup, value, request)

    @badge("Says", COLOURS, ordering="kind")
    def says(self, notice: ReceivedNotice) -> str:
        return notice.kind

    @admin.display(description="Top-up", ordering="topup")
    def topup_link(self, notice: ReceivedNotice) -> str:
        number = notice.topup_id
        return link(reverse("admin:payments_topup_change", args=[number]), number) if number else "-"
