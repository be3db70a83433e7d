"""The key is an argument, and stands in addresses: nothing of ours writes it down or shows it.

What the running service writes is looked through in tests/wallet_service/test_serve.py.
"""

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from audit.models import Act, RequestLog
from tests.api.cmmp.conftest import ROOT
from wallet_service.api.redaction import safe_form, safe_json, safe_path, safe_queries
from wallet_service.log_lines import NoSecretsFilter, NoSecretsFormatter
from wallets.models import Wallet

CHECK = f"{ROOT}/wallet_has_enough_points"

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken_calls(key: str, wallet: Wallet, monkeypatch: pytest.MonkeyPatch, site: Callable[..., None]) -> Callable[[], list[Any]]:
    """What is answered to a charge that meets a bug: by GET, by form and by JSON. Requests are logged."""

    def broken(**_: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("wallet_service.api.cmmp.points.charge_points", broken)
    site(request_logging=True)
    client, asked = Client(raise_request_exception=False), {"key": key, "wallet_id": str(wallet.pk), "points": "1"}
    sent = "&".join(f"{name}={value}" for name, value in asked.items())

    def broken_calls() -> list[Any]:
        return [
            client.get(f"{ROOT}/charge_wallet", asked),
            client.post(f"{ROOT}/charge_wallet/", sent, content_type="application/x-www-form-urlencoded"),
            client.post(f"{ROOT}/charge_wallet", asked, content_type="application/json"),
        ]

    return broken_calls


def test_a_bug_tells_nothing_of_it(key: str, broken_calls: Callable[[], list[Any]], caplog: pytest.LogCaptureFixture):
    answers = broken_calls()

    assert {(answer.status_code, answer.content) for answer in answers} == {
        (500, b'{"success":false,"message":["There has been a critical error on this website."]}')
    }
    assert {answer["Cache-Control"] for answer in answers} == {"no-store"}
    assert "RuntimeError: a bug" in caplog.text
    kept = [*RequestLog.objects.values_list(), *Act.objects.values_list()]
    assert RequestLog.objects.filter(status=500).count() == 3
    assert key not in caplog.text + repr(kept)


def test_the_page_of_a_developer_tells_nothing_of_it(key: str, broken_calls: Callable[[], list[Any]], settings: Any):
    settings.DEBUG = True
    for answer in broken_calls():
        assert answer.status_code == 500
        assert b"RuntimeError" in answer.content
        assert key.encode() not in answer.content


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ('"GET /x?wallet_id=1&key=SECRET HTTP/1.1" 200', '"GET /x?wallet_id=1&key=[redacted] HTTP/1.1" 200'),
        ("url: /x?%6bey=SECRET&points=5 (timed out)", "url: /x?%6bey=[redacted]&points=5 (timed out)"),
        ("<WSGIRequest: GET '/x?KEY[]=SECRET'>", "<WSGIRequest: GET '/x?KEY[]=[redacted]'>"),
        ("a = 5 & b = 6, key=mine", "a = 5 & b = 6, key=mine"),
    ],
)
def test_no_line_has_it_wherever_the_address_came_from(line: str, written: str):
    formatter = NoSecretsFormatter("{message}", style="{")
    assert formatter.format(logging.makeLogRecord({"msg": line})) == written
    try:
        raise ValueError(line)
    except ValueError as error:
        trace = formatter.format(logging.makeLogRecord({"msg": "", "exc_info": (ValueError, error, error.__traceback__)}))
    assert trace.endswith(written)


def test_the_services_lines_are_written_so(settings: Any):
    assert settings.LOGGING["formatters"]["line"]["()"] == "wallet_service.log_lines.NoSecretsFormatter"
    assert settings.LOGGING["loggers"]["django.server"]["handlers"] == ["console"]


# As people type it: each keeps a key where no name says that it is one.
TYPED: list[Callable[[str], Any]] = [
    lambda key: Client().get(f"{CHECK}?wallet_id=123%26points=1%26key={key}"),
    lambda key: Client().get(f"{CHECK}?wallet_id=123%2526points=1%2526key%253D{key}"),
    lambda key: Client().get(f"{CHECK}?wallet_id=123?key={key}"),
    lambda key: Client().get(f"{CHECK}?{key}"),
    lambda key: Client().get(f"{CHECK}?api_key={key}&wallet_id={key}&points={key}x&email={key}"),
    lambda key: Client().get(f"{CHECK}/key={key}"),
    lambda key: Client().get(f"{CHECK}{key}"),
    lambda key: Client().get(f"{CHECK}%3Fwallet_id=123&points=1&key={key}"),
    lambda key: Client().get(f"/wp-json/{key}"),
    lambda key: Client().get(f"/wp-json/walletpro/v1/wallets/{key}?search={key.lower()}"),
    lambda key: Client().get(f"/nothing/{key}", headers={"Referer": f"https://shop.test/x?api_key={key}", "X-Key": key}),
    lambda key: Client().get(CHECK, headers={"Referer": f"https://shop.test/{key}", "User-Agent": key, "X-Request-Id": key}),
    lambda key: Client().post(CHECK, {"a": {"b": [key]}, "data": [key], f"x{key}": 1}, content_type="application/json"),
    lambda key: Client().post(CHECK, f'{{"a": "\\n{key}\\n', content_type="application/json"),
    lambda key: Client().post(CHECK, key, content_type=f"text/{key}"),
    lambda key: Client().post(CHECK, f"api_key={key}&{key}=1", content_type="application/x-www-form-urlencoded"),
    lambda key: Client().post(CHECK, {"file": key, "api_key": key}),
    lambda key: Client().get(f"{ROOT}/get_wallet_by_name?wallet_name={key}&key={key}"),
]


def test_no_place_that_it_is_typed_into_keeps_it(key: str, site: Callable[..., None], caplog: pytest.LogCaptureFixture):
    """Nor do the lines that Django and others write of such a request."""
    site(request_logging=True, rate_gateway_wrong_keys=0)
    caplog.handler.setFormatter(NoSecretsFormatter("{message} {name}", style="{"))
    caplog.handler.addFilter(NoSecretsFilter())
    for number, typed in enumerate(TYPED):
        answer = typed(key)
        logging.getLogger("django.request").warning("Bad: %s %s", answer.request["PATH_INFO"], answer.request["QUERY_STRING"])
        kept = repr([*RequestLog.objects.values_list(), *Act.objects.values_list()]) + caplog.text
        assert not {key, key.lower(), key.upper()} & set(re.findall(f"(?i){key}", kept)), number
    assert RequestLog.objects.count() == len(TYPED) - 1


LEGITIMATE = (
    "sha256:" + "0f" * 32,
    "0123456789abcdef" * 3,
    "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
    "wallet_" + "7b" * 16,
    "cs_test_" + "a1B2c3D4" * 7 + "zz",
    "ck_" + "0a" * 20,
    "customer@example.test",
)


@pytest.mark.parametrize("value", LEGITIMATE)
def test_what_is_no_key_stays_readable(value: str):
    assert safe_path(value) == safe_queries(value) == value
    assert safe_form(QueryDict(mutable=False, query_string=f"wallet_id={value}")) == f"wallet_id={value}".replace("%40", "@")
    assert value in safe_json(f'{{"wallet_id": "{value}"}}'.encode())
