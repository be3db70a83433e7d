"""Withdrawals that other sites pushed: a window."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from ledger.admin_base import ReadOnlyAdmin, badge
from ledger.money import Money, currency
from people.admin_base import ShopAdmin
from points.models import PushedWithdrawal


@admin.register(PushedWithdrawal)
class PushedWithdrawalAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    """The newest first. Search takes a whole id or a wallet's whole name."""

    list_display = ("request_id", "wallet_name", "points_shown", "outcome", "account_id", "sequence", "created_at")
    search_fields = ("=wallet_name",)
    ordering = ("-created_at",)
    fields = (("request_id", "created_at"), ("wallet_name", "points_shown"), ("outcome", "refusal"), ("account_id", "sequence"))

    @admin.display(description="Points", ordering="points_minor")
    def points_shown(self, push: PushedWithdrawal) -> str:
        return str(Money(push.points_minor, currency(push.currency_code)))

    @badge("Outcome", {"done": "success", "refused": "danger"})
    def outcome(self, push: PushedWithdrawal) -> str:
        return "done" if push.is_done else "refused"
