"""Checkpoints, the keys that sign them, where they were taken to, and the leaves, to look at."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from ledger.admin_base import ReadOnlyAdmin, as_id, badge
from ledger.checkpoints.statements import read_body
from ledger.models import AnchorReceipt, Checkpoint, Leaf, SigningKey

ANCHORED = {"Anchored": "success", "Behind a later one": "success", "Waiting": "warning"}


def _hex(value: bytes | memoryview | None) -> str:
    return bytes(value).hex() if value else "-"


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin, ModelAdmin):  # type: ignore[misc]
    """The newest first. What it says stands there as it was signed."""

    list_display = ("number", "size", "entries", "accounts", "created_at", "anchored")
    search_fields = ("=number",)
    search_help_text = "Number"
    ordering = ("-number",)
    sortable_by = ("number",)
    fields = (
        *(("number", "created_at"), ("size", "entries", "accounts"), ("anchored", "signing_key"), "given_up"),
        *("root_shown", "hash_shown", "previous_shown", "signature_shown", "body"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Checkpoint]:
        taken = AnchorReceipt.objects.filter(receipt__isnull=False)
        here = Exists(taken.filter(checkpoint=OuterRef("pk")))
        later = Exists(taken.filter(checkpoint_id__gt=OuterRef("pk")))
        found: QuerySet[Checkpoint] = super().get_queryset(request)
        return found.select_related("signing_key").annotate(is_anchored=here, is_behind=later)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.filter(pk=as_id(search_term) or 0) if search_term else queryset), False

    @admin.display(description="Entries")
    def entries(self, checkpoint: Checkpoint) -> str:
        return _said(checkpoint, "leaves", "entry")

    @admin.display(description="Accounts")
    def accounts(self, checkpoint: Checkpoint) -> str:
        return _said(checkpoint, "accounts")

    @badge("Anchor", ANCHORED)
    def anchored(self, checkpoint: Checkpoint) -> str:
        if getattr(checkpoint, "is_anchored", False):
            return "Anchored"
        return "Behind a later one" if getattr(checkpoint, "is_behind", False) else "Waiting"

    @admin.display(description="Gives up")
    def given_up(self, checkpoint: Checkpoint) -> str:
        return ", ".join(checkpoint.replaces) or "-"

    @admin.display(description="Root")
    def root_shown(self, checkpoint: Checkpoint) -> str:
        return _hex(checkpoint.root)

    @admin.display(description="Hash")
    def hash_shown(self, checkpoint: Checkpoint) -> str:
        return _hex(checkpoint.hash)

    @admin.display(description="The one before")
    def previous_shown(self, checkpoint: Checkpoint) -> str:
        return _hex(checkpoint.previous)

    @admin.display(description="Signature")
    def signature_shown(self, checkpoint: Checkpoint) -> str:
        return _hex(checkpoint.signature)


def _said(checkpoint: Checkpoint, *names: str) -> str:
    """A figure of the body; a dash where it cannot be read."""
    try:
        found: Any = read_body(checkpoint.body)
    except ValueError:
        return "-"
    for name in names:
        found = found.get(name, "0")
    return str(found)


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin, ModelAdmin):  # type: ignore[misc]
    """Public halves only: the secret ones are in the environment of the process that seals."""

    list_display = ("id", "public_key_shown", "first_checkpoint", "endorsed", "created_at")
    ordering = ("-first_checkpoint",)
    sortable_by = ()
    fields = (("id", "endorsed"), "public_key_shown", ("first_checkpoint", "created_at"), "endorsement", "endorsement_shown")

    @admin.display(description="Public key")
    def public_key_shown(self, key: SigningKey) -> str:
        return _hex(key.public_key)

    @admin.display(description="Endorsement's signature")
    def endorsement_shown(self, key: SigningKey) -> str:
        return _hex(key.endorsement_signature)

    @badge("Who speaks for it", {"NOT endorsed: the key before was lost": "danger"})
    def endorsed(self, key: SigningKey) -> str:
        return key.how_endorsed


@admin.register(AnchorReceipt)
class AnchorReceiptAdmin(ReadOnlyAdmin, ModelAdmin):  # type: ignore[misc]
    """What each anchor said to each checkpoint that it was handed."""

    list_display = ("checkpoint_id", "anchor", "state", "at", "failed_tries", "last_error")
    list_filter = ("anchor",)
    search_fields = ("=checkpoint__number",)
    search_help_text = "A checkpoint's number"
    ordering = ("-checkpoint_id", "anchor")
    sortable_by = ()
    fields = (("checkpoint", "anchor"), ("state", "at"), "receipt", ("failed_tries", "last_error"))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.filter(checkpoint_id=as_id(search_term) or 0) if search_term else queryset), False

    @badge("State", {"Taken": "success", "Waiting": "warning"})
    def state(self, receipt: AnchorReceipt) -> str:
        return "Waiting" if receipt.receipt is None else "Taken"


@admin.register(Leaf)
class LeafAdmin(ReadOnlyAdmin, ModelAdmin):  # type: ignore[misc]
    """The log, from its end. Search takes a position or an account number."""

    list_display = ("index", "source", "account_id", "row", "checkpoint", "hash_shown")
    list_filter = ("source",)
    search_fields = ("=index", "=account_id")
    search_help_text = "Position in the log, or account number"
    ordering = ("-index",)
    sortable_by = ()
    fields = (("index", "checkpoint"), ("source", "account_id", "row"), "hash_shown")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not search_term:
            return queryset, False
        number = as_id(search_term)
        entries = Q(source=Leaf.Source.ENTRY, account_id=number)
        return queryset.filter(Q(pk=number) | entries if number is not None else Q(pk=-1)), False

    @admin.display(description="Hash")
    def hash_shown(self, leaf: Leaf) -> str:
        return _hex(leaf.hash)
