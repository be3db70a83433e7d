"""Where arguments are read from, and which bodies are refused (wordpress.md 3)."""

import io
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpRequest
from django.test import RequestFactory
from rest_framework.test import APIClient

from ledger.models import Entry
from tests.api.conftest import V1, nothing_moves
from wallet_service.api.bodies import InvalidJson, from_json, read_arguments
from wallet_service.wsgi import CHUNKED_MAX, application
from wallets.models import Wallet

FORM = "application/x-www-form-urlencoded"


def request(verb: str, body: bytes | str = b"", content_type: str = "application/json", query: str = "") -> HttpRequest:
    return RequestFactory().generic(verb, f"/?{query}", body, content_type)


def refused(body: bytes) -> tuple[int, str]:
    with pytest.raises(InvalidJson) as caught:
        from_json(body)
    return caught.value.number, caught.value.words


def nested(levels: int) -> bytes:
    return b'{"a":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


@pytest.mark.parametrize(
    "body",
    [
        b" ", b"\n", b"{", b"}", b'{"a":1}x', b'{"a":1}{"a":2}', b"{'a':1}", b'{"a":1,}', b"nul", b"NaN", b'{"a":NaN}',
        b"-Infinity", b'{"a":Infinity}', b"\xef\xbb\xbf{}", b'{"a":01}', b'{"a":.5}', b'{"a":0x1}', b"\0", b'{"a":1}\0',
        b'{"a":1e99999999999999999999}',
        b"a=1&b=2", b"<xml/>", "{}".encode("utf-16-be"),
    ],
)  # fmt: skip
def test_no_json(body: bytes):
    assert refused(body) == (4, "Syntax error")


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b'{"a":"\x00"}', 3),
        (b'{"a":"\n"}', 3),
        (b'{"a":"\xff"}', 5),
        (b'{"a":"\xed\xa0\x80"}', 5),
        ('{"a":1}'.encode("utf-16"), 5),
        ('{"a":1}'.encode("utf-32"), 5),
        (b'{"a":"\\ud800"}', 10),
        (b'{"\\udc00":1}', 10),
        (b'{"a":["\\ud800x"]}', 10),
        (nested(512), 1),
        (nested(100_000), 1),
        (b"[" * 1_000_000, 1),
        (b'{"a":' * 200_000, 1),
    ],
)
def test_why_it_is_no_json_in_phps_numbers(body: bytes, number: int):
    assert refused(body)[0] == number


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"[1,2]", b'["a"]', b'"text"', b"5", b"true", nested(511)[5:-1]])
def test_json_without_arguments(body: bytes):
    assert from_json(body) == {}


def test_511_levels_are_not_too_deep():
    assert "a" in from_json(nested(511))


def test_brackets_in_text_are_no_levels():
    body = json.dumps({"a": "[" * 1000, "b": '\\"' + "{" * 1000}).encode()

    assert from_json(body)["a"] == "[" * 1000


def test_a_text_that_does_not_end_is_refused_at_once():
    started = time.perf_counter()

    assert refused(b"[" * 512 + b'"' + b'\\"' * 500_000)[0] == 1
    assert time.perf_counter() - started < 2


def test_the_last_of_repeated_keys_counts():
    assert from_json(b'{"a":1,"a":2}') == {"a": 2}


def test_numbers_are_exact():
    assert from_json(b'{"a":0.1,"b":1e3,"c":12345678901234567890}') == {
        "a": Decimal("0.1"),
        "b": Decimal("1e3"),
        "c": 12345678901234567890,
    }


@pytest.mark.parametrize("number", [b"9" * 1_000_000, b"-" + b"9" * 1_000_000, b"0." + b"1" * 1_000_000, b"1e999999999"])
def test_an_absurd_number_costs_nothing(number: bytes):
    started = time.perf_counter()
    from_json(b'{"a":' + number + b"}")

    assert time.perf_counter() - started < 1


def test_escaped_pairs_are_one_character():
    assert from_json(b'{"a":"\\ud83d\\ude42"}') == {"a": "🙂"}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-16",
        "application/vnd.api+json",
        "application/json;x",
    ],
)
@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
def test_json_types(verb: str, content_type: str):
    assert read_arguments(request(verb, b'{"a":"\xc3\xa9"}', content_type)) == {"a": "é"}


@pytest.mark.parametrize(
    "content_type", ["text/json", "text/plain", "", "application/jsonx", "application/xml", "x", "application/+json"]
)
def test_other_types_are_ignored(content_type: str):
    assert read_arguments(request("POST", b'{"a":', content_type)) == {}


