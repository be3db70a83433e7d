"""Rows of payments for tests that only want some."""

from payments.models import PaymentMethod, ReceivedNotice, Reload, TakeBack, Topup
from wallets.models import Wallet


def payments_of(wallet: Wallet) -> Topup:
    """A top-up of the wallet that waits, and one row of everything that payments keep."""
    method = PaymentMethod.objects.create(
        user_id=wallet.user_id, provider="stripe", reference=f"pm_{wallet.pk}", customer_reference="cus_1", label="Visa •••• 4242"
    )
    topup = Topup.objects.create(
        wallet=wallet,
        provider="manual",
        amount_minor=5000,
        currency_code=wallet.currency_code,
        status="pending",
        actor=f"user:{wallet.user_id}",
        method=method,
        payment_url="https://pay.example/secret",
        return_url="https://shop.example/thanks",
    )
    Reload.objects.create(wallet=wallet, sequence=1, topup=topup)
    TakeBack.objects.create(topup=topup, kind="dispute", status="done", amount_minor=5, case="dispute-1", actor="provider:manual")
    ReceivedNotice.objects.create(provider="manual", notice_id=f"till-{wallet.pk}", kind="paid", topup=topup, outcome="completed")
    return topup
