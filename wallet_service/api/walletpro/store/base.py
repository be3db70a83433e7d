"""What the store's routes have in common: whose wallet it is, and the extension of the totals that they answer."""

from collections.abc import Callable, Iterable
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from idempotency.services import Reply
from ledger.models import Entry
from ledger.movements import Event
from wallet_service.api.authentication import Caller
from wallet_service.api.schema import header
from wallet_service.api.walletpro.base import WalletProViewSet
from wallet_service.api.walletpro.store.authentication import StoreSessionAuthentication
from wallets.models import Wallet

NAMESPACE = "wc/store/v1"


class StoreViewSet(WalletProViewSet):
    """walletpro/v1's policy, for a browser's session alone. Calls count towards the same limit."""

    namespace = NAMESPACE
    authentication_classes = (StoreSessionAuthentication,)  # type: ignore[assignment]  # a tuple of other ways in

    @classmethod
    def response_headers(cls) -> Iterable[OpenApiParameter]:
        yield from super().response_headers()
        yield header("Nonce", str, True, "As X-WP-Nonce.")

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        caller = getattr(request, "_auth", None)
        if isinstance(caller, Caller) and caller.nonce:
            response["Nonce"] = caller.nonce
        return response

    def do_once(self, asked: dict[str, Any], work: Callable[[Event], Reply]) -> Response:
        """As walletpro/v1 answers once; there are no dry runs at the checkout."""
        return self.answer_once({**asked, "dry_run": False}, work)


def extension(wallet: Wallet, applied: Entry | None, total_minor: int | None) -> dict[str, Any]:
    """What the totals of cart and checkout are extended by; `applied` is the entry that set money aside for the order."""
    applied_minor = applied.held_change if applied else 0
    members: dict[str, Any] = {
        "balance": str(wallet.account.balance),
        "available": str(wallet.account.available),
        "applied": str(applied_minor),
        "currency": wallet.currency_code,
        "hold_id": applied.pk if applied else None,
    }
    if total_minor is not None:
        members["remaining"] = str(max(total_minor - applied_minor, 0))
    return {"extensions": {"walletpro": members}}


def extension_of_no_order(wallet: Wallet) -> dict[str, Any]:
    """As `extension`, where no order is named: nothing is told of what is applied, or of what remains."""
    account = wallet.account
    members = {"balance": str(account.balance), "available": str(account.available), "currency": wallet.currency_code}
    return {"extensions": {"walletpro": members}}
