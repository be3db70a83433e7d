"""The forms that plans are made, changed and run with, and what they say when the service says no."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from ledger.money import Money
from points.models import Plan
from points.models.plans import INTERVAL_DAYS_MAX, LABEL_MAX, NAME_MAX, PERCENT_MAX, PERCENT_MIN, AmountType
from points.plans import errors
from site_settings.reading import points_currency
from wallets.admin_forms import WORDS, minor_units

WORDS[errors.PlanUnknown] = (None, lambda refusal: "There is no such plan any more.")
WORDS[errors.PlanNameTaken] = ("name", lambda refusal: "Another plan is called so.")
WORDS[errors.PlanDisabled] = (None, lambda refusal: "It is switched off.")
WORDS[errors.PlanTermsChanged] = (None, lambda refusal: "The plan has changed meanwhile: open this page anew.")
WORDS[errors.PeriodNotOpen] = (None, lambda refusal: f"Period {refusal.period} cannot be run: the plan has changed meanwhile.")
WORDS[errors.PeriodRunBefore] = (None, lambda refusal: f"Period {refusal.period} was begun already: nothing was begun now.")

PERCENT = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?", re.ASCII)
ID_MAX = 2**31 - 1


def _text(most: int, label: str, initial: str = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=most, initial=initial, widget=UnfoldAdminTextInputWidget())


class PlanForm(forms.Form):
    """The amount has a sign: a charge is negative."""

    name = _text(NAME_MAX, "Name")
    amount_type = forms.ChoiceField(label="Amount is", choices=AmountType.choices, widget=UnfoldAdminSelectWidget())
    amount = forms.CharField(
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
        help_text="12.50: every wallet gains so much (or so many per cent); -12.50: it pays.",
    )
    interval_days = forms.IntegerField(
        label="Every so many days",
        min_value=1,
        max_value=INTERVAL_DAYS_MAX,
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric"}),
    )
    group = forms.ModelChoiceField(
        Group.objects.order_by("name"), required=False, empty_label="Everybody", widget=UnfoldAdminSelectWidget()
    )
    grant_label = _text(LABEL_MAX, "Label of grants", "Periodic grant")
    charge_label = _text(LABEL_MAX, "Label of charges", "Periodic charge")

    def __init__(self, *args: Any, plan: Plan | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = plan.currency if plan else points_currency()
        if plan:
            same = ("name", "amount_type", "interval_days", "group", "grant_label", "charge_label")
            self.initial = {name: getattr(plan, name) for name in same} | {"amount": _typed(plan)}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "amount" in cleaned and "amount_type" in cleaned:
            try:
                cleaned |= self._amounts(cleaned["amount"].strip(), cleaned["amount_type"])
            except forms.ValidationError as wrong:
                self.add_error("amount", wrong)
        return cleaned

    def terms(self) -> dict[str, Any]:
        """What was asked for, as the services take it."""
        return {name: value for name, value in self.cleaned_data.items() if name != "amount"}

    def _amounts(self, text: str, amount_type: str) -> dict[str, Any]:
        sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
        if amount_type == AmountType.FIXED:
            amount_minor = sign * minor_units(digits, self.unit)
            if amount_minor == 0:
                raise forms.ValidationError("Not nothing.")
            return {"amount_minor": amount_minor, "percent": None}
        if not PERCENT.fullmatch(digits):
            raise forms.ValidationError("Write digits and at most four decimals, for example 2.5.")
        percent = sign * Decimal(digits)
        if not PERCENT_MIN <= percent <= PERCENT_MAX or not percent:
            raise forms.ValidationError(f"From {PERCENT_MIN} to {PERCENT_MAX} per cent, and not nothing.")
        return {"amount_minor": None, "percent": percent}


class NextForm(forms.Form):
    """`period` is drawn with the page, so that sending it twice runs one."""

    period = forms.IntegerField(min_value=1, max_value=ID_MAX, widget=forms.HiddenInput())


class MissedForm(NextForm):
    def __init__(self, *args: Any, choices: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"] = forms.TypedChoiceField(choices=choices, coerce=int, widget=UnfoldAdminSelectWidget())


class ApproveForm(forms.Form):
    """`seen` is drawn with the page: what is approved is what stood there."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput())


class SwitchForm(forms.Form):
    """Nothing but the button."""


def _typed(plan: Plan) -> str:
    """The amount as it would be typed."""
    if plan.percent is not None:
        return f"{plan.percent.normalize():f}"
    return f"{Money(plan.amount_minor or 0, plan.currency).decimal:f}"
