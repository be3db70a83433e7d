"""Checkpoints of walletpro/v1 (an extension): what was signed over everything sealed, and the keys that signed."""

from typing import Any

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.models import Checkpoint, SigningKey
from wallet_service.api.arguments import Arguments, number_in_path
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import Page, page_arguments
from wallet_service.api.walletpro import proof_shapes
from wallet_service.api.walletpro.base import WalletProViewSet
from wallet_service.api.walletpro.fields import moment

LIST = Arguments(page_arguments(per_page=25))


class CheckpointViewSet(WalletProViewSet):
    """Read what was signed. For strangers too where `CHECKPOINTS_PUBLIC` is on."""

    @operation(
        Operation(
            "listCheckpoints",
            "List checkpoints, newest first",
            Access.CHECKPOINTS,
            LIST,
            {200: proof_shapes.CheckpointPage},
            is_list=True,
        )
    )
    def list(self, request: Request) -> Response:
        page = Page.of(Checkpoint.objects.order_by("-number"), self.arguments())
        return self.page(page, [checkpoint_row(checkpoint) for checkpoint in page.rows])

    @operation(
        Operation(
            "getCheckpoint",
            "Read a checkpoint by its number",
            Access.CHECKPOINTS,
            answers={200: proof_shapes.Checkpoint},
            refusals=(Checkpoint.DoesNotExist,),
        )
    )
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(checkpoint_row(Checkpoint.objects.get(pk=number_in_path(id))))

    @operation(
        Operation(
            "getLatestCheckpoint",
            "Read the latest checkpoint",
            Access.CHECKPOINTS,
            answers={200: proof_shapes.Checkpoint},
            refusals=(Checkpoint.DoesNotExist,),
        )
    )
    @action(detail=False)
    def latest(self, request: Request) -> Response:
        return Response(checkpoint_row(Checkpoint.objects.latest("number")))

    @operation(
        Operation(
            "listCheckpointKeys",
            "List the public keys that sign checkpoints, newest first",
            Access.CHECKPOINTS,
            LIST,
            {200: proof_shapes.CheckpointKeyPage},
            is_list=True,
            description="Keep them somewhere else as well: a key that comes with what it signs proves nothing.",
        )
    )
    @action(detail=False)
    def keys(self, request: Request) -> Response:
        page = Page.of(SigningKey.objects.order_by("-first_checkpoint", "-id"), self.arguments())
        return self.page(page, [key_row(key) for key in page.rows])


def checkpoint_row(checkpoint: Checkpoint) -> dict[str, Any]:
    """A checkpoint as it is read: `body` is what was signed, byte for byte; the rest repeats it."""
    return {
        "number": checkpoint.number,
        "size": checkpoint.size,
        "root": bytes(checkpoint.root).hex(),
        "body": checkpoint.body,
        "signature": bytes(checkpoint.signature).hex(),
        "key_id": checkpoint.signing_key_id,
        "hash": bytes(checkpoint.hash).hex(),
        "previous": checkpoint.previous and bytes(checkpoint.previous).hex(),
        "created_at": moment(checkpoint.created_at),
    }


def key_row(key: SigningKey) -> dict[str, Any]:
    """A public key, and what the key before said of it."""
    return {
        "key_id": key.pk,
        "public_key": bytes(key.public_key).hex(),
        "first_checkpoint": key.first_checkpoint,
        "endorsement": key.endorsement or None,
        "endorsement_signature": key.endorsement_signature and bytes(key.endorsement_signature).hex(),
        "created_at": moment(key.created_at),
    }
