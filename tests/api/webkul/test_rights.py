"""Who may do what behind both doors: every route and verb, for every sort of caller.

A new route gets its line in ADMIN_TABLE or CUSTOMER_TABLE; what it is about is made by a function in THINGS, its body stands
in BODIES. Everybody calls with a thing of his own, so that nobody's success is in the way of the next one's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from rest_framework.test import APIClient

from ledger.models import Entry
from ledger.movements import Event
from passcodes.services import RESEND_AFTER, issue
from people.models import User
from people.rights import Right
from refunds.models import RefundRequest
from refunds.services import ask_refund
from tests.api.conftest import nothing_moves
from tests.api.test_rights import CALLERS
from tests.bnpl.making import owe
from tests.kyc.making import looked_at_here, picture, submitted
from tests.passcodes.conftest import let_pass
from tests.withdrawals.conftest import asked
from transfers.qr import qr_of, token_of
from wallet_service.api.operations import Access
from wallet_service.api.webkul.urls import admin_router, customer_router
from wallets.models import Wallet
from wallets.services import create_customer, default_wallet_of
from withdrawals.services import approve_withdrawal

pytestmark = pytest.mark.django_db

ADMIN, CUSTOMER = "/wkwp-wallet/v1", "/wkwc_wallet/v1"
USER_IN_PATH, ID_IN_PATH = r"(?P<user_id>[\d]+)", r"(?P<id>[\d]+)"
WALLET = f"{ADMIN}/wallets/{USER_IN_PATH}"
VERIFY_OTP = f"{CUSTOMER}/verify_otp/(?P<otp>[^/]+)"
REFUND_REQUEST = f"{ADMIN}/refund_requests/{ID_IN_PATH}"
WITHDRAWAL = f"{ADMIN}/withdrawals/{ID_IN_PATH}"
# The admin door is for managers alone, and reads or writes as a key's scope says.
READ_AS_MANAGER = (401, 403, 403, 403, 403, 200, 200, 200, 401)
WRITE_AS_MANAGER = (401, 403, 403, 403, 403, 200, 200, 401, 200)
# Behind the customer door everybody acts for himself, and keys are not looked at.
FOR_ONESELF = (401, 200, 200, 200, 200, 200, 200, 401, 401)
MADE_FOR_ONESELF = tuple(201 if status == 200 else status for status in FOR_ONESELF)
ADMIN_TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", f"{ADMIN}/wallets"): READ_AS_MANAGER,
    ("GET", WALLET): READ_AS_MANAGER,
    ("POST", f"{WALLET}/credit"): WRITE_AS_MANAGER,
    ("POST", f"{WALLET}/debit"): WRITE_AS_MANAGER,
    ("GET", f"{ADMIN}/transactions"): READ_AS_MANAGER,
    ("GET", f"{ADMIN}/transactions/{ID_IN_PATH}"): READ_AS_MANAGER,
    ("GET", f"{ADMIN}/analytics/summary"): READ_AS_MANAGER,
    ("GET", f"{ADMIN}/analytics/chart"): READ_AS_MANAGER,
    ("GET", f"{ADMIN}/refund_requests"): READ_AS_MANAGER,
    ("POST", f"{REFUND_REQUEST}/approve"): WRITE_AS_MANAGER,
    ("POST", f"{REFUND_REQUEST}/reject"): WRITE_AS_MANAGER,
    ("GET", f"{ADMIN}/withdrawals"): READ_AS_MANAGER,
    **{("POST", f"{WITHDRAWAL}/{verb}"): WRITE_AS_MANAGER for verb in ("approve", "reject", "paid", "failed")},
    ("GET", f"{ADMIN}/kyc"): READ_AS_MANAGER,
    ("POST", f"{ADMIN}/kyc/{ID_IN_PATH}/approve"): WRITE_AS_MANAGER,
    ("POST", f"{ADMIN}/kyc/{ID_IN_PATH}/reject"): WRITE_AS_MANAGER,
}
MADE_FOR_ONESELF = (401, 201, 201, 201, 201, 201, 201, 401, 401)
CUSTOMER_TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", f"{CUSTOMER}/balance"): FOR_ONESELF,
    ("GET", f"{CUSTOMER}/transactions"): FOR_ONESELF,
    ("POST", f"{CUSTOMER}/send_otp"): FOR_ONESELF,
    ("POST", VERIFY_OTP): FOR_ONESELF,
    ("GET", f"{CUSTOMER}/qr"): FOR_ONESELF,
    ("POST", f"{CUSTOMER}/qr/regenerate"): FOR_ONESELF,
    ("POST", f"{CUSTOMER}/qr_resolve"): FOR_ONESELF,
    ("POST", f"{CUSTOMER}/qr_send_otp"): FOR_ONESELF,
    ("POST", f"{CUSTOMER}/qr_pay"): FOR_ONESELF,
    ("GET", f"{CUSTOMER}/bnpl"): FOR_ONESELF,
    ("POST", f"{CUSTOMER}/bnpl_repay"): FOR_ONESELF,
    ("GET", f"{CUSTOMER}/settings"): FOR_ONESELF,
    ("POST", f"{CUSTOMER}/settings"): FOR_ONESELF,
    ("GET", f"{CUSTOMER}/refund_requests"): FOR_ONESELF,
    ("POST", f"{CUSTOMER}/refund_requests"): MADE_FOR_ONESELF,
    ("GET", f"{CUSTOMER}/withdrawals"): FOR_ONESELF,
    ("POST", f"{CUSTOMER}/withdrawals"): MADE_FOR_ONESELF,
    ("GET", f"{CUSTOMER}/kyc"): FOR_ONESELF,
    ("POST", f"{CUSTOMER}/kyc"): MADE_FOR_ONESELF,
    ("GET", f"{CUSTOMER}/kyc/options"): FOR_ONESELF,
}
TABLE = {**ADMIN_TABLE, **CUSTOMER_TABLE}


@dataclass
class Scene:
    """Who calls, and with what: a manager's decisions are about Alice's things, everybody else's about his own."""

    alices: Wallet
    give: Callable[..., Entry]
    caller: User | None

    @property
    def whose(self) -> Wallet:
        """The wallet of who calls; Alice's where nobody does."""
        return default_wallet_of(self.caller) if self.caller else self.alices


