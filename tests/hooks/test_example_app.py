"""An operator's own app at every extension point: a route, an authenticator, a payload, a limit, a receiver of balances."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext, override_settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from rest_framework.test import APIClient

from hooks import points
from ledger.kinds import Kind
from ledger.models import Entry
from ledger.movements import Circumstances, Event
from people.models import User
from tests.api.conftest import V1, nothing_moves, said
from tests.conftest import PASSWORD
from tests.example_app import callbacks, connecting
from tests.webhooks.hook import Hook
from wallet_service import urls
from wallet_service.api import moving
from wallet_service.api.documents import Document
from wallet_service.api.routes import FamilyRouter
from wallet_service.api.site import IndexViewSet
from wallet_service.api.webkul.base import AdminViewSet
from wallet_service.api.webkul.urls import admin_document, admin_router, with_others
from wallets.models import Wallet
from wallets.services import credit as credit_wallet

pytestmark = pytest.mark.django_db

WALLETS = "/wp-json/wkwp-wallet/v1/wallets"
BALANCE = "/wp-json/wkwc_wallet/v1/balance"


@pytest.fixture(autouse=True)
def _connected() -> Iterator[None]:
    callbacks.balances.clear()
    callbacks.alerts.clear()
    connecting.connect()
    yield
    connecting.disconnect()


def credit(client: APIClient, wallet: Wallet, amount: str, **extra: Any) -> Any:
    return client.post(f"{WALLETS}/{wallet.user_id}/credit", {"amount": amount, **extra}, format="json")


def test_it_is_installed_by_a_setting():
    """And nobody else's process has it."""
    asked = "import django; django.setup(); from hooks import points; print(points.balance_changed.is_heard)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "wallet_service.settings", "EXTRA_APPS": "tests.example_app"}
    answers = [
        subprocess.run([sys.executable, "-c", asked], env=env, capture_output=True, text=True, check=True, timeout=60).stdout
        for env in (environment, {**environment, "EXTRA_APPS": ""})
    ]

    assert answers == ["True\n", "False\n"]


@pytest.fixture
def with_routes() -> Iterator[Document]:
    """The admin door with the app's routes in it, mounted in place of ours."""
    router = FamilyRouter(admin_router.namespace)
    router.registry = list(admin_router.registry)
    [document] = with_others(Document(admin_document.title, admin_document.description, router))
    others = [pattern for pattern in urls.urlpatterns if "wkwp" not in str(pattern.pattern)]
    site = ModuleType("site_with_routes")
    site.urlpatterns = [*urls.mount(document, AdminViewSet), *others]  # type: ignore[attr-defined]
    site.handler404 = site.handler500 = None  # type: ignore[attr-defined]
    with override_settings(ROOT_URLCONF=site):
        yield document


def test_a_route_of_its_own(with_routes: Document, as_manager: APIClient, as_alice: APIClient, stranger: APIClient):
    path = "/wp-json/wkwp-wallet/v1/greetings"

    assert as_manager.get(path, {"name": "Ann"}).json() == {"greeting": "Hello, Ann"}
    assert said(as_manager.get(path)) == (400, "rest_missing_callback_param")
    assert (said(as_alice.get(path)), said(stranger.get(path))) == ((403, "rest_forbidden"), (401, "rest_not_logged_in"))
    # Who may call the other one was not said.
    for client, status in ((as_manager, 403), (stranger, 401)):
        assert client.get(f"{path}/forgotten").status_code == status
    made = with_routes.make("https://shop.example")
    assert not list(OpenAPIV31SpecValidator(stranger.get("/wp-json/wkwp-wallet/v1").json()).iter_errors())
    assert made["paths"]["/greetings"]["get"]["operationId"] == "listGreetings"
    assert {"/greetings/forgotten", "/wallets"} <= made["paths"].keys()


def test_its_route_is_in_the_index(with_routes: Document, rf: Any):
    index = IndexViewSet.as_view({"get": "list"}, documents=(with_routes,))(rf.get("/wp-json"))

    assert "/wkwp-wallet/v1/greetings" in index.data["routes"]


