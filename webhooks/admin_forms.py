"""The forms that webhooks are managed with, and what they say when the service says no."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from ledger.errors import Busy, Refusal
from ledger.outbound_addresses import for_operators
from ledger.retry import in_transaction
from webhooks.addresses import URL_MAX
from webhooks.errors import EndpointUrlInvalid, TooManyEndpoints
from webhooks.feed import POSITION_MAX
from webhooks.models import Endpoint
from webhooks.naming import EVENT_TYPES
from webhooks.redelivering import Range
from webhooks.services import OVERLAP, OVERLAP_MAX

T = TypeVar("T")

HOUR_SECONDS = 3600
# Where a refusal is shown, and what a person makes of it.
WORDS: dict[type[Exception], tuple[str | None, Callable[[Any], str]]] = {
    EndpointUrlInvalid: ("url", lambda refusal: f"The address {for_operators(refusal.why)}."),
    TooManyEndpoints: (None, lambda refusal: f"There are {refusal.limit} webhooks, as many as there may be: remove one first."),
    Busy: (None, lambda refusal: "Somebody else is at it. Nothing was changed; try again."),
    Endpoint.DoesNotExist: (None, lambda refusal: "It was removed meanwhile."),
}


def attempt(form: forms.Form, work: Callable[[], T]) -> T | None:
    """What `work` returns, in a transaction of its own; None where it was refused, and then the form says why."""
    try:
        return in_transaction(work)
    except (Refusal, Endpoint.DoesNotExist) as refusal:
        field, words = WORDS.get(type(refusal), (None, str))
        form.add_error(field if field in form.fields else None, words(refusal))
        return None


def _types(help_text: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label="Events",
        required=False,
        choices=[(name, name) for name in EVENT_TYPES],
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=help_text,
    )


def _position(label: str) -> forms.IntegerField:
    widget = UnfoldAdminTextInputWidget({"inputmode": "numeric"})
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=POSITION_MAX, widget=widget)


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=UnfoldAdminTextInputWidget({"type": "date"}))


class EndpointForm(forms.Form):
    """Where, what for, which events."""

    url = forms.CharField(
        label="URL",
        max_length=URL_MAX,
        widget=UnfoldAdminTextInputWidget({"inputmode": "url", "autocomplete": "off"}),
        help_text="https. It is no secret here: whoever may see this page sees it.",
    )
    description = forms.CharField(
        max_length=200, required=False, widget=UnfoldAdminTextInputWidget(), help_text="What it is for. Lists show it."
    )
    event_types = _types("None: all of them, those that are added later too.")


class RotateForm(forms.Form):
    overlap_hours = forms.IntegerField(
        label="The old secret signs as well, for hours",
        min_value=0,
        max_value=int(OVERLAP_MAX.total_seconds()) // HOUR_SECONDS,
        initial=int(OVERLAP.total_seconds()) // HOUR_SECONDS,
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric"}),
        help_text="Time to take over the new one. 0: the old one is dead at once, if somebody else knows it.",
    )

    def overlap(self) -> timedelta:
        return timedelta(hours=self.cleaned_data["overlap_hours"])


class RedeliverForm(forms.Form):
    """A range of positions, of days, or both."""

    after = _position("Behind position")
    before = _position("Before position")
    first = _day("From (UTC)")
    last = _day("To, that whole day")
    event_types = _types("None: those that the webhook wants.")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and all(cleaned.get(name) is None for name in ("after", "before", "first", "last")):
            raise forms.ValidationError("Say from where to where. Position 0 is the oldest event that is kept.")
        for begin, end in (("after", "before"), ("first", "last")):
            if None not in (cleaned.get(begin), cleaned.get(end)) and cleaned[end] < cleaned[begin]:
                self.add_error(end, "This lies before the beginning.")
        return cleaned

    def chosen(self) -> Range:
        cleaned = self.cleaned_data
        first, last = cleaned["first"], cleaned["last"]
        return Range(
            after=cleaned["after"],
            before=cleaned["before"],
            first=first and _moment(first, time.min),
            last=last and _moment(last, time.max),
            event_types=cleaned["event_types"],
        )


class SendAgainForm(forms.Form):
    """To which webhook one event is sent again."""

    endpoint = forms.ModelChoiceField(
        Endpoint.objects.filter(removed_at=None).order_by("id"), label="To", widget=UnfoldAdminSelectWidget(), empty_label=None
    )


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=UTC)