def a_transaction(scene: Scene) -> int:
    return scene.give(scene.alices, 10000).pk


def a_user(scene: Scene) -> int:
    scene.give(scene.alices, 10000)
    return scene.alices.user_id


def the_other(scene: Scene) -> User:
    """Somebody that whoever calls can send to."""
    return User.objects.exclude(pk=scene.whose.user_id).filter(username__in=["alice", "bob"]).order_by("pk")[0]


def a_transfer(scene: Scene) -> dict[str, Any]:
    scene.give(scene.whose, 100)
    return {"recipient_id": the_other(scene).pk, "amount": 1}


def an_otp(scene: Scene) -> str:
    """As it was mailed to who calls."""
    let_pass(RESEND_AFTER)
    subject = f"100 USD to user:{the_other(scene).pk}"
    return issue(user=scene.whose.user, purpose="transfer", subject=subject)


def a_scan(scene: Scene) -> dict[str, Any]:
    return {"token": token_of(qr_of(default_wallet_of(the_other(scene))))}


def a_payment(scene: Scene) -> dict[str, Any]:
    scene.give(scene.whose, 100)
    return {**a_scan(scene), "amount": 1}


def a_refund_request(scene: Scene) -> int:
    asked: dict[str, Any] = {"order_id": RefundRequest.objects.count() + 1, "reason": "Broken", "event": Event.once("test")}
    return ask_refund(wallet=scene.alices, amount=scene.alices.money(5), **asked).pk


def a_debt(scene: Scene) -> dict[str, Any]:
    """One that there is money for, of who calls."""
    owe(scene.whose, 100)
    return {"amount": 1}


def a_withdrawal(scene: Scene) -> int:
    """Alice's, whom no manager among the callers is."""
    scene.give(scene.alices, 10000)
    return asked(scene.alices, 100).pk