@pytest.mark.parametrize("verb", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("content_type", ["application/json", FORM])
def test_bodies_of_reading_verbs_are_ignored(verb: str, content_type: str):
    assert read_arguments(request(verb, b"{", content_type, "a=1")) == {"a": "1"}


def test_json_wins_over_the_query():
    assert read_arguments(request("POST", b'{"a":1}', query="a=2&b=3")) == {"a": 1, "b": "3"}


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_form_wins_over_the_query(verb: str):
    assert read_arguments(request(verb, "a=1&a=2", FORM, "a=3&b=4")) == {"a": "2", "b": "4"}


def test_a_multipart_form_is_read_on_post_only():
    made = RequestFactory().post("/", {"a": "1"})
    body, content_type = made.body, made.META["CONTENT_TYPE"]

    assert read_arguments(request("POST", body, content_type)) == {"a": "1"}
    assert read_arguments(request("PUT", body, content_type)) == {}


@pytest.mark.parametrize("body", [b"", b"garbage", b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--"])
def test_a_broken_multipart_form_has_no_arguments(body: bytes):
    assert read_arguments(request("POST", body, "multipart/form-data; boundary=x")) == {}
    assert read_arguments(request("POST", body, "multipart/form-data")) == {}


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ("a", {"a": ""}),
        ("a=1&a=2", {"a": "2"}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a%5B%5D=1", {"a": ["1"]}),
        ("a[b]=1&a[c]=2", {"a": {"b": "1", "c": "2"}}),
        ("a=1+2%203", {"a": "1 2 3"}),
        ("a=%ff", {"a": "\ufffd"}),
        ("a=%00", {"a": "\0"}),
        ("a[b][c]=1", {"a[b][c]": "1"}),
        ("[]=1", {"[]": "1"}),
        ("&&", {}),
    ],
)
def test_names_and_values_as_php_reads_them(query: str, arguments: dict[str, Any]):
    assert read_arguments(request("GET", query=query)) == arguments
    assert read_arguments(request("POST", query, FORM)) == arguments


@pytest.mark.parametrize("content_type", ["application/json", FORM, "multipart/form-data; boundary=x"])
def test_a_body_above_a_mebibyte_is_not_read(content_type: str):
    with pytest.raises(RequestDataTooBig):
        read_arguments(request("POST", b" " * (1024 * 1024 + 1), content_type))


@pytest.fixture
def _connections_stay(db: None) -> Iterator[None]:
    """A request's end would close the connection that this test's transaction lives in; Django's own client does the same."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


class Drops(io.RawIOBase):
    """A stream that brings a few bytes a time."""

    def __init__(self, body: bytes) -> None:
        self._rest = io.BytesIO(body)
        self.taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        part = self._rest.read(min(size, 4099) if size >= 0 else -1)
        self.taken += len(part)
        return part


def through_wsgi(client: APIClient, path: str, body: bytes, stream: Any = None, **environ: Any) -> tuple[int, dict[str, Any]]:
    made = RequestFactory().generic("POST", path, body, "application/json")
    given = {**made.environ, **client.defaults, "CONTENT_TYPE": "application/json", **environ}
    if stream is not None:
        given.pop("CONTENT_LENGTH", None)
        given |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": stream}
    status: list[str] = []
    answer = application(given, lambda line, headers, exc_info=None: status.append(line))
    return int(status[0][:3]), json.loads(b"".join(answer))


CREDIT = b'{"amount":"1000","reason":"in pieces"}'


@pytest.mark.usefixtures("_connections_stay")
def test_a_chunked_body_is_read(as_manager: APIClient, wallet: Wallet):
    status, answer = through_wsgi(as_manager, f"{V1}/wallets/{wallet.pk}/credit", b"", Drops(CREDIT + b" " * 10_000))

    assert (status, answer["reason"]) == (201, "in pieces")
    assert Entry.objects.get().amount == 1000


@pytest.mark.usefixtures("_connections_stay")
def test_a_chunked_body_without_an_end_is_not_read_to_it(as_manager: APIClient, wallet: Wallet):
    stream = Drops(b" " * (3 * CHUNKED_MAX))
    with nothing_moves():
        status, answer = through_wsgi(as_manager, f"{V1}/wallets/{wallet.pk}/credit", b"", stream)

    assert (status, answer["code"]) == (413, "rest_request_too_large")
    assert stream.taken == CHUNKED_MAX


@pytest.mark.usefixtures("_connections_stay")
@pytest.mark.parametrize("charset", ["hex", "undefined", "utf-16", "nonsense", '"', ""])
def test_a_bodys_charset_says_nothing_about_the_query(as_manager: APIClient, wallet: Wallet, charset: str):
    path = f"{V1}/wallets/{wallet.pk}/credit?reference=%C3%A9"
    status, _ = through_wsgi(as_manager, path, CREDIT, CONTENT_TYPE=f"application/json; charset={charset}")

    assert status == 201
    assert Entry.objects.get().reference == "é"
