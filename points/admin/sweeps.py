"""Fee sweeps, to look at."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.admin import ModelAdmin

from ledger.admin_base import ReadOnlyAdmin, link, shown
from points.models import FeeSweep


@admin.register(FeeSweep)
class FeeSweepAdmin(ReadOnlyAdmin, ModelAdmin):
    """What the daily job brought to the fee wallet."""

    list_display = ("swept_at", "currency_code", "number", "amount_shown", "wallet_link")
    list_filter = (("swept_at", admin.DateFieldListFilter), "currency_code")
    ordering = ("-swept_at", "-pk")
    fields = (("swept_at", "currency_code", "number"), ("amount_shown", "wallet_link", "checkpoint"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[FeeSweep]:
        return FeeSweep.objects.select_related("wallet__account")

    @admin.display(description="Amount", ordering="amount_minor")
    def amount_shown(self, sweep: FeeSweep) -> str:
        return shown(sweep.wallet.account, sweep.amount_minor)

    @admin.display(description="Wallet")
    def wallet_link(self, sweep: FeeSweep) -> str:
        return link(reverse("admin:wallets_wallet_change", args=[sweep.wallet_id]), f"Wallet {sweep.wallet_id}")