def an_approved_withdrawal(scene: Scene) -> int:
    return approve_withdrawal(withdrawal_id=a_withdrawal(scene), by=None, actor="test").pk


def money_of_his_own(scene: Scene) -> int:
    return scene.give(scene.whose, 10000).pk


def a_submission(scene: Scene) -> int:
    """Of somebody else each time: nobody has two that wait."""
    return submitted(create_customer(email=f"{uuid4().hex}@example.test", password="lung-heap-9173").user).pk


def documents(scene: Scene) -> dict[str, Any]:
    words = {"full_name": "Ada", "document_type": "Passport", "document_number": "P-1"}
    return {**words, "files": SimpleUploadedFile("passport.jpg", picture(), "image/jpeg")}


# What is in the path, or has to be there, by the first word of a route behind its namespace; or by the whole pattern.
THINGS: dict[str, Callable[[Scene], Any]] = {
    "wallets": a_user,
    "transactions": a_transaction,
    "verify_otp": an_otp,
    f"{REFUND_REQUEST}/approve": a_refund_request,
    f"{REFUND_REQUEST}/reject": a_refund_request,
    "withdrawals": a_withdrawal,
    f"{WITHDRAWAL}/paid": an_approved_withdrawal,
    f"{WITHDRAWAL}/failed": an_approved_withdrawal,
    f"{CUSTOMER}/withdrawals": money_of_his_own,
    "kyc": a_submission,
}

# What goes with it, by the pattern.
BODIES: dict[str, dict[str, Any] | Callable[[Scene], dict[str, Any]]] = {
    f"{WALLET}/credit": {"amount": 1},
    f"{WALLET}/debit": {"amount": 1},
    f"{CUSTOMER}/send_otp": a_transfer,
    VERIFY_OTP: a_transfer,
    f"{CUSTOMER}/qr_resolve": a_scan,
    f"{CUSTOMER}/qr_send_otp": a_payment,
    f"{CUSTOMER}/qr_pay": a_payment,
    f"{CUSTOMER}/bnpl_repay": a_debt,
    f"{CUSTOMER}/settings": {"key": "_wkwp_notify_credit_email", "value": 0},
    f"{CUSTOMER}/refund_requests": {"order_id": 8812, "amount": 1, "reason": "Broken"},
    f"{WITHDRAWAL}/paid": {"payout_reference": "PO-1"},
    f"{CUSTOMER}/withdrawals": {"amount": 1, "method": "paypal", "details": {"email": "a@example.test"}},
    f"{ADMIN}/kyc/{ID_IN_PATH}/reject": {"note": "Blurred"},
    f"{CUSTOMER}/kyc": documents,
}
# What has to be switched on.
SITE: dict[str, Any] = {
    **{"transfers_enabled": True, "qr_pay_enabled": True, "refund_requests_enabled": True},
    **{"withdrawals_enabled": True, "withdrawal_min": 1},
}


@pytest.fixture
def people(alice: User, bob: User, manager: User, person: Callable[..., User]) -> dict[str, User]:
    return {
        "owner": alice,
        "other customer": bob,
        "reader": person("reader", Right.READ_WALLETS),
        "writer": person("writer", Right.WRITE_WALLETS),
        "manager": manager,
        "superuser": person("root", is_superuser=True),
    }


@pytest.fixture
def callers(
    people: dict[str, User],
    stranger: APIClient,
    manager: User,
    by_session: Callable[[User], APIClient],
    client_with_key: Callable[..., APIClient],
) -> Callable[[str], dict[str, APIClient]]:
    """Behind the admin door everybody comes with a key, behind the customer door with his session."""

    def callers(pattern: str) -> dict[str, APIClient]:
        come: Callable[[User], APIClient] = client_with_key if pattern.startswith(ADMIN) else by_session
        return {
            "stranger": stranger,
            **{name: come(user) for name, user in people.items()},
            "manager's read key": client_with_key(manager, "read"),
            "manager's write key": client_with_key(manager, "write"),
        }

    return callers


