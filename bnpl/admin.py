"""Loans, to look at, and to repay out of their holders' wallets; and the list of those who may have one."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin

from audit.services import actor_of
from bnpl.errors import NothingOwed
from bnpl.models import Eligible, Loan, Status
from bnpl.services import allow, disallow, repay
from ledger.admin_base import ReadOnlyAdmin, badge, link, shown
from ledger.errors import Busy, InsufficientFunds, LedgerUnavailable, Refusal
from ledger.models import Debt
from ledger.movements import Event
from ledger.retry import in_transaction
from people.admin_base import ShopAdmin, button, is_shop_manager, posted, signed_in, user_field

COLOURS = {"Open": "info", "Overdue": "danger", "Repaid": "success"}
WORDS: dict[type[Refusal], str] = {
    NothingOwed: "It is repaid already.",
    InsufficientFunds: "There is nothing in the wallet to repay it from.",
    Busy: "Somebody else is at this wallet. Nothing was changed; try again.",
    LedgerUnavailable: "The wallet refuses to move: see the alarms. Nothing was changed.",
}


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status.value, status.label) for status in Status]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Loan]) -> QuerySet[Loan]:
        now = timezone.now()
        states: dict[str, dict[str, Any]] = {
            "repaid": {"open_principal": None},
            "open": {"open_principal__isnull": False, "due_at__gt": now},
            "overdue": {"open_principal__isnull": False, "due_at__lte": now},
        }
        found = states.get(self.value() or "", {})
        return queryset.filter(**found)


@admin.register(Loan)
class LoanAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    """What was lent to pay later, on which terms, and what is still owed of it."""

    actions_detail = ("repay_now",)
    list_display = (
        *("number", "status_shown", "user", "account_shown", "order_id"),
        *("lent_shown", "owed_shown", "made_at", "due_at"),
    )
    list_filter = (StatusFilter, ("due_at", admin.DateFieldListFilter))
    search_fields = ("user__username", "user__email", "=account__id", "=order_id")
    search_help_text = "User name or e-mail, account number or order number"
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("number", "status_shown"), ("user_link", "account_shown"), ("order_id", "entry_link"))}),
        ("Owed", {"fields": (("lent_shown", "owed_shown"), ("principal_shown", "interest_shown"))}),
        ("Terms", {"fields": (("made_at", "due_at"), ("terms_shown", "bears_at"), "told_at")}),
    )
    exclude = ("key", "asked")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Loan]:
        debts = Debt.objects.filter(account_id=OuterRef("account_id"), sequence=OuterRef("sequence"))
        open_parts = {f"open_{name}": Subquery(debts.values(name)[:1]) for name in ("principal", "interest")}
        return Loan.objects.select_related("user", "account").annotate(**open_parts)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        return super().get_actions_detail(request, object_id) if is_shop_manager(request) else []

    @button("Repay now", icon="payments")
    def repay_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not is_shop_manager(request):
            raise PermissionDenied
        loan = self.get_object(request, object_id)
        if loan is None:
            raise Http404
        form = forms.Form(posted(request))
        asked = {"account_id": loan.account_id, "debt_id": loan.pk, "actor": actor_of(signed_in(request))}
        if form.is_valid():
            try:
                done = in_transaction(lambda: repay(**asked, event=Event.once("admin")))
            except tuple(WORDS) as refusal:
                form.add_error(None, next(words for kind, words in WORDS.items() if isinstance(refusal, kind)))
            else:
                self.log_change(request, loan, f"Repaid {done.repaid} out of the wallet.")
                messages.success(request, f"{done.repaid} repaid; {done.outstanding} is still owed in all.")
                return redirect("admin:bnpl_loan_change", loan.pk)
        facts = [("Owed", self.owed_shown(loan)), ("In the wallet", shown(loan.account, loan.account.available))]
        back = reverse("admin:bnpl_loan_change", args=[loan.pk])
        title = "Repay a loan out of the wallet"
        return self.form_page(request, form, title=title, submit="Repay", cancel=back, obj=loan, facts=facts)

    @admin.display(description="Loan", ordering="id")
    def number(self, loan: Loan) -> int:
        return loan.pk

    @badge("Status", COLOURS)
    def status_shown(self, loan: Any) -> str:
        if loan.open_principal is None:
            return str(Status.REPAID.label)
        return str((Status.OVERDUE if loan.due_at <= timezone.now() else Status.OPEN).label)

    @admin.display(description="Customer")
    def user_link(self, loan: Loan) -> str:
        return link(reverse("admin:people_user_change", args=[loan.user_id]), loan.user)

    @admin.display(description="Account")
    def account_shown(self, loan: Loan) -> str:
        return link(reverse("admin:ledger_account_change", args=[loan.account_id]), loan.account_id)

    @admin.display(description="Made by entry")
    def entry_link(self, loan: Loan) -> str:
        return link(reverse("admin:ledger_entry_change", args=[loan.pk]), loan.pk)

    @admin.display(description="Lent", ordering="principal_minor")
    def lent_shown(self, loan: Loan) -> str:
        return shown(loan.account, loan.principal_minor)

    @admin.display(description="Still owed")
    def owed_shown(self, loan: Any) -> str:
        return shown(loan.account, (loan.open_principal or 0) + (loan.open_interest or 0))

    @admin.display(description="Principal")
    def principal_shown(self, loan: Any) -> str:
        return shown(loan.account, loan.open_principal or 0)

    @admin.display(description="Interest")
    def interest_shown(self, loan: Any) -> str:
        return shown(loan.account, loan.open_interest or 0)

    @admin.display(description="Interest, once")
    def terms_shown(self, loan: Loan) -> str:
        figure = f"{loan.interest_amount.normalize():f}"
        return {"fixed": f"{figure} minor units", "percent": f"{figure} %"}.get(loan.interest_type, "none")


class AllowForm(forms.Form):
    """Whom."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"] = user_field(Eligible, "user", "Customer")


