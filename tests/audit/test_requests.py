"""Where an act came from: the request's id in answer, log and row; and strangers at once, who hold nobody up."""

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apikeys.services import mint_key
from audit.acts import ActName
from audit.context import Origin, coming_from, origin
from audit.encoding import is_intact
from audit.models import Act
from people.models import User
from tests.api.conftest import at_once  # noqa: F401  a fixture
from tests.conftest import basic
from wallet_service.log_lines import RequestIdFilter
from wallets.models import Wallet

ME = "/wp-json/walletpro/v1/wallets/me"


@pytest.mark.parametrize("path", ["/", "/wp-json/", ME, "/wp-json/nothing", "/nothing", "/admin/"])
def test_each_answer_names_its_request(db: None, client: Client, path: str):
    first, second = (client.get(path)["X-Request-Id"] for _ in range(2))

    assert re.fullmatch("[0-9a-f]{32}", first)
    assert first != second


def test_a_row_names_the_request_that_it_came_of(as_manager: APIClient, wallet: Wallet):
    answer = as_manager.post(f"/wp-json/walletpro/v1/wallets/{wallet.pk}", {"status": "frozen"}, format="json")

    assert Act.objects.get(act="wallet.frozen").request_id == answer["X-Request-Id"]


@pytest.mark.parametrize(
    ("proxies", "brought", "is_believed"),
    [
        (["127.0.0.0/8"], "a1b2-c3:d4", True),
        (["127.0.0.0/8"], "a" * 64, True),
        (["127.0.0.0/8"], "a" * 65, False),
        (["127.0.0.0/8"], "a b", False),
        (["127.0.0.0/8"], "<b>", False),
        (["127.0.0.0/8"], "a\nINFO forged", False),
        (["127.0.0.0/8"], "", False),
        (["10.0.0.0/8"], "a1b2-c3:d4", False),
        ([], "a1b2-c3:d4", False),
    ],
)
def test_an_id_is_believed_of_a_trusted_proxy_only(
    db: None, client: Client, settings: Any, proxies: list[str], brought: str, is_believed: bool
):
    settings.TRUSTED_PROXIES = proxies
    answered = client.get("/", HTTP_X_REQUEST_ID=brought)["X-Request-Id"]

    assert (answered == brought) is is_believed


def test_a_line_of_the_log_names_its_request(settings: Any):
    line = logging.LogRecord("x", logging.ERROR, "x", 1, "said", (), None)

    RequestIdFilter().filter(line)
    assert vars(line)["request_id"] == "-"
    with coming_from(Origin(request_id="abc")):
        RequestIdFilter().filter(line)
    formatter = logging.Formatter(settings.LOGGING["formatters"]["line"]["format"], style="{")
    assert "[abc] said" in formatter.format(line)


def test_nothing_is_left_behind_by_a_request(db: None, client: Client):
    client.get("/")

    assert origin() == Origin()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_hundred_wrong_credentials_at_once_are_one_row(alice: User, at_once: Callable[..., list[Any]]):  # noqa: F811
    key, secret = mint_key(owner=alice, scope="read", description="till")

    def call(number: int) -> list[int]:
        wrong = [APIClient(**basic(key.consumer_key, "cs_wrong")).get(ME).status_code for _ in range(5)]
        return [*wrong, APIClient(**basic(key.consumer_key, secret)).get(ME).status_code]

    assert at_once(20, call) == [[401] * 5 + [200]] * 20
    rows = list(Act.objects.filter(act=ActName.CREDENTIAL_WRONG))
    assert sum(row.count for row in rows) == 100
    # Two, where the minute was over meanwhile.
    assert len(rows) <= 2
    assert all(is_intact(row) for row in rows)


def test_an_attempt_that_cannot_be_written_is_told_in_the_log(
    alice: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(act: Act) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr("audit.services.sign", fail)
    answer = APIClient(**basic("alice", "wrong")).get(ME)

    assert answer.status_code == 401
    assert "could not be written" in caplog.text


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_wrong_credential_costs_its_look_up_and_two_statements_more(alice: User):
    client = APIClient(**basic("alice", "wrong"))
    client.get(ME)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(ME).status_code == 401

    assert len([query for query in queries.captured_queries if query["sql"] not in {"BEGIN", "COMMIT"}]) == 3
