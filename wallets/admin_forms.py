"""The forms that a shop manager moves money with, and what they say when the service says no."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from ledger import errors as ledger
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.money import AMOUNT_MAX, Currency, Money, currency
from people.models import User
from wallets import errors as wallets
from wallets.models import CREDIT_KINDS, Adjustment, Wallet
from wallets.reading import ID_MAX

AMOUNT = re.compile(r"([0-9]{1,16})(?:\.([0-9]+))?", re.ASCII)


def minor_units(text: str, unit: Currency) -> int:
    """Minor units of an amount written in major units, `12.50`. Exact, never rounded.

    Raises:
        ValidationError: it is no such number, or has more decimals than the currency.
    """
    match = AMOUNT.fullmatch(text.strip())
    if match is None:
        raise forms.ValidationError(f"Write digits and at most one point, for example {example(unit)}.")
    whole, fraction = match[1], match[2] or ""
    if len(fraction) > unit.decimals:
        raise forms.ValidationError(f"{unit.code} has {unit.decimals or 'no'} decimals; this has {len(fraction)}.")
    minor = int(whole + fraction.ljust(unit.decimals, "0"))
    if minor > AMOUNT_MAX:
        raise forms.ValidationError(f"At most {Money(AMOUNT_MAX, unit)}.")
    return minor


def example(unit: Currency) -> str:
    return f"12.{'5'.ljust(unit.decimals, '0')}" if unit.decimals else "12"


class MoneyField(forms.CharField):
    """An amount in major units on the page, minor units inside."""

    def __init__(self, *, unit: Currency, label: str, minimum: int = 1, **kwargs: Any) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off"}
        kwargs.setdefault("help_text", f"For example {example(unit)}")
        super().__init__(label=f"{label} in {unit.code}", widget=UnfoldAdminTextInputWidget(attributes), **kwargs)
        self.unit, self.minimum = unit, minimum

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            # Nobody typed it: a field that cannot be changed hands out its own figure.
            return value
        minor = minor_units(str(value), self.unit)
        if minor < self.minimum:
            raise forms.ValidationError(f"At least {Money(self.minimum, self.unit)}.")
        return minor

    def prepare_value(self, value: Any) -> Any:
        """A figure from the database as it would be typed; what was typed, as it was."""
        return f"{Money(value, self.unit).decimal:f}" if isinstance(value, int) else value


class MoveForm(forms.Form):
    """An adjustment by hand. `event_id` is drawn with the page, so that sending it twice posts once."""

    event_id = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput())
    reason = forms.CharField(max_length=255, widget=UnfoldAdminTextInputWidget(), help_text="The holder sees it.")
    note = forms.CharField(
        max_length=2000, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2}), help_text="Only managers see it."
    )
    order_id = forms.IntegerField(
        label="Order number",
        required=False,
        min_value=1,
        max_value=ID_MAX,
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric"}),
    )
    reference = forms.CharField(max_length=255, required=False, widget=UnfoldAdminTextInputWidget())

    def __init__(self, *args: Any, wallet: Wallet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wallet = wallet
        self.fields["amount"] = MoneyField(unit=wallet.currency, label="Amount")
        self.order_fields(["event_id", "amount", "kind", "reason"])

    def adjustment(self, asked_by: User) -> Adjustment:
        """What the page asks for."""
        given = {name: self.cleaned_data[name] for name in ("event_id", "reason", "note", "order_id", "reference")}
        return Adjustment(wallet=self.wallet, asked_by=asked_by, **given, **self.movement(self.cleaned_data["amount"]))

    def movement(self, amount_minor: int) -> dict[str, Any]:
        raise NotImplementedError


class DebitForm(MoveForm):
    def movement(self, amount_minor: int) -> dict[str, Any]:
        return {"kind": Kind.DEBIT.value, "amount_minor": -amount_minor}


class CreditForm(MoveForm):
    kind = forms.ChoiceField(choices=[(kind.value, kind.label) for kind in CREDIT_KINDS], widget=UnfoldAdminSelectWidget())
    expires_at = forms.DateTimeField(
        label="Expires at (UTC)",
        required=False,
        widget=UnfoldAdminTextInputWidget({"type": "datetime-local"}),
        help_text="Empty: it never expires.",
    )

    def movement(self, amount_minor: int) -> dict[str, Any]:
        return {"kind": self.cleaned_data["kind"], "amount_minor": amount_minor, "expires_at": self.cleaned_data["expires_at"]}


class ReversalForm(MoveForm):
    """Giving `entry` back, all of it unless less is typed; a transfer whole."""

    def __init__(self, *args: Any, wallet: Wallet, entry: Entry, **kwargs: Any) -> None:
        super().__init__(*args, wallet=wallet, **kwargs)
        self.entry = entry
        field = self.fields["amount"]
        field.initial = abs(entry.amount)
        if entry.counter_account_id is not None:
            field.disabled, field.help_text = True, "A transfer is given back whole."

    def movement(self, amount_minor: int) -> dict[str, Any]:
        gain = -amount_minor if self.entry.amount > 0 else amount_minor
        return {"kind": Kind.REVERSAL.value, "amount_minor": gain, "reverses": self.entry}


class ActForm(forms.Form):
    """Something done to a hold. `event_id` is drawn with the page, so that sending it twice does it once."""

    event_id = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput())
    reason = forms.CharField(max_length=255, required=False, widget=UnfoldAdminTextInputWidget(), help_text="The holder sees it.")
    note = forms.CharField(
        max_length=2000, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2}), help_text="Only managers see it."
    )

    def asked(self) -> tuple[str, ...]:
        """What was asked for, but for words: the digest of it stands in receipts."""
        return (str(self.cleaned_data.get("amount")),)


class CaptureForm(ActForm):
    def __init__(self, *args: Any, wallet: Wallet, held_minor: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(unit=wallet.currency, label="Amount", initial=held_minor)
        self.order_fields(["event_id", "amount"])


class DecisionForm(forms.Form):
    note = forms.CharField(
        max_length=2000, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2}), help_text="Only managers see it."
    )


class TermsForm(forms.Form):
    """Limits and auto-reload; an empty amount unsets it."""

    auto_reload_enabled = forms.BooleanField(label="Auto-reload", required=False, widget=UnfoldBooleanSwitchWidget())

    def __init__(self, *args: Any, wallet: Wallet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = wallet.currency
        self.fields["spending_limit"] = MoneyField(
            unit=unit, label="Spending limit", minimum=0, required=False, help_text="The most that one debit may take."
        )
        self.fields["auto_reload_threshold"] = MoneyField(unit=unit, label="Reload below", minimum=0, required=False)
        self.fields["auto_reload_amount"] = MoneyField(unit=unit, label="Reload by", required=False)
        self.order_fields(["spending_limit"])
        self.initial = {name: getattr(wallet, name) for name in self.fields}

    def changes(self) -> dict[str, Any]:
        """What was changed on the page, as `change_wallet` takes it."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class NicknameForm(forms.Form):
    nickname = forms.CharField(
        max_length=64,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Unique whatever its case. Whoever may name a wallet to the API may say this; empty: none.",
    )


