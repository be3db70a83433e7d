"""The admin's sidebar, and the figures on its first page."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.urls import reverse

from ledger.admin_base import shown
from ledger.models import Account
from people.models import User
from wallets.models import Wallet

# Title, and its pages: (icon, app, model).
GROUPS = (
    ("Shop", (("account_balance_wallet", "wallets", "wallet"), ("receipt_long", "ledger", "entry"))),
    ("People", (("person", "people", "user"), ("group", "auth", "group"))),
    ("Access", (("key", "apikeys", "apikey"), ("password", "apikeys", "applicationpassword"))),
    (
        "Beneath",
        (
            *(("account_balance", "ledger", "account"), ("hourglass", "ledger", "lot")),
            *(("repeat", "idempotency", "claim"), ("speed", "wallet_service", "ratecounter")),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: overview, and what this person may look at."""
    apps = admin.site.get_app_list(request)
    there = {(app["app_label"], model["object_name"].lower()): model for app in apps for model in app["models"]}
    groups = [{"items": [{"title": "Overview", "icon": "dashboard", "link": reverse("admin:index")}]}]
    for title, pages in GROUPS:
        items = [
            {"title": there[app, model]["name"], "icon": icon, "link": there[app, model]["admin_url"]}
            for icon, app, model in pages
            if (app, model) in there
        ]
        if items:
            groups.append({"title": title, "separator": True, "items": items})  # type: ignore[dict-item]
    return groups


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The first page's figures, for who may look at wallets."""
    if admin.site.get_model_admin(Wallet).has_view_permission(request):
        context["figures"] = figures()
        context["liabilities"] = liabilities()
    return context


def figures() -> list[tuple[str, int]]:
    """How many there are of what."""
    wallets = Wallet.objects.aggregate(all=Count("pk"), frozen=Count("pk", filter=Q(account__status=Account.Status.FROZEN)))
    customers = User.objects.filter(is_active=True).count()
    return [("Wallets", wallets["all"]), ("Frozen wallets", wallets["frozen"]), ("Active users", customers)]


def liabilities() -> dict[str, Any]:
    """What the shop owes the holders, per currency, as unfold's table takes it."""
    sums = Account.objects.values("currency_code").annotate(owed=Sum("balance"), held=Sum("held"), wallets=Count("pk"))
    rows = []
    for row in sums.order_by("-wallets"):
        account = Account(currency_code=row["currency_code"])
        rows.append((row["currency_code"], row["wallets"], shown(account, int(row["owed"])), shown(account, int(row["held"]))))
    return {"headers": ("Currency", "Accounts", "Balances", "Held of them"), "rows": rows}
