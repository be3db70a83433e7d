"""Identity checks (facts.md 2.13): customers hand documents in, managers decide on them.

Handing in is an extension of the customer door, a multipart body with its files as `files` or `files[]`. It is read behind login
and right, so that a nonce in it counts for nothing; in header or query it does. What the files are is found out from their
content; their names and content types are not looked at. Whoever waits for a decision or is approved hands in nothing more
(409 `already_submitted`, `already_approved`): a repetition does no harm, and needs no key. Each try counts, 20 a day. A file
above its limit is 413, as a body is. `kyc_enabled` switches what is gated, not the check itself. The files are read in the
admin only.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kyc import errors as kyc
from kyc.documents import MEBIBYTE
from kyc.models import NAME_MAX, NOTE_MAX, NUMBER_MAX, TYPE_MAX, Status, Submission
from kyc.submissions import decide_submission, document_type_named, submit
from ledger.retry import in_transaction
from site_settings.reading import current_settings
from wallet_service.api import rates
from wallet_service.api.answers import RateLimited
from wallet_service.api.arguments import Argument, Arguments, Integer, Invalid, Text, any_of, number_in_path
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import Page, page_arguments
from wallet_service.api.uploads import Files
from wallet_service.api.webkul import kyc_shapes as shapes
from wallet_service.api.webkul.base import PER_PAGE, AdminViewSet, CustomerViewSet, WebkulViewSet
from wallet_service.api.webkul.fields import moment


@dataclass(frozen=True, kw_only=True)
class Words(Text):
    """Text with something in it, without the blanks around."""

    def parse(self, name: str, value: Any) -> str:
        text = super().parse(name, value).strip()
        if not text:
            raise Invalid("rest_too_short", f"{name} must not be blank.")
        return text


@dataclass(frozen=True, kw_only=True)
class DocumentType(Words):
    """One of those that the shop takes, in any case, `_` for a blank: `national_id` is `National ID`."""

    def parse(self, name: str, value: Any) -> str:
        known = document_type_named(super().parse(name, value))
        if known is None:
            options = current_settings().kyc_document_types
            raise Invalid("rest_not_in_enum", f"{name} is not a document that is taken here: {any_of(options)}.")
        return known


SUBMIT = Arguments(
    {
        "full_name": Words(description="The name in the document.", required=True, min_length=1, max_length=NAME_MAX),
        "document_type": DocumentType(
            description="Which document it is, one of those that `/kyc/options` names.",
            required=True,
            min_length=1,
            max_length=TYPE_MAX,
        ),
        "document_number": Words(
            description="The document's number; shown to nobody but managers, one by one.",
            required=True,
            min_length=1,
            max_length=NUMBER_MAX,
        ),
        "files": Files(description="JPEG, PNG, WebP or PDF; as many and as large as `/kyc/options` says.", required=True),
    }
)
OWN: dict[str, Argument] = {
    "status": Text(description="Only those in this state.", options=tuple(Status.values)),
    **page_arguments(per_page=PER_PAGE),
}
LIST: dict[str, Argument] = {"user_id": Integer(description="Only this user's.", minimum=1), **OWN}
APPROVE = Arguments({"note": Text(description="What the customer reads beside it.", max_length=NOTE_MAX)})
REJECT = Arguments({"note": Words(description="Why: the customer reads it.", required=True, min_length=1, max_length=NOTE_MAX)})
EXAMPLE = {"full_name": "Ada Lovelace", "document_type": "passport", "document_number": "P-1234567", "files": ["…"]}
# The other arguments, and what stands around each file.
OVERHEAD_BYTES = MEBIBYTE
REFUSED_FILES = (kyc.TooManyDocuments, kyc.DocumentTooLarge, kyc.DocumentUnfit, kyc.StillLooking, kyc.DocumentsUnavailable)
DECIDING = (Submission.DoesNotExist, kyc.SubmissionNotPending)


def most_bytes() -> int:
    """What one submission's body may come to."""
    site = current_settings()
    return site.kyc_max_documents * site.kyc_max_file_mb * MEBIBYTE + OVERHEAD_BYTES


