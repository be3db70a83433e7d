"""The callbacks: each does one small thing that a test can see."""

import json
import os
from decimal import ROUND_CEILING, Decimal
from typing import Any

from rest_framework.exceptions import AuthenticationFailed

from hooks.points import Context, Proof, Routes
from ledger.outbound import OutboundFailed, call

FRONT_END = "https://app.example.com"
OFFICE = "address:203.0.113.7/32"
# Where to post to; a test names its receiver.
SHOP_URL = "SHOP_URL"
balances: dict[int, Decimal] = {}
alerts: list[tuple[int, Decimal, Decimal]] = []


def post_to_the_shop(user_id: int, amount: Decimal, type: str, balance_after: Decimal) -> None:
    """The document's own example. Whoever must not lose one writes it down first, or takes the webhooks."""
    url = os.environ.get(SHOP_URL)
    if url is None:
        return
    said = {"user_id": user_id, "amount": f"{amount:f}", "type": type, "balance_after": f"{balance_after:f}"}
    try:
        call("POST", url, body=json.dumps(said).encode(), headers={"Content-Type": "application/json"})
    except OutboundFailed as failure:
        print(f"the shop was not told: {failure}")  # noqa: T201


def remember_balance(user_id: int, balance_after: Decimal) -> None:
    balances[user_id] = balance_after


def remember_alert(user_id: int, balance_after: Decimal, threshold: Decimal) -> None:
    alerts.append((user_id, balance_after, threshold))


def double_on_birthdays(amount: Decimal, user_id: int, context: Context) -> Decimal:
    return 2 * amount if context["reference"] == "BIRTHDAY" else amount


def round_up(amount: Decimal, user_id: int, context: Context) -> Decimal:
    """To whole units, except for orders."""
    return amount if context["order_id"] else amount.to_integral_value(ROUND_CEILING)


def say_it_our_way(label: str, type: str) -> str:
    return "Money back" if type == "cashback" else label


def add_routes(routes: Routes) -> None:
    from tests.example_app.routes import ADMIN, GreetingViewSet

    routes.register(ADMIN, "greetings", GreetingViewSet, "greeting")


def ask_single_sign_on(found: Proof | None, request: Any) -> Proof | None:
    """`X-SSO: <user name>` from a proxy that is believed; anybody without it comes by the ways that there are."""
    from people.models import User

    name = request.headers.get("X-SSO")
    if name is None:
        return found
    user = User.objects.filter(username=name).first()
    if user is None:
        raise AuthenticationFailed
    return Proof(user, f"sso:{user.pk}", may_write="X-SSO-Reads" not in request.headers)


def hide_addresses(payload: dict[str, Any], request: Any) -> dict[str, Any]:
    for item in payload["items"]:
        item["email"] = item["email"][0] + "…"
    return payload


def trust_the_office(limit: int, who: str) -> int:
    return 0 if who == OFFICE else limit


def allow_two(limit: int, who: str) -> int:
    return 2


def no_burst_limit(limit: int, who: str) -> int:
    return 0


def open_to_the_front_end(origins: list[str]) -> list[str]:
    return [*origins, FRONT_END]
