"""The forms that a shop manager decides with, and what they say when the service says no."""

from typing import Any
from uuid import uuid4

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

import ledger.errors as ledger
from refunds import errors
from refunds.models import NOTE_MAX, RefundRequest
from wallets.admin_forms import WORDS, MoneyField
from wallets.models import Wallet

WORDS[errors.RefundRequestNotPending] = (None, lambda refusal: f"It is {refusal.status} already: nothing was changed now.")
WORDS[errors.RefundRequestUnknown] = (None, lambda refusal: "There is no such request any more.")
WORDS[errors.RefundExceedsRequest] = ("amount", lambda refusal: f"Only {refusal.most} were asked for.")
WORDS[errors.OrderPaidElsewhere] = (
    None,
    lambda refusal: "Another wallet of the customer has paid for this order: reject this with a word, he may ask for that one.",
)
WORDS[ledger.OrderOpen] = (None, lambda refusal: "Money is held for this order: capture or void the hold first.")
WORDS[ledger.OrderNotPaid] = (None, lambda refusal: "The wallet paid nothing for this order.")
WORDS[ledger.OrderRefunded] = (
    None,
    lambda refusal: "What the wallet paid for this order was given back before, its entries or as a credit for the order.",
)
WORDS[ledger.RefundExceedsOrder] = ("amount", lambda refusal: f"At most {refusal.most} of it can be given back.")


class RejectionForm(forms.Form):
    note = forms.CharField(
        max_length=NOTE_MAX,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text="The customer is told, and reads it.",
    )


class ApprovalForm(RejectionForm):
    """All that was asked for, unless less is typed."""

    def __init__(self, *args: Any, request: RefundRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        help_text = f"At most {request.amount}, which was asked for."
        self.fields["amount"] = MoneyField(
            unit=request.wallet.currency, label="Amount", initial=request.amount_minor, help_text=help_text
        )
        self.order_fields(["amount"])


class OrderForm(forms.Form):
    """`event_id` is drawn with the page, so that sending it twice refunds once."""

    event_id = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput())

    def __init__(self, *args: Any, wallet: Wallet, open_minor: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(unit=wallet.currency, label="Amount", initial=open_minor)
