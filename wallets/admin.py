"""Wallets: what each holds, its latest entries, and what a shop manager can do about it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import localize
from unfold.admin import ModelAdmin

from ledger.admin_base import STATUS_COLOURS, ReadOnlyAdmin, as_id, badge, link, shown
from ledger.due import show_settled
from ledger.models import Entry
from people.admin_base import is_shop_manager
from people.admin_panels import Panel, PanelForm, on_user_page
from people.models import User
from site_settings.reading import default_currency
from wallets import admin_entries  # noqa: F401  registers its pages
from wallets.admin_actions import OpenForm, WalletActions, page_of
from wallets.admin_adjustments import AdjustmentPages
from wallets.models import Adjustment, Wallet

LATEST = 20
TERMS = (("spending_limit_shown", "transfers_locked"), ("auto_reload_enabled", "threshold_shown", "reload_shown"))


@admin.register(Wallet)
class WalletAdmin(WalletActions, ReadOnlyAdmin, ModelAdmin):
    change_form_template = "wallets/admin/wallet.html"
    list_display = ("number", "user", "nickname", "currency_code", "balance", "available", "status", "changed_at")
    list_filter = ("account__status", "transfers_locked", "currency_code")
    search_fields = ("=name", "nickname", "user__username", "user__email")
    search_help_text = "Wallet number, name or nickname, user name or e-mail"
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": (("number", "holder"), ("currency_code", "status"), ("name", "nickname"), "is_default")}),
        ("Money", {"fields": (("balance", "available"), ("held", "in_lots"), ("owed", "credit_line"), "account_link")}),
        ("Terms", {"fields": TERMS}),
        ("Dates", {"fields": (("created_at", "changed_at"),)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wallet]:
        return Wallet.objects.by_last_change().select_related("account", "user")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """What is due is subtracted from what is shown, as for any reader."""
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        show_settled(wallet.account for wallet in changelist.result_list)
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Wallet | None:
        wallet: Wallet | None = super().get_object(request, object_id, from_field)
        if wallet is not None:
            show_settled([wallet.account])
        return wallet

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        number = as_id(search_term)
        return (found if number is None else found | queryset.filter(pk=number)), may_have_duplicates

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if wallet := kwargs.get("obj"):
            context["panel"] = latest_entries(wallet)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="Wallet", ordering="pk")
    def number(self, wallet: Wallet) -> int:
        return int(wallet.pk)

    @admin.display(description="Holder")
    def holder(self, wallet: Wallet) -> str:
        page = reverse("admin:people_user_change", args=[wallet.user_id])
        return link(page, f"{wallet.user} {wallet.user.email}")

    @badge("Status", STATUS_COLOURS, ordering="account__status")
    def status(self, wallet: Wallet) -> str:
        return wallet.account.get_status_display()

    @admin.display(description="Balance", ordering="account__balance")
    def balance(self, wallet: Wallet) -> str:
        return shown(wallet.account, wallet.account.balance)

    @admin.display(description="Available")
    def available(self, wallet: Wallet) -> str:
        return shown(wallet.account, wallet.account.available)

    @admin.display(description="Held")
    def held(self, wallet: Wallet) -> str:
        return shown(wallet.account, wallet.account.held)

    @admin.display(description="In lots")
    def in_lots(self, wallet: Wallet) -> str:
        return shown(wallet.account, wallet.account.in_lots)

    @admin.display(description="Owed")
    def owed(self, wallet: Wallet) -> str:
        return shown(wallet.account, wallet.account.owed)

    @admin.display(description="Credit line")
    def credit_line(self, wallet: Wallet) -> str:
        return shown(wallet.account, wallet.account.credit_line)

    @admin.display(description="Account")
    def account_link(self, wallet: Wallet) -> str:
        page = reverse("admin:ledger_account_change", args=[wallet.pk])
        return link(page, "Its row, chain and entries")

    @admin.display(description="Spending limit")
    def spending_limit_shown(self, wallet: Wallet) -> str:
        return shown(wallet.account, wallet.spending_limit)

    @admin.display(description="Reload below")
    def threshold_shown(self, wallet: Wallet) -> str:
        return shown(wallet.account, wallet.auto_reload_threshold)

    @admin.display(description="Reload by")
    def reload_shown(self, wallet: Wallet) -> str:
        return shown(wallet.account, wallet.auto_reload_amount)

    @admin.display(description="Updated", ordering="changed_at")
    def changed_at(self, wallet: Wallet) -> str:
        return str(localize(wallet.changed_at))  # type: ignore[attr-defined]


@admin.register(Adjustment)
class AdjustmentAdmin(AdjustmentPages, ModelAdmin):
    """What waits for a second manager, and what was decided."""


def latest_entries(wallet: Wallet) -> Panel:
    """The wallet's last LATEST entries, and the way to all."""
    account = wallet.account
    rows = [
        (
            _entry_link(entry),
            f"{entry.at:%Y-%m-%d %H:%M}",
            entry.get_kind_display(),
            ("+" if entry.amount > 0 else "") + shown(account, entry.amount),
            shown(account, entry.balance),
            entry.reason or "",
            entry.order_id or "",
        )
        for entry in Entry.objects.filter(account_id=wallet.pk).order_by("-sequence")[:LATEST]
    ]
    everything = f"{reverse('admin:ledger_entry_changelist')}?account__id__exact={wallet.pk}"
    headers = ("Entry", "At (UTC)", "Kind", "Amount", "Balance after", "Reason", "Order")
    return Panel("Latest entries", headers, rows, links=(("All entries", everything),))


def _entry_link(entry: Entry) -> str:
    return link(reverse("admin:ledger_entry_change", args=[entry.pk]), entry.pk)


@on_user_page
def wallets_panel(request: HttpRequest, user: User) -> Panel | None:
    """A user's wallets; where he has none in the site's currency, the button that opens it."""
    if not admin.site.get_model_admin(Wallet).has_view_permission(request):
        return None
    held = Wallet.objects.held_by(user).select_related("account").order_by("pk")
    rows = [
        (
            _wallet_link(wallet),
            shown(wallet.account, wallet.account.balance),
            shown(wallet.account, wallet.account.available),
            wallet.account.get_status_display(),
        )
        for wallet in held
    ]
    missing = default_currency().code not in {wallet.currency_code for wallet in held} and is_shop_manager(request)
    return Panel("Wallets", ("Wallet", "Balance", "Available", "Status"), rows, form=_open_form(user) if missing else None)


def _open_form(user: User) -> PanelForm:
    code = default_currency().code
    form = OpenForm(initial={"user": user.pk, "currency": code})
    for field in form.fields.values():
        field.widget = field.hidden_widget()
    return PanelForm(form, reverse("admin:wallets_wallet_add"), f"Open a wallet in {code}")


def _wallet_link(wallet: Wallet) -> str:
    return link(page_of(wallet), f"Wallet {wallet.pk}, {wallet.currency_code}")
