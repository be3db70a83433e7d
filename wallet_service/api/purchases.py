"""Points for an order, and points as a discount on one, by the families' credit and debit routes (docs/points.md)."""

from collections.abc import Callable
from typing import Any

from ledger.errors import AmountOutOfRange
from ledger.models import Entry
from ledger.money import Money
from ledger.movements import Circumstances, Event
from points.fees import cost_of
from points.purchases import grant_for_purchase, points_given_for, points_worth, spend_as_discount, was_granted
from site_settings.reading import points_currency
from wallet_service.api.arguments import Invalid, InvalidArguments
from wallet_service.api.moving import MovingViewSet
from wallets.models import Wallet


def grant_for_order(
    view: MovingViewSet, wallet: Wallet, total: Money, asked: dict[str, Any], why: Circumstances
) -> Callable[[Event], Entry]:
    """What gives the points for the order that `asked` names, behind what the caller may move at once.

    Raises:
        InvalidArguments: the wallet is not in points, or the order brings more than one movement carries.
        NoPoints: it brings none.
        KeyLimitExceeded, ApprovalRequired: see `MovingViewSet.require_allowed_amount`.
    """
    if not was_granted(wallet=wallet, order_id=asked["order_id"]):
        _require_allowed(view, wallet, total, points_given_for, asked, name="order_total")
    return lambda event: grant_for_purchase(wallet=wallet, order_id=asked["order_id"], total=total, why=why)


def spend_on_order(
    view: MovingViewSet, wallet: Wallet, discount: Money, asked: dict[str, Any], why: Circumstances
) -> Callable[[Event], Entry]:
    """What takes the points that `discount` is worth, behind what the caller may move at once: their fee is a part of it.

    Raises:
        As `grant_for_order`.
    """
    _require_allowed(view, wallet, discount, lambda money: cost_of(points_worth(money)), asked, name="discount")
    return lambda event: spend_as_discount(wallet=wallet, discount=discount, event=event, why=why)


def _require_allowed(
    view: MovingViewSet, wallet: Wallet, money: Money, points_of: Callable[[Money], Money], asked: dict[str, Any], *, name: str
) -> None:
    # A repetition is not reckoned anew: the shop may have another ratio by now, or another unit.
    if view.was_answered(asked):
        return
    unit = points_currency()
    if wallet.currency != unit:
        raise InvalidArguments({name: Invalid("rest_invalid_param", f"{name} is for a wallet in {unit.code}.")})
    try:
        points = points_of(money)
    except AmountOutOfRange:
        raise InvalidArguments(
            {name: Invalid("rest_out_of_bounds", f"{name} comes to more than one movement carries.")}
        ) from None
    view.require_allowed_amount(wallet, points, asked)