class CurrencyField(forms.CharField):
    """A currency of this site, by its code."""

    def to_python(self, value: Any) -> Any:
        try:
            return currency(str(value or "").strip().upper())
        except ledger.CurrencyUnknown as unknown:
            raise forms.ValidationError("The site does not know this currency.") from unknown


def too_much_back(refusal: ledger.ReversalExceedsOriginal) -> str:
    """Less than can be given back is refused of a transfer only."""
    if refusal.requested.minor < refusal.most.minor:
        return f"A transfer is given back whole: {refusal.most}."
    return f"At most {refusal.most} can be given back."


# Where a refusal is shown, and what a person makes of it. The nearest class counts.
WORDS: dict[type[ledger.Refusal], tuple[str | None, Callable[[Any], str]]] = {
    ledger.Refusal: (None, str),
    ledger.AmountOutOfRange: ("amount", lambda refusal: "No single movement may carry this much."),
    ledger.CurrencyUnknown: ("currency", lambda refusal: "The site does not know this currency."),
    ledger.CurrencyMismatch: ("amount", lambda refusal: f"This wallet holds {refusal.holds}."),
    ledger.AccountFrozen: (None, lambda refusal: "The wallet is frozen: nothing was moved. Unfreeze it first."),
    ledger.AccountMirrored: (None, lambda refusal: "The points of this wallet lie at another site: nothing was moved here."),
    ledger.InsufficientFunds: ("amount", lambda refusal: f"Only {refusal.available} is available: nothing was moved."),
    ledger.ReversalExceedsOriginal: ("amount", too_much_back),
    ledger.AlreadyReversed: (None, lambda refusal: "It was given back before: nothing was moved."),
    ledger.NotReversible: (None, lambda refusal: f"An entry of this kind ({refusal.kind}) is not given back this way."),
    ledger.CaptureExceedsHold: ("amount", lambda refusal: f"Only {refusal.held} is held."),
    ledger.HoldExpired: (None, lambda refusal: "The hold's time is over, and its money free again."),
    ledger.HoldUnderWay: (None, lambda refusal: "A refund or a payout is under way: it ends with that."),
    ledger.HoldNotActive: (None, lambda refusal: "The hold was captured or voided before."),
    ledger.BalanceLimitExceeded: ("amount", lambda refusal: "The wallet would hold more than any may."),
    ledger.EventReused: (
        None,
        lambda refusal: "This page was sent before, with other figures, and that counted. Open it anew to move more.",
    ),
    ledger.Busy: (None, lambda refusal: "Somebody else is at this wallet. Nothing was moved; try again."),
    ledger.LedgerUnavailable: (
        None,
        lambda refusal: f"Nothing was moved: {refusal}. An operator has to look (manage.py verify_ledger).",
    ),
    wallets.ExpiryPassed: ("expires_at", lambda refusal: "This lies in the past."),
    wallets.WalletExists: (
        "user",
        lambda refusal: f"He has wallet {refusal.wallet_id} in this currency already.",
    ),
    wallets.NameInvalid: (
        "nickname",
        lambda refusal: "Digits alone, 32 hex digits and what cannot be printed are no nickname.",
    ),
    wallets.NameTaken: ("nickname", lambda refusal: "Another wallet is called so, by its name or its nickname."),
    wallets.AutoReloadIncomplete: ("auto_reload_enabled", lambda refusal: "Auto-reload needs both of its amounts."),
    wallets.SpendingLimitExceeded: ("amount", lambda refusal: f"One debit may take {refusal.limit}."),
    wallets.VelocityCapExceeded: ("amount", lambda refusal: f"{refusal.limit} in {refusal.window_minutes} minutes is the limit."),
    wallets.ApprovalRequired: ("amount", lambda refusal: f"Above {refusal.limit} a second manager has to approve it."),
    wallets.ManagerRequired: (None, lambda refusal: "Only shop managers may do this."),
    wallets.OwnWallet: (None, lambda refusal: "The wallet is your own: two other managers have to see to this."),
    wallets.OwnApproval: (None, lambda refusal: "You asked for this yourself: another manager has to decide."),
    wallets.NotYourAdjustment: (None, lambda refusal: "Only who asked for it can take it back."),
    wallets.AlreadyDecided: (None, lambda refusal: f"It is {refusal.status} already: nothing was changed now."),
}


def say(form: forms.Form, refusal: ledger.Refusal) -> None:
    """Let the form show why nothing was done."""
    field, word = next(WORDS[kind] for kind in type(refusal).__mro__ if kind in WORDS)
    form.add_error(field if field in form.fields else None, word(refusal))
