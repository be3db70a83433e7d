"""Top-ups in the admin: found, shown with what was told of them, and settled by hand through the services."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from audit.services import actor_of
from ledger.admin_base import ReadOnlyAdmin, as_id, badge, link, shown
from ledger.errors import Refusal
from ledger.money import Money
from payments.admin_forms import AmountForm, paid_shown
from payments.by_hand import confirm_by_hand, fail_by_hand, gone_before, left_to_credit, may_confirm, may_fail
from payments.models import TakeBack, Topup
from payments.refunds import request_refund
from payments.services import went_back
from payments.taking_back import left_of
from people.admin_base import Facts, ShopAdmin, button, is_shop_manager, posted, signed_in
from people.admin_panels import Panel
from wallets.admin_actions import attempt, facts_about_approval, page_of
from wallets.admin_forms import say
from wallets.approvals import keep_refused

Status = Topup.Status
COLOURS = {
    Status.CREATED.label: "info",
    Status.PENDING.label: "warning",
    Status.CHARGING.label: "warning",
    Status.UNKNOWN.label: "danger",
    Status.COMPLETED.label: "success",
    Status.FAILED.label: "info",
    Status.REVIEW.label: "danger",
}
NOTICES_MAX = 20


class TopupPages(ReadOnlyAdmin, ShopAdmin):
    """The buttons are there for who may press them; the services refuse everybody else as well."""

    change_form_template = "payments/admin/topup.html"
    actions_detail = ("confirm", "fail", "refund")
    list_display = (
        "number",
        "state",
        "wallet_link",
        "amount_shown",
        "price_shown",
        "bonus_shown",
        "origin",
        "provider",
        "created_at",
    )
    list_filter = ("status", "origin", "provider", "currency_code", ("created_at", admin.DateFieldListFilter))
    search_fields = ("=reference", "wallet__name", "wallet__user__username", "wallet__user__email")
    search_help_text = "Top-up, wallet number, payment at the provider, or name or e-mail of the holder"
    ordering = ("-created_at", "-pk")
    # Whoever has the address of a payment's page pays there in somebody else's name.
    exclude = ("claim", "payment_url", "return_url")
    fieldsets = (
        (None, {"fields": (("number", "state"), ("wallet_link", "origin"), ("amount_shown", "bonus_shown"))}),
        ("Bought", {"fields": (("item", "price_shown"), "fee_shown")}),
        ("Payment", {"fields": (("provider", "reference"), ("failure", "paid_shown"), ("saves_method", "method"))}),
        ("By hand", {"fields": (("confirming_by", "confirming_shown"),)}),
        ("Behind it", {"fields": (("actor", "created_at"), ("charged_at", "finished_at"), "entry_link")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Topup]:
        return Topup.objects.select_related("wallet__account", "wallet__user", "method", "confirming_by")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        if (number := as_id(search_term)) is not None:
            found = found | queryset.filter(wallet=number)
        if (topup_id := _as_uuid(search_term)) is not None:
            found = found | queryset.filter(pk=topup_id)
        return found, may_have_duplicates

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "wallet__exact" or super().lookup_allowed(lookup, value, request)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        topup = self.get_object(request, str(object_id)) if is_shop_manager(request) else None
        names = {f"payments_topup_{name}" for name in open_to(topup)} if topup else set()
        return [shown for shown in super().get_actions_detail(request, object_id) if shown.action_name in names]  # type: ignore[misc]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if topup := kwargs.get("obj"):
            context["panels"] = [notices_of(topup), take_backs_of(topup)]
        return super().render_change_form(request, context, *args, **kwargs)

    @button("Confirm as paid", icon="check")
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        topup = self._topup(request, object_id)
        form = AmountForm(posted(request), amount=_proposed(topup), label="Paid", help_text="What was really paid.")
        if form.is_valid() and (done := self._settled(request, topup, form, confirm_by_hand, amount=form.amount())):
            if done.status == Status.COMPLETED:
                messages.success(request, f"{done} is completed: {done.amount} credited.")
            else:
                messages.warning(request, f"{done}: nothing was credited yet. It waits for a second manager to say the same.")
            return redirect(_page(topup))
        facts = (*facts_of(topup), *facts_about_approval(topup.wallet))
        title = f"Confirm {topup} as paid"
        return self.form_page(request, form, title=title, submit="Credit it", cancel=_page(topup), obj=topup, facts=facts)

    @button("Mark as failed", icon="block")
    def fail(self, request: HttpRequest, object_id: str) -> HttpResponse:
        topup = self._topup(request, object_id)
        form = forms.Form(posted(request))
        if form.is_valid() and (done := self._settled(request, topup, form, fail_by_hand)):
            messages.success(request, f"{done} is {done.status}.")
            return redirect(_page(topup))
        title, facts = f"Mark {topup} as failed?", facts_of(topup)
        page: dict[str, Any] = {"submit": "It failed", "cancel": _page(topup), "obj": topup, "facts": facts, "is_dangerous": True}
        return self.form_page(request, form, title=title, **page)

    @button("Refund", icon="undo")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The provider is asked outside any transaction, so this one makes none."""
        topup = self._topup(request, object_id)
        left = topup.payment(left_of(topup))
        form = AmountForm(posted(request), amount=left, label="Refund", help_text=f"At most {left}; its bonus goes with it.")
        if form.is_valid() and (asked := self._refunded(request, topup, form)):
            messages.success(request, f"The refund of {topup.payment(asked.amount_minor)} is {asked.get_status_display()}.")
            return redirect(_page(topup))
        page: dict[str, Any] = {
            "submit": "Refund it",
            "cancel": _page(topup),
            "obj": topup,
            "facts": facts_of(topup),
            "is_dangerous": True,
        }
        return self.form_page(request, form, title=f"Refund {topup}", **page)

    def _refunded(self, request: HttpRequest, topup: Topup, form: AmountForm) -> TakeBack | None:
        try:
            return request_refund(topup=topup, amount=form.amount(), by=signed_in(request))
        except Refusal as refusal:
            say(form, refusal)
            return None

    def _settled(self, request: HttpRequest, topup: Topup, form: forms.Form, settle: Any, **asked: Any) -> Topup | None:
        by = signed_in(request)
        amount: Money = asked.get("amount", topup.amount)
        return attempt(
            form,
            lambda: settle(topup_id=topup.pk, by=by, **asked),
            keep=lambda refusal: keep_refused(refusal, actor=actor_of(by), wallet=topup.wallet, amount=amount),
        )

    def _topup(self, request: HttpRequest, object_id: str) -> Topup:
        if not is_shop_manager(request):
            raise PermissionDenied
        topup = self.get_object(request, object_id)
        if topup is None:
            raise Http404
        return topup  # type: ignore[no-any-return]

    @admin.display(description="Top-up", ordering="pk")
    def number(self, topup: Topup) -> str:
        return str(topup.pk)

    @badge("State", COLOURS, ordering="status")
    def state(self, topup: Topup) -> str:
        return topup.get_status_display()

    @admin.display(description="Wallet", ordering="wallet")
    def wallet_link(self, topup: Topup) -> str:
        return link(page_of(topup.wallet), f"{topup.wallet.user}, wallet {topup.wallet_id}")

    @admin.display(description="Amount", ordering="amount_minor")
    def amount_shown(self, topup: Topup) -> str:
        return shown(topup.wallet.account, topup.amount_minor)

    @admin.display(description="Paid for it", ordering="price_minor")
    def price_shown(self, topup: Topup) -> str:
        return paid_shown(topup, topup.price_minor)

    @admin.display(description="Fee", ordering="fee_minor")
    def fee_shown(self, topup: Topup) -> str:
        return shown(topup.wallet.account, topup.fee_minor or None)

    @admin.display(description="Bonus", ordering="bonus_minor")
    def bonus_shown(self, topup: Topup) -> str:
        return shown(topup.wallet.account, topup.bonus_minor or None)

    @admin.display(description="Paid, and not booked")
    def paid_shown(self, topup: Topup) -> str:
        return paid_of(topup)

    @admin.display(description="Says that was paid")
    def confirming_shown(self, topup: Topup) -> str:
        return paid_shown(topup, topup.confirming_minor)

    @admin.display(description="Entry")
    def entry_link(self, topup: Topup) -> str:
        number = topup.entry_id
        return link(reverse("admin:ledger_entry_change", args=[number]), number) if number else "-"


