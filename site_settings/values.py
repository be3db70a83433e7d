"""What a value of a setting may be: read from JSON, from a form's text, and written back."""

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from ledger.errors import CurrencyUnknown
from ledger.money import currency
from site_settings.declared import Declaration, declarations
from site_settings.errors import SettingInvalid, SettingUnknown

_DECLARED = {name: (of_type, declaration) for name, of_type, declaration in declarations()}
TEXT_MAX = 2000


def declared(name: str) -> tuple[Any, Declaration]:
    """Type and declaration of the setting called `name`.

    Raises:
        SettingUnknown: there is none.
    """
    try:
        return _DECLARED[name]
    except KeyError:
        raise SettingUnknown(name) from None


def validated(name: str, value: Any) -> Any:
    """`value` as the setting keeps it.

    Raises:
        SettingUnknown, SettingInvalid: there is no such setting, or it does not take this value.
    """
    of_type, declaration = declared(name)
    return _CHECKS[of_type](name, value, declaration)


def require_valid_defaults() -> None:
    """A limit for a currency that the site does not know would guard nothing, so no process starts with such a default."""
    for name, value in settings.SITE_SETTING_DEFAULTS.items():
        try:
            validated(name, value)
        except SettingInvalid as invalid:
            raise ImproperlyConfigured(f"{name.upper()}: {invalid.problem}") from invalid


def parsed(text: str) -> Any:
    """A value as a script writes it: JSON, numbers exactly; a bare word is a string."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=str)
    except (ValueError, RecursionError):
        return text


def typed(name: str, text: str) -> Any:
    """What somebody typed behind a setting's name: for a text, a number is one, too.

    Raises:
        SettingUnknown: there is no such setting.
    """
    of_type, _ = declared(name)
    value = parsed(text)
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return text if of_type is str and is_number else value


def from_form(name: str, text: Any) -> Any:
    """What somebody typed or ticked on the screen; a list may be written with commas.

    Raises:
        SettingInvalid: it is nothing that the setting takes.
    """
    of_type, _ = declared(name)
    if not isinstance(text, str):
        return validated(name, text)
    text = text.strip()
    if of_type == list[str]:
        return validated(name, [item.strip() for item in text.split(",") if item.strip()])
    if of_type == list[int]:
        return validated(name, parsed(text if text.startswith("[") else f"[{text}]"))
    if of_type is str:
        return validated(name, text)
    return validated(name, parsed(text or "{}" if of_type == dict[str, int] else text))


def written(value: Any) -> str:
    """A value as JSON, which `parsed` reads back."""
    return json.dumps(value, default=_number, ensure_ascii=False)


def _number(value: Decimal) -> int | float | str:
    plain = value.normalize()
    if plain == plain.to_integral_value():
        return int(plain)
    # The shortest float that reads as this is the same digits; where there is none, the text is exact.
    return float(plain) if Decimal(repr(float(plain))) == plain else str(plain)


def _boolean(name: str, value: Any, declaration: Declaration) -> bool:
    if not isinstance(value, bool):
        raise SettingInvalid(name, "say true or false")
    return value


def _whole(name: str, value: Any, declaration: Declaration) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise SettingInvalid(name, "it must be a whole number")
    _require_within(name, Decimal(value), declaration)
    return value


def _decimal(name: str, value: Any, declaration: Declaration) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise SettingInvalid(name, "it must be a number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise SettingInvalid(name, "it must be a number") from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -4:
        raise SettingInvalid(name, "it has at most four decimals")
    _require_within(name, number, declaration)
    return number


def _text(name: str, value: Any, declaration: Declaration) -> str:
    if not isinstance(value, str):
        raise SettingInvalid(name, "it must be a text")
    if declaration.options and value not in declaration.options:
        raise SettingInvalid(name, f"it is one of {', '.join(declaration.options)}")
    if len(value) > TEXT_MAX:
        raise SettingInvalid(name, f"it has at most {TEXT_MAX} characters")
    if name == "default_currency" or (name == "points_currency" and value):
        _require_currency(name, value)
    return value


def _texts(name: str, value: Any, declaration: Declaration) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SettingInvalid(name, "it must be a list of texts")
    if declaration.options and (unknown := [item for item in value if item not in declaration.options]):
        raise SettingInvalid(name, f"{unknown[0]!r} is not one of {', '.join(declaration.options)}")
    if "" in value or any(len(item) > TEXT_MAX for item in value):
        raise SettingInvalid(name, f"each text has 1 to {TEXT_MAX} characters")
    if name == "manager_mail_to":
        _require_addresses(name, value)
    return list(dict.fromkeys(value))


def _numbers(name: str, value: Any, declaration: Declaration) -> list[int]:
    if not isinstance(value, list):
        raise SettingInvalid(name, "it must be a list of whole numbers")
    for item in value:
        _whole(name, item, declaration)
    if len(set(value)) != len(value):
        raise SettingInvalid(name, "the same number is there twice")
    return list(value)


def _amounts(name: str, value: Any, declaration: Declaration) -> dict[str, int]:
    if not isinstance(value, dict):
        raise SettingInvalid(name, 'say {"*": 100000, "EUR": 90000}')
    for code, figure in value.items():
        if code != "*":
            _require_currency(name, code)
        _whole(name, figure, declaration)
    return dict(value)


def _require_currency(name: str, code: str) -> None:
    try:
        currency(code)
    except CurrencyUnknown as unknown:
        raise SettingInvalid(name, str(unknown)) from None


def _require_addresses(name: str, texts: list[str]) -> None:
    for text in texts:
        try:
            validate_email(text)
        except ValidationError:
            raise SettingInvalid(name, f"{text!r} is no e-mail address") from None


def _require_within(name: str, number: Decimal, declaration: Declaration) -> None:
    low, high = declaration.minimum, declaration.maximum
    if not number.is_finite() or (low is not None and number < low) or (high is not None and number > high):
        raise SettingInvalid(name, f"it must be between {low} and {high}")


_CHECKS: dict[Any, Callable[[str, Any, Declaration], Any]] = {
    bool: _boolean,
    int: _whole,
    Decimal: _decimal,
    str: _text,
    list[str]: _texts,
    list[int]: _numbers,
    dict[str, int]: _amounts,
}
