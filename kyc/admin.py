"""Identity checks: who was checked, and deciding on somebody."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from kyc.admin_submissions import DocumentPages, SubmissionPages
from kyc.errors import OwnVerification, RejectionNeedsNote
from kyc.models import Document, Submission, Verification
from kyc.services import decide
from ledger.admin_base import ReadOnlyAdmin, badge, link
from ledger.errors import Busy, Refusal
from ledger.retry import in_transaction
from people.admin_base import ShopAdmin, button, is_shop_manager, posted, signed_in, user_field

COLOURS = {"waiting": "warning", "approved": "success", "rejected": "danger"}
WORDS: dict[type[Refusal], str] = {
    OwnVerification: "Nobody decides on himself: another manager has to.",
    RejectionNeedsNote: "Say why: the customer reads it.",
    Busy: "Somebody else is at this customer. Nothing was changed; try again.",
}
LIST = "admin:kyc_verification_changelist"


class DecideForm(forms.Form):
    """Whom, what, and why."""

    status = forms.ChoiceField(choices=Verification.Status.choices, widget=UnfoldAdminSelectWidget())
    note = forms.CharField(max_length=2000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"] = user_field(Verification, "user", "Customer")
        self.order_fields(["user"])


@admin.register(Submission)
class SubmissionAdmin(SubmissionPages, ModelAdmin):
    """What customers handed in, each time."""


@admin.register(Document)
class DocumentAdmin(DocumentPages, ModelAdmin):
    """Each file, and the way to read it."""


@admin.register(Verification)
class VerificationAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    """Read-only; `decide` is the way to change one."""

    actions_list = ("decide_new",)
    actions_detail = ("decide_again",)
    list_display = ("user", "state", "created_at", "decided_by", "decided_at")
    list_filter = ("status",)
    search_fields = ("user__username", "user__email")
    search_help_text = "User name or e-mail"
    ordering = ("-created_at",)
    fields = (("user_link", "state"), "note", ("created_at", "decided_by", "decided_at"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Verification]:
        return Verification.objects.select_related("user", "decided_by")

    @button("Decide on a customer", icon="badge")
    def decide_new(self, request: HttpRequest) -> HttpResponse:
        return self._decide(request, None)

    @button("Decide", icon="gavel")
    def decide_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        verification = self.get_object(request, object_id)
        if verification is None:
            raise Http404
        return self._decide(request, verification)

    def get_actions_list(self, request: HttpRequest) -> Any:
        return super().get_actions_list(request) if is_shop_manager(request) else []

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        return super().get_actions_detail(request, object_id) if is_shop_manager(request) else []

    def _decide(self, request: HttpRequest, verification: Verification | None) -> HttpResponse:
        if not is_shop_manager(request):
            raise PermissionDenied
        initial = {"user": verification.user_id, "status": verification.status} if verification else {}
        form = DecideForm(posted(request), initial=initial)
        if form.is_valid():
            try:
                decided = in_transaction(lambda: decide(**form.cleaned_data, by=signed_in(request)))
            except tuple(WORDS) as refusal:
                form.add_error(None, WORDS[type(refusal)])
            else:
                messages.success(request, f"{decided} is {decided.get_status_display()}.")
                return redirect("admin:kyc_verification_change", decided.pk)
        return self.form_page(
            request, form, title="Decide on an identity check", submit="Decide", cancel=reverse(LIST), obj=verification
        )

    @badge("State", COLOURS, ordering="status")
    def state(self, verification: Verification) -> str:
        return verification.get_status_display()

    @admin.display(description="Customer")
    def user_link(self, verification: Verification) -> str:
        return link(reverse("admin:people_user_change", args=[verification.user_id]), verification.user)
