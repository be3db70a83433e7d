"""The logged requests in the admin: found by what somebody remembers, shown escaped."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.admin_requests import _indented
from audit.models import RequestLog
from audit.requests import keep_request

pytestmark = pytest.mark.django_db

LIST = "admin:audit_requestlog_changelist"


@pytest.fixture
def log() -> Callable[..., RequestLog]:
    """`log(path="/wp-json/x", status=404)`: a row."""

    def log(**given: Any) -> RequestLog:
        usual = {"at": timezone.now(), "method": "GET", "path": "/wp-json", "status": 200, "duration_ms": 3, "caller": "stranger"}
        row = RequestLog(**{**usual, **given})
        keep_request(row)
        return row

    return log


def found(browser: Client, **asked: str) -> set[str]:
    answer = browser.get(reverse(LIST), asked)
    assert answer.status_code == 200
    return {row.path for row in answer.context["cl"].result_list}


def test_rows_are_found_by_status_verb_path_caller_address_and_id(managers_browser: Client, log: Callable[..., RequestLog]):
    log(path="/a", status=404, caller="key:3 user:7", address="192.0.2.7", request_id="abc")
    log(path="/b/one", method="POST", status=201)
    log(path="/b/two", status=500, caller="key:33 user:77")

    assert found(managers_browser) == {"/a", "/b/one", "/b/two"}
    assert found(managers_browser, status="4") == {"/a"}
    assert found(managers_browser, status="9") == {"/a", "/b/one", "/b/two"}
    assert found(managers_browser, method="POST") == {"/b/one"}
    assert found(managers_browser, q="/b/") == {"/b/one", "/b/two"}
    assert found(managers_browser, q="key:3") == {"/a"}
    assert found(managers_browser, q="user:7") == {"/a"}
    assert found(managers_browser, q="192.0.2.7") == {"/a"}
    assert found(managers_browser, q="abc") == {"/a"}
    assert found(managers_browser, q="\0") == {"/a", "/b/one", "/b/two"}


def test_the_latest_stand_on_top(managers_browser: Client, log: Callable[..., RequestLog]):
    for path in ("/first", "/second"):
        log(path=path)
    rows = managers_browser.get(reverse(LIST)).context["cl"].result_list

    assert [row.path for row in rows] == ["/second", "/first"]


def test_bodies_are_shown_indented_and_escaped(managers_browser: Client, log: Callable[..., RequestLog]):
    row = log(request_body='{"amount":1250.00,"reason":"<script>alert(1)</script>"}', response_body="<b>cut", path="/<i>")
    text = managers_browser.get(reverse("admin:audit_requestlog_change", args=[row.pk])).content.decode()

    assert "{\n  &quot;amount&quot;: 1250.00,\n  &quot;reason&quot;: &quot;&lt;script&gt;" in text
    assert "<script>alert(1)" not in text
    assert "<b>cut" not in text
    assert "/<i>" not in text


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("[]", "[\n]"),
        ('{"a":[1,{"b":"x, {y}: \\"z"}]}', '{\n  "a": [\n    1,\n    {\n      "b": "x, {y}: \\"z"\n    }\n  ]\n}'),
        ('{"a":"cut… [cut: 9000 bytes]', '{\n  "a": "cut… [cut: 9000 bytes]'),
        ("[[[", "[\n  [\n    [\n      "),
        ("]}", "]\n}"),
    ],
)
def test_json_is_indented_token_by_token(body: str, shown: str):
    assert _indented(body) == shown


def test_staff_without_the_right_and_customers_see_nothing(
    clerks_browser: Client, alices_browser: Client, log: Callable[..., RequestLog]
):
    log()

    assert clerks_browser.get(reverse(LIST)).status_code == 403
    assert alices_browser.get(reverse(LIST)).status_code == 302