def prepared(pattern: str, scene: Scene) -> tuple[str, dict[str, Any]]:
    """The path of a route about a new thing, and a body that it takes."""
    noun = pattern.split("/")[3]
    make = THINGS.get(pattern, THINGS.get(noun))
    thing = make(scene) if make else ""
    body = BODIES.get(pattern, {})
    path = pattern.replace(USER_IN_PATH, str(thing)).replace(ID_IN_PATH, str(thing)).replace("(?P<otp>[^/]+)", str(thing))
    return f"/wp-json{path}", body(scene) if callable(body) else body


def format_of(body: dict[str, Any]) -> str:
    """Files go with a form."""
    return "multipart" if any(isinstance(value, UploadedFile) for value in body.values()) else "json"


@pytest.mark.parametrize(("verb", "pattern"), TABLE)
def test_who_may(
    verb: str,
    pattern: str,
    callers: Callable[[str], dict[str, APIClient]],
    people: dict[str, User],
    wallet: Wallet,
    give: Callable[..., Entry],
    site: Callable[..., None],
):
    site(**SITE)
    clients = callers(pattern)
    for name, expected in zip(CALLERS, TABLE[verb, pattern], strict=True):
        path, body = prepared(pattern, Scene(wallet, give, people.get(name)))
        with looked_at_here():
            response = getattr(clients[name], verb.lower())(path, None if verb == "GET" else body, format=format_of(body))

        assert response.status_code == expected, (name, response.content)
        if verb == "GET":
            assert clients[name].head(path).status_code == expected, name
        assert clients[name].options(path).status_code == 200, name


def test_the_tables_hold_every_route_and_none_that_is_gone():
    live = [route for router in (admin_router, customer_router) for route in router.live_routes()]

    assert set(TABLE) == {(verb.upper(), pattern) for pattern, _viewset, mapping in live for verb in mapping}


def test_the_admin_door_is_for_managers_and_the_other_for_everybody():
    for router, needed in ((admin_router, Access.MANAGE), (customer_router, Access.SIGNED_IN)):
        for _pattern, viewset, mapping in router.live_routes():
            assert {getattr(viewset, action).operation.access for action in mapping.values()} == {needed}, viewset


def test_what_is_refused_moves_nothing(
    callers: Callable[[str], dict[str, APIClient]],
    people: dict[str, User],
    wallet: Wallet,
    give: Callable[..., Entry],
    site: Callable[..., None],
):
    site(**SITE)
    for (verb, pattern), statuses in TABLE.items():
        if verb != "POST":
            continue
        clients = callers(pattern)
        path, body = prepared(pattern, Scene(wallet, give, None))
        with nothing_moves():
            for name, status in zip(CALLERS, statuses, strict=True):
                if status in {401, 403}:
                    assert clients[name].post(path, body, format=format_of(body)).status_code == status


@pytest.mark.parametrize("path", [f"/wp-json{ADMIN}/wallets", f"/wp-json{CUSTOMER}/balance"])
def test_a_key_in_the_query_opens_neither_door(stranger: APIClient, manager: User, path: str):
    from apikeys.services import mint_key

    key, secret = mint_key(owner=manager, scope="read_write", description="test")
    query = {"consumer_key": key.consumer_key, "consumer_secret": secret}

    assert stranger.get(path, query).status_code == 401


def test_a_manager_comes_through_the_admin_door_by_session_or_application_password(
    manager: User, by_session: Callable[[User], APIClient]
):
    from apikeys.services import make_application_password
    from tests.conftest import basic

    password = make_application_password(user=manager, name="test")[1]
    for client in (by_session(manager), APIClient(**basic("manager", password))):
        assert client.get(f"/wp-json{ADMIN}/wallets").status_code == 200


def test_the_customer_door_does_not_look_at_a_basic_header(alice: User, by_session: Callable[[User], APIClient]):
    from tests.conftest import basic

    session = by_session(alice)
    assert session.get(f"/wp-json{CUSTOMER}/balance", **basic("ck_nobody", "cs_nothing")).status_code == 200
    assert APIClient().get(f"/wp-json{CUSTOMER}/balance", **basic("ck_nobody", "cs_nothing")).status_code == 401
