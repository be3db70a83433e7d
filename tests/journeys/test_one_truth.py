"""Two wallets through walletpro, both doors of the second family and the gateway at once, over real sockets: one truth.

Credits, debits, orders and their refunds, transfers, withdrawals and a debt, from several threads of several processes.
Afterwards every namespace tells the same, and it is what the answers had said.
"""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import requests
from django.test import Client

from apikeys.gateway import make_gateway_key
from apikeys.services import make_application_password, mint_key
from ledger.models import Account, Entry
from ledger.verifying import verify
from people.models import User
from tests.journeys.conftest import Server
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

ROUNDS = 3
START, LENT = 100_000, 10_000
CREDIT, ORDER, BACK, SENT, RETURNED, WITHDRAWN, CHARGED, TAKEN = 300, 500, 400, 5_000, 700, 1_000, 250, 90
SWITCHED_ON = {
    **{"transfers_enabled": True, "refund_requests_enabled": True, "withdrawals_enabled": True, "withdrawal_min": 100},
    **{"gateway_open": True, "bnpl_enabled": True, "bnpl_eligibility": "group", "bnpl_groups": ["Customer"]},
}
BANK = {"account_name": "Alice", "account_number": "1234567890", "ifsc": "HDFC0001234"}


def major(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


class Door:
    """One namespace, for one caller, over a connection of its own."""

    def __init__(self, server: Server, namespace: str, auth: tuple[str, str] | None = None, session_id: str = "") -> None:
        self.root = f"{server.site}/wp-json/{namespace}"
        self.session = requests.Session()
        self.session.auth = auth
        if session_id:
            self.session.cookies.set("sessionid", session_id)
            self.session.headers["X-WP-Nonce"] = self.session.get(f"{server.site}/account/nonce/").text

    def post(self, path: str, **body: Any) -> requests.Response:
        return self.session.post(f"{self.root}/{path}", json=body, timeout=60)

    def get(self, path: str, **query: Any) -> Any:
        response = self.session.get(f"{self.root}/{path}", params=query, timeout=60)
        assert response.status_code == 200, response.text
        return json.loads(response.text, parse_float=str)


def signed_in(user: User) -> str:
    """The cookie of a session of his."""
    browser = Client()
    browser.force_login(user)
    return str(browser.cookies["sessionid"].value)


class Shop:
    """Who calls what; what was answered is counted. Threads talk to the server alone, and not to the database."""

    def __init__(self, server: Server, manager: User, wallet: Wallet, bob: User) -> None:
        alice = wallet.user
        self.alice, self.wallet_id = alice, wallet.pk
        key = mint_key(owner=manager, scope="read_write", description="test")
        pair = (key[0].consumer_key, key[1])
        passwords = {user: make_application_password(user=user, name="test")[1] for user in (alice, bob)}
        self.walletpro = partial(Door, server, "walletpro/v1", pair)
        self.admin = partial(Door, server, "wkwp-wallet/v1", pair)
        self.own = {user: partial(Door, server, "walletpro/v1", (user.username, passwords[user])) for user in passwords}
        sessions = {user: signed_in(user) for user in passwords}
        self.customer = {user: partial(Door, server, "wkwc_wallet/v1", None, sessions[user]) for user in sessions}
        self.gateway, self.gateway_key = f"{server.site}/wp-json/cmmpexapi/v1", make_gateway_key()[1]
        self.done: Counter[str] = Counter()

    def count(self, what: str, response: requests.Response, *also: int) -> dict[str, Any]:
        """The answer; `also` are refusals that may be met."""
        assert response.status_code in {200, 201, *also}, (what, response.status_code, response.text)
        self.done[what if response.status_code < 300 else f"not {what}"] += 1
        return dict(response.json())

    def sells(self, number: int) -> None:
        """An order paid through one family and credited through the other, then refunded in part, once."""
        admin, walletpro, customer = self.admin(), self.walletpro(), self.customer[self.alice]()
        path = f"wallets/{self.wallet_id}"
        for round_ in range(ROUNDS):
            order = 1000 * (number + 1) + round_
            if number % 2:
                self.count("order", walletpro.post(f"{path}/debit", amount=str(ORDER), reason="x", order_id=order))
                self.count("credit", admin.post(f"wallets/{self.alice.pk}/credit", amount=major(CREDIT)))
            else:
                self.count("order", admin.post(f"wallets/{self.alice.pk}/debit", amount=major(ORDER), order_id=order))
                self.count("credit", walletpro.post(f"{path}/credit", amount=str(CREDIT), reason="x"))
            asked = self.count("asked", customer.post("refund_requests", order_id=order, amount=major(BACK), reason="x"))
            approve = f"refund_requests/{asked['id']}/approve"
            self.count("refund", admin.post(approve))
            assert admin.post(approve).json()["code"] == "not_pending"

    def asks_gateway(self, action: str, minor: int, wallet_id: int) -> bool:
        given = {"wallet_id": str(wallet_id), "points": major(minor), "key": self.gateway_key}
        answer = requests.get(f"{self.gateway}/{action}", params=given, timeout=60)
        assert answer.status_code == 200, answer.text
        self.done[action] += (is_done := bool(answer.json()["success"]))
        return is_done

    def charges(self) -> None:
        for _ in range(ROUNDS):
            assert self.asks_gateway("charge_wallet", CHARGED, self.wallet_id)
            assert self.asks_gateway("withdraw_wallet_points", TAKEN, self.wallet_id)

    def sends(self, sender: User, recipient: User, what: str, amount: int) -> None:
        own = self.own[sender]()
        for _ in range(ROUNDS):
            answer = own.post("transfers", to_user_email=recipient.email, amount=str(amount))
            self.count(what, answer, 422)

    def withdraws(self) -> None:
        admin, customer = self.admin(), self.customer[self.alice]()
        for number in range(ROUNDS):
            asked = self.count("asked", customer.post("withdrawals", amount=major(WITHDRAWN), method="bank", details=BANK))
            verb = "reject" if number % 2 else "approve"
            self.count(verb, admin.post(f"withdrawals/{asked['id']}/{verb}"))


def test_every_namespace_tells_one_truth(
    server: Server, manager: User, wallet: Wallet, bobs_wallet: Wallet, give: Any, site: Callable[..., None]
):
    site(**SWITCHED_ON)
    alice, bob = wallet.user, bobs_wallet.user
    shop = Shop(server, manager, wallet, bob)
    give(wallet, START)
    give(bobs_wallet, LENT)
    # Bob's wallet lacks half of it, and he owes that.
    owing = shop.admin().post(f"wallets/{bob.pk}/debit", amount=major(2 * LENT), order_id=1, bnpl=True)
    assert owing.json()["balance_after"] == 0, owing.text

    work: list[Callable[[], None]] = [
        *(partial(shop.sells, number) for number in range(2)),
        partial(shop.sends, alice, bob, "sent", SENT),
        partial(shop.sends, bob, alice, "returned", RETURNED),
        shop.withdraws,
        shop.charges,
    ]
    with ThreadPoolExecutor(len(work)) as threads:
        for future in [threads.submit(one) for one in work]:
            future.result()

    done = shop.done
    assert (done["order"], done["credit"], done["refund"], done["sent"]) == (2 * ROUNDS, 2 * ROUNDS, 2 * ROUNDS, ROUNDS)
    gained = CREDIT * done["credit"] + CHARGED * done["charge_wallet"] + BACK * done["refund"] + RETURNED * done["returned"]
    lost = TAKEN * done["withdraw_wallet_points"] + ORDER * done["order"] + SENT * done["sent"] + WITHDRAWN * done["approve"]
    account, bobs = (Account.objects.get(pk=number) for number in (wallet.pk, bobs_wallet.pk))
    assert account.balance == START + gained - lost
    # What comes in for Bob repays first.
    assert bobs.balance == SENT * done["sent"] - RETURNED * done["returned"] - (LENT - bobs.owed)
    assert bobs.owed == max(0, LENT - SENT * done["sent"])
    for user, whole in ((alice, account), (bob, bobs)):
        assert_one_truth(shop, user, whole)
    assert verify().findings == []


def assert_one_truth(shop: Shop, user: User, account: Account) -> None:
    """The same balance and the same rows under the same numbers, which come to it, wherever one looks."""
    admin, walletpro, customer = shop.admin(), shop.walletpro(), shop.customer[user]()
    shown = major(account.balance)
    assert admin.get(f"wallets/{user.pk}")["balance"] == customer.get("balance")["balance"] == shown
    assert walletpro.get(f"wallets/{account.pk}")["balance"] == str(account.balance)
    assert account.balance == 0 or shop.asks_gateway("wallet_has_enough_points", account.balance, account.pk)
    assert not shop.asks_gateway("wallet_has_enough_points", account.balance + 1, account.pk)
    rows = admin.get("transactions", user_id=user.pk, per_page=100)["items"]
    numbers = [row["id"] for row in rows]
    assert numbers == [row["id"] for row in customer.get("transactions", per_page=100)["items"]]
    assert numbers == [row["id"] for row in walletpro.get("transactions", wallet_id=account.pk, per_page=100)["data"]]
    moved = Entry.objects.filter(account=account).exclude(amount=0).order_by("-pk")
    assert [(row["id"], row["amount"]) for row in rows] == [(entry.pk, f"{entry.amount / 100:.2f}") for entry in moved]
    assert sum(entry.amount for entry in moved) == account.balance
