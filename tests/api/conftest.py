"""More of the cast, and the proof that nothing moved."""

import contextlib
import copy
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, connections
from jsonschema import Draft202012Validator, FormatChecker
from rest_framework.test import APIClient

from idempotency.models import Claim
from ledger.models import Account, Entry, Hold, Lot
from people.models import User
from people.rights import Right
from tests.conftest import PASSWORD
from wallet_service.api.operations import operation_of
from wallet_service.api.wordpress import WordPressViewSet, dump
from wallet_service.families import DOCUMENTS
from wallets.models import Wallet

V1 = "/wp-json/walletpro/v1"


def state_of_the_money() -> list[Any]:
    """Every row that a movement, a change or an idempotency key could have touched."""
    return [list(model._default_manager.order_by("pk").values()) for model in (Account, Entry, Hold, Lot, Wallet, Claim)]


@contextlib.contextmanager
def nothing_moves() -> Iterator[None]:
    """What happens inside leaves no entry, no other balance, no other wallet and no idempotency claim."""
    before = state_of_the_money()
    yield
    assert state_of_the_money() == before


class Documented:
    """The OpenAPI document, as a judge of real answers: each has a documented status, code and shape, and no member more."""

    FORMATS = FormatChecker(formats=["uuid"])

    def __init__(self, document: dict[str, Any]) -> None:
        schemas = copy.deepcopy(document["components"]["schemas"])
        for name, schema in schemas.items():
            if schema.get("type") == "object" and name != "ApiErrorData":
                schema["additionalProperties"] = False
        self._components = {"schemas": schemas}
        self._operations = {op["operationId"]: op for verbs in document["paths"].values() for op in verbs.values()}

    def validate(self, schema: dict[str, Any], answer: Any) -> None:
        whole = {**schema, "components": self._components}
        problems = [error.message for error in Draft202012Validator(whole, format_checker=self.FORMATS).iter_errors(answer)]
        assert not problems, problems

    def hold_file(self, operation_id: str, media: str) -> None:
        """A file that was answered is one that the document names."""
        assert media in self._operations[operation_id]["responses"]["200"]["content"], f"{operation_id} answered {media}"

    def hold(self, operation_id: str, status: int, answer: Any) -> None:
        """Held against what the document says of this operation."""
        responses = self._operations[operation_id]["responses"]
        assert str(status) in responses, f"{operation_id} answered {status}, which is not documented: {answer}"
        body = responses[str(status)]["content"]["application/json"]
        self.validate(body["schema"], answer)
        if status >= 400:
            assert answer["code"] in body["examples"], f"{operation_id} answered {answer['code']}, which is not documented"


@Documented.FORMATS.checks("date-time", raises=ValueError)
def _is_a_moment(text: object) -> bool:
    return not isinstance(text, str) or bool(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


@cache
def documented(namespace: str) -> Documented:
    [document] = [document for document in DOCUMENTS if document.router.namespace == namespace]
    return Documented(document.make("http://testserver"))


@pytest.fixture(autouse=True)
def _every_answer_is_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test of this folder asks of a family, the answer is held against its namespace's OpenAPI document."""
    finalize = WordPressViewSet.finalize_response

    def checked(view: WordPressViewSet, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        if response.streaming:
            # What it holds is not known yet: the tests of that route look at it.
            return finalize(view, request, response, *args, **kwargs)
        data, operation = response.data, operation_of(view)
        if (
            view.is_route
            and operation.id not in {"", "index", "document"}
            and "data" in (data if response.status_code >= 400 else ["data"])
        ):
            schema: Any = type(view.schema)()  # type: ignore[misc]  # the family's own
            schema.view, schema.method = view, "GET" if request.method == "HEAD" else request.method
            named = schema.get_operation_id()
            if isinstance(data, bytes):
                documented(view.namespace).hold_file(named, response.content_type)
            else:
                answer = json.loads(data if isinstance(data, str) else dump(data))
                documented(view.namespace).hold(named, response.status_code, answer)
        return finalize(view, request, response, *args, **kwargs)

    monkeypatch.setattr(WordPressViewSet, "finalize_response", checked)


def said(response: Any) -> tuple[int, str]:
    """Status and code of a refusal, which the envelope says twice."""
    body = response.json()
    assert set(body) == {"code", "message", "data"}
    assert body["data"]["status"] == response.status_code
    assert body["message"]
    return response.status_code, body["code"]


def same_caller(client: Any) -> APIClient:
    """Another client with the same credentials, for another thread."""
    return APIClient(**client.defaults)


@pytest.fixture
def by_session() -> Callable[[User], APIClient]:
    """`by_session(alice)`: a browser in which she is signed in, with the page's nonce."""

    def by_session(user: User) -> APIClient:
        client = APIClient()
        client.force_login(user)
        client.credentials(HTTP_X_WP_NONCE=nonce_of(client))
        return client

    return by_session


INVALID_NONCE = (403, "rest_cookie_invalid_nonce")


@pytest.fixture
def browser(alice: User) -> APIClient:
    """Alice's: signed in through the page, with her e-mail address in another case."""
    client = APIClient()
    assert client.post("/account/login/", {"username": "ALICE@example.test", "password": PASSWORD}).status_code == 302
    return client


def nonce_of(client: APIClient) -> str:
    """The current nonce of a client's session."""
    return str(client.get("/account/nonce/").content.decode())


@pytest.fixture
def five(wallet: Wallet, give: Callable[..., Entry]) -> list[int]:
    """Five credits of Alice's, newest first."""
    return [give(wallet, 100 + number).pk for number in range(5)][::-1]


@pytest.fixture
def person() -> Callable[..., User]:
    """`person("carol", Right.READ_WALLETS)`: a user with these rights of his own and no group."""

    def person(name: str, *rights: Right, **extra: Any) -> User:
        user = User.objects.create_user(name, f"{name}@example.test", PASSWORD, **extra)
        user.user_permissions.set(Permission.objects.filter(codename__in=rights))
        return user

    return person


@pytest.fixture
def at_once() -> Iterator[Callable[..., list[Any]]]:
    """`at_once(50, call)`: `call(0)` to `call(49)` from as many threads, each over a connection of its own.

    They wait for a lock longer than served calls do: fifty threads of one process on a busy
    machine can pass those two seconds, and be told (409, 503) to call again.
    """
    options = connection.settings_dict["OPTIONS"]
    usual = options["pool"]["max_size"], options["options"]

    def start_pool(size: int, settings: str) -> None:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
        options["pool"]["max_size"], options["options"] = size, settings

    def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
        start_pool(count + 1, "-c lock_timeout=60000")
        ready = Barrier(count)

        def one(number: int) -> Any:
            try:
                connection.ensure_connection()
                ready.wait(timeout=20)
                return call(number)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(count) as threads:
            return list(threads.map(one, range(count)))

    yield at_once
    start_pool(*usual)
