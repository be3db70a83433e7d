"""schemathesis over every operation of every namespace: what the document says holds for whatever somebody sends.

A test an operation, which sends each case as a manager and as a customer. Real things stand in place of made-up ids, and each
case is taken back, so that the next one finds the same shop. `EXAMPLES=500 make test ARGS="-k schemathesis"` looks longer.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from schemathesis.checks import CheckContext, CheckFunction
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance, unsupported_method

from apikeys.gateway import make_gateway_key
from apikeys.services import make_application_password, mint_key
from codes.services import generate_codes
from ledger.models import Entry
from ledger.movements import Event
from passcodes.services import issue
from people.models import User
from refunds.services import ask_refund
from tests.bnpl.making import owe
from tests.conftest import WHY, basic
from tests.kyc.making import looked_at_here, picture, submitted
from tests.payments.conftest import started
from tests.payments.methods import new_method
from tests.webhooks.making import last_position, new_endpoint
from tests.withdrawals.conftest import BANK
from tests.withdrawals.conftest import asked as asked_for_payout
from transfers.qr import qr_of, token_of
from transfers.requests import ask_for_money
from wallet_service.api.documents import Document
from wallet_service.families import DOCUMENTS
from wallet_service.wsgi import application
from wallets.holds import place_hold
from wallets.models import Wallet
from wallets.services import default_wallet_of
from webhooks.dispatching import dispatch_waiting
from withdrawals.services import approve_withdrawal

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("EXAMPLES", "10"))
# Whatever is not here is on.
OFF: list[CheckFunction] = [
    # It wants 405 for a verb that a path does not take: WordPress answers 404 rest_no_route (contract.md 1).
    unsupported_method,
    # It wants an error for what the schema does not have: WordPress takes a number or a truth in several spellings, a list as
    # one string, and passes over arguments that it does not know. What is refused is in test_arguments and test_bad_input.
    negative_data_rejection,
    # On, but for what no schema can say: `valid_data_is_taken`.
    positive_data_acceptance,
]
# What no schema says, because it depends on the shop, on the clock or on another argument.
BEYOND_SCHEMA = re.compile(
    "is not a currency of this site|must lie in the (future|past)|is needed where auto-reload is on|"
    "must be less than or equal to the total|contains a NUL character|Missing parameter\\(s\\): (after|amount|order_id)"
    "|url (is not|must|leads)"
    "|cannot be combined with|lies before|more decimals than|must be between -?[0-9.]+ .inclusive"
    "|must not be blank|is not a document that is taken here|is not sent with|is for a wallet in"
)
# The wallet is not as it would have to be.
NOT_NOW = {410, 412, 422}
GATEWAY = "cmmpexapi/v1"
# Ids beyond this are left as they were made up: so many things there are not.
REAL_MAX = 10**6


@dataclass(frozen=True)
class Caller:
    headers: dict[str, str]
    cookies: dict[str, str] = field(default_factory=dict)

    def put_into(self, case: Any) -> None:
        """So that schemathesis knows it for what proves who calls, takes it away, and expects a refusal."""
        case.headers.update(self.headers)
        case.cookies.update(self.cookies)
        case._has_explicit_auth = True


@dataclass
class Shop:
    """Who calls, and what there is to call about."""

    namespace: str
    callers: list[Caller]
    # By the first part of a route and, where a route needs one in another state, by its last; and where another namespace
    # names other things by that, with the namespace before it.
    things: dict[str, Any]
    # By the name of an argument, and where one route needs another one, by the first part of that before it.
    arguments: dict[str, Any]
    answered: set[int] = field(default_factory=set)

    def checks_off(self) -> list[CheckFunction]:
        """That the route wants a login is asked once, of its first success: it takes a call for every way in."""
        return [*OFF, ignored_auth] if self.answered and min(self.answered) < 300 else OFF

    def put_into(self, case: Any) -> None:
        """Real things in place of those made up, wherever those were meant to be right."""
        words = case.operation.path.strip("/").split("/")
        if case.path_parameters and not _is_wrong(case, ParameterLocation.PATH):
            thing = self._thing(words[0], words[-1])
            for name, made_up in case.path_parameters.items():
                is_far = isinstance(made_up, int) and made_up > REAL_MAX
                case.path_parameters[name] = made_up if is_far or thing is None else thing
        if isinstance(case.body, dict) and not _is_wrong(case, ParameterLocation.BODY):
            self._put_arguments(case.body, words[0])
        if self.namespace == GATEWAY:
            # Whoever calls has the key, wherever it stands.
            part = case.query if case.method.upper() == "GET" else case.body
            if isinstance(part, dict):
                self._put_arguments(part, words[0])

    def _put_arguments(self, given: dict[str, Any], first: str) -> None:
        for name in set(given):
            for key in (f"{first}.{name}", name):
                if key in self.arguments:
                    given[name] = self.arguments[key]
                    break

    def _thing(self, first: str, last: str) -> Any:
        for name in (f"{first}/{last}", first):
            for key in (f"{self.namespace}/{name}", name):
                if key in self.things:
                    return self.things[key]
        return None


def valid_data_is_taken(context: CheckContext, response: Any, case: Any) -> bool | None:
    """As schemathesis's own check."""
    if response.status_code in NOT_NOW:
        return None
    if response.status_code == 400 and BEYOND_SCHEMA.search(response.text):
        return None
    return positive_data_acceptance(context, response, case)