def test_our_routes_stay_ours(caplog: pytest.LogCaptureFixture):
    def overshadow(routes: points.Routes) -> None:
        routes.register("wkwp-wallet/v1", "wallets", AdminViewSet, "mine")

    points.rest_register_routes.connect(overshadow)
    before = list(admin_router.registry)
    try:
        router = FamilyRouter(admin_router.namespace)
        router.registry = list(before)
        with_others(Document("", "", router))
    finally:
        points.rest_register_routes.disconnect(overshadow)

    assert [prefix for prefix, _viewset, _name in router.registry if prefix == "wallets"] == ["wallets"]
    assert "is taken" in caplog.text


def test_an_authenticator_of_its_own(stranger: APIClient, manager: User, alice: User, wallet: Wallet, as_manager: APIClient):
    sso: Any = {"HTTP_X_SSO": "manager"}
    assert stranger.get(WALLETS, **sso).status_code == 200
    assert stranger.post(f"{WALLETS}/{alice.pk}/credit", {"amount": "1"}, **sso).status_code == 200
    assert Entry.objects.latest("id").actor == f"hook:sso:{manager.pk} user:{manager.pk}"
    # He may what his rights say and no more, and through both doors.
    assert said(stranger.get(WALLETS, HTTP_X_SSO="alice")) == (403, "rest_forbidden")
    assert stranger.get(BALANCE, HTTP_X_SSO="alice").status_code == 200
    with nothing_moves():
        assert said(stranger.get(WALLETS, HTTP_X_SSO="nobody")) == (401, "invalid_credentials")
        reading = stranger.post(f"{WALLETS}/{alice.pk}/credit", {"amount": "1"}, HTTP_X_SSO_READS="", **sso)
        assert said(reading) == (401, "invalid_credentials")
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert said(stranger.get(BALANCE, HTTP_X_SSO="alice")) == (401, "invalid_credentials")
    # The ways that there are stay, and other families know nothing of it.
    assert as_manager.get(WALLETS).status_code == 200
    assert stranger.get(f"{V1}/wallets/me", **sso).status_code == 401


def test_an_authenticator_that_fails_lets_nobody_in(stranger: APIClient, as_manager: APIClient):
    def fail(found: points.Proof | None, request: Any) -> points.Proof | None:
        raise RuntimeError

    points.rest_pre_authenticate.connect(fail)
    try:
        for client in (stranger, as_manager):
            client.raise_request_exception = False
            assert said(client.get(WALLETS)) == (500, "internal_server_error")
    finally:
        points.rest_pre_authenticate.disconnect(fail)


def test_a_payload_is_changed_and_its_numbers_stay(as_manager: APIClient, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 30)
    listed = as_manager.get(f"{WALLETS}?_fields=items.email,items.balance")

    assert listed.content == '{"items":[{"email":"a…","balance":0.30}]}'.encode()
    # What is refused is nobody's to change.
    assert said(as_manager.get(f"{WALLETS}?page=0")) == (400, "rest_invalid_param")


def test_a_payload_whose_callback_fails_half_way_goes_out_as_it_was(
    as_manager: APIClient, wallet: Wallet, caplog: pytest.LogCaptureFixture
):
    def fail(payload: Any, request: Any) -> Any:
        payload["email"] = "gone"
        raise RuntimeError

    def say_what_is_no_json(payload: Any, request: Any) -> Any:
        return {**payload, "email": request}

    for callback in (fail, say_what_is_no_json):
        points.rest_response["get_wallet"].connect(callback)
        try:
            response = as_manager.get(f"{WALLETS}/{wallet.user_id}")
        finally:
            points.rest_response["get_wallet"].disconnect(callback)

        assert response.json()["email"] == "alice@example.test"
    assert caplog.text.count("wkwp_rest_response_get_wallet") >= 2


def test_limits_are_overridden(as_manager: APIClient, manager: User, stranger: APIClient, limits: Any):
    limits(rate_wkwp_per_address=1, rate_wkwp_burst=1)

    assert [as_manager.get(WALLETS).status_code for _ in "123"] == [200, 200, 429]
    assert [stranger.get(BALANCE).status_code for _ in "12"] == [401, 429]
    assert [stranger.get(BALANCE, REMOTE_ADDR="203.0.113.7").status_code for _ in "123"] == [401] * 3


