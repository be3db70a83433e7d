"""What the log's lines say of a request, and what they do not."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.errors import Busy
from tests.api.conftest import V1
from wallet_service.log_lines import NoSecretsFilter, RequestIdFilter

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """As the console's handler writes them."""
    caplog.handler.addFilter(NoSecretsFilter())
    caplog.handler.addFilter(RequestIdFilter())
    return caplog


def test_a_code_that_met_a_busy_service_is_in_no_line(as_alice: APIClient, lines: Any, monkeypatch: pytest.MonkeyPatch):
    def busy(**_: Any) -> None:
        raise Busy

    monkeypatch.setattr("wallet_service.api.walletpro.codes.redeem_code", busy)
    response = as_alice.post(f"{V1}/codes/GIFT%20ABCD1234EFGH/redeem")

    assert response.status_code == 503
    told = [record for record in lines.records if record.name == "django.request"]
    assert [record.getMessage() for record in told] == [f"Service Unavailable: {V1}/codes/[redacted]/redeem"]
    assert told[0].request_id == response["X-Request-Id"]


def test_the_console_has_the_filters(settings: Any):
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["request_id", "no_secrets"]


@pytest.mark.parametrize("arguments", [None, (), ({"a": 1},), (5, None, "/codes/X/redeem"), {"path": "/codes/X"}])
def test_no_line_breaks_it(arguments: Any):
    record = logging.makeLogRecord({"msg": "told", "args": arguments, "request": SimpleNamespace()})

    assert NoSecretsFilter().filter(record)
    assert RequestIdFilter().filter(record)


@pytest.mark.parametrize("query", ["&".join(f"a{number}=1" for number in range(1200))])
def test_a_strangers_thousand_arguments_are_no_event(stranger: APIClient, lines: Any, query: str):
    assert stranger.get(f"{V1}/wallets?{query}").status_code == 400
    assert not lines.records