def open_to(topup: Topup) -> list[str]:
    """What a manager can do with it now."""
    names = {"confirm": may_confirm(topup), "fail": may_fail(topup)}
    names["refund"] = topup.status == Status.COMPLETED and left_of(topup) > 0
    return [name for name, is_open in names.items() if is_open]


def paid_of(topup: Topup) -> str:
    """What was paid otherwise than it was asked for."""
    if topup.paid_minor is None:
        return "-"
    if topup.paid_currency == (topup.price_currency or topup.currency_code):
        return paid_shown(topup, topup.paid_minor)
    return f"{topup.paid_minor} minor units of {topup.paid_currency}"


def facts_of(topup: Topup) -> Facts:
    """What somebody has to know who decides."""
    account = topup.wallet.account
    facts: list[Any] = [
        ("Wallet", link(page_of(topup.wallet), f"{topup.wallet} of {topup.wallet.user}")),
        ("Asked for", f"{shown(account, topup.amount_minor)}, {topup.created_at:%Y-%m-%d %H:%M} UTC"),
        ("Bonus", shown(account, topup.bonus_minor or None)),
        ("State", topup.get_status_display()),
        ("Provider", f"{topup.provider} {topup.reference}".strip()),
    ]
    if topup.is_sale:
        facts.append(("Price", f"{paid_shown(topup, topup.price_minor)}, fee {shown(account, topup.fee_minor)}"))
    if topup.paid_minor is not None:
        facts.append(("Paid, and not booked", f"{paid_of(topup)} ({topup.failure})"))
    if topup.status != Status.COMPLETED and (gone := gone_before(topup)).minor:
        cases = ", ".join(sorted({back.case for back in went_back(topup, topup.reference)} - {""}))
        facts.append(("Went back already", f"{gone} ({cases or 'no name'}): {left_to_credit(topup)} is left to be credited"))
    if topup.confirming_by:
        facts.append((f"{topup.confirming_by} says", f"{paid_shown(topup, topup.confirming_minor)} was paid"))
    return facts


