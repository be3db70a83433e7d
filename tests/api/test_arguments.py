"""Arguments as WordPress takes them (wordpress.md 3): what is accepted, as what, and the words of each refusal."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from wallet_service.api.arguments import (
    BIGINT_MAX,
    Argument,
    Arguments,
    Boolean,
    DateTime,
    Integer,
    Invalid,
    InvalidArguments,
    MinorUnits,
    MissingArguments,
    Text,
    TextList,
    Uuid4,
    number_in_path,
)

INTEGER = Integer(description="x")
AMOUNT = MinorUnits(description="x", minimum=1, maximum=10**15)
BOOLEAN = Boolean(description="x")
TEXT = Text(description="x")
TYPES = TextList(description="x", options=("credit", "debit"))
MOMENT = DateTime(description="x")
UUID = Uuid4(description="x")


def refused(argument: Argument, value: Any) -> Invalid:
    with pytest.raises(Invalid) as caught:
        argument.parse("x", value)
    return caught.value


@pytest.mark.parametrize(
    ("given", "number"),
    [
        (5, 5), ("5", 5), (Decimal("5.0"), 5), ("5.0", 5), ("1e3", 1000), (Decimal("1e3"), 1000), (" 5", 5), ("5 ", 5),
        ("+5", 5), ("-5", -5), ("007", 7), ("5.", 5), (".0", 0), ("\t5\n", 5), ("-0", 0), (Decimal("0e999999999"), 0),
        ("500e-2", 5),
    ],
)  # fmt: skip
def test_an_integer_in_every_spelling_of_wordpress(given: Any, number: int):
    assert INTEGER.parse("x", given) == number


@pytest.mark.parametrize(
    "given",
    [
        "", " ", "1.5", Decimal("1.5"), "abc", "0x1A", "1_000", "1,000", True, False, None, [5], {"a": 5}, "5 5", "--5", "e3",
        "٥", "５", "¹", "5\0", "\xa05", "NaN", "Infinity", Decimal("1e-999999999"), "1e-9", "5e", "1e9999999",
    ],
)  # fmt: skip
def test_no_integer(given: Any):
    invalid = refused(INTEGER, given)

    assert invalid.code == "rest_invalid_type"
    assert invalid.message == "x is not of type integer."
    assert invalid.data == {"param": "x"}


@pytest.mark.parametrize("given", [10**30, "9" * 40, "1" + "0" * 400_000, Decimal("1e999999999"), "1e999999", 2**63])
def test_an_integer_too_big_counts_as_the_largest(given: Any):
    assert INTEGER.parse("x", given) == BIGINT_MAX


@pytest.mark.parametrize("given", [-(10**30), "-" + "9" * 40, Decimal("-1e999999999")])
def test_an_integer_too_small_is_below_every_minimum(given: Any):
    assert refused(Integer(description="x", minimum=1), given).code == "rest_out_of_bounds"


@pytest.mark.parametrize(
    ("minimum", "maximum", "words"),
    [
        (1, 100, "x must be between 1 (inclusive) and 100 (inclusive)"),
        (1, None, "x must be greater than or equal to 1"),
        (None, -1, "x must be less than or equal to -1"),
    ],
)
def test_bounds(minimum: int | None, maximum: int | None, words: str):
    invalid = refused(Integer(description="x", minimum=minimum, maximum=maximum), 0)

    assert (invalid.code, invalid.message, invalid.data) == ("rest_out_of_bounds", words, None)


@pytest.mark.parametrize(
    ("given", "minor"), [("1000", 1000), (1000, 1000), ("007", 7), (10**15, 10**15), ("1" + "0" * 15, 10**15)]
)
def test_an_amount_is_ascii_digits_or_a_json_integer(given: Any, minor: int):
    assert AMOUNT.parse("x", given) == minor


@pytest.mark.parametrize(
    "given",
    [
        "", " 5", "5 ", "+5", "-5", "5.0", "5.00", Decimal("5.0"), Decimal("5"), "1e3", Decimal("1e3"), "1_000", "1,000", "$5",
        "٥", "５", "५", "²", "5\0", "0x10", True, None, [5], {"amount": 5}, "\ufeff5", "five",
    ],
)  # fmt: skip
def test_no_amount(given: Any):
    invalid = refused(AMOUNT, given)

    assert (invalid.code, invalid.message) == ("rest_invalid_type", "x is not of type integer.")


@pytest.mark.parametrize("given", [0, "0", "000", -1, 10**15 + 1, "9" * 40, "9" * 5000, 10**60, -(10**60)])
def test_an_amount_beyond_what_one_may_be(given: Any):
    invalid = refused(AMOUNT, given)

    assert invalid.code == "rest_out_of_bounds"
    assert invalid.message == "x must be between 1 (inclusive) and 1000000000000000 (inclusive)"


@pytest.mark.parametrize("given", [True, "true", "TRUE", "tRuE", "1", 1])
def test_true(given: Any):
    assert BOOLEAN.parse("x", given) is True


@pytest.mark.parametrize("given", [False, "false", "FALSE", "0", 0])
def test_false(given: Any):
    assert BOOLEAN.parse("x", given) is False


@pytest.mark.parametrize(
    "given", ["", "yes", "no", "on", "off", 2, -1, "null", None, [True], Decimal("1"), Decimal("1.0"), " 1", "١"]
)
def test_no_boolean(given: Any):
    assert refused(BOOLEAN, given).message == "x is not of type boolean."


@pytest.mark.parametrize("given", ["", "a", "5", "Zoë 漢字 🙂", "a\nb"])
def test_any_text(given: str):
    assert TEXT.parse("x", given) == given


@pytest.mark.parametrize("given", [5, Decimal("5.5"), True, None, ["a"], {"a": "b"}])
def test_no_text(given: Any):
    assert refused(TEXT, given).message == "x is not of type string."


def test_text_with_a_nul_cannot_be_kept():
    assert refused(TEXT, "a\0b").code == "rest_invalid_characters"


@pytest.mark.parametrize(
    ("argument", "given", "code", "words"),
    [
        (Text(description="x", min_length=1), "", "rest_too_short", "x must be at least 1 character long."),
        (Text(description="x", min_length=2), "é", "rest_too_short", "x must be at least 2 characters long."),
        (Text(description="x", max_length=5), "abcdef", "rest_too_long", "x must be at most 5 characters long."),
        (Text(description="x", max_length=1), "ab", "rest_too_long", "x must be at most 1 character long."),
        (Text(description="x", options=("asc", "desc")), "ASC", "rest_not_in_enum", "x is not one of asc and desc."),
        (Text(description="x", options=("asc", "desc")), "", "rest_not_in_enum", "x is not one of asc and desc."),
        (Text(description="x", options=("a", "b", "c")), "d", "rest_not_in_enum", "x is not one of a, b, and c."),
        (Text(description="x", options=("only",)), "d", "rest_not_in_enum", "x is not only."),
    ],
)
def test_text_within_limits(argument: Text, given: str, code: str, words: str):
    invalid = refused(argument, given)

    assert (invalid.code, invalid.message) == (code, words)


def test_lengths_are_characters_not_bytes():
    assert Text(description="x", max_length=3).parse("x", "🙂漢é") == "🙂漢é"


@pytest.mark.parametrize(
    ("given", "items"),
    [
        ("credit,debit", ["credit", "debit"]),
        ("credit debit", ["credit", "debit"]),
        ("credit,,debit", ["credit", "debit"]),
        (" credit , debit,", ["credit", "debit"]),
        (["credit"], ["credit"]),
        ("", []),
        (",", []),
        ([], []),
    ],
)
def test_a_list_in_every_spelling(given: Any, items: list[str]):
    assert TYPES.parse("x", given) == items


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (5, "x is not of type array."),
        (None, "x is not of type array."),
        ({"a": "credit"}, "x is not of type array."),
        (["credit", 5], "x[1] is not of type string."),
        (["credit", None], "x[1] is not of type string."),
        ("credit,Debit", "x[1] is not one of credit and debit."),
        ("credit\0", "x[0] is not one of credit and debit."),
    ],
)
def test_no_list(given: Any, words: str):
    assert refused(TYPES, given).message == words


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2026-01-01T00:00:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T02:00:00+02:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T02:00:00 02:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2025-12-31T19:30:00-04:30", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01 00:00:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00.999999Z", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-02-30T12:00:00Z", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2028-02-29", datetime(2028, 2, 29, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_date_in_every_spelling(given: str, moment: datetime):
    assert MOMENT.parse("x", given) == moment


@pytest.mark.parametrize(
    "given",
    [
        "", " ", "2026-01-01T00:00", "2026-01-01T00:00:00+0200", "2026-01-01T00:00:00z", "2026-01-01t00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01", "2026-01-00", "2026-01-32", "2026-01-01T25:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+02:60", "2026-01-01T00:00:00+24:00", "1767225600",
        1767225600, None, True, [], "26-01-01", "0000-01-01", "9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00",
        "2026-01-01T00:00:00Z\n", "٢٠٢٦-01-01", "tomorrow",
    ],
)  # fmt: skip
def test_no_date(given: Any):
    invalid = refused(MOMENT, given)

    assert (invalid.code, invalid.message) == ("rest_invalid_date", "Invalid date.")


def test_a_date_that_may_be_left_blank():
    assert DateTime(description="x", blank=True).parse("x", "") is None


def test_a_version_4_uuid():
    assert str(UUID.parse("x", "550e8400-e29b-41d4-a716-446655440000")) == "550e8400-e29b-41d4-a716-446655440000"


@pytest.mark.parametrize(
    "given",
    [
        "", "550E8400-E29B-41D4-A716-446655440000", "550e8400-e29b-11d4-a716-446655440000", "550e8400e29b41d4a716446655440000",
        "550e8400-e29b-41d4-c716-446655440000", "{550e8400-e29b-41d4-a716-446655440000}", "00000000-0000-0000-0000-000000000000",
        "550e8400-e29b-41d4-a716-44665544000٠", 5, None, [],
    ],
)  # fmt: skip
def test_no_version_4_uuid(given: Any):
    invalid = refused(UUID, given)

    assert (invalid.code, invalid.message) == ("rest_invalid_uuid", "x is not a valid UUID.")


@pytest.mark.parametrize(
    ("digits", "number"),
    [("42", 42), ("007", 7), ("0", 0), ("9" * 20, BIGINT_MAX), ("9" * 20_000, BIGINT_MAX), ("0" * 20_000 + "7", 7)],
)
def test_a_number_in_a_path(digits: str, number: int):
    assert number_in_path(digits) == number


ROUTE = Arguments(
    {
        "b": Integer(description="b", required=True),
        "a": Text(description="a", required=True),
        "c": Integer(description="c", default=7),
        "d": MinorUnits(description="d", nullable=True),
    }
)


@pytest.mark.parametrize("given", [{}, {"a": None, "b": None}, {"d": "wrong", "z": 1}])
def test_all_that_is_missing_is_named_in_declared_order_before_what_is_wrong(given: dict[str, Any]):
    with pytest.raises(MissingArguments) as caught:
        ROUTE.validate(given)

    assert caught.value.names == ["b", "a"]


def test_the_empty_string_is_present():
    with pytest.raises(InvalidArguments) as caught:
        ROUTE.validate({"a": "", "b": ""})

    assert list(caught.value.wrong) == ["b"]


def test_null_is_an_invalid_type_where_it_does_not_unset():
    with pytest.raises(InvalidArguments) as caught:
        ROUTE.validate({"a": "", "b": 1, "c": None, "d": None})

    assert {name: wrong.code for name, wrong in caught.value.wrong.items()} == {"c": "rest_invalid_type"}


def test_what_is_absent_has_its_default_and_what_is_unknown_is_ignored():
    assert ROUTE.validate({"a": "x", "b": "1", "_locale": "user"}) == {"a": "x", "b": 1, "c": 7, "d": None}


def test_the_index_says_of_every_argument_whether_it_is_required():
    assert ROUTE.index_entry() == {
        "b": {"description": "b", "type": "integer", "required": True},
        "a": {"description": "a", "type": "string", "required": True},
        "c": {"description": "c", "type": "integer", "default": 7, "required": False},
        "d": {
            "description": "d",
            "type": ["string", "null"],
            "pattern": "^0*([0-9]{1,18}|10{18})$",
            "maxLength": 40,
            "required": False,
        },
    }
