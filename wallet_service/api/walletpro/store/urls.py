"""The routes of wc/store/v1/walletpro."""

from wallet_service.api.documents import Document
from wallet_service.api.routes import FamilyRouter
from wallet_service.api.walletpro.store.base import NAMESPACE
from wallet_service.api.walletpro.store.checkout import CheckoutViewSet

router = FamilyRouter(NAMESPACE)
router.register("walletpro", CheckoutViewSet, basename="checkout")

document = Document(
    "WalletPro Store API",
    "The customer's wallet at the checkout. Amounts are strings of digits in the minor unit of the currency beside them.",
    router,
)
