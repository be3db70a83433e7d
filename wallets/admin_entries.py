"""What a shop manager does to an entry or a hold: give back, capture, void. Each a page with a form, each by the service."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from ledger.admin import EntryAdmin
from ledger.admin_base import shown
from ledger.admin_holds import HoldAdmin
from ledger.holds import State
from ledger.models import ACTS_ONCE, Entry, Hold
from ledger.movements import Circumstances, Event
from ledger.reversals import NOT_REVERSIBLE
from people.admin_base import Facts, ShopAdmin, button, is_shop_manager, posted, signed_in
from wallets.admin_actions import WAITS, attempt, facts_about_approval, keeper
from wallets.admin_forms import ActForm, CaptureForm, ReversalForm
from wallets.approvals import adjust
from wallets.holds import capture_hold, void_hold
from wallets.models import Adjustment, Wallet

admin.site.unregister(Entry)
admin.site.unregister(Hold)


def wallet_of(account_id: int) -> Wallet:
    return Wallet.objects.select_related("account", "user").get(pk=account_id)


def facts_of(wallet: Wallet) -> Facts:
    """Whose money it is, and how much there is."""
    account = wallet.account
    return (("Holder", str(wallet.user)), ("Available", shown(account, account.available)))


@admin.register(Entry)
class EntryPages(EntryAdmin, ShopAdmin, ModelAdmin):  # type: ignore[misc]
    """Entries as the ledger shows them, with the way to give one back."""

    actions_detail: Sequence[str] = ("give_back",)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        entry = self.get_object(request, str(object_id))
        if entry is None or not is_shop_manager(request) or not may_be_given_back(entry):
            return []
        return super().get_actions_detail(request, object_id)

    @button("Give back", icon="undo")
    def give_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        entry = _found(self, request, object_id)
        wallet = wallet_of(entry.account_id)
        form = ReversalForm(posted(request), wallet=wallet, entry=entry)
        if form.is_valid():
            adjustment = form.adjustment(signed_in(request))
            moved = attempt(form, lambda: adjust(adjustment=adjustment), keep=keeper(request, adjustment))
            if isinstance(moved, Adjustment):
                messages.warning(request, f"{moved} of {moved.money}: {WAITS[moved.is_pending]}")
                return redirect(reverse("admin:wallets_adjustment_change", args=[moved.pk]))
            if moved:
                messages.success(request, f"Entry {moved.pk}: {shown(wallet.account, moved.amount)}.")
                return redirect(reverse("admin:ledger_entry_change", args=[moved.pk]))
        facts = (("Entry", f"{entry.get_kind_display()} of {shown(wallet.account, entry.amount)}"), *facts_of(wallet))
        return self.form_page(
            request,
            form,
            title=f"Give back entry {entry.pk}",
            submit="Give back",
            cancel=reverse("admin:ledger_entry_change", args=[entry.pk]),
            obj=entry,
            facts=(*facts, *facts_about_approval(wallet)),
            is_dangerous=True,
        )


def may_be_given_back(entry: Entry) -> bool:
    """Whether the button is worth showing; the service decides."""
    if entry.kind in NOT_REVERSIBLE:
        return False
    return not Entry.objects.filter(account_id=entry.account_id, of=entry.sequence, kind__in=ACTS_ONCE).exists()


@admin.register(Hold)
class HoldPages(HoldAdmin, ShopAdmin, ModelAdmin):  # type: ignore[misc]
    """Holds as the ledger shows them, with what can be done to one that is live."""

    actions_detail = ("capture", "void")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        hold = self.get_object(request, str(object_id))
        if hold is None or not is_shop_manager(request) or self.state_shown(hold) != State.ACTIVE.label:
            return []
        return super().get_actions_detail(request, object_id)

    @button("Capture", icon="check")
    def capture(self, request: HttpRequest, object_id: str) -> HttpResponse:
        hold = _found(self, request, object_id)
        form = CaptureForm(posted(request), wallet=wallet_of(hold.account_id), held_minor=hold.amount)

        def work() -> Entry:
            amount = hold.account.money(form.cleaned_data["amount"])
            return capture_hold(hold=hold, amount=amount, event=_event(form, "capture"), why=_why(request, hold, form))

        return self._act(request, hold, form, work, "Capture")

    @button("Void", icon="block")
    def void(self, request: HttpRequest, object_id: str) -> HttpResponse:
        hold = _found(self, request, object_id)
        form = ActForm(posted(request))

        def work() -> Entry:
            return void_hold(hold=hold, event=_event(form, "void"), why=_why(request, hold, form))

        return self._act(request, hold, form, work, "Void")

    def _act(self, request: HttpRequest, hold: Hold, form: forms.Form, work: Callable[[], Entry], verb: str) -> HttpResponse:
        back = reverse("admin:ledger_hold_change", args=[hold.pk])
        if form.is_valid() and (entry := attempt(form, work)):
            told = f"Entry {entry.pk}: {shown(hold.account, entry.amount)}, held {shown(hold.account, entry.held)}."
            messages.success(request, told)
            return redirect(back)
        facts = (("Held", shown(hold.account, hold.amount)), *facts_of(wallet_of(hold.account_id)))
        return self.form_page(request, form, title=f"{verb} {hold}?", submit=verb, cancel=back, obj=hold, facts=facts)


def _found(pages: ShopAdmin, request: HttpRequest, object_id: str) -> Any:
    if not is_shop_manager(request):
        raise PermissionDenied
    found = pages.get_object(request, object_id)
    if found is None:
        raise Http404
    return found


def _event(form: forms.Form, verb: str) -> Event:
    """The event is the page that was sent."""
    assert isinstance(form, ActForm)
    return Event.named(f"admin:{form.cleaned_data['event_id']}", verb, *form.asked())


def _why(request: HttpRequest, hold: Hold, form: forms.Form) -> Circumstances:
    """What the page does not say is as it was when the money was set aside."""
    placed = Entry.objects.get(pk=hold.pk)
    return Circumstances(
        actor=f"user:{signed_in(request).pk} admin",
        reason=form.cleaned_data["reason"] or placed.reason,
        note=form.cleaned_data["note"] or None,
        order_id=placed.order_id,
        reference=placed.reference,
    )
