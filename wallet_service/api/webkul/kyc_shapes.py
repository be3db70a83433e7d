"""The shapes of identity checks, for the OpenAPI documents."""

from rest_framework import serializers

from kyc.files.inspecting import CONTENT_TYPES
from kyc.models import Status
from wallet_service.api.webkul.shapes import Page, one_page, shown_as

STATUSES = tuple(Status.values)
SUBMISSION = {
    "id": 17,
    "user_id": 42,
    "full_name": "Ada Lovelace",
    "document_type": "Passport",
    "status": "pending",
    "note": None,
    "created_at": "2026-04-29T07:14:23Z",
    "decided_at": None,
    "documents": [{"content_type": "image/jpeg", "size": 183204}],
}


@shown_as(SUBMISSION["documents"][0])  # type: ignore[index]
class WebkulDocument(serializers.Serializer):
    """A file that was handed in. What it shows is read in the admin only."""

    content_type = serializers.ChoiceField(choices=sorted(CONTENT_TYPES), help_text="Found out from its content.")
    size = serializers.IntegerField(help_text="In bytes.")


@shown_as(SUBMISSION)
class WebkulSubmission(serializers.Serializer):
    """What a customer handed in to have his identity checked. The document's number is read in the admin only."""

    id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    full_name = serializers.CharField()
    document_type = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    note = serializers.CharField(allow_null=True, help_text="The decision's; the customer reads it.")
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    documents = WebkulDocument(many=True)


@one_page(SUBMISSION)
class WebkulSubmissionPage(Page):
    """A page of submissions."""

    items = WebkulSubmission(many=True)


@shown_as({"document_types": ["Passport", "National ID"], "max_documents": 2, "max_file_mb": 5, "description": ""}, many=False)
class WebkulKycOptions(serializers.Serializer):
    """What the shop takes, and what it tells its customers of that."""

    document_types = serializers.ListField(child=serializers.CharField())
    max_documents = serializers.IntegerField()
    max_file_mb = serializers.IntegerField(help_text="Of one file, in MiB.")
    description = serializers.CharField(allow_blank=True)
