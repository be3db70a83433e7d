"""Webhooks, to look at: how each fares, and what was sent. What can be done to one is in admin_actions."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.admin import ModelAdmin

from ledger.admin_base import ReadOnlyAdmin, badge, link
from people.admin_panels import Panel
from webhooks import admin_beneath, admin_events  # noqa: F401  register their pages
from webhooks.admin_actions import EndpointActions
from webhooks.admin_charts import OPTIONS, chart_of, chart_told
from webhooks.models import Endpoint
from webhooks.reading import COUNT_MAX, HOURS, Fares, fares_of

COLOURS = {"on": "success", "off": "info", "failing: paused": "danger", "removed": "warning"}
LATEST = 20


class StatusFilter(admin.SimpleListFilter):
    """Removed ones are shown where they are asked for."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((status.value, str(status.label)) for status in Endpoint.Status), ("removed", "removed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> QuerySet[Endpoint]:
        wanted = self.value()
        if wanted == "removed":
            return queryset.filter(removed_at__isnull=False)
        there = queryset.filter(removed_at=None)
        return there.filter(status=wanted) if wanted in Endpoint.Status.values else there


@admin.register(Endpoint)
class EndpointAdmin(EndpointActions, ReadOnlyAdmin, ModelAdmin):
    change_form_template = "webhooks/admin/endpoint.html"
    list_display = ("__str__", "state", "events", "success_rate", "waiting", "parked", "last_success_at", "last_answer")
    list_filter = (StatusFilter,)
    search_fields = ("url", "description")
    ordering = ("id",)
    sortable_by = ()
    exclude = ("secret", "old_secret")
    fields = (
        *(("url", "state"), ("description", "events"), ("waiting", "oldest_waiting"), ("parked_link", "last_answer")),
        *(("last_success_at", "failing_since"), ("old_secret_until", "removed_at"), ("created_at", "created_by")),
    )

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """How those on the page fare, in as many statements as for one."""
        changes = super().get_changelist_instance(request)
        changes.result_list = list(changes.result_list)
        fares = fares_of(changes.result_list)
        for endpoint in changes.result_list:
            endpoint.fares = fares[endpoint.pk]
        return changes

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if endpoint := kwargs.get("obj"):
            fares = self._fares(endpoint)
            context |= {"chart": chart_of(fares), "chart_options": OPTIONS, "chart_told": chart_told(fares), "hours": HOURS}
            context["panels"] = [latest_calls(endpoint)]
        return super().render_change_form(request, context, *args, **kwargs)

    @badge("Status", COLOURS)
    def state(self, endpoint: Endpoint) -> str:
        return "removed" if endpoint.removed_at else endpoint.get_status_display()

    @admin.display(description="Events")
    def events(self, endpoint: Endpoint) -> str:
        return ", ".join(endpoint.event_types) or "all"

    @admin.display(description=f"Went well, {HOURS} h")
    def success_rate(self, endpoint: Endpoint) -> str:
        fares = self._fares(endpoint)
        if fares.success_rate is None:
            return "-"
        # Rounded down: what is not quite all is not shown as all.
        return f"{int(fares.success_rate * 1000) / 10:g} % of {fares.delivered + fares.failed}"

    @admin.display(description="Waiting")
    def waiting(self, endpoint: Endpoint) -> str:
        return counted(self._fares(endpoint).waiting)

    @admin.display(description="Oldest that waits")
    def oldest_waiting(self, endpoint: Endpoint) -> str:
        oldest = self._fares(endpoint).oldest_waiting_at
        return f"{oldest:%Y-%m-%d %H:%M:%S} UTC" if oldest else "-"

    @admin.display(description="Parked")
    def parked(self, endpoint: Endpoint) -> str:
        return counted(self._fares(endpoint).parked)

    @admin.display(description="Parked")
    def parked_link(self, endpoint: Endpoint) -> str:
        page = f"{reverse('admin:webhooks_delivery_changelist')}?endpoint__id__exact={endpoint.pk}&state=parked"
        return link(page, self.parked(endpoint))

    @admin.display(description="Last answer")
    def last_answer(self, endpoint: Endpoint) -> str:
        fares = self._fares(endpoint)
        return f"{fares.answered} at {fares.answered_at:%Y-%m-%d %H:%M:%S} UTC" if fares.answered_at else "-"

    def _fares(self, endpoint: Endpoint) -> Fares:
        """Read once for each row that is shown."""
        if not hasattr(endpoint, "fares"):
            endpoint.fares = fares_of([endpoint])[endpoint.pk]  # type: ignore[attr-defined]
        return endpoint.fares  # type: ignore[attr-defined, no-any-return]


def latest_calls(endpoint: Endpoint) -> Panel:
    """The last calls, each with the way to its event."""
    calls = endpoint.attempts.select_related("event").order_by("-pk")[:LATEST]
    rows = [
        (
            link(reverse("admin:webhooks_attempt_change", args=[call.pk]), f"{call.at:%Y-%m-%d %H:%M:%S}"),
            link(reverse("admin:webhooks_event_change", args=[call.event_id]), call.event.type),
            call.number,
            f"{call.duration_ms} ms",
            call.status or call.error,
        )
        for call in calls
    ]
    every = ("All of them", f"{reverse('admin:webhooks_attempt_changelist')}?endpoint__id__exact={endpoint.pk}")
    return Panel("Latest calls", ("At (UTC)", "Event", "Attempt", "Took", "Answer"), rows, links=(every,))


def counted(count: int) -> str:
    """A figure that ends at a bound."""
    return f"{COUNT_MAX} or more" if count >= COUNT_MAX else str(count)