@admin.register(Eligible)
class EligibleAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    """Who may pay later, where the setting `bnpl_eligibility` goes by this list."""

    actions_list = ("put_on_the_list",)
    actions_detail = ("take_off_the_list",)
    list_display = ("user", "added_at", "added_by")
    list_select_related = ("user", "added_by")
    search_fields = ("user__username", "user__email")
    search_help_text = "User name or e-mail"
    ordering = ("-added_at",)
    fields = (("user_link", "added_at"), "added_by")

    def get_actions_list(self, request: HttpRequest) -> Any:
        return super().get_actions_list(request) if is_shop_manager(request) else []

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        return super().get_actions_detail(request, object_id) if is_shop_manager(request) else []

    @button("Put on the list", icon="person_add")
    def put_on_the_list(self, request: HttpRequest) -> HttpResponse:
        if not is_shop_manager(request):
            raise PermissionDenied
        form = AllowForm(posted(request))
        if form.is_valid():
            user = form.cleaned_data["user"]
            is_new = in_transaction(lambda: allow(user=user, by=signed_in(request)))
            messages.success(request, f"{user} {'may pay later now' if is_new else 'was on the list already'}.")
            return redirect("admin:bnpl_eligible_changelist")
        title, back = "Put a customer on the list of those who may pay later", reverse("admin:bnpl_eligible_changelist")
        return self.form_page(request, form, title=title, submit="Put on the list", cancel=back)

    @button("Take off the list", icon="person_remove")
    def take_off_the_list(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not is_shop_manager(request):
            raise PermissionDenied
        eligible = self.get_object(request, object_id)
        if eligible is None:
            raise Http404
        form = forms.Form(posted(request))
        if form.is_valid():
            in_transaction(lambda: disallow(user=eligible.user, by=signed_in(request)))
            messages.success(request, f"{eligible.user} is off the list. What he owes stays owed.")
            return redirect("admin:bnpl_eligible_changelist")
        title, back = "Take a customer off the list", reverse("admin:bnpl_eligible_changelist")
        facts = [("Customer", str(eligible.user))]
        return self.form_page(request, form, title=title, submit="Take off", cancel=back, obj=eligible, facts=facts)

    @admin.display(description="Customer")
    def user_link(self, eligible: Eligible) -> str:
        return link(reverse("admin:people_user_change", args=[eligible.user_id]), eligible.user)
