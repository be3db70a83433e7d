"""The forms by which a manager settles a withdrawal, and what they say when the service says no."""

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from wallets.admin_forms import WORDS
from withdrawals import errors
from withdrawals.models import NOTE_MAX, REFERENCE_MAX

WORDS[errors.WithdrawalUnknown] = (None, lambda refusal: "There is no such withdrawal any more.")
WORDS[errors.WithdrawalNotPending] = (None, lambda refusal: f"It is {refusal.status} already: nothing was changed now.")
WORDS[errors.WithdrawalNotApproved] = (None, lambda refusal: f"It is {refusal.status}: nothing was changed now.")
WORDS[errors.PayoutUnderWay] = (None, lambda refusal: "It is being paid out, or its provider is asked: that ends first.")
WORDS[errors.PayoutNotDue] = (None, lambda refusal: f"It is paid out from {refusal.payable_at:%Y-%m-%d %H:%M} (UTC) on.")
WORDS[errors.DetailsMissing] = (None, lambda refusal: "Where it goes was erased.")


def _reference(label: str, *, is_required: bool) -> forms.CharField:
    return forms.CharField(label=label, max_length=REFERENCE_MAX, required=is_required, widget=UnfoldAdminTextInputWidget())


class NoteForm(forms.Form):
    note = forms.CharField(
        max_length=NOTE_MAX, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2}), help_text="The customer reads it."
    )


class PaidForm(forms.Form):
    payout_reference = _reference("Reference of the payout", is_required=True)


class FailedForm(NoteForm):
    payout_reference = _reference("Reference, of the return where it was paid", is_required=False)
