"""What is sold at a price of its own: something else is paid than is credited, and what was shown is what counts.

A plain top-up is worth what was paid for it, so nobody gains by editing its row. What is promised for a price stands in the
row alone: it is sealed when it is ordered, and nothing is credited, and nothing goes back, that the seal does not bear out.
"""

import json
import logging
from dataclasses import dataclass

from ledger.errors import AccountNotIntact
from ledger.money import Money
from ledger.sealing import SealBroken, seal, unseal
from payments.models import Topup

logger = logging.getLogger(__name__)

SEALED = ("wallet_id", "amount_minor", "currency_code", "item", "price_minor", "price_currency", "fee_minor")


@dataclass(frozen=True, slots=True)
class Offer:
    """`item` is what its seller calls it; `fee` is kept of what is credited."""

    item: str
    price: Money
    fee: Money


def take_offer(topup: Topup, offer: Offer) -> None:
    """Write what is sold into a new top-up, and seal it."""
    topup.item, topup.fee_minor = offer.item, offer.fee.minor
    topup.price_minor, topup.price_currency = offer.price.minor, offer.price.currency.code
    topup.offer_seal = seal(json.dumps(_told(topup)).encode(), _context(topup))


def is_as_offered(topup: Topup) -> bool:
    """Whether its row says what was sealed when it was ordered; nothing is, of what is bought at no price of its own.

    Raises:
        KeyMissing: it was sealed under a key that is gone.
    """
    sealed = bytes(topup.offer_seal)
    if not topup.is_sale:
        return not sealed
    try:
        return bool(json.loads(unseal(sealed, _context(topup))) == _told(topup))
    except SealBroken:
        return False


def require_as_offered(topup: Topup) -> None:
    """Refuse what somebody edited between the order and the payment.

    Raises:
        AccountNotIntact: the row is not what was sealed.
        KeyMissing: see `is_as_offered`.
    """
    if not is_as_offered(topup):
        logger.critical("%s of wallet %s is not what was ordered; nothing is booked", topup, topup.wallet_id)
        raise AccountNotIntact(topup.wallet_id)


def _told(topup: Topup) -> dict[str, object]:
    return {name: getattr(topup, name) for name in SEALED}


def _context(topup: Topup) -> str:
    return f"payments_topup:{topup.pk}"