def _is_wrong(case: Any, part: ParameterLocation) -> bool:
    return bool(case.meta is not None and case.meta.is_negative_at(part))


@contextlib.contextmanager
def kept_connection() -> Iterator[None]:
    """The WSGI application says to Django where a request begins and ends, which would close the test's connection."""
    both = (signals.request_started, signals.request_finished)
    for signal in both:
        signal.disconnect(close_old_connections)
    yield
    for signal in both:
        signal.connect(close_old_connections)


@pytest.fixture
def things(
    alice: User, bob: User, manager: User, wallet: Wallet, give: Callable[..., Entry], seal: Any, site: Callable[..., None]
) -> dict[str, Any]:
    """One of everything that a path can name, Alice's where it is somebody's."""
    site(transfers_enabled=True, qr_pay_enabled=True, refund_requests_enabled=True, withdrawals_enabled=True, withdrawal_min=1)
    credit = give(wallet, 10**9)
    hold = place_hold(wallet=wallet, amount=wallet.money(500), event=Event.once("test"), why=WHY, expires_in=timedelta(hours=1))
    _, (code,) = generate_codes(amount=wallet.money(700), event=Event.once("test"), actor="test", made_by=manager)
    seal()
    asked = ask_for_money(requester=bob, payer_email=alice.email, amount=wallet.money(300))
    approved = approve_withdrawal(withdrawal_id=asked_for_payout(wallet, 100).pk, by=None, actor="test")
    asking = ask_for_money(requester=alice, payer_email=bob.email, amount=wallet.money(300))
    dispatch_waiting()
    owe(wallet, 300)
    return {
        "wallets": wallet.pk,
        "transactions": credit.pk,
        "holds": hold.pk,
        "codes": code,
        "money_requests": asked.pk,
        "money_requests/cancel": asking.pk,
        "checkpoints": 1,
        "webhooks": new_endpoint().pk,
        "events": str(last_position()),
        "payment_methods": new_method(alice).pk,
        "topups": str(started(wallet).pk),
        "wkwp-wallet/v1/wallets": alice.pk,
        "wkwc_wallet/v1/verify_otp": issue(user=alice, purpose="transfer", subject=f"100 USD to user:{bob.pk}"),
        "refund_requests": ask_refund(
            wallet=wallet, order_id=1, amount=wallet.money(10**15), reason="Broken", event=Event.once("test")
        ).pk,
        "withdrawals": asked_for_payout(wallet, 100).pk,
        **dict.fromkeys(("withdrawals/paid", "withdrawals/failed"), approved.pk),
        "kyc": submitted(bob).pk,
    }


