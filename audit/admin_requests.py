"""The logged requests, to look at. For shop managers only, as the audit rows are."""

import re
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from audit.models import RequestLog
from ledger.admin_base import ReadOnlyAdmin, badge
from people.admin_base import is_shop_manager

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
STATUSES = {"2": "succeeded", "3": "redirected", "4": "refused", "5": "failed"}
# A string, also one that does not end; a bracket, comma or colon; anything else.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
COLOURS = {"succeeded": "success", "redirected": "info", "refused": "warning", "failed": "danger"}


class StatusFilter(admin.SimpleListFilter):
    """By the first digit of the status."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(digit, f"{digit}xx {word}") for digit, word in STATUSES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[RequestLog]) -> QuerySet[RequestLog]:
        if self.value() not in STATUSES:
            return queryset
        start = int(self.value() or 0) * 100
        return queryset.filter(status__gte=start, status__lt=start + 100)


class MethodFilter(admin.SimpleListFilter):
    title = "method"
    parameter_name = "method"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(method, method) for method in METHODS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[RequestLog]) -> QuerySet[RequestLog]:
        return queryset.filter(method=self.value()) if self.value() in METHODS else queryset


@admin.register(RequestLog)
class RequestLogAdmin(ReadOnlyAdmin, ModelAdmin):  # type: ignore[misc]
    list_display = ("at_shown", "method", "path", "outcome", "status", "duration_shown", "caller", "address", "operation")
    list_filter = (StatusFilter, MethodFilter, ("at", admin.DateFieldListFilter))
    search_fields = ("path",)
    search_help_text = "Part of a path; or a caller (user:7, key:3), an address or a request id, in full"
    ordering = ("-at",)
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    fieldsets = (
        (None, {"fields": (("method", "path"), "query", ("status", "outcome"), ("at", "duration_shown"))}),
        ("Who and where", {"fields": (("caller", "address"), ("operation", "request_id"))}),
        ("Request", {"fields": ("request_shown",)}),
        ("Answer", {"fields": ("response_shown",)}),
        ("Proof", {"fields": (("mac_shown", "key_id"),)}),
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_shop_manager(request)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        term = search_term.replace("\0", "").strip()
        if not term:
            return queryset, False
        of_somebody = Q(caller=term) | Q(caller__startswith=f"{term} ") | Q(caller__endswith=f" {term}")
        return queryset.filter(of_somebody | Q(address=term) | Q(request_id=term) | Q(path__contains=term)), False

    @admin.display(description="At (UTC)")
    def at_shown(self, row: RequestLog) -> str:
        return f"{row.at:%Y-%m-%d %H:%M:%S}"

    @badge("Outcome", COLOURS)
    def outcome(self, row: RequestLog) -> str:
        return STATUSES.get(str(row.status)[0], "")

    @admin.display(description="Took")
    def duration_shown(self, row: RequestLog) -> str:
        return f"{row.duration_ms} ms"

    @admin.display(description="Body")
    def request_shown(self, row: RequestLog) -> str:
        return _pretty(row.request_body)

    @admin.display(description="Body")
    def response_shown(self, row: RequestLog) -> str:
        return _pretty(row.response_body)

    @admin.display(description="MAC")
    def mac_shown(self, row: RequestLog) -> str:
        return f"sha256:{bytes(row.mac).hex()}"


def _pretty(body: str) -> SafeString | str:
    """JSON indented, all else as it is; escaped."""
    text = _indented(body) if body[:1] in ("{", "[") else body
    return format_html('<pre class="font-mono overflow-x-auto text-xs whitespace-pre-wrap">{}</pre>', text) if body else "-"


def _indented(text: str) -> str:
    """Token by token, so that figures stay as they were written, and JSON that was cut is readable too."""
    lines, depth = [""], 0
    for part in TOKEN.findall(text):
        if part in ("}", "]"):
            depth = max(0, depth - 1)
            if lines[-1].strip():
                lines.append("  " * depth)
            else:
                lines[-1] = "  " * depth
        lines[-1] += ": " if part == ":" else part
        if part in ("{", "["):
            depth += 1
        if part in ("{", "[", ","):
            lines.append("  " * depth)
    return "\n".join(lines)
