"""Who may call what: every route and verb of the router, for every sort of caller."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Entry
from ledger.movements import Event
from people.models import User
from people.rights import Right
from tests.api.conftest import V1, nothing_moves
from tests.codes.making import new_code
from tests.conftest import WHY
from tests.payments.conftest import started
from tests.payments.methods import new_method
from tests.webhooks.making import last_position, new_endpoint
from transfers.requests import ask_for_money
from wallet_service.api.operations import Access, operation_of
from wallet_service.api.walletpro.urls import router
from wallets.holds import place_hold
from wallets.models import Wallet
from wallets.services import default_wallet_of
from webhooks.dispatching import dispatch_waiting

pytestmark = pytest.mark.django_db

CALLERS = (
    *(
        "stranger",
        "owner",
        "other customer",
        "reader",
        "writer",
        "manager",
        "superuser",
        "manager's read key",
        "manager's write key",
    ),
)
WALLET, TRANSACTION = r"/walletpro/v1/wallets/(?P<id>[\d]+)", r"/walletpro/v1/transactions/(?P<id>[\d]+)"
HOLD = r"/walletpro/v1/holds/(?P<id>[\d]+)"
CHECKPOINTS = "/walletpro/v1/checkpoints"
TRANSFERS, REQUESTS = "/walletpro/v1/transfers", "/walletpro/v1/money_requests"
METHODS = "/walletpro/v1/payment_methods"
PACKAGES = "/walletpro/v1/point-packages"
TOPUPS = "/walletpro/v1/topups"
UUID_IN_PATH = "[0-9A-Fa-f-]+"
TOPUP = f"{TOPUPS}/(?P<id>{UUID_IN_PATH})"
REQUEST = REQUESTS + r"/(?P<id>[\d]+)"
CODE_IN_PATH = "(?P<code>[^/]+)"
CODE = f"/walletpro/v1/codes/{CODE_IN_PATH}"
EVENT_IN_PATH = "(?P<id>[0-9a-z_]+)"
WEBHOOKS, EVENTS = "/walletpro/v1/webhooks", "/walletpro/v1/events"
WEBHOOK = WEBHOOKS + r"/(?P<id>[\d]+)"
# 201 for what is done and 200 for what is read; a wallet of the caller's own is opened by reading it.
TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    #                                     stranger owner other reader writer manager superuser read write
    ("GET", "/walletpro/v1/wallets"):         (401, 403, 403, 200, 403, 200, 200, 200, 401),
    ("POST", "/walletpro/v1/wallets"):        (401, 403, 403, 403, 403, 201, 201, 401, 201),
    ("GET", "/walletpro/v1/wallets/me"):      (401, 200, 200, 200, 200, 200, 200, 200, 401),
    ("GET", WALLET):                          (401, 200, 403, 200, 403, 200, 200, 200, 401),
    ("POST", WALLET):                         (401, 200, 403, 403, 403, 200, 200, 401, 200),
    ("PUT", WALLET):                          (401, 200, 403, 403, 403, 200, 200, 401, 200),
    ("PATCH", WALLET):                        (401, 200, 403, 403, 403, 200, 200, 401, 200),
    ("POST", WALLET + "/credit"):             (401, 403, 403, 403, 201, 201, 201, 401, 201),
    ("POST", WALLET + "/debit"):              (401, 403, 403, 403, 201, 201, 201, 401, 201),
    ("GET", "/walletpro/v1/transactions"):    (401, 200, 200, 200, 200, 200, 200, 200, 401),
    ("GET", TRANSACTION):                     (401, 200, 403, 200, 403, 200, 200, 200, 401),
    ("GET", TRANSACTION + "/receipt"):        (401, 200, 403, 200, 403, 200, 200, 200, 401),
    ("GET", CHECKPOINTS):                     (401, 200, 200, 200, 200, 200, 200, 200, 401),
    ("GET", CHECKPOINTS + "/latest"):         (401, 200, 200, 200, 200, 200, 200, 200, 401),
    ("GET", CHECKPOINTS + "/keys"):           (401, 200, 200, 200, 200, 200, 200, 200, 401),
    ("GET", CHECKPOINTS + r"/(?P<id>[\d]+)"): (401, 200, 200, 200, 200, 200, 200, 200, 401),
    ("POST", TRANSACTION + "/reverse"):       (401, 403, 403, 403, 403, 201, 201, 401, 201),
    ("POST", "/walletpro/v1/holds"):          (401, 403, 403, 403, 201, 201, 201, 401, 201),
    ("GET", HOLD):                            (401, 403, 403, 200, 200, 200, 200, 200, 401),
    ("POST", HOLD + "/capture"):              (401, 403, 403, 403, 201, 201, 201, 401, 201),
    ("POST", HOLD + "/void"):                 (401, 403, 403, 403, 200, 200, 200, 401, 200),
    ("GET", "/walletpro/v1/codes"):           (401, 403, 403, 403, 403, 200, 200, 200, 401),
    ("POST", "/walletpro/v1/codes"):          (401, 403, 403, 403, 403, 201, 201, 401, 201),
    ("POST", CODE + "/redeem"):               (401, 201, 201, 201, 201, 201, 201, 401, 201),
    ("POST", CODE + "/void"):                 (401, 403, 403, 403, 403, 200, 200, 401, 200),
    ("POST", TRANSFERS):                      (401, 201, 201, 201, 201, 201, 201, 401, 201),
    ("GET", REQUESTS):                        (401, 200, 200, 200, 200, 200, 200, 200, 401),
    ("POST", REQUESTS):                       (401, 201, 201, 201, 201, 201, 201, 401, 201),
    # The other customer asks the owner.
    ("POST", REQUEST + "/accept"):            (401, 201, 403, 403, 403, 403, 403, 401, 403),
    ("POST", REQUEST + "/decline"):           (401, 200, 403, 403, 403, 403, 403, 401, 403),
    ("POST", REQUEST + "/cancel"):            (401, 403, 200, 403, 403, 403, 403, 401, 403),
    ("GET", TOPUPS):                          (401, 200, 200, 200, 200, 200, 200, 200, 401),
    ("POST", TOPUPS):                         (401, 201, 403, 403, 201, 201, 201, 401, 201),
    ("GET", TOPUPS + "/options"):             (401, 200, 200, 200, 200, 200, 200, 200, 401),
    ("GET", TOPUP):                           (401, 200, 403, 200, 403, 200, 200, 200, 401),
    ("GET", PACKAGES):                        (401, 200, 200, 200, 200, 200, 200, 200, 401),
    ("GET", METHODS):                         (401, 200, 200, 200, 200, 200, 200, 200, 401),
    ("DELETE", METHODS + r"/(?P<id>[\d]+)"):  (401, 200, 403, 403, 403, 403, 403, 401, 403),
    ("GET", WEBHOOKS):                        (401, 403, 403, 403, 403, 200, 200, 200, 401),
    ("POST", WEBHOOKS):                       (401, 403, 403, 403, 403, 201, 201, 401, 201),
    ("GET", WEBHOOKS + "/event_types"):       (401, 403, 403, 403, 403, 200, 200, 200, 401),
    ("GET", WEBHOOK):                         (401, 403, 403, 403, 403, 200, 200, 200, 401),
    ("POST", WEBHOOK):                        (401, 403, 403, 403, 403, 200, 200, 401, 200),
    ("PUT", WEBHOOK):                         (401, 403, 403, 403, 403, 200, 200, 401, 200),
    ("PATCH", WEBHOOK):                       (401, 403, 403, 403, 403, 200, 200, 401, 200),
    ("DELETE", WEBHOOK):                      (401, 403, 403, 403, 403, 200, 200, 401, 200),
    ("POST", WEBHOOK + "/rotate"):            (401, 403, 403, 403, 403, 200, 200, 401, 200),
    ("POST", WEBHOOK + "/test"):              (401, 403, 403, 403, 403, 202, 202, 401, 202),
    ("POST", WEBHOOK + "/resume"):            (401, 403, 403, 403, 403, 200, 200, 401, 200),
    ("POST", WEBHOOK + "/skip"):              (401, 403, 403, 403, 403, 200, 200, 401, 200),
    ("POST", WEBHOOK + "/redeliver"):         (401, 403, 403, 403, 403, 202, 202, 401, 202),
    ("GET", WEBHOOK + "/attempts"):           (401, 403, 403, 403, 403, 200, 200, 200, 401),
    ("GET", WEBHOOK + "/deliveries"):         (401, 403, 403, 403, 403, 200, 200, 200, 401),
    ("GET", EVENTS):                          (401, 403, 403, 200, 403, 200, 200, 200, 401),
    ("GET", f"{EVENTS}/{EVENT_IN_PATH}"):     (401, 403, 403, 200, 403, 200, 200, 200, 401),
}  # fmt: skip


def live_verbs() -> list[tuple[str, str]]:
    return [(verb.upper(), pattern) for pattern, _viewset, mapping in router.live_routes() for verb in mapping]


@pytest.fixture
def callers(
    stranger: APIClient,
    alice: User,
    bob: User,
    manager: User,
    person: Callable[..., User],
    client_with_key: Callable[..., APIClient],
) -> dict[str, APIClient]:
    return {
        "stranger": stranger,
        "owner": client_with_key(alice),
        "other customer": client_with_key(bob),
        "reader": client_with_key(person("reader", Right.READ_WALLETS)),
        "writer": client_with_key(person("writer", Right.WRITE_WALLETS)),
        "manager": client_with_key(manager),
        "superuser": client_with_key(person("root", is_superuser=True)),
        "manager's read key": client_with_key(manager, "read"),
        "manager's write key": client_with_key(manager, "write"),
    }


@pytest.mark.parametrize(("verb", "pattern"), live_verbs(), ids=lambda value: value.replace("/walletpro/v1", ""))
def test_who_may(
    verb: str,
    pattern: str,
    callers: dict[str, APIClient],
    wallet: Wallet,
    person: Callable[..., User],
    give: Callable[..., Entry],
    seal: Callable[[], object],
    site: Callable[..., None],
):
    site(transfers_enabled=True)
    assert (verb, pattern) in TABLE, "a route without a line in the table of rights"
    for number, (name, expected) in enumerate(zip(CALLERS, TABLE[verb, pattern], strict=True)):
        # A thing of its own for each caller: what the one has captured, the next one could not.
        path = f"/wp-json{pattern}".replace(r"(?P<id>[\d]+)", str(something(pattern, wallet, give)))
        path = path.replace(f"(?P<id>{UUID_IN_PATH})", str(started(wallet).pk)) if pattern == TOPUP else path
        path = path.replace(CODE_IN_PATH, new_code()).replace(EVENT_IN_PATH, str(last_position()))
        if pattern.startswith(CHECKPOINTS) or pattern.endswith("/receipt"):
            seal()
        body = {"amount": "1", "reason": "x", "user_id": person(f"new{number}").pk, "auto_reload_threshold": "5"}
        body |= {"amount": "100"} if pattern == TOPUPS else {}
        body |= {"url": "https://shop.example/hook", "after": 0}
        body |= {"wallet_id": wallet.pk, **dict.fromkeys(("to_user_email", "from_user_email"), f"new{number}@example.test")}
        response = getattr(callers[name], verb.lower())(path, None if verb == "GET" else body, format="json")

        assert response.status_code == expected, (name, response.content)
        if verb == "GET":
            assert callers[name].head(path).status_code == expected, name
        assert callers[name].options(path).status_code == 200, name


def something(pattern: str, wallet: Wallet, give: Callable[..., Entry]) -> int:
    """The id of what the route is about: the wallet, a transaction of it, a hold on it; the number of a checkpoint."""
    entry = give(wallet, 10000)
    if pattern == TRANSFERS:
        # Everybody sends from his own wallet.
        for user in User.objects.all():
            give(default_wallet_of(user), 100)
    if pattern.startswith(CHECKPOINTS):
        return 1
    if pattern.startswith(EVENTS):
        dispatch_waiting()
    if pattern.startswith(WEBHOOKS):
        return new_endpoint().pk
    if pattern.startswith(METHODS):
        return new_method(wallet.user).pk
    if "holds" in pattern:
        soon = timedelta(minutes=15)
        return place_hold(wallet=wallet, amount=wallet.money(5), event=Event.once("test"), why=WHY, expires_in=soon).pk
    if "money_requests" in pattern:
        other = User.objects.get(username="bob")
        return ask_for_money(requester=other, payer_email=wallet.user.email, amount=wallet.money(5)).pk
    return entry.pk if "transactions" in pattern else wallet.pk


@pytest.mark.parametrize("pattern", [pattern for _verb, pattern in TABLE if pattern.startswith(CHECKPOINTS)])
def test_anybody_may_read_checkpoints_where_the_operator_says_so(
    pattern: str,
    callers: dict[str, APIClient],
    wallet: Wallet,
    give: Callable[..., Entry],
    seal: Callable[[], object],
    settings: Any,
):
    give(wallet, 10000)
    seal()
    settings.CHECKPOINTS_PUBLIC = True
    path = f"/wp-json{pattern}".replace(r"(?P<id>[\d]+)", "1")

    assert {name: client.get(path).status_code for name, client in callers.items()} == {
        **dict.fromkeys(CALLERS, 200),
        # Credentials that do not hold are refused, here as everywhere.
        "manager's write key": 401,
    }


def test_the_table_holds_no_route_that_is_gone():
    assert set(TABLE) == set(live_verbs())


def test_what_is_refused_moves_nothing(callers: dict[str, APIClient], wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 10000)
    body = {"amount": "1", "reason": "x", "user_id": wallet.user_id, "wallet_id": wallet.pk, "status": "frozen"}
    with nothing_moves():
        for (verb, pattern), statuses in TABLE.items():
            path = f"/wp-json{pattern}".replace(r"(?P<id>[\d]+)", str(wallet.pk)).replace(CODE_IN_PATH, "SUMMER")
            for name, status in zip(CALLERS, statuses, strict=True):
                if verb != "GET" and status in {401, 403}:
                    assert getattr(callers[name], verb.lower())(path, body, format="json").status_code == status


def test_every_action_says_who_may():
    for pattern, viewset, mapping in router.live_routes():
        for action in mapping.values():
            assert getattr(viewset, action).operation.access is not Access.NOBODY, pattern


def test_an_action_that_forgot_to_say_is_closed():
    class View:
        action = "forgotten"

        def forgotten(self) -> None: ...

    access = operation_of(View()).access  # type: ignore[arg-type]
    assert access is Access.NOBODY
    assert not access.is_granted_to(frozenset(Right))


def test_a_view_that_forgot_its_family_is_closed(settings: Any):
    from rest_framework.response import Response
    from rest_framework.test import APIRequestFactory
    from rest_framework.views import APIView

    class Forgotten(APIView):
        def get(self, request: Any) -> Response:
            return Response("open")

    assert Forgotten.as_view()(APIRequestFactory().get("/")).status_code == 403


@pytest.mark.parametrize("by", ["user", "group"])
@pytest.mark.parametrize("way", ["key", "application password", "session"])
def test_rights_are_given_to_users_or_through_groups_and_hold_for_every_way_in(
    person: Callable[..., User],
    client_with_key: Callable[..., APIClient],
    by_session: Callable[[User], APIClient],
    by: str,
    way: str,
):
    from django.contrib.auth.models import Group, Permission

    from apikeys.services import make_application_password
    from tests.conftest import basic

    carol = person("carol")
    clients = {
        "key": lambda: client_with_key(carol),
        "application password": lambda: APIClient(**basic("carol", make_application_password(user=carol, name="test")[1])),
        "session": lambda: by_session(carol),
    }
    client = clients[way]()
    assert client.get(f"{V1}/wallets").status_code == 403
    permission = Permission.objects.get(codename=Right.READ_WALLETS)
    if by == "user":
        carol.user_permissions.add(permission)
    else:
        group = Group.objects.create(name="Auditors")
        group.permissions.add(permission)
        carol.groups.add(group)

    assert client.get(f"{V1}/wallets").status_code == 200
