"""Saved payment methods of walletpro/v1, an extension (facts.md 3.13): what one's auto-reload charges.

One is saved by a top-up with `save_method`. Its holder alone sees it and removes it: to everybody else, managers too,
it is one that is not there. What the provider calls it is told to nobody.
"""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from ledger.retry import in_transaction
from payments.errors import PaymentMethodUnknown
from payments.methods import live_methods, remove_method
from payments.models import PaymentMethod
from wallet_service.api.arguments import Arguments, number_in_path
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import Page, page_arguments
from wallet_service.api.walletpro import payment_shapes as shapes
from wallet_service.api.walletpro.base import WalletProViewSet
from wallet_service.api.walletpro.fields import moment
from wallets.reading import ID_MAX

LIST = Arguments(page_arguments(per_page=25))


class PaymentMethodViewSet(WalletProViewSet):
    """Look at what may be charged, and take it back."""

    @operation(
        Operation(
            "listPaymentMethods",
            "List one's saved payment methods",
            Access.SIGNED_IN,
            LIST,
            {200: shapes.PaymentMethodPage},
            is_list=True,
            description="Newest first. Auto-reload charges the newest one of the provider that takes payments now.",
        )
    )
    def list(self, request: Request) -> Response:
        page = Page.of(live_methods(self.caller), self.arguments())
        return self.page(page, [method_row(method) for method in page.rows])

    @operation(
        Operation(
            "deletePaymentMethod",
            "Remove a saved payment method",
            Access.SIGNED_IN,
            answers={200: shapes.DeletedPaymentMethod},
            refusals=(PaymentMethodUnknown,),
            description="Nothing is charged to it any more. A charge that is under way is not stopped.",
        )
    )
    def destroy(self, request: Request, id: str) -> Response:
        method_id = min(number_in_path(id), ID_MAX)
        actor = self.credential.actor
        removed = in_transaction(lambda: remove_method(user=self.caller, method_id=method_id, actor=actor))
        return Response({"deleted": True, "previous": method_row(removed)})


def method_row(method: PaymentMethod) -> dict[str, Any]:
    """A saved method as its holder knows it."""
    return {"id": method.pk, "provider": method.provider, "label": method.label, "created_at": moment(method.created_at)}
