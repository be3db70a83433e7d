"""What went back of top-ups, in the admin: looked at, and settled where nobody else can say what became of it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from ledger.admin_base import ReadOnlyAdmin, badge, link, shown
from payments.admin_forms import paid_shown
from payments.models import TakeBack
from payments.refunds import may_settle, settle_refund_by_hand
from payments.taking_back import EXCEEDS, mark_seen
from payments.verifying_take_backs import NOTHING_LEFT
from people.admin_base import Facts, ShopAdmin, button, is_shop_manager, posted, signed_in
from wallets.admin_actions import attempt, page_of

Kind, Status = TakeBack.Kind, TakeBack.Status
COLOURS = {
    Status.REQUESTED.label: "warning",
    Status.UNKNOWN.label: "danger",
    Status.DONE.label: "success",
    Status.FAILED.label: "info",
}
TO_BE_SEEN = Q(status=Status.DONE, seen_at=None) & (
    Q(kind=Kind.DISPUTE) | Q(debt_minor__gt=0) | Q(reason__in=(EXCEEDS, NOTHING_LEFT, TakeBack.Unbooked.TOO_LITTLE))
)
TO_BE_SETTLED = Q(status=Status.UNKNOWN, next_attempt_at=None)


class OpenFilter(admin.SimpleListFilter):
    """What waits for a person."""

    title = "for a person"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("seen", "To be looked at"), ("settled", "To be settled")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[TakeBack]) -> QuerySet[TakeBack]:
        open_ones = {"seen": TO_BE_SEEN, "settled": TO_BE_SETTLED}.get(self.value() or "")
        return queryset.filter(open_ones) if open_ones else queryset


class TakeBackPages(ReadOnlyAdmin, ShopAdmin):
    """The buttons are there for who may press them; the services refuse everybody else as well."""

    actions_detail = ("seen", "refunded", "not_refunded")
    list_display = ("number", "state", "kind", "wallet_link", "of_payment", "gave", "owed", "created_at", "seen_by")
    list_filter = (OpenFilter, "status", "kind", ("created_at", admin.DateFieldListFilter))
    search_fields = ("=case", "topup__wallet__user__username", "topup__wallet__user__email")
    search_help_text = "The dispute or refund at the provider, or name or e-mail of the holder"
    ordering = ("-created_at", "-pk")
    fieldsets = (
        (None, {"fields": (("number", "state"), ("kind", "reason"), ("topup_link", "wallet_link"))}),
        ("Money", {"fields": (("of_payment", "gave", "owed"), ("case", "reference", "hold_sequence"))}),
        ("Behind it", {"fields": (("actor", "created_at"), ("next_attempt_at", "finished_at"), ("seen_by", "seen_at"))}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[TakeBack]:
        return TakeBack.objects.select_related("topup__wallet__account", "topup__wallet__user", "seen_by")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        take_back = self.get_object(request, str(object_id)) if is_shop_manager(request) else None
        names = {f"payments_takeback_{name}" for name in open_to(take_back)} if take_back else set()
        return [shown for shown in super().get_actions_detail(request, object_id) if shown.action_name in names]  # type: ignore[misc]

    @button("Mark as looked at", icon="visibility")
    def seen(self, request: HttpRequest, object_id: str) -> HttpResponse:
        take_back, by = self._found(request, object_id), signed_in(request)
        title = f"Have you looked at {take_back}?"
        return self._asked(request, take_back, title, "I have", lambda: mark_seen(take_back_id=take_back.pk, by=by))

    @button("It was refunded", icon="check")
    def refunded(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._settle(request, object_id, was_refunded=True)

    @button("It was not refunded", icon="block")
    def not_refunded(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._settle(request, object_id, was_refunded=False)

    def _settle(self, request: HttpRequest, object_id: str, *, was_refunded: bool) -> HttpResponse:
        take_back, by = self._found(request, object_id), signed_in(request)
        word = "was refunded" if was_refunded else "was not refunded"
        return self._asked(
            request,
            take_back,
            f"{take_back} {word}?",
            f"It {word}",
            lambda: settle_refund_by_hand(take_back_id=take_back.pk, was_refunded=was_refunded, by=by),
        )

    def _asked(self, request: HttpRequest, take_back: TakeBack, title: str, submit: str, work: Any) -> HttpResponse:
        """Ask, and on POST do it."""
        form, back = forms.Form(posted(request)), reverse("admin:payments_takeback_change", args=[take_back.pk])
        if form.is_valid() and (done := attempt(form, work)):
            messages.success(request, f"{done} is {done.get_status_display()}.")
            return redirect(back)
        facts = facts_of(take_back)
        return self.form_page(
            request, form, title=title, submit=submit, cancel=back, obj=take_back, facts=facts, is_dangerous=True
        )

    def _found(self, request: HttpRequest, object_id: str) -> TakeBack:
        if not is_shop_manager(request):
            raise PermissionDenied
        take_back = self.get_object(request, object_id)
        if take_back is None:
            raise Http404
        return take_back  # type: ignore[no-any-return]

    @admin.display(description="Take-back", ordering="pk")
    def number(self, take_back: TakeBack) -> str:
        return str(take_back.pk)

    @badge("State", COLOURS, ordering="status")
    def state(self, take_back: TakeBack) -> str:
        return take_back.get_status_display()

    @admin.display(description="Top-up")
    def topup_link(self, take_back: TakeBack) -> str:
        return link(reverse("admin:payments_topup_change", args=[take_back.topup_id]), take_back.topup_id)

    @admin.display(description="Wallet", ordering="topup__wallet")
    def wallet_link(self, take_back: TakeBack) -> str:
        wallet = take_back.topup.wallet
        return link(page_of(wallet), f"{wallet.user}, wallet {wallet.pk}")

    @admin.display(description="Of the payment", ordering="amount_minor")
    def of_payment(self, take_back: TakeBack) -> str:
        return paid_shown(take_back.topup, take_back.amount_minor)

    @admin.display(description="The wallet gave")
    def gave(self, take_back: TakeBack) -> str:
        return _shown(take_back, take_back.taken_minor)

    @admin.display(description="Owed since then", ordering="debt_minor")
    def owed(self, take_back: TakeBack) -> str:
        return _shown(take_back, take_back.debt_minor)


def open_to(take_back: TakeBack) -> list[str]:
    """What a manager can do with it now."""
    names = ["seen"] if take_back.status == Status.DONE and take_back.seen_at is None else []
    return [*names, "refunded", "not_refunded"] if may_settle(take_back) else names


def facts_of(take_back: TakeBack) -> Facts:
    """What somebody has to know who says so."""
    wallet = take_back.topup.wallet
    return (
        ("Wallet", link(page_of(wallet), f"{wallet} of {wallet.user}")),
        ("The `case` of a notice of it", str(take_back.pk) if take_back.kind == Kind.REFUND else take_back.case or "-"),
        ("Of the payment", paid_shown(take_back.topup, take_back.amount_minor)),
        ("The wallet gave", _shown(take_back, take_back.taken_minor)),
        ("Owed since then", _shown(take_back, take_back.debt_minor)),
        ("At the provider", take_back.case or take_back.topup.reference or "-"),
    )


def _shown(take_back: TakeBack, minor: int) -> str:
    return shown(take_back.topup.wallet.account, minor)
