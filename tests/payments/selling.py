"""What is sold at a price of its own, for tests."""

from typing import Any

from ledger.money import Money, currency
from payments.models import Topup
from payments.offers import Offer
from payments.services import confirm_topup, start_topup
from wallets.models import Wallet


def order(wallet: Wallet, amount: int = 1000, price: int = 900, fee: int = 0, **extra: Any) -> Topup:
    """`amount` of the wallet's currency, ordered for €9.00."""
    offer = Offer(item="package:1", price=Money(price, currency("EUR")), fee=wallet.money(fee))
    asked = {"origin": Topup.Origin.CUSTOMER, "actor": f"user:{wallet.user_id}", **extra}
    return start_topup(wallet=wallet, amount=wallet.money(amount), offer=offer, **asked)


def bought(wallet: Wallet, **asked: Any) -> Topup:
    """Ordered, and paid."""
    topup = order(wallet, **asked)
    return confirm_topup(topup_id=topup.pk, paid=topup.price, actor="provider:manual", reference="pay_1")
