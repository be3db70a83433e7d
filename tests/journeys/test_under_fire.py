"""Money under concurrent requests, and under SIGKILL, over real HTTP."""

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.db.models import Sum

from apikeys.services import mint_key
from idempotency.models import Claim
from ledger.models import Account, Entry
from ledger.verifying import verify
from people.models import User
from tests.conftest import PASSWORD, basic
from tests.journeys.conftest import Server
from tests.journeys.ports import HOST
from wallets.models import Wallet
from wallets.services import create_customer

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

Post = Callable[..., requests.Response]


@pytest.fixture
def post(manager: User, server: Server) -> Post:
    """`post("wallets/1/debit", amount="5")` with the manager's key, each thread over a connection of its own."""
    key, secret = mint_key(owner=manager, scope="read_write", description="test")
    sessions = threading.local()

    def post(path: str, **arguments: Any) -> requests.Response:
        if not hasattr(sessions, "session"):
            sessions.session = requests.Session()
            sessions.session.auth = (key.consumer_key, secret)
        response: requests.Response = sessions.session.post(
            f"{server.url}/{path}", json={"reason": "test", **arguments}, timeout=60
        )
        return response

    return post


def all_at_once(calls: list[Callable[[], Any]], threads: int) -> list[Any]:
    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def test_of_fifty_debits_at_once_ten_find_the_money(server: Server, post: Post, wallet: Wallet, give: Callable[..., Entry]):
    give(wallet, 1000)
    path = f"wallets/{wallet.pk}/debit"

    answers = all_at_once([lambda: post(path, amount="100")] * 50, threads=50)

    assert Counter(answer.status_code for answer in answers) == {201: 10, 422: 40}
    account = Account.objects.get(pk=wallet.pk)
    assert (account.balance, account.sequence) == (0, 11)
    assert verify().findings == []


def test_two_hundred_crossing_debits_and_credits_keep_the_sum(server: Server, post: Post, give: Callable[..., Entry]):
    wallets = [create_customer(email=f"c{number}@example.test", password=PASSWORD) for number in range(10)]
    for wallet in wallets:
        give(wallet, 10_000)
    dice = random.Random(7)
    calls = [(dice.choice(wallets).pk, dice.choice(["credit", "debit"]), dice.randint(1, 50)) for _ in range(200)]

    answers = all_at_once(
        [partial(post, f"wallets/{wallet_id}/{verb}", amount=str(amount)) for wallet_id, verb, amount in calls], threads=20
    )

    assert {answer.status_code for answer in answers} == {201}
    moved = sum(amount if verb == "credit" else -amount for _, verb, amount in calls)
    assert Account.objects.aggregate(total=Sum("balance"))["total"] == 100_000 + moved
    assert verify().findings == []


HALVES = {
    "a form that lost its last digits": ("application/x-www-form-urlencoded", "Content-Length: 24", "reason=x&amount=10"),
    "JSON that lost what was behind it": ("application/json", "Content-Length: 500", '{"reason": "x", "amount": "10"}'),
    "a form in chunks without the last one": (
        "application/x-www-form-urlencoded",
        "Transfer-Encoding: chunked",
        "12\r\nreason=x&amount=10\r\n",
    ),
    "half a JSON object in chunks": ("application/json", "Transfer-Encoding: chunked", '10\r\n{"reason":"x","a\r\n'),
}


def test_a_request_that_breaks_off_moves_nothing(server: Server, manager: User, wallet: Wallet):
    key, secret = mint_key(owner=manager, scope="read_write", description="test")
    for name, (content_type, framing, body) in HALVES.items():
        lines = [
            f"POST /wp-json/walletpro/v1/wallets/{wallet.pk}/credit HTTP/1.1",
            f"Host: {HOST}",
            f"Authorization: {basic(key.consumer_key, secret)['HTTP_AUTHORIZATION']}",
            f"Content-Type: {content_type}",
            framing,
        ]
        with socket.create_connection((HOST, server.port), timeout=20) as client:
            client.sendall("\r\n".join([*lines, "", body]).encode())
            client.shutdown(socket.SHUT_WR)
            answer = client.recv(4096)

        assert b"201" not in answer.partition(b"\r\n")[0], name
        assert not Entry.objects.exists(), name


def test_a_killed_server_leaves_nothing_half_written_and_the_key_tells_the_truth(server: Server, post: Post, wallet: Wallet):
    path = f"wallets/{wallet.pk}/credit"
    acknowledged: dict[str, int] = {}
    tried: list[str] = []
    others: list[str] = []

    def work(until: float) -> None:
        while time.monotonic() < until:
            key = str(uuid4())
            tried.append(key)
            try:
                answer = post(path, amount="7", idempotency_key=key)
                acknowledged[key] = answer.json()["transaction_id"]
            except requests.RequestException:
                # No answer, or a piece of one: as good as none.
                time.sleep(0.05)
            except KeyError:
                others.append(answer.text)

    for seed in range(3):
        until = time.monotonic() + 1.5
        workers = [threading.Thread(target=work, args=(until,)) for _ in range(6)]
        for worker in workers:
            worker.start()
        time.sleep(0.5 + random.Random(seed).random() / 2)
        server.kill()
        for worker in workers:
            worker.join()
        server.start()

    assert others == []
    assert acknowledged
    assert len(acknowledged) < len(tried)
    for key in tried:
        answer = post(path, amount="7", idempotency_key=key).json()
        assert answer["transaction_id"] == acknowledged.get(key, answer["transaction_id"])

    entries = Entry.objects.filter(account_id=wallet.pk)
    assert entries.count() == len(tried) == Claim.objects.count()
    assert Account.objects.get(pk=wallet.pk).balance == 7 * len(tried)
    assert verify().findings == []
