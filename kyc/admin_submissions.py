"""What customers handed in: looked at, read and decided on by managers. Whatever is read is kept."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget

from audit.services import actor_of
from kyc.documents import read_document
from kyc.errors import DocumentsUnavailable, OwnVerification, RejectionNeedsNote, SubmissionNotPending
from kyc.models import NOTE_MAX, Document, Status, Submission
from kyc.submissions import decide_submission, read_number
from ledger.admin_base import ReadOnlyAdmin, badge, link
from ledger.errors import Busy, KeyMissing, Refusal
from ledger.retry import in_transaction
from ledger.sealing import SealBroken
from people.admin_base import Facts, ShopAdmin, button, is_shop_manager, posted, signed_in

COLOURS = {"waiting": "warning", "approved": "success", "rejected": "danger"}
WORDS: dict[type[Refusal], str] = {
    OwnVerification: "Nobody decides on himself: another manager has to.",
    RejectionNeedsNote: "Say why: the customer reads it.",
    SubmissionNotPending: "Somebody else has decided on it meanwhile.",
    Busy: "Somebody else is at this customer. Nothing was changed; try again.",
}
UNREADABLE: dict[type[Refusal], str] = {
    DocumentsUnavailable: "The storage does not answer, or has the file no longer.",
    SealBroken: "It does not open: it was changed, or put into another's place, or its key is gone.",
    KeyMissing: "The key that it was sealed with is not set here.",
}
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf"}


class NoteForm(forms.Form):
    """What the customer is told."""

    note = forms.CharField(max_length=NOTE_MAX, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


class ManagersAdmin(ReadOnlyAdmin, ShopAdmin):
    """What both windows share: their buttons are for managers."""

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        return super().get_actions_detail(request, object_id) if is_shop_manager(request) else []  # type: ignore[misc]

    def found(self, request: HttpRequest, object_id: str) -> Any:
        """The row of this page, for a manager."""
        if not is_shop_manager(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row


class SubmissionPages(ManagersAdmin):
    actions_detail = ("approve", "reject", "show_number")
    list_display = ("__str__", "user", "full_name", "document_type", "state", "created_at", "decided_by", "decided_at")
    list_filter = ("status", "document_type")
    search_fields = ("full_name", "user__username", "user__email")
    search_help_text = "Name in the document, user name or e-mail"
    ordering = ("-pk",)
    exclude = ("document_number",)
    fields = (
        *(("user_link", "state"), ("full_name", "document_type"), "files", "note"),
        ("created_at", "decided_by", "decided_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        return Submission.objects.select_related("user", "decided_by")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """What was decided is decided."""
        submission = self.get_object(request, str(object_id))
        actions = super().get_actions_detail(request, object_id)
        is_open = submission is not None and submission.status == Status.PENDING
        return actions if is_open else [action for action in actions if action.action_name.endswith("show_number")]

    @button("Approve", icon="check")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, self.found(request, object_id), Status.APPROVED, "Approve")

    @button("Reject", icon="close")
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide(request, self.found(request, object_id), Status.REJECTED, "Reject")

    @button("Show number", icon="visibility")
    def show_number(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shown to who posts this page, and that is kept."""
        submission = self.found(request, object_id)
        form, read = forms.Form(posted(request)), lambda: read_number(submission, by=signed_in(request))
        number = attempt(form, read, UNREADABLE) if form.is_valid() else None
        if number is None:
            facts = [("Document", submission.document_type), ("That you look", "is written into the audit trail")]
            return self._page_of(request, form, submission, f"Show the number of {submission}?", "Show", facts)
        back, secrets = reverse("admin:kyc_submission_change", args=[submission.pk]), [(submission.document_type, number)]
        return self.opened_page(request, title=f"Number of {submission}", secrets=secrets, obj=submission, back=back)

    @badge("State", COLOURS, ordering="status")
    def state(self, submission: Submission) -> str:
        return submission.get_status_display()

    @admin.display(description="Customer")
    def user_link(self, submission: Submission) -> str:
        return link(reverse("admin:people_user_change", args=[submission.user_id]), submission.user)

    @admin.display(description="Documents")
    def files(self, submission: Submission) -> SafeString:
        return format_html_join(", ", "{}", ((link(page_of(one), kind_of(one)),) for one in submission.documents.all()))

    def _decide(self, request: HttpRequest, submission: Submission, status: Status, title: str) -> HttpResponse:
        form, by = NoteForm(posted(request)), signed_in(request)
        if form.is_valid():
            asked = {"submission_id": submission.pk, "status": status, "note": form.cleaned_data["note"]}
            if attempt(form, lambda: decide_submission(**asked, by=by, actor=actor_of(by)), WORDS):
                messages.success(request, f"{submission} is {status.label}.")
                return redirect("admin:kyc_submission_change", submission.pk)
        facts = [("Customer", str(submission.user)), ("Name", submission.full_name), ("Document", submission.document_type)]
        return self._page_of(request, form, submission, f"{title} {submission}?", title, facts)

    def _page_of(
        self, request: HttpRequest, form: forms.Form, submission: Submission, title: str, submit: str, facts: Facts
    ) -> HttpResponse:
        back = reverse("admin:kyc_submission_change", args=[submission.pk])
        return self.form_page(request, form, title=title, submit=submit, cancel=back, obj=submission, facts=facts)


class DocumentPages(ManagersAdmin):
    actions_detail = ("download",)
    list_display = ("__str__", "content_type", "size_shown", "submission")
    list_filter = ("content_type",)
    ordering = ("-pk",)
    exclude = ("sha256", "name")
    fields = (("submission_link", "position"), ("content_type", "size_shown"), "digest")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return Document.objects.select_related("submission")

    @button("Download", icon="download")
    def download(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The file as it was sent, to be saved and not to be shown; that somebody took it is kept."""
        document = self.found(request, object_id)
        try:
            content = read_document(document, actor=actor_of(signed_in(request)))
        except tuple(UNREADABLE) as refusal:
            messages.error(request, UNREADABLE[type(refusal)])
            return redirect(page_of(document))
        return as_attachment(content, document)

    @admin.display(description="Submission")
    def submission_link(self, document: Document) -> str:
        return link(reverse("admin:kyc_submission_change", args=[document.submission_id]), document.submission)

    @admin.display(description="Size", ordering="size_bytes")
    def size_shown(self, document: Document) -> str:
        return size_of(document)

    @admin.display(description="SHA-256")
    def digest(self, document: Document) -> str:
        return bytes(document.sha256).hex()


def as_attachment(content: bytes, document: Document) -> HttpResponse:
    """A file that somebody else made, sent so that no browser runs or keeps any of it."""
    response = HttpResponse(content, content_type=document.content_type)
    name = f"submission-{document.submission_id}-{document.position + 1}.{EXTENSIONS[document.content_type]}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def attempt(form: forms.Form, work: Callable[[], Any], words: dict[type[Refusal], str]) -> Any:
    """What `work` returns, in a transaction of its own; None where it was refused, and then the form says why."""
    try:
        return in_transaction(work)
    except tuple(words) as refusal:
        form.add_error(None, words[type(refusal)])
        return None


def kind_of(document: Document) -> str:
    return f"{document.content_type}, {size_of(document)}"


def size_of(document: Document) -> str:
    return f"{document.size_bytes:,} bytes"


def page_of(document: Document) -> str:
    return reverse("admin:kyc_document_change", args=[document.pk])
