"""What a shop manager does to a wallet: credit, debit, freeze, terms, open. Each a page with a form, each by the service."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

from audit.services import actor_of
from ledger.admin_base import as_id, link, shown
from ledger.errors import Refusal
from ledger.models import Account, Entry
from ledger.retry import in_transaction
from people.admin_base import Facts, ShopAdmin, button, is_shop_manager, posted, signed_in, user_field
from site_settings.reading import default_currency, points_currency
from wallets import services
from wallets.admin_forms import CreditForm, CurrencyField, DebitForm, MoveForm, NicknameForm, TermsForm, say
from wallets.approvals import adjust, approval_limit, keep_refused
from wallets.blocked import tell_blocked
from wallets.missing import open_missing, without_wallet
from wallets.models import Adjustment, Wallet
from wallets.naming import name_wallet

T = TypeVar("T")

# What is told of an adjustment, by whether it still waits.
WAITS = {True: "nothing was moved yet. It waits for a second manager.", False: "this page was sent before, and it was decided."}


# So many missing wallets are opened while somebody waits for the page.
AT_ONCE = 500


class OpenForm(forms.Form):
    user = user_field(Wallet, "user", "Holder")
    currency = CurrencyField(help_text="Its code, USD for instance.", widget=UnfoldAdminTextInputWidget())


def attempt(form: forms.Form, work: Callable[[], T], *, keep: Callable[[Refusal], None] = lambda refusal: None) -> T | None:
    """What `work` returns, in a transaction of its own; None where it was refused, and then the form says why.

    `keep` is told of a refusal once everything is rolled back; so is who wants to hear of what a limit stopped.
    """
    try:
        return in_transaction(work)
    except Refusal as refusal:
        keep(refusal)
        tell_blocked(refusal)
        say(form, refusal)
        return None


class WalletActions(ShopAdmin):
    """The buttons of a wallet's page. Money is never saved through the admin, only posted by `wallets.services`."""

    actions_detail = ("credit", "debit", "freeze", "unfreeze", "change_terms", "set_nickname")
    actions_list = ("open_missing",)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        wallet = self.get_object(request, str(object_id))
        if wallet is None or not is_shop_manager(request):
            return []
        # A mirrored one is moved and frozen at its own site.
        hidden = {"freeze" if wallet.account.is_frozen else "unfreeze"}
        hidden |= {"credit", "debit", "freeze", "unfreeze"} if wallet.account.is_mirror else set()
        names = {f"wallets_wallet_{name}" for name in hidden}
        return [shown for shown in super().get_actions_detail(request, object_id) if shown.action_name not in names]  # type: ignore[misc]

    @button("Credit", icon="add")
    def credit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        wallet = self._wallet(request, object_id)
        return self._move(request, wallet, CreditForm(posted(request), wallet=wallet), "Credit")

    @button("Debit", icon="remove")
    def debit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """An adjustment passes the wallet's spending limit by."""
        wallet = self._wallet(request, object_id)
        return self._move(request, wallet, DebitForm(posted(request), wallet=wallet), "Debit")

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

    @button("Nickname", icon="badge")
    def set_nickname(self, request: HttpRequest, object_id: str) -> HttpResponse:
        wallet = self._wallet(request, object_id)
        form = NicknameForm(posted(request), initial={"nickname": wallet.nickname})
        if form.is_valid() and (named := attempt(form, lambda: self._name(request, wallet, **form.cleaned_data))):
            messages.success(request, f"The nickname of {named} is as you set it.")
            return redirect(page_of(named))
        return self._wallet_page(request, wallet, form, title=f"Nickname of {wallet}", submit="Save")

    def get_actions_list(self, request: HttpRequest) -> Any:
        return super().get_actions_list(request) if is_shop_manager(request) else []  # type: ignore[misc]

    @button("Open missing wallets", icon="playlist_add")
    def open_missing(self, request: HttpRequest) -> HttpResponse:
        """So many at once that nobody waits for long: the page says how many are left, and is sent again."""
        if not is_shop_manager(request):
            raise PermissionDenied
        page, form = reverse("admin:wallets_wallet_changelist"), forms.Form(posted(request))
        if form.is_valid() and (opened := open_some(form, actor_of(signed_in(request)))) is not None:
            left = without_wallet().count()
            messages.success(request, f"{opened} wallets are open now, {left} active users still have none.")
            return redirect(request.path if left else page)
        facts = (("Points currency", points_currency().code), ("Active users without one", str(without_wallet().count())))
        title = "Open missing wallets"
        return self.form_page(request, form, title=title, submit=f"Open up to {AT_ONCE}", cancel=page, facts=facts)

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

    def _move(self, request: HttpRequest, wallet: Wallet, form: MoveForm, verb: str) -> HttpResponse:
        if form.is_valid() and (moved := self._adjust(request, form)):
            if isinstance(moved, Adjustment):
                messages.warning(request, f"{moved} of {moved.money}: {WAITS[moved.is_pending]}")
                return redirect(reverse("admin:wallets_adjustment_change", args=[moved.pk]))
            # True of a page that was sent twice as well: it names the one entry there is.
            told = f"Entry {moved.pk}: {shown(wallet.account, moved.amount)}, balance {shown(wallet.account, moved.balance)}."
            messages.success(request, told)
            return redirect(page_of(wallet))
        return self._wallet_page(
            request, wallet, form, title=f"{verb} {wallet}", submit=verb, more_facts=facts_about_approval(wallet)
        )

    def _adjust(self, request: HttpRequest, form: MoveForm) -> Entry | Adjustment | None:
        adjustment = form.adjustment(signed_in(request))
        return attempt(form, lambda: adjust(adjustment=adjustment), keep=keeper(request, adjustment))

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
            changed = services.change_wallet(wallet=wallet, actor=actor_of(signed_in(request)), **changes)
            said = ", ".join(f"{name}: {'none' if value is None else value}" for name, value in changes.items())
            self.log_change(request, changed, said or "Nothing changed.")
            return changed

        return attempt(form, work)

    def _open(self, request: HttpRequest, **asked: Any) -> Wallet:
        wallet = services.open_wallet(**asked, actor=actor_of(signed_in(request)))
        self.log_addition(request, wallet, "Opened.")
        return wallet

    def _name(self, request: HttpRequest, wallet: Wallet, nickname: str) -> Wallet:
        named = name_wallet(wallet=wallet, nickname=nickname, actor=actor_of(signed_in(request)))
        # Django's own log is not told the word, which can be forgotten in the wallet only.
        self.log_change(request, named, "Nickname set." if named.nickname else "Nickname taken away.")
        return named

    def _wallet_page(
        self, request: HttpRequest, wallet: Wallet, form: forms.Form, *, more_facts: Facts = (), **page: Any
    ) -> HttpResponse:
        facts: Facts = (
            ("Holder", str(wallet.user)),
            ("Status", wallet.account.get_status_display()),
            ("Balance", shown(wallet.account, wallet.account.balance)),
            ("Available", shown(wallet.account, wallet.account.available)),
            *more_facts,
        )
        return self.form_page(request, form, cancel=page_of(wallet), obj=wallet, facts=facts, **page)


