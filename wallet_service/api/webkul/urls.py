"""The routes of both doors."""

from hooks.points import rest_register_routes
from wallet_service.api.documents import Document
from wallet_service.api.routes import FamilyRouter
from wallet_service.api.webkul.analytics import AnalyticsViewSet
from wallet_service.api.webkul.base import ADMIN, CUSTOMER
from wallet_service.api.webkul.bnpl import DebtViewSet, RepayViewSet
from wallet_service.api.webkul.kyc import OwnSubmissionViewSet, SubmissionViewSet
from wallet_service.api.webkul.own_settings import OwnSettingViewSet
from wallet_service.api.webkul.qr import QrPayViewSet, QrResolveViewSet, QrSendOtpViewSet, QrViewSet
from wallet_service.api.webkul.refund_requests import OwnRefundRequestViewSet, RefundRequestViewSet
from wallet_service.api.webkul.transactions import OwnTransactionViewSet, TransactionViewSet
from wallet_service.api.webkul.transfers import OTP, SendOtpViewSet, VerifyOtpViewSet
from wallet_service.api.webkul.wallets import BalanceViewSet, WalletViewSet
from wallet_service.api.webkul.withdrawals import OwnWithdrawalViewSet, WithdrawalViewSet

MONEY = "Amounts are exact numbers in major units, with the decimals of the currency beside them."

admin_router = FamilyRouter(ADMIN)
admin_router.register("wallets", WalletViewSet, basename="wallet")
admin_router.register("transactions", TransactionViewSet, basename="transaction")
admin_router.register("analytics", AnalyticsViewSet, basename="analytics")
admin_router.register("refund_requests", RefundRequestViewSet, basename="refund_request")
admin_router.register("withdrawals", WithdrawalViewSet, basename="withdrawal")
admin_router.register("kyc", SubmissionViewSet, basename="submission")

customer_router = FamilyRouter(CUSTOMER)
customer_router.register("refund_requests", OwnRefundRequestViewSet, basename="own_refund_request")
customer_router.register("balance", BalanceViewSet, basename="own_balance")
customer_router.register("transactions", OwnTransactionViewSet, basename="own_transaction")
customer_router.register("send_otp", SendOtpViewSet, basename="send_otp")
customer_router.register(f"verify_otp/(?P<otp>{OTP})", VerifyOtpViewSet, basename="verify_otp")
customer_router.register("qr", QrViewSet, basename="qr")
customer_router.register("qr_resolve", QrResolveViewSet, basename="qr_resolve")
customer_router.register("qr_send_otp", QrSendOtpViewSet, basename="qr_send_otp")
customer_router.register("qr_pay", QrPayViewSet, basename="qr_pay")
customer_router.register("bnpl", DebtViewSet, basename="own_debt")
customer_router.register("bnpl_repay", RepayViewSet, basename="repay_debt")
customer_router.register("settings", OwnSettingViewSet, basename="own_setting")
customer_router.register("withdrawals", OwnWithdrawalViewSet, basename="own_withdrawal")
customer_router.register("kyc", OwnSubmissionViewSet, basename="own_submission")


class Routes:
    """What an operator's own app adds its routes to (docs/hooks.md, `wkwp_rest_register_routes`)."""

    def __init__(self, *routers: FamilyRouter) -> None:
        self._routers = {router.namespace: router for router in routers}

    def register(self, namespace: str, prefix: str, viewset: type, basename: str) -> None:
        """Ours stay as they are: a prefix or a basename is taken once."""
        router = self._routers[namespace]
        if any(prefix == taken or basename == name for taken, _viewset, name in router.registry):
            raise ValueError(f"{namespace}: {prefix} or {basename} is taken")
        router.register(prefix, viewset, basename=basename)


def with_others(*documents: Document) -> tuple[Document, ...]:
    """The documents, once whoever wants to has added routes of his own to their routers."""
    rest_register_routes.fire(Routes(*(document.router for document in documents)))
    return documents


admin_document = Document(
    "Wallet REST API, admin",
    f"Wallets, transactions and decisions, for programs and people who manage the shop. {MONEY}",
    admin_router,
)
customer_document = Document(
    "Wallet REST API, customers", f"What a signed-in customer does with a wallet. {MONEY}", customer_router
)

admin_document, customer_document = with_others(admin_document, customer_document)