@pytest.mark.parametrize("nonsense", [-1, True, "5", 2.5, None])
def test_a_limit_that_is_none_is_passed_over(as_manager: APIClient, limits: Any, nonsense: Any):
    def confuse(limit: int, who: str) -> int:
        return nonsense  # type: ignore[no-any-return]

    points.rest_rate_limit["key"].connect(confuse)
    try:
        limits(rate_wkwp_burst=0)
        assert [as_manager.get(WALLETS).status_code for _ in "123"] == [200, 200, 429]
    finally:
        points.rest_rate_limit["key"].disconnect(confuse)


def test_there_are_three_tiers_and_no_other():
    with pytest.raises(KeyError):
        points.rest_rate_limit["minute"]


def test_origins_of_its_own_for_these_namespaces_alone(stranger: APIClient):
    origin: Any = {"HTTP_ORIGIN": callbacks.FRONT_END}
    for path, is_open in ((WALLETS, True), (BALANCE, True), (f"{V1}/wallets/me", False), ("/wp-json/", False)):
        assert ("Access-Control-Allow-Origin" in stranger.get(path, **origin).headers) is is_open, path


def test_amounts_on_their_way(as_manager: APIClient, wallet: Wallet):
    """Through both families; with all that holds for an amount held against what came of it."""
    assert credit(as_manager, wallet, "10.01", reference="BIRTHDAY").json()["balance_after"] == 20.02
    walletpro = f"{V1}/wallets/{wallet.pk}"
    body = {"amount": "1001", "reason": "x", "reference": "BIRTHDAY"}
    assert as_manager.post(f"{walletpro}/credit", body, format="json").json()["amount"] == "2002"
    debited = as_manager.post(f"{WALLETS}/{wallet.user_id}/debit", {"amount": "0.01"}, format="json")
    assert debited.json()["balance_after"] == 39.04
    part = as_manager.post(f"{walletpro}/debit", {"amount": "3901", "reason": "x", "allow_partial": True}, format="json")
    assert (part.status_code, part.json()["amount"], part.json()["requested"]) == (206, "3904", "4000")


def test_amounts_that_are_none(as_manager: APIClient, manager: User, wallet: Wallet, client_with_key: Callable[..., APIClient]):
    small = client_with_key(manager, max_amount=1500)
    made: list[Any] = []

    def make(amount: Decimal, user_id: int, context: points.Context) -> Decimal:
        return made[-1]  # type: ignore[no-any-return]

    points.credit_amount.connect(make)
    as_manager.raise_request_exception = False
    try:
        with nothing_moves():
            # More than the key moves, whatever was asked for.
            made.append(Decimal("15.01"))
            assert said(credit(small, wallet, "1")) == (403, "key_limit_exceeded")
            for nothing in (Decimal(0), Decimal(-5), Decimal("1e20")):
                made.append(nothing)
                assert said(credit(as_manager, wallet, "1")) == (400, "rest_invalid_param")
            for bug in (Decimal("0.001"), 5.0, None, Decimal("NaN"), Decimal("1e999")):
                made.append(bug)
                assert said(credit(as_manager, wallet, "1")) == (500, "internal_server_error")
    finally:
        points.credit_amount.disconnect(make)


