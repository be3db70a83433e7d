"""The outbox, to look at: what waits, was sent, or was given up. What a notice says stays sealed."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import check_for_language
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from ledger.admin_base import ReadOnlyAdmin, badge
from ledger.retry import in_transaction
from notices.models import Contact, Notice, OptOut
from notices.preferences import check_contact, set_contact
from notices.previews import previews
from notices.services import send_again
from people.admin_base import ShopAdmin, button, is_shop_manager, posted, signed_in, user_field

STATES = {"Waiting": "info", "Sent": "success", "Parked": "danger", "Too late": "warning"}
COLUMNS = {"waiting": "next_attempt_at", "sent": "sent_at", "parked": "parked_at", "missed": "missed_at"}


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Waiting"), ("sent", "Sent"), ("parked", "Parked"), ("missed", "Too late")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        column = COLUMNS.get(str(self.value()))
        return queryset.filter(**{f"{column}__isnull": False}) if column else queryset


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ("id", "state", "kind", "channel", "subject", "address", "created_at", "attempts", "last_error")
    list_filter = (StateFilter, "channel", "kind")
    search_fields = ("address",)
    search_help_text = "Address or user name, in full"
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        *(("id", "state", "kind", "channel"), ("user", "address"), "subject", ("created_at", "expires_at")),
        *(("attempts", "next_attempt_at", "last_error"), ("sent_at", "parked_at", "missed_at")),
    )
    exclude = ("text",)
    actions = ("send_again",)
    actions_list = ("look_at_words",)

    @button("Look at the words", icon="preview")
    def look_at_words(self, request: HttpRequest) -> HttpResponse:
        """What every kind says, in a language, filled with samples."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = request.GET.get("language", "")
        language = asked if asked and "\0" not in asked and check_for_language(asked) else settings.MAIL_LANGUAGE
        context = {
            **self.admin_site.each_context(request),
            **{"title": "What notices say", "opts": self.opts, "previews": previews(language), "language": language},
            "languages": sorted({"en", "de", settings.MAIL_LANGUAGE}),
        }
        return TemplateResponse(request, "notices/admin/previews.html", context)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        term = search_term.replace("\0", "").strip()
        if not term:
            return queryset, False
        return queryset.filter(Q(address__iexact=term) | Q(user__username__iexact=term)), False

    def has_send_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request)

    @admin.action(description="Send again: what was parked", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Notice]) -> None:
        sent = [notice for notice in queryset if send_again(notice)]
        for notice in sent:
            self.log_change(request, notice, "Sent again.")
        if sent:
            messages.success(request, f"{len(sent)} wait to be sent.")
        else:
            messages.warning(request, "Only parked mails can be sent again: none of these is.")

    @badge("State", STATES)
    def state(self, notice: Notice) -> str:
        if notice.sent_at:
            return "Sent"
        if notice.parked_at:
            return "Parked"
        return "Too late" if notice.missed_at else "Waiting"


class ContactForm(forms.Form):
    """Whose, and what."""

    phone = forms.CharField(max_length=16, required=False, help_text="+4915112345678", widget=UnfoldAdminTextInputWidget())
    language = forms.CharField(
        max_length=10, required=False, help_text="de, en; empty: the site's", widget=UnfoldAdminTextInputWidget()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"] = user_field(Contact, "user", "Customer")
        self.order_fields(["user"])

    def clean(self) -> None:
        super().clean()
        check_contact(**{name: self.cleaned_data.get(name, "") for name in ("phone", "language")})


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    """Telephone numbers and languages. Read-only; `set_contact` is the way to change one."""

    actions_list = ("set_new",)
    actions_detail = ("set_again",)
    list_display = ("user", "phone", "language")
    search_fields = ("user__username", "user__email", "phone")
    search_help_text = "User name, e-mail or number"
    ordering = ("user_id",)
    list_select_related = ("user",)

    @button("Set for a customer", icon="call")
    def set_new(self, request: HttpRequest) -> HttpResponse:
        return self._set(request, None)

    @button("Set anew", icon="edit")
    def set_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        contact = self.get_object(request, object_id)
        if contact is None:
            raise Http404
        return self._set(request, contact)

    def get_actions_list(self, request: HttpRequest) -> Any:
        return super().get_actions_list(request) if is_shop_manager(request) else []

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        return super().get_actions_detail(request, object_id) if is_shop_manager(request) else []

    def _set(self, request: HttpRequest, contact: Contact | None) -> HttpResponse:
        if not is_shop_manager(request):
            raise PermissionDenied
        initial = {"user": contact.user_id, "phone": contact.phone, "language": contact.language} if contact else {}
        form = ContactForm(posted(request), initial=initial)
        if form.is_valid():
            changed = in_transaction(lambda: set_contact(**form.cleaned_data, by=signed_in(request)))
            messages.success(request, f"{changed} is set.")
            return redirect("admin:notices_contact_change", changed.pk)
        cancel = reverse("admin:notices_contact_changelist")
        return self.form_page(request, form, title="Where notices reach a customer", submit="Set", cancel=cancel, obj=contact)


@admin.register(OptOut)
class OptOutAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    """What customers have said that they do not want."""

    list_display = ("user", "key", "created_at")
    list_filter = ("key",)
    search_fields = ("user__username", "user__email")
    search_help_text = "User name or e-mail"
    ordering = ("-pk",)
    list_select_related = ("user",)