class Listing(WebkulViewSet):
    """How both doors list submissions."""

    def submissions(self, rows: "QuerySet[Submission]", asked: dict[str, Any]) -> Response:
        """The page that was asked for, newest first."""
        if asked["status"] is not None:
            rows = rows.filter(status=asked["status"])
        page = Page.of(rows.prefetch_related("documents").order_by("-pk"), asked)
        return self.page(page, [submission_row(submission) for submission in page.rows])


class SubmissionViewSet(AdminViewSet, Listing):
    """Decide on what customers handed in."""

    @operation(
        Operation(
            "listSubmissions",
            "List what customers handed in",
            Access.MANAGE,
            Arguments(LIST),
            {200: shapes.WebkulSubmissionPage},
            is_list=True,
        )
    )
    def list(self, request: Request) -> Response:
        asked = self.arguments()
        rows = Submission.objects.all()
        return self.submissions(rows if asked["user_id"] is None else rows.filter(user_id=asked["user_id"]), asked)

    @operation(
        Operation(
            "approveSubmission",
            "Approve an identity check",
            Access.MANAGE,
            APPROVE,
            {200: shapes.WebkulSubmission},
            refusals=DECIDING,
            example={"note": "Thank you"},
        )
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, id: str) -> Response:
        return self._decide(id, Status.APPROVED)

    @operation(
        Operation(
            "rejectSubmission",
            "Reject an identity check",
            Access.MANAGE,
            REJECT,
            {200: shapes.WebkulSubmission},
            refusals=DECIDING,
            example={"note": "The photograph is blurred"},
        )
    )
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, id: str) -> Response:
        return self._decide(id, Status.REJECTED)

    def _decide(self, id: str, status: Status) -> Response:
        note = self.arguments()["note"] or ""
        by, actor, number = self.caller, self.credential.actor, number_in_path(id)
        decided = in_transaction(lambda: decide_submission(submission_id=number, status=status, by=by, actor=actor, note=note))
        return Response(submission_row(decided))


class OwnSubmissionViewSet(CustomerViewSet, Listing):
    """Have one's own identity checked."""

    @operation(
        Operation(
            "listOwnSubmissions",
            "List what the caller handed in",
            Access.SIGNED_IN,
            Arguments(OWN),
            {200: shapes.WebkulSubmissionPage},
            is_list=True,
        )
    )
    def list(self, request: Request) -> Response:
        return self.submissions(Submission.objects.filter(user=self.caller), self.arguments())

    @operation(
        Operation(
            "submitDocuments",
            "Hand documents in",
            Access.SIGNED_IN,
            SUBMIT,
            {201: shapes.WebkulSubmission},
            refusals=(kyc.AlreadySubmitted, kyc.AlreadyApproved, *REFUSED_FILES),
            upload_bytes=most_bytes,
            description="A multipart body. Once nothing waits, and the caller is not approved.",
            example=EXAMPLE,
        )
    )
    def create(self, request: Request) -> Response:
        asked = self.arguments()
        usage = rates.count_submission(f"user:{self.caller.pk}")
        if usage and usage.is_over:
            raise RateLimited(usage)
        submission = submit(user=self.caller, actor=self.credential.actor, **asked)
        return Response(submission_row(submission), status=201)

    @operation(Operation("getKycOptions", "What the shop takes", Access.SIGNED_IN, answers={200: shapes.WebkulKycOptions}))
    @action(detail=False, methods=["get"], url_path="options")
    def taken(self, request: Request) -> Response:
        return Response(options_row())


def submission_row(submission: Submission) -> dict[str, Any]:
    """What was handed in, without what only managers read."""
    return {
        "id": submission.pk,
        "user_id": submission.user_id,
        "full_name": submission.full_name,
        "document_type": submission.document_type,
        "status": submission.status,
        "note": submission.note or None,
        "created_at": moment(submission.created_at),
        "decided_at": moment(submission.decided_at),
        "documents": [{"content_type": one.content_type, "size": one.size_bytes} for one in submission.documents.all()],
    }


def options_row() -> dict[str, Any]:
    site = current_settings()
    return {
        "document_types": list(site.kyc_document_types),
        "max_documents": site.kyc_max_documents,
        "max_file_mb": site.kyc_max_file_mb,
        "description": site.kyc_description,
    }
