"""The form that codes are generated with, and what it says when the service says no."""

from typing import Any
from uuid import uuid4

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from codes import errors
from codes.models import QUANTITY_MAX, REDEMPTIONS_MAX, Batch
from codes.texts import PREFIX, PREFIX_MAX
from ledger.money import Money
from people.admin_base import user_field
from site_settings.reading import current_settings
from wallets.admin_forms import WORDS, CurrencyField, minor_units

WORDS[errors.CodeInvalid] = (None, lambda refusal: "There is no such code any more.")
WORDS[errors.CodeAlreadyRedeemed] = (None, lambda refusal: "It is used up: there is nothing left to void.")
WORDS[errors.CodeExpired] = (None, lambda refusal: "Its time is over.")


def _number(label: str, most: int, **extra: Any) -> forms.IntegerField:
    widget = UnfoldAdminTextInputWidget({"inputmode": "numeric"})
    return forms.IntegerField(label=label, min_value=1, max_value=most, widget=widget, **extra)


class GenerateForm(forms.Form):
    """`event_id` is drawn with the page, so that sending it twice makes the codes once."""

    event_id = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput())
    amount = forms.CharField(widget=UnfoldAdminTextInputWidget({"inputmode": "decimal", "autocomplete": "off"}))
    currency = CurrencyField(help_text="Its code, USD for instance.", widget=UnfoldAdminTextInputWidget())
    quantity = _number("How many codes", QUANTITY_MAX, initial=1)
    # Fields are taken off the class, so that Django's own `prefix` is not touched.
    prefix = forms.CharField(  # type: ignore[assignment]
        required=False,
        max_length=PREFIX_MAX,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Letters, digits, dashes and underscores, SUMMER- for instance.",
    )
    expires_at = forms.DateTimeField(
        label="Expire at (UTC)",
        required=False,
        widget=UnfoldAdminTextInputWidget({"type": "datetime-local"}),
        help_text="Empty: never.",
    )
    max_redemptions = _number("Redemptions of each", REDEMPTIONS_MAX, initial=1, help_text="Whoever makes them.")
    max_per_user = _number("Redemptions of each by one user", REDEMPTIONS_MAX, required=False, help_text="Empty: any.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].initial = current_settings().default_currency
        self.fields["restrict_to_user"] = user_field(Batch, "restrict_to_user", "Only for")
        self.fields["restrict_to_user"].required = False

    def clean_prefix(self) -> str:
        prefix = str(self.cleaned_data["prefix"])
        if not PREFIX.fullmatch(prefix):
            raise forms.ValidationError("Letters and digits; behind the first one dashes and underscores, too.")
        return prefix

    def clean(self) -> dict[str, Any]:
        """The amount in minor units, once it is known of what."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "amount" in cleaned and "currency" in cleaned:
            try:
                minor = minor_units(cleaned["amount"], cleaned["currency"])
                if minor < 1:
                    raise forms.ValidationError("More than nothing.")
                cleaned["amount"] = Money(minor, cleaned["currency"])
            except forms.ValidationError as wrong:
                self.add_error("amount", wrong)
        return cleaned

    def terms(self) -> dict[str, Any]:
        """What was asked for, as `generate_codes` takes it."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"event_id", "currency"}}

    def total(self) -> Money:
        """What all the codes can bring."""
        amount = self.cleaned_data["amount"]
        return Money(amount.minor * self.cleaned_data["quantity"] * self.cleaned_data["max_redemptions"], amount.currency)
