"""Codes and their batches: generated and voided here, shown in full to managers only."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin

from audit.acts import ActName
from audit.services import actor_of, record
from codes.admin_forms import GenerateForm
from codes.exporting import csv_lines, full_text
from codes.models import Batch, Code, Redemption, Status
from codes.services import generate_codes, require_within_limits_of_one, void_batch, void_code
from codes.texts import TYPED_MAX, digest_of, normalized
from ledger.admin_base import ReadOnlyAdmin, badge, link
from ledger.errors import Refusal
from ledger.movements import Event
from ledger.retry import in_transaction
from people.admin_base import Facts, ShopAdmin, button, is_shop_manager, posted, signed_in
from wallets.admin_actions import attempt
from wallets.admin_forms import say

STAYS: Facts = (("What was redeemed", "stays: no money is taken back"),)
COLOURS = {"Active": "success", "Redeemed": "info", "Expired": "warning", "Voided": "danger"}


class CodesAdmin(ReadOnlyAdmin, ShopAdmin):
    """What batches and codes share."""

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        return super().get_actions_detail(request, object_id) if is_shop_manager(request) else []  # type: ignore[misc]

    def found(self, request: HttpRequest, object_id: str) -> Any:
        """The row of this page, for a manager."""
        if not is_shop_manager(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row

    def confirmed(
        self, request: HttpRequest, row: Batch | Code, title: str, work: Callable[[], int], facts: Facts
    ) -> HttpResponse:
        """Ask, and on POST do it. `work` tells how many codes it has voided."""
        form, back = forms.Form(posted(request)), page_of(row)
        voided = attempt(form, work) if form.is_valid() else None
        if voided is not None:
            _tell(request, row, voided)
            return redirect(back)
        return self.form_page(request, form, title=title, submit="Void", cancel=back, obj=row, facts=facts, is_dangerous=True)

    @admin.display(description="Amount", ordering="amount_minor")
    def amount(self, terms: Batch | Code) -> str:
        return terms.shown(terms.amount_minor)


@admin.register(Batch)
class BatchAdmin(CodesAdmin, ModelAdmin):
    actions_detail = ("export", "void_all")
    list_display = ("__str__", "prefix", "amount", "quantity", "max_redemptions", "expires_at", "made_by", "created_at")
    list_filter = ("currency_code", ("created_at", admin.DateFieldListFilter))
    search_fields = ("prefix", "made_by__username")
    search_help_text = "Prefix, or who made it"
    list_select_related = ("made_by",)
    ordering = ("-pk",)
    exclude = ("key",)
    fields = (
        *(("prefix", "quantity"), ("amount", "currency_code"), ("max_redemptions", "max_per_user")),
        *(("expires_at", "restrict_to_user"), ("made_by", "created_at"), ("counts", "codes_link")),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Generate codes, and show them."""
        if not is_shop_manager(request):
            raise PermissionDenied
        form = GenerateForm(posted(request))
        if form.is_valid() and (made := self._generate(request, form)):
            return self._show(request, *made)
        cancel = reverse("admin:codes_batch_changelist")
        return self.form_page(request, form, title="Generate codes", submit="Generate", cancel=cancel)

    @button("Export", icon="download")
    def export(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The whole batch as a CSV file, the codes in full. That somebody took them is kept."""
        batch = self.found(request, object_id)
        actor = actor_of(signed_in(request))
        in_transaction(lambda: record(ActName.CODES_EXPORTED, actor=actor, subject=f"batch:{batch.pk}"))
        response = HttpResponse("".join(csv_lines(batch, timezone.now())), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="codes-{batch.pk}.csv"'
        response["Cache-Control"] = "no-store"
        return response

    @button("Void all", icon="block")
    def void_all(self, request: HttpRequest, object_id: str) -> HttpResponse:
        batch, actor = self.found(request, object_id), actor_of(signed_in(request))
        counts = counts_of(batch)
        if not (left := counts[Status.ACTIVE] + counts[Status.EXPIRED]):
            _tell(request, batch, left)
            return redirect(page_of(batch))
        facts = (("This voids", _codes(left)), *STAYS)
        title = f"Void what is left of {batch}?"
        return self.confirmed(request, batch, title, lambda: void_batch(batch=batch, actor=actor), facts)

    @admin.display(description="Of its codes")
    def counts(self, batch: Batch) -> str:
        counts = counts_of(batch)
        return ", ".join(f"{counts[status]} {status}" for status in Status)

    @admin.display(description="Codes")
    def codes_link(self, batch: Batch) -> str:
        return link(f"{reverse('admin:codes_code_changelist')}?batch__id__exact={batch.pk}", "The codes of this batch")

    def _generate(self, request: HttpRequest, form: GenerateForm) -> tuple[Batch, list[str]] | None:
        user = signed_in(request)
        actor = actor_of(user)
        event = Event.named(f"admin:codes:{form.cleaned_data['event_id']}")
        try:
            require_within_limits_of_one(form.total(), actor=actor)
        except Refusal as refusal:
            say(form, refusal)
            return None
        return attempt(form, lambda: generate_codes(event=event, actor=actor, made_by=user, **form.terms()))

    def _show(self, request: HttpRequest, batch: Batch, texts: list[str]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            **{"title": f"{len(texts)} codes", "opts": self.opts, "original": batch, "has_view_permission": True},
            **{"codes": texts, "rows": min(len(texts), 25), "back": page_of(batch)},
            "export": reverse("admin:codes_batch_export", args=[batch.pk]),
            "note": f"Each brings {batch.shown(batch.amount_minor)}. Whoever has one can redeem it.",
        }
        return TemplateResponse(request, "codes/admin/generated.html", context)


class StatusFilter(admin.SimpleListFilter):
    """What the codes are good for now."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status.value, str(status.label)) for status in Status]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Code]) -> QuerySet[Code]:
        wanted = self.value()
        return queryset.of_status(wanted, timezone.now()) if wanted in Status.values else queryset  # type: ignore[attr-defined]


@admin.register(Code)
class CodeAdmin(CodesAdmin, ModelAdmin):
    actions_detail = ("void",)
    list_display = ("masked", "status", "amount", "redeemed", "expires_at", "restrict_to_user", "batch", "created_at")
    list_filter = (StatusFilter, "currency_code", ("created_at", admin.DateFieldListFilter))
    list_select_related = ("batch", "restrict_to_user")
    search_fields = ("prefix",)
    search_help_text = "A code, or a prefix"
    ordering = ("-pk",)
    exclude = ("digest", "sealed")
    fields = (
        *(("shown_code", "status"), ("amount", "currency_code"), ("redeemed", "max_per_user")),
        *(("expires_at", "restrict_to_user"), ("batch_link", "created_at"), ("voided_at", "redemptions_link")),
    )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        found = queryset.filter(prefix__startswith=term.upper()[:TYPED_MAX].replace("\0", ""))
        return (found | queryset.filter(digest=digest_of(term))) if normalized(term) else found, False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "batch__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_fields(self, request: HttpRequest, obj: Code | None = None) -> Any:
        """Staff that may only look see no code in full."""
        if is_shop_manager(request):
            return self.fields
        return (("masked", "status"), *self.fields[1:])

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """Nothing can be voided of what nobody can redeem."""
        code = self.get_object(request, str(object_id))
        is_over = code is None or code.status_at(timezone.now()) in {Status.REDEEMED, Status.VOIDED}
        return [] if is_over else super().get_actions_detail(request, object_id)

    @button("Void", icon="block")
    def void(self, request: HttpRequest, object_id: str) -> HttpResponse:
        code, actor = self.found(request, object_id), actor_of(signed_in(request))

        def work() -> int:
            void_code(code=code, actor=actor)
            return int(code.voided_at is None)

        redeemed = (("Redeemed", self.redeemed(code)), *STAYS) if code.redemptions else ()
        return self.confirmed(request, code, f"Void {code}?", work, redeemed)

    @admin.display(description="Code")
    def masked(self, code: Code) -> str:
        return code.masked

    @admin.display(description="Code")
    def shown_code(self, code: Code) -> str:
        return full_text(code)

    @badge("Status", COLOURS)
    def status(self, code: Code) -> str:
        return str(code.status_at(timezone.now()).label)

    @admin.display(description="Redeemed", ordering="redemptions")
    def redeemed(self, code: Code) -> str:
        return f"{code.redemptions} of {code.max_redemptions}"

    @admin.display(description="Batch")
    def batch_link(self, code: Code) -> str:
        return link(page_of(code.batch), code.batch)

    @admin.display(description="Redemptions")
    def redemptions_link(self, code: Code) -> str:
        return link(f"{reverse('admin:codes_redemption_changelist')}?code__id__exact={code.pk}", "Who redeemed it")


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin, ModelAdmin):
    """Who redeemed what."""

    list_display = ("id", "code", "number", "user", "wallet", "at")
    list_filter = (("at", admin.DateFieldListFilter),)
    list_select_related = ("code", "user", "wallet")
    search_fields = ("user__username", "user__email")
    ordering = ("-pk",)
    fields = (("code", "number"), ("user", "wallet"), ("entry_link", "at"))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "code__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description="Entry")
    def entry_link(self, redemption: Redemption) -> str:
        return link(reverse("admin:ledger_entry_change", args=[redemption.entry_id]), redemption.entry_id)


def counts_of(batch: Batch) -> Counter[Status]:
    """How many of its codes are what now: one statement, over as many rows as a batch may have."""
    now = timezone.now()
    codes = Code.objects.filter(batch=batch).only("batch", "voided_at", "redemptions", "max_redemptions", "expires_at")
    return Counter(code.status_at(now) for code in codes)


def _codes(count: int) -> str:
    return "1 code" if count == 1 else f"{count} codes"


def _tell(request: HttpRequest, row: Batch | Code, voided: int) -> None:
    if voided:
        messages.success(request, f"{row}: {_codes(voided)} voided, which nobody can redeem any more.")
    else:
        messages.warning(request, f"{row}: there was nothing left to void.")


def page_of(row: Batch | Code) -> str:
    """The address of a row's page."""
    return reverse(f"admin:codes_{row._meta.model_name}_change", args=[row.pk])
