"""What a shop manager does to a wallet: credit, debit, freeze, terms, open. Each a page with a form, each by the service."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from ledger.admin_base import as_id, shown
from ledger.errors import Refusal
from ledger.kinds import Kind
from ledger.models import Account, Entry
from ledger.money import default_currency
from ledger.movements import Circumstances, Event
from ledger.retry import in_transaction
from people.admin_base import Facts, ShopAdmin, button, is_shop_manager, posted, signed_in, user_field
from wallets import services
from wallets.admin_forms import CreditForm, CurrencyField, DebitForm, MoveForm, TermsForm, say
from wallets.models import Wallet

T = TypeVar("T")


class OpenForm(forms.Form):
    user = user_field(Wallet, "user", "Holder")
    currency = CurrencyField(help_text="Its code, USD for instance.", widget=UnfoldAdminTextInputWidget())


def attempt(form: forms.Form, work: Callable[[], T]) -> T | None:
    """What `work` returns, in a transaction of its own; None where it was refused, and then the form says why."""
    try:
        return in_transaction(work)
    except Refusal as refusal:
        say(form, refusal)
        return None


class WalletActions(ShopAdmin):
    """The buttons of a wallet's page. Money is never saved through the admin, only posted by `wallets.services`."""

    actions_detail = ("credit", "debit", "freeze", "unfreeze", "change_terms")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        wallet = self.get_object(request, str(object_id))
        if wallet is None or not is_shop_manager(request):
            return []
        hidden = "freeze" if wallet.account.is_frozen else "unfreeze"
        buttons = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return [shown for shown in buttons if shown.action_name != f"wallets_wallet_{hidden}"]

    @button("Credit", icon="add")
    def credit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        wallet = self._wallet(request, object_id)
        return self._move(request, wallet, CreditForm(posted(request), wallet=wallet), services.credit)

    @button("Debit", icon="remove")
    def debit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """An adjustment passes the wallet's spending limit by."""
        wallet = self._wallet(request, object_id)
        return self._move(request, wallet, DebitForm(posted(request), wallet=wallet), services.debit, is_limited=False)

    @button("Freeze", icon="ac_unit")
    def freeze(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._set_status(request, object_id, Account.Status.FROZEN, "Freeze")

    @button("Unfreeze", icon="sunny")
    def unfreeze(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._set_status(request, object_id, Account.Status.ACTIVE, "Unfreeze")

    @button("Change terms", icon="tune")
    def change_terms(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Spending limit and auto-reload."""
        wallet = self._wallet(request, object_id)
        form = TermsForm(posted(request), wallet=wallet)
        if form.is_valid() and self._change(request, wallet, form, **form.changes()):
            messages.success(request, f"The terms of {wallet} are as you set them.")
            return redirect(page_of(wallet))
        return self._wallet_page(request, wallet, form, title=f"Terms of {wallet}", submit="Save")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Open a wallet."""
        if not is_shop_manager(request):
            raise PermissionDenied
        initial = {"user": as_id(request.GET.get("user", "")), "currency": default_currency().code}
        form = OpenForm(posted(request), initial=initial)
        if form.is_valid() and (wallet := attempt(form, lambda: self._open(request, **form.cleaned_data))):
            messages.success(request, f"{wallet} is open.")
            return redirect(page_of(wallet))
        cancel = reverse("admin:wallets_wallet_changelist")
        return self.form_page(request, form, title="Open a wallet", submit="Open it", cancel=cancel)

    def _wallet(self, request: HttpRequest, object_id: str) -> Wallet:
        if not is_shop_manager(request):
            raise PermissionDenied
        wallet = self.get_object(request, object_id)
        if wallet is None:
            raise Http404
        return wallet  # type: ignore[no-any-return]

    def _move(
        self, request: HttpRequest, wallet: Wallet, form: MoveForm, verb: Callable[..., Entry], **options: Any
    ) -> HttpResponse:
        name = verb.__name__
        if form.is_valid() and (
            entry := attempt(form, lambda: verb(wallet=wallet, **_movement(request, wallet, form, name), **options))
        ):
            # True of a page that was sent twice as well: it names the one entry there is.
            told = f"Entry {entry.pk}: {shown(wallet.account, entry.amount)}, balance {shown(wallet.account, entry.balance)}."
            messages.success(request, told)
            return redirect(page_of(wallet))
        return self._wallet_page(request, wallet, form, title=f"{name.capitalize()} {wallet}", submit=name.capitalize())

    def _set_status(self, request: HttpRequest, object_id: str, status: str, verb: str) -> HttpResponse:
        wallet = self._wallet(request, object_id)
        form = forms.Form(posted(request))
        if form.is_valid() and self._change(request, wallet, form, status=status):
            messages.success(request, f"{wallet} is {status}.")
            return redirect(page_of(wallet))
        return self._wallet_page(
            request, wallet, form, title=f"{verb} {wallet}?", submit=verb, is_dangerous=status == Account.Status.FROZEN
        )

    def _change(self, request: HttpRequest, wallet: Wallet, form: forms.Form, **changes: Any) -> Wallet | None:
        def work() -> Wallet:
            changed = services.change_wallet(wallet=wallet, **changes)
            said = ", ".join(f"{name}: {'none' if value is None else value}" for name, value in changes.items())
            self.log_change(request, changed, said or "Nothing changed.")
            return changed

        return attempt(form, work)

    def _open(self, request: HttpRequest, **asked: Any) -> Wallet:
        wallet = services.open_wallet(**asked)
        self.log_addition(request, wallet, "Opened.")
        return wallet

    def _wallet_page(self, request: HttpRequest, wallet: Wallet, form: forms.Form, **page: Any) -> HttpResponse:
        facts: Facts = (
            ("Holder", str(wallet.user)),
            ("Status", wallet.account.get_status_display()),
            ("Balance", shown(wallet.account, wallet.account.balance)),
            ("Available", shown(wallet.account, wallet.account.available)),
        )
        return self.form_page(request, form, cancel=page_of(wallet), obj=wallet, facts=facts, **page)


def _movement(request: HttpRequest, wallet: Wallet, form: MoveForm, verb: str) -> dict[str, Any]:
    """What `credit` and `debit` are handed: the event is the page that was sent."""
    asked = form.cleaned_data
    why = Circumstances(
        actor=f"user:{signed_in(request).pk} admin",
        reason=asked["reason"],
        note=asked["note"] or None,
        order_id=asked["order_id"],
        reference=asked["reference"] or None,
    )
    event = Event.named(f"admin:{asked['event_id']}", verb, *form.asked())
    return {"amount": wallet.money(asked["amount"]), "event": event, "why": why, **_of_credit(asked)}


def _of_credit(asked: dict[str, Any]) -> dict[str, Kind | datetime | None]:
    return {"kind": Kind(asked["kind"]), "expires_at": asked["expires_at"]} if "kind" in asked else {}


def page_of(wallet: Wallet) -> str:
    """The address of a wallet's page."""
    return reverse("admin:wallets_wallet_change", args=[wallet.pk])
