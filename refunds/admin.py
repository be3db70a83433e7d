"""Refund requests: looked at and decided on; and the button that refunds an order without one."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from audit.acts import ActName
from audit.services import actor_of, record
from ledger.admin_base import ReadOnlyAdmin, as_id, badge, link, shown
from ledger.errors import Refusal
from ledger.kinds import Kind
from ledger.models import Account, Entry
from ledger.movements import Event
from ledger.refunds import TAKING, paid_for
from ledger.retry import in_transaction
from ledger.streaming import stream
from people.admin_base import Facts, ShopAdmin, button, is_shop_manager, posted, signed_in
from refunds.acts import reference_of
from refunds.admin_forms import ApprovalForm, OrderForm, RejectionForm
from refunds.exporting import csv_lines
from refunds.models import RefundRequest
from refunds.services import approve_refund, is_paid_by_wallet, refund_order, reject_refund
from wallets.admin_actions import attempt
from wallets.admin_actions import page_of as page_of_wallet
from wallets.admin_entries import EntryPages, facts_of, wallet_of
from wallets.admin_forms import say
from wallets.approvals import require_no_approval
from wallets.models import Wallet

Status = RefundRequest.Status
COLOURS = {Status.PENDING.label: "warning", Status.APPROVED.label: "success", Status.REJECTED.label: "danger"}


@admin.register(RefundRequest)
class RefundRequestAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    """Who wants what back of which order. The buttons call the services, which refuse who may not as well."""

    actions_list = ("export",)
    actions_detail = ("approve", "reject")
    list_display = ("id", "state", "user", "order_id", "asked", "given", "created_at", "decided_at", "decided_by")
    list_filter = ("status", ("created_at", admin.DateFieldListFilter), "currency_code")
    list_select_related = ("user", "decided_by", "wallet__account")
    search_fields = ("user__username", "user__email")
    search_help_text = "Name or e-mail of who asked, or the order's number"
    ordering = ("-pk",)
    exclude = ("asked_key", "decided_key")
    fieldsets = (
        (None, {"fields": (("id", "state"), ("user", "wallet_link"), ("order_id", "asked"), "reason", "note")}),
        ("Decision", {"fields": (("given", "entries_shown"), ("decided_by", "decided_at"), "decision_note")}),
        ("What paid for the order", {"fields": ("paid_shown", "others_shown")}),
    )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        if (number := as_id(search_term)) is not None:
            found = found | queryset.filter(order_id=number)
        return found, may_have_duplicates

    def get_actions_list(self, request: HttpRequest) -> Any:
        return super().get_actions_list(request) if is_shop_manager(request) else []

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        waiting = self.get_object(request, str(object_id)) if is_shop_manager(request) else None
        return super().get_actions_detail(request, object_id) if waiting and waiting.is_pending else []

    @button("Export", icon="download")
    def export(self, request: HttpRequest) -> HttpResponse:
        """All of them as a CSV file. That somebody took them is kept."""
        if not is_shop_manager(request):
            raise PermissionDenied
        actor = actor_of(signed_in(request))
        in_transaction(lambda: record(ActName.REFUND_REQUESTS_EXPORTED, actor=actor))
        headers = {"Content-Disposition": 'attachment; filename="refund-requests.csv"', "Cache-Control": "no-store"}
        return StreamingHttpResponse(_exported(), content_type="text/csv; charset=utf-8", headers=headers)  # type: ignore[return-value]

    @button("Approve", icon="check")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        waiting, by = self._found(request, object_id), signed_in(request)
        form = ApprovalForm(posted(request), request=waiting)

        def work() -> RefundRequest:
            amount = waiting.wallet.money(form.cleaned_data["amount"])
            note = form.cleaned_data["note"]
            event = Event.once("admin")
            return approve_refund(request_id=waiting.pk, amount=amount, note=note, by=by, event=event, actor=actor_of(by))

        is_alone = form.is_valid() and (is_paid_by_wallet(waiting) or _may_alone(request, form, waiting.wallet))
        return self._decide(request, waiting, form, work if is_alone else None, "Approve")

    @button("Reject", icon="block")
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        waiting, by = self._found(request, object_id), signed_in(request)
        form = RejectionForm(posted(request))

        def work() -> RefundRequest:
            note = form.cleaned_data["note"]
            return reject_refund(request_id=waiting.pk, note=note, by=by, event=Event.once("admin"), actor=actor_of(by))

        return self._decide(request, waiting, form, work if form.is_valid() else None, "Reject")

    @badge("State", COLOURS, ordering="status")
    def state(self, request: RefundRequest) -> str:
        return request.get_status_display()

    @admin.display(description="Asked for", ordering="amount_minor")
    def asked(self, request: RefundRequest) -> str:
        return shown(Account(currency_code=request.currency_code), request.amount_minor)

    @admin.display(description="Given", ordering="approved_minor")
    def given(self, request: RefundRequest) -> str:
        return shown(Account(currency_code=request.currency_code), request.approved_minor)

    @admin.display(description="Wallet")
    def wallet_link(self, request: RefundRequest) -> SafeString:
        return link(page_of_wallet(request.wallet), request.wallet)

    @admin.display(description="Entries")
    def entries_shown(self, request: RefundRequest) -> SafeString | str:
        entries = Entry.objects.filter(account_id=request.wallet_id, key=reference_of(request.pk)).order_by("sequence")
        return _links(entries, request.wallet.account) or "-"

    @admin.display(description="This wallet")
    def paid_shown(self, request: RefundRequest) -> SafeString | str:
        paid = paid_for(request.wallet_id, request.order_id)
        return _links(paid.taken, request.wallet.account) or "Nothing: approving it is a credit"

    @admin.display(description="Other wallets")
    def others_shown(self, request: RefundRequest) -> SafeString | str:
        """Who asks for what somebody else has paid is seen before he gets it."""
        rows = Entry.objects.filter(order_id=request.order_id, kind__in=TAKING, amount__lt=0)
        others = rows.exclude(account_id=request.wallet_id).select_related("account").order_by("-pk")[:10]
        return format_html_join(", ", "{}", ((_link(entry, entry.account),) for entry in others)) or "-"

    def _found(self, request: HttpRequest, object_id: str) -> RefundRequest:
        if not is_shop_manager(request):
            raise PermissionDenied
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return found  # type: ignore[no-any-return]

    def _decide(
        self, request: HttpRequest, waiting: RefundRequest, form: forms.Form, work: Callable[[], RefundRequest] | None, verb: str
    ) -> HttpResponse:
        page = reverse("admin:refunds_refundrequest_change", args=[waiting.pk])
        if work and (decided := attempt(form, work)):
            messages.success(request, f"{decided} is {decided.get_status_display()}. The customer is told.")
            return redirect(page)
        facts = (
            *(("Order", str(waiting.order_id)), ("Asked for", str(waiting.amount)), ("Reason", waiting.reason or "-")),
            *(("This wallet paid", self.paid_shown(waiting)), ("Other wallets paid", self.others_shown(waiting))),
            *facts_of(waiting.wallet),
        )
        title = f"{verb} {waiting}?"
        return self.form_page(
            request, form, title=title, submit=verb, cancel=page, obj=waiting, facts=facts, is_dangerous=verb == "Reject"
        )


admin.site.unregister(Entry)


@admin.register(Entry)
class EntryWithOrderPages(EntryPages):
    """Entries as the wallets show them, with the way to refund the whole order that one of them paid for."""

    actions_detail: Sequence[str] = (*EntryPages.actions_detail, "refund_the_order")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        entry = self.get_object(request, str(object_id)) if is_shop_manager(request) else None
        others = super().get_actions_detail(request, object_id)
        hidden = "ledger_entry_refund_the_order"
        return others if entry and _is_of_open_order(entry) else [shown for shown in others if shown.action_name != hidden]

    @button("Refund the order", icon="assignment_return")
    def refund_the_order(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not is_shop_manager(request):
            raise PermissionDenied
        entry = self.get_object(request, object_id)
        if entry is None or entry.order_id is None:
            raise Http404
        return self._refund(request, entry, wallet_of(entry.account_id), entry.order_id)

    def _refund(self, request: HttpRequest, entry: Entry, wallet: Wallet, order_id: int) -> HttpResponse:
        paid, by = paid_for(wallet.pk, order_id), signed_in(request)
        form = OrderForm(posted(request), wallet=wallet, open_minor=paid.open_minor)

        def work() -> list[Entry]:
            amount, event_id = wallet.money(form.cleaned_data["amount"]), form.cleaned_data["event_id"]
            event = Event.named(f"admin:order:{event_id}", order_id, amount.minor)
            return refund_order(wallet=wallet, order_id=order_id, amount=amount, event=event, by=by, actor=actor_of(by))

        if form.is_valid() and _may_alone(request, form, wallet) and (entries := attempt(form, work)):
            given = sum(row.amount for row in entries if row.kind == Kind.REFUND)
            messages.success(request, f"Order {order_id}: {shown(wallet.account, given)} given back.")
            return redirect(reverse("admin:ledger_entry_change", args=[entries[0].pk]))
        facts: Facts = (
            ("Paid with", _links(paid.taken, wallet.account) or "-"),
            ("Credited for it", _links(paid.credited, wallet.account) or "-"),
            *facts_of(wallet),
        )
        cancel = reverse("admin:ledger_entry_change", args=[entry.pk])
        title = f"Refund order {order_id}"
        return self.form_page(
            request, form, title=title, submit="Refund", cancel=cancel, obj=entry, facts=facts, is_dangerous=True
        )


def _is_of_open_order(entry: Entry) -> bool:
    """Whether the button is worth showing; the service decides."""
    is_taking = entry.kind in TAKING and entry.amount < 0
    return is_taking and entry.order_id is not None and bool(paid_for(entry.account_id, entry.order_id).open)


def _may_alone(request: HttpRequest, form: forms.Form, wallet: Wallet) -> bool:
    """Whether one manager may move so much by hand; where not, the form says so, and that he tried is kept."""
    try:
        require_no_approval(wallet, wallet.money(form.cleaned_data["amount"]), actor=actor_of(signed_in(request)))
    except Refusal as refusal:
        say(form, refusal)
        return False
    return True


def _links(entries: Any, account: Account) -> SafeString:
    return format_html_join(", ", "{}", ((_link(entry, account),) for entry in entries))


def _link(entry: Entry, account: Account) -> SafeString:
    text = f"{entry.get_kind_display()} of {shown(account, abs(entry.amount))} (wallet {entry.account_id})"
    return link(reverse("admin:ledger_entry_change", args=[entry.pk]), text)


def _exported() -> Any:
    requests: QuerySet[RefundRequest] = RefundRequest.objects.order_by("pk")
    with stream(requests) as rows:
        yield from csv_lines(rows)
