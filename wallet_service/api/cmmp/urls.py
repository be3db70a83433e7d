"""The routes of cmmpexapi/v1, each by GET and by POST."""

from wallet_service.api.cmmp.base import NAMESPACE
from wallet_service.api.cmmp.external import PushViewSet, WalletByEmailViewSet, WalletByNameViewSet, WalletsViewSet
from wallet_service.api.cmmp.points import ChargeViewSet, CheckViewSet, WithdrawViewSet
from wallet_service.api.documents import Document
from wallet_service.api.routes import FamilyRouter

router = FamilyRouter(NAMESPACE)
router.register("wallet_has_enough_points", CheckViewSet, "gateway_check")
router.register("withdraw_wallet_points", WithdrawViewSet, "gateway_withdrawal")
router.register("charge_wallet", ChargeViewSet, "gateway_charge")
router.register("get_wallets", WalletsViewSet, "gateway_wallets")
router.register("get_wallet", WalletByEmailViewSet, "gateway_wallet_by_email")
router.register("get_wallet_by_name", WalletByNameViewSet, "gateway_wallet_by_name")
router.register("withdraw_wallet_points_external", PushViewSet, "gateway_push")

HABITS = (
    "Every action is taken by GET and by POST; arguments come in the query, as a form or as JSON. Every answer has the two "
    "members `success` and `message` and the status 200, but for 429, 503 and 500, which have the same two. An unknown path and "
    "any other verb are 404 `rest_no_route`."
)

document = Document(
    "CM MicroPayments External API",
    "Points of wallets, for programs that have the gateway's key.",
    router,
    HABITS,
)