def notices_of(topup: Topup) -> Panel:
    """What the provider has told of it."""
    rows = [
        (notice.notice_id, notice.kind, notice.outcome, f"{notice.received_at:%Y-%m-%d %H:%M:%S}", notice.times)
        for notice in topup.notices.order_by("-pk")[:NOTICES_MAX]
    ]
    return Panel("Notices", ("Notice", "Says", "What became of it", "First received (UTC)", "Times"), rows)


def take_backs_of(topup: Topup) -> Panel:
    """What of it went back."""
    account = topup.wallet.account
    rows = [
        (
            link(reverse("admin:payments_takeback_change", args=[back.pk]), str(back.pk)[:8]),
            back.get_kind_display(),
            back.get_status_display(),
            *(paid_shown(topup, back.amount_minor), *(shown(account, minor) for minor in (back.taken_minor, back.debt_minor))),
            f"{back.created_at:%Y-%m-%d %H:%M}",
        )
        for back in topup.take_backs.order_by("created_at")
    ]
    return Panel("Went back", ("", "Why", "State", "Of the payment", "The wallet gave", "Owed", "At (UTC)"), rows)


def _proposed(topup: Topup) -> Money:
    """What is most likely right: the first manager's word, what was reported, what was asked for; no more than is left of it."""
    if topup.is_sale:
        return topup.price
    reported = topup.paid_minor if topup.paid_currency == topup.currency_code else None
    told = topup.confirming_minor or reported or topup.amount_minor
    return topup.wallet.money(min(told, left_to_credit(topup).minor) if gone_before(topup).minor else told)


def _page(topup: Topup) -> str:
    return reverse("admin:payments_topup_change", args=[topup.pk])


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None
