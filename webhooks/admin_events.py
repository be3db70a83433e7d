"""Events, and how they fared: each window read-only, with the way to send one again."""

import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from audit.services import actor_of
from ledger.admin_base import ReadOnlyAdmin, as_id, badge, link
from ledger.retry import in_transaction
from people.admin_base import ShopAdmin, button, is_shop_manager, posted, signed_in
from people.admin_panels import Panel
from webhooks.admin_actions import page_of, tell_redelivery
from webhooks.admin_forms import SendAgainForm, attempt
from webhooks.feed import NAME
from webhooks.models import Attempt, Delivery, Endpoint, Event
from webhooks.naming import EVENT_TYPES, TEST
from webhooks.reading import Fate, fates_of
from webhooks.redelivering import Redelivery, redeliver, redeliver_parked
from webhooks.signing import Message

COLOURS = {"waiting": "info", "delivered": "success", "parked": "danger", "failed": "danger"}
STATES = {"waiting": "next_attempt_at", "delivered": "delivered_at", "parked": "parked_at"}


class TypeFilter(admin.SimpleListFilter):
    title = "event"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in (*EVENT_TYPES, TEST)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(type=self.value()) if self.value() in {*EVENT_TYPES, TEST} else queryset


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):  # type: ignore[misc]
    change_form_template = "webhooks/admin/event.html"
    actions_detail = ("send_again",)
    list_display = ("position", "type", "wallet_link", "name", "created_at")
    list_display_links = ("position", "type")
    list_filter = (TypeFilter, ("created_at", admin.DateFieldListFilter))
    search_fields = ("id",)
    search_help_text = "evt_…, a position, or a wallet's number"
    ordering = ("-position",)
    sortable_by = ()
    fields = (("position", "type"), ("name", "created_at"), ("wallet_link", "transaction_link"), "goes_out")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        term = search_term.strip().lower()
        if not term:
            return queryset, False
        if name := NAME.fullmatch(term):
            return queryset.filter(pk=name[1]), False
        number = as_id(term)
        return (queryset.none() if number is None else queryset.filter(Q(position=number) | Q(account_id=number))), False

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """A test is sent by its own button."""
        event = self.get_object(request, str(object_id))
        is_there = event is not None and event.position is not None and is_shop_manager(request)
        return super().get_actions_detail(request, object_id) if is_there else []

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if event := kwargs.get("obj"):
            context["panels"] = [fates_panel(event)]
        return super().render_change_form(request, context, *args, **kwargs)

    @button("Send again", icon="replay")
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To a webhook of one's choice, also one that does not want such events."""
        if not is_shop_manager(request):
            raise PermissionDenied
        event = self.get_object(request, object_id)
        if event is None or event.position is None:
            raise Http404
        back = reverse("admin:webhooks_event_change", args=[event.pk])
        form = SendAgainForm(posted(request))
        if form.is_valid() and (done := attempt(form, lambda: self._send(request, event, form))):
            tell_redelivery(request, done)
            return redirect(back)
        facts = (("Event", event.type), ("Its id", event.name))
        return self.form_page(request, form, title="Send this event again", submit="Send", cancel=back, obj=event, facts=facts)

    def _send(self, request: HttpRequest, event: Event, form: SendAgainForm) -> Redelivery:
        user, endpoint = signed_in(request), form.cleaned_data["endpoint"]
        return redeliver(endpoint=endpoint, events=event, actor=actor_of(user), asked_by=user)

    @admin.display(description="Id")
    def name(self, event: Event) -> str:
        return event.name

    @admin.display(description="Wallet")
    def wallet_link(self, event: Event) -> str:
        return (
            link(reverse("admin:wallets_wallet_change", args=[event.account_id]), event.account_id) if event.account_id else "-"
        )

    @admin.display(description="Transaction")
    def transaction_link(self, event: Event) -> str:
        number = _data(event).get("transaction_id") if event.sequence is not None else None
        return link(reverse("admin:ledger_entry_change", args=[number]), number) if isinstance(number, int) else "-"

    @admin.display(description="Body")
    def goes_out(self, event: Event) -> SafeString:
        """For people: what is sent has no blanks."""
        body = Message(event.pk, event.position, event.type, event.data, event.created_at).body
        text = json.dumps(json.loads(body), ensure_ascii=False, indent=2)
        return format_html('<pre class="whitespace-pre-wrap break-all">{}</pre>', text)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin, ModelAdmin):  # type: ignore[misc]
    """What is sent beside the queues: parked events, those sent again by hand, tests."""

    class StateFilter(admin.SimpleListFilter):
        title = "state"
        parameter_name = "state"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(state, state) for state in STATES]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
            state = str(self.value())
            if state not in STATES:
                return queryset
            queryset = queryset.filter(**{f"{STATES[state]}__isnull": False})
            # Tests are sent anew, not again.
            return queryset.exclude(reason=Delivery.Reason.TEST) if state == "parked" else queryset

    list_display = ("id", "endpoint", "event_link", "reason", "state_shown", "attempts", "next_attempt_at", "parked_at")
    list_filter = (StateFilter, "reason", "endpoint")
    list_select_related = ("endpoint", "event")
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        *(("endpoint", "event_link"), ("reason", "state_shown"), ("asked_by", "created_at")),
        *(("attempts", "next_attempt_at"), ("delivered_at", "parked_at"), "leased_until"),
    )
    actions = ("send_again",)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request)

    @admin.action(description="Send again: what was parked", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """All its attempts again."""
        chosen: dict[Endpoint, list[int]] = {}
        parked = queryset.filter(parked_at__isnull=False, endpoint__removed_at=None).exclude(reason=Delivery.Reason.TEST)
        for delivery in parked.select_related("endpoint"):
            chosen.setdefault(delivery.endpoint, []).append(delivery.pk)
        actor = actor_of(signed_in(request))

        def work() -> int:
            done = (redeliver_parked(endpoint=endpoint, actor=actor, only=only) for endpoint, only in chosen.items())
            return sum(each.count for each in done)

        if count := in_transaction(work):
            messages.success(request, f"{count} wait to be sent.")
        else:
            messages.warning(request, "Only parked ones can be sent again: none of these is.")

    @badge("State", COLOURS)
    def state_shown(self, delivery: Delivery) -> str:
        return delivery.state

    @admin.display(description="Event")
    def event_link(self, delivery: Delivery) -> str:
        return link(reverse("admin:webhooks_event_change", args=[delivery.event_id]), delivery.event.type)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin, ModelAdmin):  # type: ignore[misc]
    """Each call, and what came back."""

    list_display = ("at", "endpoint", "event_link", "number", "outcome", "duration_ms")
    list_filter = ("is_success", "endpoint", ("at", admin.DateFieldListFilter))
    list_select_related = ("endpoint", "event")
    ordering = ("-id",)
    sortable_by = ()
    fields = (("endpoint", "event_link"), ("at", "duration_ms"), ("number", "outcome"), "error", "answer_shown")

    @badge("Outcome", {"went well": "success", "failed": "danger"})
    def outcome(self, attempt: Attempt) -> Any:
        """The label's colour by how it went, its text by what came back."""
        word = "went well" if attempt.is_success else "failed"
        return word, attempt.status or attempt.error or word

    @admin.display(description="Event")
    def event_link(self, attempt: Attempt) -> str:
        return link(reverse("admin:webhooks_event_change", args=[attempt.event_id]), attempt.event.type)

    @admin.display(description="Answer")
    def answer_shown(self, attempt: Attempt) -> SafeString:
        return format_html('<pre class="whitespace-pre-wrap break-all">{}</pre>', attempt.answer or "-")


def fates_panel(event: Event) -> Panel:
    """What became of it, webhook by webhook."""
    fates = fates_of(event)
    endpoints = Endpoint.objects.in_bulk([fate.endpoint_id for fate in fates])
    rows = [_fate_row(fate, endpoints[fate.endpoint_id], event) for fate in fates]
    return Panel("Sent to", ("Webhook", "State", "Attempts", "Last (UTC)", "Answer"), rows)


def _fate_row(fate: Fate, endpoint: Endpoint, event: Event) -> tuple[object, ...]:
    last = fate.attempts[0] if fate.attempts else None
    calls = f"{reverse('admin:webhooks_attempt_changelist')}?endpoint__id__exact={endpoint.pk}&event__id__exact={event.pk}"
    return (
        link(page_of(endpoint), endpoint),
        fate.state,
        link(calls, len(fate.attempts)) if last else 0,
        f"{last.at:%Y-%m-%d %H:%M:%S}" if last else "-",
        (last.status or last.error) if last else "-",
    )


def _data(event: Event) -> dict[str, Any]:
    try:
        data = json.loads(event.data)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
