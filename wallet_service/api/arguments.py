"""Arguments of a route: declared once, and read from there by validation, discovery index and OpenAPI document.

The rules and the messages are WordPress's (`rest_validate_value_from_schema`),
because its clients know them: all that is missing is told first, then all that
is invalid.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

BIGINT_MAX = 2**63 - 1
Schema = dict[str, Any]


class MissingArguments(Exception):
    """Required arguments are absent, or null. `names` in the order of their declaration."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"missing: {', '.join(names)}")
        self.names = names


class InvalidArguments(Exception):
    """Arguments are there and wrong: name to what is wrong with it."""

    def __init__(self, wrong: "Mapping[str, Invalid]") -> None:
        super().__init__(f"invalid: {', '.join(wrong)}")
        self.wrong = wrong


@dataclass
class Invalid(Exception):
    """One value is wrong: WordPress's code for how, and the sentence for whom it concerns."""

    code: str
    message: str
    data: dict[str, Any] | None = None


def not_of_type(name: str, type_name: str) -> Invalid:
    return Invalid("rest_invalid_type", f"{name} is not of type {type_name}.", {"param": name})


def any_of(options: Iterable[str]) -> str:
    """`a and b`, `a, b, and c`."""
    names = list(options)
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"


def require_one_of(name: str, value: str, options: tuple[str, ...]) -> None:
    if options and value not in options:
        only = f"{name} is not {options[0]}." if len(options) == 1 else f"{name} is not one of {any_of(options)}."
        raise Invalid("rest_not_in_enum", only)


def require_between(name: str, value: int, minimum: int | None, maximum: int | None) -> None:
    below = minimum is not None and value < minimum
    above = maximum is not None and value > maximum
    if not (below or above):
        return
    if minimum is not None and maximum is not None:
        wrong = f"{name} must be between {minimum} (inclusive) and {maximum} (inclusive)"
    elif minimum is not None:
        wrong = f"{name} must be greater than or equal to {minimum}"
    else:
        wrong = f"{name} must be less than or equal to {maximum}"
    raise Invalid("rest_out_of_bounds", wrong)


@dataclass(frozen=True, kw_only=True)
class Argument(ABC):
    """One argument: `parse` turns what came into what a service takes, or raises Invalid; `schema` is its JSON schema."""

    description: str
    required: bool = False
    default: Any = None
    nullable: bool = False

    @abstractmethod
    def parse(self, name: str, value: Any) -> Any:
        """The value that `name` came with, as a service takes it; raises Invalid."""

    @abstractmethod
    def schema(self) -> Schema:
        """Its JSON schema, without the description."""

    def json_schema(self) -> Schema:
        """With the description, the default, and null where it unsets."""
        schema = {"description": self.description, **self.schema()}
        if self.nullable:
            schema["type"] = [schema["type"], "null"]
        if self.default is not None:
            schema["default"] = self.default
        return schema


