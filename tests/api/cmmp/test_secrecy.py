"""The key is an argument, and stands in addresses: nothing of ours writes it down or shows it.

What the running service writes is looked through in tests/wallet_service/test_serve.py.
"""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from audit.models import Act, RequestLog
from tests.api.cmmp.conftest import ROOT
from wallet_service.log_lines import NoSecretsFormatter
from wallets.models import Wallet

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
