"""The forms by which a manager settles a top-up, and what they say when the service says no."""

from typing import Any

from django import forms

from ledger.admin_base import shown
from ledger.models import Account
from ledger.money import Money
from payments import errors, port
from payments.models import Topup
from wallets.admin_forms import WORDS, MoneyField

WORDS[errors.TopupUnknown] = (None, lambda refusal: "There is no such top-up any more.")
WORDS[errors.TopupNotOpen] = (None, lambda refusal: f"It is {refusal.status}: nothing was changed now.")
WORDS[errors.TopupNotCompleted] = (None, lambda refusal: f"It is {refusal.status}: nothing of it can go back.")
WORDS[errors.TopupUnderWay] = (None, lambda refusal: "It is being charged, or its provider is asked: that ends first.")
WORDS[errors.RefundUnderWay] = (None, lambda refusal: "A refund of it is under way: that ends first.")
WORDS[errors.RefundExceedsTopup] = ("amount", lambda refusal: f"Of this top-up {refusal.most} is left to go back.")
WORDS[errors.PaymentWentBack] = (
    "amount",
    lambda refusal: f"Of this payment {refusal.gone} went back already: {refusal.most} is left of it to be credited.",
)
WORDS[errors.OtherPrice] = (
    "amount",
    lambda refusal: f"Its price is {refusal.price}: it is credited for that, or marked as failed and paid back.",
)
WORDS[errors.ProviderDecides] = (None, lambda refusal: "Whether it is paid is for its provider to say.")
WORDS[errors.TopupsDisabled] = (None, lambda refusal: "Top-ups are switched off.")
WORDS[errors.TopupOutOfBounds] = ("amount", lambda refusal: f"A top-up is between {refusal.least} and {refusal.most}.")
WORDS[port.PaymentProviderAway] = (None, lambda refusal: "The provider does not answer. Try again.")


def paid_shown(topup: Topup, minor: int | None) -> str:
    """So much of what is paid for it, as `shown` writes it."""
    return shown(Account(currency_code=topup.price_currency) if topup.is_sale else topup.wallet.account, minor)


class AmountForm(forms.Form):
    """How much was paid, or goes back."""

    def __init__(self, *args: Any, amount: Money, label: str, help_text: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = amount.currency
        self.fields["amount"] = MoneyField(unit=self.unit, label=label, initial=amount.minor, help_text=help_text)

    def amount(self) -> Money:
        """As it was typed. Only of a valid form."""
        return Money(self.cleaned_data["amount"], self.unit)
