"""The claims, to look at: who used which key when. What was asked and answered stays sealed."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from idempotency.models import Claim
from ledger.admin_base import ReadOnlyAdmin


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ("id", "caller", "key", "created_at", "status")
    list_filter = (("created_at", admin.DateFieldListFilter),)
    search_fields = ("caller", "key")
    search_help_text = "Caller or key, in full"
    ordering = ("-created_at",)
    sortable_by = ("created_at",)
    fields = ("id", "caller", "key", "created_at", "status")
    exclude = ("fingerprint", "body")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not search_term:
            return queryset, False
        return queryset.filter(Q(caller=search_term.replace("\0", "")) | Q(key__in=_keys(search_term))), False


def _keys(text: str) -> list[UUID]:
    try:
        return [UUID(text.strip())]
    except ValueError:
        return []