@pytest.fixture
def shop(
    request: pytest.FixtureRequest,
    alice: User,
    bob: User,
    manager: User,
    wallet: Wallet,
    things: dict[str, Any],
    site: Callable[..., None],
) -> Iterator[Shop]:
    """With the callers that the namespace takes. In the end each operation has answered somebody something but no."""
    arguments: dict[str, Any] = {"url": "https://shop.example/hook", "event": things["events"]}
    arguments |= {"wallet_id": wallet.pk, "user_id": manager.pk, "to_user_email": bob.email, "from_user_email": bob.email}
    arguments |= {"recipient_id": bob.pk, "verify_otp.amount": 1, "token": token_of(qr_of(default_wallet_of(bob)))}
    arguments |= {"settings.key": "_wkwp_transfer_locked", "settings.value": 1}
    arguments |= {"restrict_to_user_id": alice.pk, "code": things["codes"]}
    [namespace] = [name for name in CALLERS if request.node.name.startswith(test_name(name))]
    arguments |= ARGUMENTS.get(namespace, {})
    if namespace == GATEWAY:
        site(gateway_open=True)
        arguments |= {"key": make_gateway_key()[1], "wallet_id": wallet.name, "wallet_name": wallet.name, "email": alice.email}
    shop = Shop(namespace, CALLERS[namespace](alice, manager), things, arguments)
    with looked_at_here():
        yield shop
    assert not shop.answered or min(shop.answered) < 300, f"only {shop.answered}: is what this route is about among `things`?"


def _programs(alice: User, manager: User) -> list[Caller]:
    """A manager with a key, a customer with an application password."""
    key, secret = mint_key(owner=manager, scope="read_write", description="test")
    _, password = make_application_password(user=alice, name="test")
    return [_by_basic(key.consumer_key, secret), _by_basic("alice", password)]


def _by_basic(name: str, password: str) -> Caller:
    return Caller({"Authorization": basic(name, password)["HTTP_AUTHORIZATION"]})


def _at_checkout(alice: User, manager: User) -> list[Caller]:
    client, nonce = _signed_in(alice)
    # The order of the documents' examples, so that there is something to take back.
    body = {"amount": "200", "order_id": 8812}
    assert client.post("/wp-json/wc/store/v1/walletpro/apply", body, headers={"Nonce": nonce}).status_code == 201
    return [Caller({"Nonce": nonce}, {"sessionid": client.cookies["sessionid"].value})]


def _by_session(alice: User, manager: User) -> list[Caller]:
    client, nonce = _signed_in(alice)
    return [Caller({"X-WP-Nonce": nonce}, {"sessionid": client.cookies["sessionid"].value})]


def _signed_in(user: User) -> tuple[Client, str]:
    client = Client()
    client.force_login(user)
    return client, client.get("/account/nonce/").content.decode()


# Who calls, by the namespace.
CALLERS: dict[str, Callable[[User, User], list[Caller]]] = {
    "walletpro/v1": _programs,
    "wc/store/v1": _at_checkout,
    "wkwp-wallet/v1": _programs,
    "wkwc_wallet/v1": _by_session,
    GATEWAY: lambda alice, manager: [Caller({})],
}
# What stands in place of arguments there, besides what does everywhere.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "wkwc_wallet/v1": {"method": "bank", "details": BANK, "document_type": "Passport", "files": [picture()]},
}


def test_name(namespace: str) -> str:
    return f"test_{namespace.replace('/', '_').replace('-', '_')}"


test_name.__test__ = False  # type: ignore[attr-defined]


def conforms(document: Document) -> Any:
    """A test for each operation of the document."""
    generation = GenerationConfig(max_examples=EXAMPLES, deterministic=True, with_security_parameters=False, database="none")
    config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))
    schema = schemathesis.openapi.from_dict(document.make("http://localhost"), config=config)
    schema.app = application

    # The shop is put back behind each case, and how long that takes is nobody's promise.
    @schema.parametrize()
    @settings(suppress_health_check=list(HealthCheck), deadline=None)
    def test(case: Any, shop: Shop) -> None:
        shop.put_into(case)
        for caller in shop.callers:
            before = transaction.savepoint()
            caller.put_into(case)
            with kept_connection():
                response = case.call_and_validate(excluded_checks=shop.checks_off(), additional_checks=[valid_data_is_taken])
            transaction.savepoint_rollback(before)
            # Other verbs are sent as well, and OPTIONS is answered to anybody.
            if case.method.upper() == case.operation.method.upper():
                shop.answered.add(response.status_code)

    return test


for _document in DOCUMENTS:
    globals()[test_name(_document.router.namespace)] = conforms(_document)
