"""The routes of both doors."""

from wallet_service.api.documents import Document
from wallet_service.api.routes import FamilyRouter
from wallet_service.api.webkul.analytics import AnalyticsViewSet
from wallet_service.api.webkul.base import ADMIN, CUSTOMER
from wallet_service.api.webkul.transactions import OwnTransactionViewSet, TransactionViewSet
from wallet_service.api.webkul.wallets import BalanceViewSet, WalletViewSet

MONEY = "Amounts are exact numbers in major units, with the decimals of the currency beside them."

admin_router = FamilyRouter(ADMIN)
admin_router.register("wallets", WalletViewSet, basename="wallet")
admin_router.register("transactions", TransactionViewSet, basename="transaction")
admin_router.register("analytics", AnalyticsViewSet, basename="analytics")

customer_router = FamilyRouter(CUSTOMER)
customer_router.register("balance", BalanceViewSet, basename="own_balance")
customer_router.register("transactions", OwnTransactionViewSet, basename="own_transaction")

admin_document = Document(
    "Wallet REST API, admin",
    f"Wallets, transactions and decisions, for programs and people who manage the shop. {MONEY}",
    admin_router,
)
customer_document = Document(
    "Wallet REST API, customers", f"What a signed-in customer does with a wallet. {MONEY}", customer_router
)
