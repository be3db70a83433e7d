"""A setting on the screen: the form field that fits its type, which checks what the command checks."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from site_settings.errors import SettingInvalid
from site_settings.values import declared, from_form, written

# Nothing typed is none of them, not something forgotten.
MAY_BE_EMPTY = (dict[str, int], list[int], list[str], str)


def setting_field(*, name: str, **rest: Any) -> forms.Field:
    """The form field of the setting called `name`."""
    of_type, declaration = declared(name)
    label = name.replace("_", " ").capitalize()
    if of_type is bool:
        return forms.BooleanField(**{**rest, "label": label}, required=False, widget=UnfoldBooleanSwitchWidget())
    # What has a point is the name of a notice or an event, which is called so everywhere.
    choices = [(option, option if "." in option else option.replace("_", " ")) for option in declaration.options]
    if of_type == list[str] and choices:
        widget = UnfoldAdminCheckboxSelectMultipleWidget()
        return forms.MultipleChoiceField(**{**rest, "label": label}, required=False, choices=choices, widget=widget)
    if choices:
        return forms.ChoiceField(**{**rest, "label": label}, choices=choices, widget=UnfoldAdminSelectWidget())
    return TypedField(name, **{**rest, "label": label}, required=of_type not in MAY_BE_EMPTY)


class TypedField(forms.Field):
    """A number, numbers, a text, texts or amounts by currency, as text."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, name: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.name = name

    def prepare_value(self, value: Any) -> Any:
        """As somebody would type it."""
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return written(value) if isinstance(value, int | Decimal | dict) else value

    def clean(self, value: Any) -> Any:
        given = super().clean(value)
        try:
            return from_form(self.name, given or "")
        except SettingInvalid as invalid:
            raise ValidationError(invalid.problem) from invalid
