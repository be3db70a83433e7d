"""The outbox, to look at: what is not dispatched yet. Where rows stay, no worker gives events their places."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.admin import ModelAdmin

from ledger.admin_base import ReadOnlyAdmin, as_id, link
from ledger.models import Outbox


@admin.register(Outbox)
class OutboxAdmin(ReadOnlyAdmin, ModelAdmin):  # type: ignore[misc]
    list_display = ("id", "type", "account_shown", "sequence", "at")
    search_fields = ("=account_id",)
    search_help_text = "Account number"
    ordering = ("id",)
    sortable_by = ()
    fields = (("id", "type"), ("account_shown", "sequence"), ("uid", "at"), "facts")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.filter(account_id=as_id(search_term) or 0) if search_term else queryset), False

    @admin.display(description="Account")
    def account_shown(self, row: Outbox) -> str:
        return link(reverse("admin:ledger_account_change", args=[row.account_id]), row.account_id) if row.account_id else "-"
