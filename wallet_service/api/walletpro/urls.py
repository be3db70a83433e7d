"""The routes of walletpro/v1."""

from wallet_service.api.documents import Document
from wallet_service.api.routes import FamilyRouter
from wallet_service.api.walletpro.base import NAMESPACE
from wallet_service.api.walletpro.checkpoints import CheckpointViewSet
from wallet_service.api.walletpro.codes import CodeViewSet
from wallet_service.api.walletpro.events import EventViewSet
from wallet_service.api.walletpro.holds import HoldViewSet
from wallet_service.api.walletpro.money_requests import MoneyRequestViewSet
from wallet_service.api.walletpro.payment_methods import PaymentMethodViewSet
from wallet_service.api.walletpro.point_packages import PointPackageViewSet
from wallet_service.api.walletpro.topups import TopupViewSet
from wallet_service.api.walletpro.transactions import TransactionViewSet
from wallet_service.api.walletpro.transfers import TransferViewSet
from wallet_service.api.walletpro.wallets import WalletViewSet
from wallet_service.api.walletpro.webhooks import WebhookViewSet

router = FamilyRouter(NAMESPACE)
router.register("wallets", WalletViewSet, basename="wallet")
router.register("holds", HoldViewSet, basename="hold")
router.register("transactions", TransactionViewSet, basename="transaction")
router.register("codes", CodeViewSet, basename="code")
router.register("transfers", TransferViewSet, basename="transfer")
router.register("money_requests", MoneyRequestViewSet, basename="money_request")
router.register("topups", TopupViewSet, basename="topup")
router.register("point-packages", PointPackageViewSet, basename="point_package")
router.register("payment_methods", PaymentMethodViewSet, basename="payment_method")
router.register("checkpoints", CheckpointViewSet, basename="checkpoint")
router.register("webhooks", WebhookViewSet, basename="webhook")
router.register("events", EventViewSet, basename="event")

document = Document(
    "WalletPro REST API",
    "Wallets, transactions and money movements. Amounts are strings of digits in the minor unit of the currency beside them.",
    router,
)