def test_a_repetition_is_not_put_before_it(as_manager: APIClient, wallet: Wallet, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []

    def once(amount: Decimal, user_id: int, context: points.Context) -> Decimal:
        asked.append(str(context["operation"]))
        if asked.count(asked[-1]) > 1:
            raise RuntimeError("a hook that has changed its mind")
        return amount

    def call(path: str, body: dict[str, str], key: str) -> Any:
        if path.startswith(V1):
            return as_manager.post(path, {**body, "reason": "x", "idempotency_key": key}, format="json")
        return as_manager.post(path, body, format="json", headers={"Idempotency-Key": key})

    as_manager.raise_request_exception = False
    hooked = (points.credit_amount, points.debit_amount)
    for path, amount in ((f"{WALLETS}/{wallet.user_id}", "5"), (f"{V1}/wallets/{wallet.pk}", "500")):
        for point in hooked:
            point.connect(once)
        try:
            for verb in ("credit", "debit"):
                key = str(uuid4())
                first, again = (call(f"{path}/{verb}", {"amount": amount}, key) for _ in range(2))
                assert (again.status_code, again.headers["Idempotent-Replay"]) == (200, "true"), path
                assert first.status_code in {200, 201}
                assert again.json()["balance_after"] == first.json()["balance_after"]
        finally:
            for point in hooked:
                point.disconnect(once)
        assert asked == ["creditWallet", "debitWallet"]
        asked.clear()

    # What is found answered and no longer is, as its 24 hours end between the two, moves nothing that no hook has seen.
    monkeypatch.setattr(moving, "was_answered", lambda **call: True)
    with nothing_moves():
        assert said(call(f"{WALLETS}/{wallet.user_id}/credit", {"amount": "5"}, str(uuid4()))) == (503, "busy")


def test_labels_of_its_own(wallet: Wallet):
    """Where a movement says of itself why it was, nothing else does."""
    why = Circumstances(actor="test")
    credit_wallet(wallet=wallet, amount=wallet.money(1000), event=Event.once("test"), why=why, kind=Kind.CASHBACK)
    client = APIClient()
    assert client.login(username="alice", password=PASSWORD)

    assert "Money back" in client.get("/").content.decode()


def test_a_low_balance_reaches_it():
    points.low_balance_alert.fire(42, Decimal("99.99"), Decimal("100.00"))

    assert callbacks.alerts == [(42, Decimal("99.99"), Decimal("100.00"))]


@pytest.fixture
def receiver(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
    receiver = Hook()
    monkeypatch.setenv(callbacks.SHOP_URL, receiver.url)
    yield receiver
    receiver.close()


committed = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@committed
def test_balances_are_posted_behind_the_commit(
    as_manager: APIClient, alice: User, wallet: Wallet, receiver: Hook, give: Callable[..., Entry]
):
    """From both families and from a service of a worker's; not what was tried, refused or rolled back."""
    assert credit(as_manager, wallet, "12.50").status_code == 200
    tried = {"amount": "5", "reason": "x", "dry_run": True}
    assert as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", tried, format="json").json()["dry_run"] is True
    assert as_manager.post(f"{V1}/wallets/{wallet.pk}/debit", {"amount": "9999", "reason": "x"}).status_code == 422
    with pytest.raises(RuntimeError), transaction.atomic():
        give(wallet, 1)
        raise RuntimeError
    assert as_manager.post(f"{V1}/wallets/{wallet.pk}/debit", {"amount": "250", "reason": "x", "order_id": 1}).status_code == 201
    give(wallet, 100, Kind.CASHBACK)

    assert [heard.told for heard in receiver.heard] == [
        {"user_id": alice.pk, "amount": "12.50", "type": "credit", "balance_after": "12.50"},
        {"user_id": alice.pk, "amount": "-2.50", "type": "debit", "balance_after": "10.00"},
        {"user_id": alice.pk, "amount": "1.00", "type": "cashback", "balance_after": "11.00"},
    ]
    assert callbacks.balances == {alice.pk: Decimal("11.00")}


@committed
def test_a_receiver_that_is_away_and_a_callback_that_fails_change_nothing(
    as_manager: APIClient, wallet: Wallet, receiver: Hook, caplog: pytest.LogCaptureFixture
):
    def fail(user_id: int, amount: Decimal, type: str, balance_after: Decimal) -> None:
        raise RuntimeError("no")

    points.balance_changed.connect(fail)
    receiver.close()
    try:
        assert credit(as_manager, wallet, "1").json()["balance_after"] == 1.0
    finally:
        points.balance_changed.disconnect(fail)
    assert "wkwp_wallet_balance_changed" in caplog.text
    assert list(callbacks.balances.values()) == [Decimal("1.00")]


@committed
def test_it_costs_nothing_while_nobody_listens(wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 1000)
    spent = []
    for is_heard in (True, False):
        if not is_heard:
            connecting.disconnect()
        with CaptureQueriesContext(connection) as queries:
            give(wallet, 1)
        spent.append([query["sql"] for query in queries.captured_queries])

    assert len(spent[0]) == len(spent[1]) + 1
    # And what it costs is behind the commit.
    assert spent[0][-2:] == ["COMMIT", spent[0][-1]]
    assert "wallets_wallet" in spent[0][-1]