def open_some(form: forms.Form, actor: str) -> int | None:
    """As many missing wallets as one page opens; None where it was refused, and then the form says why."""
    try:
        return open_missing(limit=AT_ONCE, actor=actor)
    except Refusal as refusal:
        say(form, refusal)
        return None


def keeper(request: HttpRequest, adjustment: Adjustment) -> Callable[[Refusal], None]:
    """Keeps that somebody tried alone what takes two."""
    actor = actor_of(signed_in(request))
    return lambda refusal: keep_refused(refusal, actor=actor, wallet=adjustment.wallet, amount=adjustment.money)


def facts_about_approval(wallet: Wallet) -> Facts:
    """What somebody should know before he asks: from where on he is not alone, and what waits already."""
    facts: list[tuple[str, str | SafeString]] = []
    if limit := approval_limit(wallet.currency):
        facts.append((f"Above {limit}", "a second manager has to approve it"))
    if waiting := wallet.adjustments.filter(status=Adjustment.Status.PENDING).count():
        page = reverse("admin:wallets_adjustment_changelist")
        facts.append(("Waiting for approval", link(f"{page}?wallet__exact={wallet.pk}&status__exact=pending", waiting)))
    return facts


def page_of(wallet: Wallet) -> str:
    """The address of a wallet's page."""
    return reverse("admin:wallets_wallet_change", args=[wallet.pk])
