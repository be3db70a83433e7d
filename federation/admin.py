"""External wallets in the admin: main sites, the wallets that follow them, and what a person has to settle."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, Q, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from unfold.admin import ModelAdmin

from audit.services import actor_of
from federation import services, sites
from federation.admin_forms import ChangeSiteForm, SiteForm, TakeOverForm
from federation.checking import FINE, check_connection
from federation.errors import SiteInvalid
from federation.mirroring import UNSETTLED
from federation.models import Difference, ExternalWalletSite, Mirror, Push, Refresh
from federation.refreshing import ask_refresh
from federation.settling import leave_apart, take_over
from ledger.admin_base import ReadOnlyAdmin, badge, link, shown
from ledger.errors import Refusal
from ledger.models import Entry
from ledger.retry import in_transaction
from people.admin_base import Facts, ShopAdmin, button, is_shop_manager, posted, signed_in
from site_settings.reading import current_settings
from wallets.admin_actions import attempt, page_of
from wallets.admin_forms import say
from wallets.models import Wallet

PUSH_COLOURS = {"under way": "warning", "not known": "danger", "done": "success", "refused": "info", "not sent": "info"}
REFRESH_SECONDS = "3"
SETTLED = {True: "was done", False: "was not done"}


class ExternalPages(ReadOnlyAdmin, ShopAdmin):
    """What the pages share: found for a manager, asked for on one page, done by a service."""

    def found(self, request: HttpRequest, object_id: str) -> Any:
        if not is_shop_manager(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row

    def only(self, request: HttpRequest, object_id: Any, names: Callable[[Any], set[str]]) -> Any:
        """The buttons of these names, for a manager."""
        row = self.get_object(request, str(object_id)) if is_shop_manager(request) else None
        wanted = {f"{self.opts.app_label}_{self.opts.model_name}_{name}" for name in names(row)} if row else set()
        return [shown for shown in super().get_actions_detail(request, object_id) if shown.action_name in wanted]  # type: ignore[misc]

    def page(self, row: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])

    def asked(
        self,
        request: HttpRequest,
        row: Any,
        title: str,
        submit: str,
        work: Callable[[], Any],
        *,
        facts: Facts = (),
        form: forms.Form | None = None,
    ) -> HttpResponse:
        """Ask, and on POST do it; `work` brings its own transactions."""
        form, back = form or forms.Form(posted(request)), self.page(row)
        if form.is_valid() and done_or_said(form, work):
            messages.success(request, f"{row}: done.")
            return redirect(back)
        page: dict[str, Any] = {"cancel": back, "obj": row, "facts": facts, "is_dangerous": True}
        return self.form_page(request, form, title=title, submit=submit, **page)


def done_or_said(form: forms.Form, work: Callable[[], Any]) -> bool:
    try:
        work()
    except Refusal as refusal:
        say(form, refusal)
        return False
    return True


@admin.register(ExternalWalletSite)
class SiteAdmin(ExternalPages, ModelAdmin):
    actions_detail = ("edit", "check_connection", "refresh_now")
    list_display = ("name", "url", "enabled", "repeats_requests", "check_outcome", "checked_at", "last_refresh")
    search_fields = ("name", "url")
    ordering = ("pk",)
    exclude = ("key",)
    fields = (
        *(("name", "enabled"), ("url", "repeats_requests"), ("check_outcome", "checked_at")),
        *(("last_refresh", "mirrors_link"), ("looked_up_user_id", "created_at")),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        return super().get_actions_detail(request, object_id) if is_shop_manager(request) else []

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not is_shop_manager(request):
            raise PermissionDenied
        form, by = SiteForm(posted(request)), signed_in(request)
        if form.is_valid() and (made := _kept(form, lambda: sites.add_site(**form.cleaned_data, actor=actor_of(by)))):
            self.log_addition(request, made, "Added.")
            messages.success(request, f"{made} is kept. Check the connection now.")
            return redirect(self.page(made))
        cancel = reverse("admin:federation_externalwalletsite_changelist")
        return self.form_page(request, form, title="Add a main site", submit="Add it", cancel=cancel)

    @button("Edit", icon="edit")
    def edit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        site, by = self.found(request, object_id), signed_in(request)
        form = ChangeSiteForm(posted(request), initial={"name": site.name, "url": site.url, "enabled": site.enabled})
        if form.is_valid():
            asked = {**form.cleaned_data, "site_id": site.pk, "actor": actor_of(by)}
            if changed := _kept(form, lambda: sites.change_site(**asked)):
                self.log_change(request, changed, "Changed.")
                messages.success(request, f"{changed}: changed.")
                return redirect(self.page(changed))
        return self.form_page(request, form, title=f"Change {site}", submit="Save", cancel=self.page(site), obj=site)

    @button("Check connection", icon="network_check")
    def check_connection(self, request: HttpRequest, object_id: str) -> HttpResponse:
        site, form = self.found(request, object_id), forms.Form(posted(request))
        if form.is_valid():
            outcome = check_connection(site)
            (messages.success if outcome.startswith(FINE) else messages.error)(request, outcome)
            return redirect(self.page(site))
        page: dict[str, Any] = {"cancel": self.page(site), "obj": site, "facts": (("Address", site.url),)}
        return self.form_page(request, form, title=f"Check the connection to {site}?", submit="Check it", **page)

    @button("Refresh now", icon="sync")
    def refresh_now(self, request: HttpRequest, object_id: str) -> HttpResponse:
        site, form, actor = self.found(request, object_id), forms.Form(posted(request)), actor_of(signed_in(request))
        if form.is_valid() and (off := _off(site)):
            form.add_error(None, off)
        elif form.is_valid() and (refresh := attempt(form, lambda: ask_refresh(site=site, actor=actor))):
            return redirect(reverse("admin:federation_refresh_change", args=[refresh.pk]))
        facts = (
            ("What happens", "A worker brings all mirrored wallets to what the site says; the next page shows how far it is."),
        )
        page: dict[str, Any] = {"cancel": self.page(site), "obj": site, "facts": facts}
        return self.form_page(request, form, title=f"Refresh the wallets of {site}?", submit="Refresh", **page)

    @admin.display(description="Last refresh")
    def last_refresh(self, site: ExternalWalletSite) -> str:
        last = site.refreshes.order_by("-pk").first()
        if last is None:
            return "-"
        state = (last.error or "finished") if last.finished_at else "under way"
        return link(reverse("admin:federation_refresh_change", args=[last.pk]), f"{last.started_at:%Y-%m-%d %H:%M} UTC, {state}")

    @admin.display(description="Wallets that follow it")
    def mirrors_link(self, site: ExternalWalletSite) -> str:
        return link(f"{reverse('admin:federation_mirror_changelist')}?site__id__exact={site.pk}", site.mirrors.count())


def _off(site: ExternalWalletSite) -> str:
    """Why no worker would take a refresh up."""
    if not current_settings().external_wallets_enabled:
        return "External wallets are switched off: switch external_wallets_enabled on in the site settings."
    return "" if site.enabled else "The site is switched off: edit it."


def _kept(form: forms.Form, work: Callable[[], ExternalWalletSite]) -> ExternalWalletSite | None:
    try:
        return in_transaction(work)
    except SiteInvalid as wrong:
        form.add_error(wrong.field, f"The {wrong.field} {wrong.why}.")
    except Refusal as refusal:
        say(form, refusal)
    return None


class DiffersFilter(admin.SimpleListFilter):
    """What is not as at its site, or may not be."""

    title = "differs"
    parameter_name = "differs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Wallets that differ")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mirror]) -> QuerySet[Mirror]:
        if self.value() != "yes":
            return queryset
        unsettled = Push.objects.filter(status__in=UNSETTLED).values("mirror")
        return queryset.filter(~Q(difference="") | Q(pk__in=unsettled))


@admin.register(Mirror)
class MirrorAdmin(ExternalPages, ModelAdmin):
    list_display = ("wallet_link", "site", "remote_name", "there", "here", "is_active_there", "seen_at", "difference")
    list_filter = (DiffersFilter, "site", "is_active_there")
    search_fields = ("=remote_name", "wallet__user__username", "wallet__user__email")
    search_help_text = "Name of the wallet, or name or e-mail of the holder"
    ordering = ("-pk",)
    fields = (
        *(("wallet_link", "site"), ("remote_name", "remote_wallet_id", "remote_user_id"), ("there", "here", "is_active_there")),
        *(("seen_at", "created_at"), "difference"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mirror]:
        return Mirror.objects.select_related("wallet__account", "wallet__user", "site")

    @admin.display(description="Wallet")
    def wallet_link(self, mirror: Mirror) -> str:
        return _wallet_link(mirror.wallet)

    @admin.display(description="There", ordering="remote_minor")
    def there(self, mirror: Mirror) -> str:
        return shown(mirror.wallet.account, mirror.remote_minor)

    @admin.display(description="Here")
    def here(self, mirror: Mirror) -> str:
        account = mirror.wallet.account
        held = f", {shown(account, account.held)} of it set aside" if account.held else ""
        return f"{shown(account, account.balance)}{held}"


@admin.register(Push)
class PushAdmin(ExternalPages, ModelAdmin):
    """Those that nobody knows of come first."""

    actions_detail = ("it_was_done", "it_was_not_done")
    list_display = ("number", "state", "wallet_link", "points_shown", "site", "asked_at", "next_attempt_at", "message")
    list_filter = ("status", "mirror__site", ("asked_at", admin.DateFieldListFilter))
    search_fields = ("=id", "mirror__wallet__user__username", "mirror__wallet__user__email")
    search_help_text = "Request, or name or e-mail of the holder"
    exclude = ("asked",)
    fields = (
        *(("number", "state"), ("wallet_link", "site"), ("points_shown", "entry_link"), "message"),
        *(("asked_at", "next_attempt_at", "finished_at"), ("settled_by", "actor"), ("event_key", "is_repeatable")),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Push]:
        first = Case(When(status="unknown", then=0), When(status="intent", then=1), default=2, output_field=IntegerField())
        rows = Push.objects.select_related("mirror__site", "mirror__wallet__account", "mirror__wallet__user", "settled_by")
        return rows.annotate(first=first)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("first", "-asked_at", "-pk")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        both = {"it_was_done", "it_was_not_done"}
        return self.only(request, object_id, lambda push: both if services.may_settle(push) else set())

    @button("It was done", icon="check")
    def it_was_done(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._settle(request, object_id, was_done=True)

    @button("It was not done", icon="block")
    def it_was_not_done(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._settle(request, object_id, was_done=False)

    def _settle(self, request: HttpRequest, object_id: str, *, was_done: bool) -> HttpResponse:
        push, by, word = self.found(request, object_id), signed_in(request), SETTLED[was_done]
        facts: Facts = (
            ("Points", shown(push.mirror.wallet.account, push.points_minor)),
            ("Look at", f"the wallet {push.mirror.remote_name} of {push.mirror.site}: has it lost them?"),
            ("Why nobody knows", push.message),
            ("Then here", "they are taken" if was_done else "they are free again"),
        )

        def work() -> Push:
            return in_transaction(lambda: services.settle_by_hand(push_id=push.pk, was_done=was_done, by=by))

        return self.asked(request, push, f"{push} {word}?", f"It {word}", work, facts=facts)

    @admin.display(description="Request", ordering="pk")
    def number(self, push: Push) -> str:
        return str(push.pk)

    @badge("State", PUSH_COLOURS, ordering="status")
    def state(self, push: Push) -> str:
        return push.get_status_display()

    @admin.display(description="Wallet")
    def wallet_link(self, push: Push) -> str:
        return _wallet_link(push.mirror.wallet)

    @admin.display(description="Site")
    def site(self, push: Push) -> str:
        return str(push.mirror.site)

    @admin.display(description="Points", ordering="points_minor")
    def points_shown(self, push: Push) -> str:
        return shown(push.mirror.wallet.account, push.points_minor)

    @admin.display(description="Set aside by entry")
    def entry_link(self, push: Push) -> str:
        entry = Entry.objects.filter(account_id=push.mirror_id, sequence=push.sequence).first()
        return link(reverse("admin:ledger_entry_change", args=[entry.pk]), entry.pk) if entry else "-"


@admin.register(Refresh)
class RefreshAdmin(ExternalPages, ModelAdmin):
    """The page of one that is under way shows itself anew every few seconds."""

    list_display = (
        "__str__",
        "site",
        "state",
        "seen",
        "read",
        "changed",
        "opened",
        "left_alone",
        "differing",
        "started_at",
        "finished_at",
    )
    list_filter = ("site",)
    ordering = ("-pk",)
    exclude = ("cursor", "bytes_read")
    fields = (
        *(("site", "state"), ("seen", "expected", "read"), ("changed", "opened"), ("left_alone", "differing")),
        *(("started_at", "finished_at"), ("alive_until", "actor"), "error"),
    )

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().change_view(request, object_id, *args, **kwargs)
        refresh = self.get_object(request, object_id)
        if refresh is not None and refresh.finished_at is None:
            response["Refresh"] = REFRESH_SECONDS
        return response

    @admin.display(description="Bytes of its list", ordering="bytes_read")
    def read(self, refresh: Refresh) -> str:
        return filesizeformat(refresh.bytes_read) if refresh.bytes_read else "-"

    @badge("State", {"finished": "success", "under way": "warning", "failed": "danger"})
    def state(self, refresh: Refresh) -> str:
        if refresh.finished_at is None:
            return "under way"
        return "failed" if refresh.error else "finished"


@admin.register(Difference)
class DifferenceAdmin(ExternalPages, ModelAdmin):
    actions_detail = ("take_over", "leave_apart")
    list_display = ("remote_name", "site", "kind", "wallet_link", "note", "state", "found_at")
    list_filter = ("outcome", "kind", "site")
    search_fields = ("=remote_name",)
    ordering = ("outcome", "-pk")
    fields = (("remote_name", "site"), ("kind", "state"), ("wallet_link", "found_at"), "note", ("settled_by", "settled_at"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Difference]:
        return Difference.objects.select_related("site", "wallet__account", "wallet__user", "settled_by")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        both = {"take_over", "leave_apart"}
        return self.only(request, object_id, lambda row: both if row.kind == "own_points" and not row.outcome else set())

    @button("Take over", icon="sync")
    def take_over(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row, by = self.found(request, object_id), signed_in(request)
        account = row.wallet.account if row.wallet else None
        form = TakeOverForm(posted(request), initial={"seen_minor": account.balance if account else None})
        facts: Facts = (
            ("When it was found", row.note),
            ("Here now", shown(account, account.balance) if account else "-"),
            ("Then", "the wallet here has what the site says, by one entry, and follows it"),
        )
        return self.asked(
            *(request, row, f"Let the wallet follow {row.remote_name} of {row.site}?", "Take it over"),
            lambda: take_over(difference_id=row.pk, by=by, seen_minor=form.cleaned_data["seen_minor"]),
            facts=facts,
            form=form,
        )

    @button("Leave apart", icon="call_split")
    def leave_apart(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row, by = self.found(request, object_id), signed_in(request)
        facts: Facts = (("Now", row.note), ("Then", "both stay as they are, and no refresh lists them again"))
        return self.asked(
            *(request, row, f"Leave {row.remote_name} of {row.site} apart?", "Leave it apart"),
            lambda: in_transaction(lambda: leave_apart(difference_id=row.pk, by=by)),
            facts=facts,
        )

    @badge("State", {"open": "warning", "taken over": "success", "left apart": "info"}, ordering="outcome")
    def state(self, row: Difference) -> str:
        return row.get_outcome_display()

    @admin.display(description="Wallet here")
    def wallet_link(self, row: Difference) -> str:
        return _wallet_link(row.wallet) if row.wallet else "-"


def _wallet_link(wallet: Wallet) -> str:
    return link(page_of(wallet), f"{wallet.user}, wallet {wallet.pk}")
