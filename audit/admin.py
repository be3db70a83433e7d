"""The audit trail, to look at: what was done, by whom, from where. For shop managers only."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from unfold.admin import ModelAdmin

from audit import admin_requests  # noqa: F401  registers its pages
from audit.acts import ATTEMPTS, ActName
from audit.models import Act
from ledger.admin import MonthFilter
from ledger.admin_base import ReadOnlyAdmin, badge, link
from people.admin_base import is_shop_manager
from people.admin_panels import Panel, on_user_page
from people.models import User

LATEST = 20
# How a name in `actor` and `subject` is looked at. These apps stand above: their pages are known by address only.
PAGES = {
    "user": "people_user",
    "group": "auth_group",
    "entry": "ledger_entry",
    "account": "ledger_account",
    "key": "apikeys_apikey",
    "application_password": "apikeys_applicationpassword",
    "wallet": "wallets_wallet",
    "adjustment": "wallets_adjustment",
}
WARNING = (ActName.RIGHTS_CHANGED, ActName.PASSWORD_CHANGED, ActName.GROUP_CHANGED, ActName.PERSON_EXPORTED)
DANGER = (*ATTEMPTS, ActName.USER_DELETED, ActName.GROUP_DELETED, ActName.TEXTS_ERASED, ActName.PERSON_ERASED)


def colour(name: ActName) -> str:
    """What the eye should be led to in a long list."""
    return "danger" if name in DANGER else "warning" if name in WARNING else "info"


def linked(text: str) -> str:
    """`key:3 user:7` with a link on each name that has a page."""
    return format_html_join(" ", "{}", ((_linked(word),) for word in text.split(" "))) if text else "-"


def _linked(word: str) -> str:
    noun, _, number = word.partition(":")
    try:
        return link(reverse(f"admin:{PAGES[noun]}_change", args=[number]), word) if number else word
    except (KeyError, NoReverseMatch):
        return word


@admin.register(Act)
class ActAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ("at_shown", "act_shown", "actor_shown", "subject_shown", "address_shown", "request_id", "facts_short")
    list_filter = ("act", MonthFilter)
    search_fields = ("subject",)
    search_help_text = "user:7, key:3, wallet:17, an address or a request id, in full"
    # By id, which is the order of time: pages need no sorting and nobody counts.
    ordering = ("-id",)
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    fieldsets = (
        (None, {"fields": (("act_shown", "at"), ("actor_shown", "subject_shown"), "facts_shown")}),
        ("From where", {"fields": (("address_shown", "request_id"),)}),
        ("Counted", {"fields": (("count", "minute"),)}),
        ("Seal", {"fields": (("mac_shown", "key_id"),)}),
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_shop_manager(request)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        term = search_term.replace("\0", "").strip()
        if not term:
            return queryset, False
        of_somebody = Q(actor=term) | Q(actor__startswith=f"{term} ")
        return queryset.filter(of_somebody | Q(subject=term) | Q(address=term) | Q(request_id=term)), False

    @admin.display(description="At (UTC)")
    def at_shown(self, act: Act) -> str:
        return f"{act.at:%Y-%m-%d %H:%M:%S}"

    @badge("Act", {str(name.label): colour(name) for name in ActName})
    def act_shown(self, act: Act) -> str:
        return str(act.get_act_display())

    @admin.display(description="Actor")
    def actor_shown(self, act: Act) -> str:
        return linked(act.actor)

    @admin.display(description="Subject")
    def subject_shown(self, act: Act) -> str:
        return linked(act.subject)

    @admin.display(description="Address")
    def address_shown(self, act: Act) -> str:
        return act.address or ("other networks" if act.minute else "-")

    @admin.display(description="Facts")
    def facts_short(self, act: Act) -> str:
        return facts_in_words(act)

    @admin.display(description="Facts")
    def facts_shown(self, act: Act) -> str:
        rows = ((name, in_words(value)) for name, value in facts_of(act).items())
        told = format_html_join("", "<tr><th class='pr-4 text-left'>{}</th><td>{}</td></tr>", rows)
        return format_html("<table>{}</table>", told) if told else "-"

    @admin.display(description="MAC")
    def mac_shown(self, act: Act) -> str:
        return f"sha256:{bytes(act.mac).hex()}"


def facts_of(act: Act) -> dict[str, Any]:
    """The facts; as they stand where somebody made them something else."""
    try:
        facts = json.loads(act.facts)
    except ValueError:
        facts = None
    return facts if isinstance(facts, dict) else {"facts": act.facts}


def facts_in_words(act: Act) -> str:
    """On one line."""
    told = [f"{name.replace('_', ' ')}: {in_words(value)}" for name, value in facts_of(act).items()]
    return "; ".join([f"{act.count} times"] * (act.minute is not None) + told)


def in_words(value: Any) -> str:
    """A fact for people: what it was and is, where it changed."""
    if isinstance(value, dict) and value.keys() == {"from", "to"}:
        return f"{in_words(value['from'])} → {in_words(value['to'])}"
    if isinstance(value, list):
        return ", ".join(map(in_words, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


@on_user_page
def acts_panel(request: HttpRequest, user: User) -> Panel | None:
    """What was done to a user, and the way to what he did himself."""
    if not is_shop_manager(request):
        return None
    rows = [
        (f"{act.at:%Y-%m-%d %H:%M}", link(_page(act), act.get_act_display()), linked(act.actor), act.address, facts_in_words(act))
        for act in Act.objects.filter(subject=f"user:{user.pk}").order_by("-id")[:LATEST]
    ]
    everything = f"{reverse('admin:audit_act_changelist')}?{urlencode({'q': f'user:{user.pk}'})}"
    links = (("All that he did, or that was done to him", everything),)
    return Panel("Latest acts", ("At (UTC)", "Act", "By", "From", "Facts"), rows, links=links)


def _page(act: Act) -> str:
    return reverse("admin:audit_act_change", args=[act.pk])
