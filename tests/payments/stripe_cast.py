"""The double of Stripe as the provider of a test, and what is asked of it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger.money import Money, currency
from payments.port import Order, SavedMethod
from tests.payments.stripe_double import SECRET_KEY, WEBHOOK_SECRET, StripeDouble


@pytest.fixture
def stripe(settings: Any) -> Iterator[StripeDouble]:
    """New payments are Stripe's, which is this."""
    with StripeDouble() as double:
        settings.PAYMENT_PROVIDER = "stripe"
        settings.STRIPE_SECRET_KEY = SECRET_KEY
        settings.STRIPE_WEBHOOK_SECRETS = [WEBHOOK_SECRET]
        settings.STRIPE_API_BASE = double.url
        yield double


def order(amount: int = 5000, code: str = "USD", *, topup_id: UUID | None = None, **extra: Any) -> Order:
    return Order(
        topup_id=topup_id or uuid4(),
        amount=Money(amount, currency(code)),
        user_id=1,
        email="alice@example.test",
        description="Wallet top-up",
        return_url="https://shop.example/wallet/",
        **extra,
    )


def saved_card(stripe: StripeDouble, customer: str = "cus_alice") -> SavedMethod:
    return SavedMethod(stripe.books.save_card(customer), customer, "Visa •••• 4242")