NUMBER = re.compile(r"[ \t\n\r\v\f]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?[ \t\n\r\v\f]*", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Integer(Argument):
    """A whole number, spelt in any of WordPress's ways. What is beyond 64 bits counts as the largest."""

    minimum: int | None = None
    maximum: int | None = None

    def parse(self, name: str, value: Any) -> int:
        number = self._number(name, value)
        require_between(name, number, self.minimum, self.maximum)
        return min(number, BIGINT_MAX)

    def _number(self, name: str, value: Any) -> int:
        if isinstance(value, str) and NUMBER.fullmatch(value):
            value = Decimal(value.strip())
        if isinstance(value, Decimal):
            # An exponent is looked at before a number of that many digits is made of it.
            if value and value.adjusted() > 30:
                return BIGINT_MAX + 1 if value > 0 else -BIGINT_MAX
            if value.adjusted() > -30 and value == value.to_integral_value():
                return int(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            return value
        raise not_of_type(name, "integer")

    def schema(self) -> Schema:
        limits = {"minimum": self.minimum, "maximum": self.maximum}
        return {"type": "integer", **{key: limit for key, limit in limits.items() if limit is not None}}


@dataclass(frozen=True, kw_only=True)
class MinorUnits(Argument):
    """An amount of money in minor units: a string of ASCII digits or a JSON integer, and nothing else."""

    minimum: int = 0
    maximum: int = 10**18

    def parse(self, name: str, value: Any) -> int:
        if isinstance(value, str):
            if not (value.isascii() and value.isdigit()):
                raise not_of_type(name, "integer")
            # Longer than any amount, and than what int() reads in no time.
            value = int(value) if len(value) <= 40 else self.maximum + 1
        if not isinstance(value, int) or isinstance(value, bool):
            raise not_of_type(name, "integer")
        require_between(name, value, self.minimum, self.maximum)
        return value

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{self._digits()}$", "maxLength": 40}

    def _digits(self) -> str:
        """What the figures may be, as far as a pattern tells it: bounds that are 0, 1 and a power of ten."""
        power = len(str(self.maximum)) - 1
        if self.minimum > 1 or self.maximum != 10**power:
            return "[0-9]+"
        below = f"[1-9][0-9]{{0,{power - 1}}}" if self.minimum else f"[0-9]{{1,{power}}}"
        return f"0*({below}|10{{{power}}})"


@dataclass(frozen=True, kw_only=True)
class Text(Argument):
    """A string; a JSON number is none. Lengths are characters."""

    min_length: int = 0
    max_length: int | None = None
    options: tuple[str, ...] = ()

    def parse(self, name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise not_of_type(name, "string")
        if "\0" in value:
            raise Invalid("rest_invalid_characters", f"{name} contains a NUL character.")
        if len(value) < self.min_length:
            raise Invalid("rest_too_short", f"{name} must be at least {_characters(self.min_length)} long.")
        if self.max_length is not None and len(value) > self.max_length:
            raise Invalid("rest_too_long", f"{name} must be at most {_characters(self.max_length)} long.")
        require_one_of(name, value, self.options)
        return value

    def schema(self) -> Schema:
        schema: Schema = {"type": "string"}
        if self.min_length:
            schema["minLength"] = self.min_length
        if self.max_length is not None:
            schema["maxLength"] = self.max_length
        if self.options:
            schema["enum"] = list(self.options)
        return schema


def _characters(count: int) -> str:
    return f"{count} character" if count == 1 else f"{count} characters"


@dataclass(frozen=True, kw_only=True)
class TextList(Argument):
    """A JSON list, `x[]=`, or one string split at commas and blanks; each item one of `options`."""

    options: tuple[str, ...] = ()

    def parse(self, name: str, value: Any) -> list[str]:
        items = re.split(r"[\s,]+", value.strip(", \t\n\r\v\f")) if isinstance(value, str) else value
        if not isinstance(items, list):
            raise not_of_type(name, "array")
        items = [] if items == [""] else items
        for position, item in enumerate(items):
            if not isinstance(item, str):
                raise not_of_type(f"{name}[{position}]", "string")
            require_one_of(f"{name}[{position}]", item, self.options)
        return items

    def schema(self) -> Schema:
        items: Schema = {"type": "string"}
        if self.options:
            items["enum"] = list(self.options)
        return {"type": "array", "items": items}


@dataclass(frozen=True, kw_only=True)
class Members(Argument):
    """A JSON object, or `x[a]=`. What its members must be is for the service to say: `members` tells callers which there are."""

    members: Mapping[str, str] = field(default_factory=dict)

    def parse(self, name: str, value: Any) -> dict[str, Any]:
        if value == "":
            return {}
        if not isinstance(value, dict):
            raise not_of_type(name, "object")
        return value

    def schema(self) -> Schema:
        properties = {name: {"type": "string", "description": told} for name, told in self.members.items()}
        return {"type": "object", "properties": properties, "additionalProperties": False}


BOOLEANS: dict[str, bool] = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, kw_only=True)
class Boolean(Argument):
    """`true`, `false`, 1, 0, also as strings."""

    def parse(self, name: str, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        spelt = str(value).lower() if isinstance(value, str | int) else ""
        if spelt not in BOOLEANS:
            raise not_of_type(name, "boolean")
        return BOOLEANS[spelt]

    def schema(self) -> Schema:
        return {"type": "boolean"}


# RFC 3339, with WordPress's blank for the T, a bare date, no zone (UTC), and the blank that an unescaped + becomes.
DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(Z|[+ -][0-9]{2}:[0-9]{2})?)?"
)


@dataclass(frozen=True, kw_only=True)
class DateTime(Argument):
    """A moment, in whole seconds; a bare date is its midnight in UTC, or its last second where `is_end`.

    Where `blank`, the empty string is none.
    """

    blank: bool = False
    is_end: bool = False

    def parse(self, name: str, value: Any) -> datetime | None:
        if self.blank and value == "":
            return None
        match = DATE_TIME.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise Invalid("rest_invalid_date", "Invalid date.")
        year, month, day, hour, minute, second, zone = match.groups(default="0")
        if self.is_end and match[4] is None:
            hour, minute, second = "23", "59", "59"
        try:
            # As PHP counts: 30 February is the second day of March.
            midnight = datetime(int(year), int(month), 1, tzinfo=_zone(zone)) + timedelta(days=_day(day) - 1)
            return midnight.replace(hour=int(hour), minute=int(minute), second=int(second)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Invalid("rest_invalid_date", "Invalid date.") from None

    def schema(self) -> Schema:
        return {"type": "string", "format": "date-time"}


def _day(text: str) -> int:
    if not 1 <= int(text) <= 31:
        raise ValueError(text)
    return int(text)


def _zone(text: str) -> timezone:
    if text in {"0", "Z"}:
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if minutes > 59:
        raise ValueError(text)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def number_in_path(digits: str) -> int:
    """The digits of a path as a number; beyond 64 bits, the largest that no row has."""
    return min(int(digits.lstrip("0")[:20] or "0"), BIGINT_MAX)


UUID_4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class Uuid4(Argument):
    """A version 4 UUID (RFC 9562), in lower case as WordPress wants it."""

    def parse(self, name: str, value: Any) -> UUID:
        if not isinstance(value, str) or not UUID_4.fullmatch(value):
            raise Invalid("rest_invalid_uuid", f"{name} is not a valid UUID.")
        return UUID(value)

    def schema(self) -> Schema:
        return {"type": "string", "format": "uuid", "pattern": f"^{UUID_4.pattern}$"}


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """An argument that is sent instead of a required one: with all that it needs, and without what is not for it."""

    name: str
    instead_of: str
    needs: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Arguments:
    """The arguments of one route, in the order in which they are named to callers."""

    declared: Mapping[str, Argument] = field(default_factory=dict)
    stand_ins: tuple[StandIn, ...] = ()

    def validate(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the route asked for, parsed; absent ones have their default. What it did not ask for is ignored.

        Raises:
            MissingArguments: all that are missing.
            InvalidArguments: all that are wrong, when nothing is missing.
        """
        sent = [stand_in for stand_in in self.stand_ins if given.get(stand_in.name) is not None]
        # What is stood in for may as well be sent as null.
        given = {name: value for name, value in given.items() if value is not None or name not in _spared(sent)}
        missing = [name for name in self._needed(sent) if given.get(name) is None]
        if missing:
            raise MissingArguments(missing)
        valid: dict[str, Any] = {}
        wrong: dict[str, Invalid] = {}
        for name, argument in self.declared.items():
            if name not in given:
                valid[name] = argument.default
                continue
            value = given[name]
            if value is None and argument.nullable:
                valid[name] = None
                continue
            try:
                valid[name] = argument.parse(name, value)
            except Invalid as invalid:
                wrong[name] = invalid
        wrong |= self._not_together(valid)
        if wrong:
            raise InvalidArguments(wrong)
        return valid

    def is_required(self, name: str) -> bool:
        """Whether no call is without it: nothing stands in for it."""
        return self.declared[name].required and all(stand_in.instead_of != name for stand_in in self.stand_ins)

    @property
    def needs_any(self) -> bool:
        """Whether a call without arguments lacks one."""
        return any(argument.required for argument in self.declared.values())

    def with_also(self, declared: Mapping[str, Argument]) -> "Arguments":
        """These and others."""
        return replace(self, declared={**self.declared, **declared})

    def _needed(self, sent: list[StandIn]) -> list[str]:
        needed = {name for stand_in in sent for name in stand_in.needs}
        return [name for name, one in self.declared.items() if (one.required and name not in _spared(sent)) or name in needed]

    def _not_together(self, valid: Mapping[str, Any]) -> dict[str, Invalid]:
        """What was sent beside an argument that it is not for. The default is as good as nothing."""
        return {
            name: Invalid("rest_invalid_param", f"{name} is not sent with {stand_in.name}.")
            for stand_in in self.stand_ins
            if valid.get(stand_in.name) is not None
            for name in (stand_in.instead_of, *stand_in.without)
            if name in valid and valid[name] != self.declared[name].default
        }

    def index_entry(self) -> dict[str, Schema]:
        """As the discovery index shows them."""
        return {name: {**one.json_schema(), "required": self.is_required(name)} for name, one in self.declared.items()}


def _spared(sent: Iterable[StandIn]) -> set[str]:
    return {stand_in.instead_of for stand_in in sent}
