"""The routes of cmmpexapi/v1, each by GET and by POST."""

from wallet_service.api.cmmp.base import NAMESPACE
from wallet_service.api.cmmp.points import ChargeViewSet, CheckViewSet, WithdrawViewSet
from wallet_service.api.documents import Document
from wallet_service.api.routes import FamilyRouter

router = FamilyRouter(NAMESPACE)
router.register("wallet_has_enough_points", CheckViewSet, "gateway_check")
router.register("withdraw_wallet_points", WithdrawViewSet, "gateway_withdrawal")
router.register("charge_wallet", ChargeViewSet, "gateway_charge")

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
