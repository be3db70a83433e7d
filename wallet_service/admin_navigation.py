"""The admin's sidebar, and the figures on its first page."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from kyc.models import Submission
from ledger.admin_base import link, shown
from ledger.checkpoints.services import status
from ledger.models import FROZEN_STATUSES, Account, Alarm
from people.models import User
from refunds.models import RefundRequest
from wallet_service.job_runs import late_jobs
from wallet_service.jobs import JOBS
from wallets.models import Adjustment, Wallet
from withdrawals.models import Withdrawal

WARNINGS_MAX = 10

# What managers decide on. Each calls what waits the same.
PENDING = "pending"
TO_DECIDE: dict[str, type[Model]] = {
    "Waiting for approval": Adjustment,
    "Withdrawals to decide": Withdrawal,
    "Refund requests to decide": RefundRequest,
    "Identity checks to decide": Submission,
}

# Title, and its pages: (icon, app, model).
GROUPS = (
    (
        "Shop",
        (
            *(("account_balance_wallet", "wallets", "wallet"), ("receipt_long", "ledger", "entry")),
            *(("approval", "wallets", "adjustment"), ("monitoring", "analytics", "daytotal")),
            ("bar_chart_4_bars", "analytics", "hourtotal"),
            *(("redeem", "codes", "batch"), ("confirmation_number", "codes", "code"), ("done_all", "codes", "redemption")),
            *(("sync_alt", "transfers", "transfer"), ("request_quote", "transfers", "moneyrequest")),
            *(("qr_code_2", "transfers", "qrcode"), ("payments", "withdrawals", "withdrawal")),
            *(("assignment_return", "refunds", "refundrequest"), ("upload_file", "points", "import")),
            ("savings", "points", "feesweep"),
            *(("event_repeat", "points", "plan"), ("playlist_play", "points", "planrun")),
        ),
    ),
    (
        "Payments",
        (
            ("inventory_2", "points", "pointpackage"),
            *(("add_card", "payments", "topup"), ("credit_card_off", "payments", "takeback")),
            *(("autorenew", "payments", "reload"), ("credit_card", "payments", "paymentmethod")),
            ("mark_email_read", "payments", "receivednotice"),
        ),
    ),
    (
        "External wallets",
        (
            *(("hub", "federation", "externalwalletsite"), ("sync_lock", "federation", "mirror")),
            *(("outbound", "federation", "push"), ("sync", "federation", "refresh"), ("difference", "federation", "difference")),
        ),
    ),
    ("Pay later", (("credit_score", "bnpl", "loan"), ("playlist_add_check", "bnpl", "eligible"))),
    (
        "People",
        (
            *(("person", "people", "user"), ("group", "auth", "group")),
            ("badge", "kyc", "verification"),
            *(("assignment_ind", "kyc", "submission"), ("attach_file", "kyc", "document")),
        ),
    ),
    ("Settings", (("settings", "constance", "config"),)),
    (
        "Access",
        (
            *(("key", "apikeys", "apikey"), ("password", "apikeys", "applicationpassword")),
            *(("vpn_key", "apikeys", "gatewaykey"), ("move_down", "points", "pushedwithdrawal")),
            *(("history", "audit", "act"), ("swap_horiz", "audit", "requestlog")),
            *(("verified_user", "stepups", "challenge"), ("phonelink_lock", "passcodes", "totpdevice")),
        ),
    ),
    (
        "Webhooks",
        (
            *(("webhook", "webhooks", "endpoint"), ("bolt", "webhooks", "event")),
            *(("outbox", "webhooks", "delivery"), ("call_made", "webhooks", "attempt")),
        ),
    ),
    (
        "Proof",
        (
            *(("verified", "ledger", "checkpoint"), ("anchor", "ledger", "anchorreceipt")),
            *(("vpn_key", "ledger", "signingkey"), ("park", "ledger", "leaf")),
        ),
    ),
    (
        "Beneath",
        (
            *(("account_balance", "ledger", "account"), ("hourglass", "ledger", "lot")),
            *(("front_hand", "ledger", "hold"), ("money_off", "ledger", "debt")),
            *(("repeat", "idempotency", "claim"), ("speed", "wallet_service", "ratecounter")),
            ("draw", "apikeys", "oauthnonce"),
            *(("pin", "passcodes", "passcode"), ("gpp_bad", "passcodes", "guesses"), ("mail", "notices", "notice")),
            *(("call", "notices", "contact"), ("notifications_off", "notices", "optout")),
            ("playlist_add_check", "wallet_service", "untoldmovements"),
            *(("queue", "webhooks", "queue"), ("low_priority", "webhooks", "dispatch"), ("bar_chart", "webhooks", "tally")),
            ("outgoing_mail", "ledger", "outbox"),
            *(("notifications", "ledger", "alarm"), ("schedule", "wallet_service", "jobrun")),
            ("list_alt", "procrastinate", "procrastinatejob"),
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
    if admin.site.get_model_admin(Alarm).has_view_permission(request):
        context["warnings"] = warnings()
    return context


def warnings() -> list[tuple[str, str]]:
    """What somebody has to look at, and where: open alarms, and jobs that do not run."""
    jobs_page = reverse("admin:wallet_service_jobrun_changelist")
    late = [(f"The job {job.name!r} is late: no worker runs, or it hangs.", jobs_page) for job in late_jobs()]
    if len(late) == len(JOBS):
        late = [("No job runs: start a worker.", jobs_page)]
    alarms = Alarm.objects.open().order_by("-last_seen_at")[: WARNINGS_MAX + 1]
    told = [(f"{alarm}: {alarm.message}", reverse("admin:ledger_alarm_change", args=[alarm.pk])) for alarm in alarms]
    if len(told) > WARNINGS_MAX:
        told[WARNINGS_MAX:] = [("There are more alarms.", reverse("admin:ledger_alarm_changelist"))]
    return told + late


def figures() -> list[tuple[str, int | SafeString]]:
    """How many there are of what."""
    wallets = Wallet.objects.aggregate(all=Count("pk"), frozen=Count("pk", filter=Q(account__status__in=FROZEN_STATUSES)))
    customers = User.objects.filter(is_active=True).count()
    return [("Wallets", wallets["all"]), ("Frozen wallets", wallets["frozen"]), ("Active users", customers), proof(), *waiting()]


def proof() -> tuple[str, int | SafeString]:
    """How many entries no checkpoint has sealed yet, and the way to the checkpoints."""
    return "Entries not sealed yet", link(reverse("admin:ledger_checkpoint_changelist"), status().unsealed_entries)


def waiting() -> list[tuple[str, int | SafeString]]:
    """How much of what waits for a manager, and the ways there."""
    found: list[tuple[str, int | SafeString]] = []
    for title, model in TO_DECIDE.items():
        count = model._default_manager.filter(status=PENDING).count()
        page = f"{reverse(f'admin:{model._meta.app_label}_{model._meta.model_name}_changelist')}?status__exact={PENDING}"
        found.append((title, link(page, count) if count else 0))
    return found


def liabilities() -> dict[str, Any]:
    """What the shop owes the holders, per currency, as unfold's table takes it."""
    sums = Account.objects.values("currency_code").annotate(owed=Sum("balance"), held=Sum("held"), wallets=Count("pk"))
    rows = []
    for row in sums.order_by("-wallets"):
        account = Account(currency_code=row["currency_code"])
        rows.append((row["currency_code"], row["wallets"], shown(account, int(row["owed"])), shown(account, int(row["held"]))))
    return {"headers": ("Currency", "Accounts", "Balances", "Held of them"), "rows": rows}
