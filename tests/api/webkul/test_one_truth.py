"""One wallet, written through all families at once and read through all four namespaces: there is one truth about it.

Seen to fail: without FOR NO KEY UPDATE in LOCK_ACCOUNT the families meet each other's entries.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from apikeys.gateway import make_gateway_key
from ledger.models import Account, Entry
from ledger.verifying import verify
from tests.api.conftest import V1, same_caller
from tests.api.webkul.conftest import ADMIN, CUSTOMER, send, spelt
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

CALLERS, ROUNDS = 8, 3
START, GAIN, LOSS = 100_000, 3, 1


def test_all_families_at_once(
    as_manager: APIClient,
    in_session: APIClient,
    wallet: Wallet,
    give: Callable[..., Entry],
    at_once: Callable[..., list[Any]],
    site: Callable[..., None],
):
    """Each caller credits 0.03 through one family and debits 0.01 through the other; every key comes twice.

    By the gateway, which takes no keys, each does both once.
    """
    give(wallet, START)
    site(gateway_open=True)
    key = make_gateway_key()[1]
    nonce: Any = vars(in_session)["_credentials"]
    webkul, walletpro = f"{ADMIN}/wallets/{wallet.user_id}", f"{V1}/wallets/{wallet.pk}"

    def by_webkul(client: APIClient, verb: str, minor: int, key: str) -> Any:
        return send(client, f"{webkul}/{verb}", f'{{"amount": 0.0{minor}}}', **{"Idempotency-Key": key})

    def by_walletpro(client: APIClient, verb: str, minor: int, key: str) -> Any:
        body = {"amount": str(minor), "reason": "x", "idempotency_key": key}
        return client.post(f"{walletpro}/{verb}", body, format="json")

    def by_gateway(client: APIClient, action: str, points: str) -> bool:
        given = {"wallet_id": wallet.name, "points": points, "key": key}
        return bool(client.get(f"/wp-json/cmmpexapi/v1/{action}", given).json()["success"])

    def call(number: int) -> list[int]:
        client, browser = same_caller(as_manager), APIClient()
        browser.cookies = in_session.cookies
        browser.credentials(**nonce)
        gain, loss = (by_webkul, by_walletpro) if number % 2 else (by_walletpro, by_webkul)
        statuses = []
        for _ in range(ROUNDS):
            for move, verb, minor in ((gain, "credit", GAIN), (loss, "debit", LOSS)):
                once = str(uuid4())
                statuses += [move(client, verb, minor, once).status_code for _ in "12"]
            assert by_gateway(APIClient(), "charge_wallet", f"0.0{GAIN}")
            assert by_gateway(APIClient(), "withdraw_wallet_points", f"0.0{LOSS}")
            seen = [client.get(webkul), browser.get(f"{CUSTOMER}/balance"), client.get(walletpro)]
            statuses += [response.status_code for response in seen]
        return statuses

    assert {status for statuses in at_once(CALLERS, call) for status in statuses} == {200, 201}

    moved = 2 * CALLERS * ROUNDS
    balance = START + moved * (GAIN - LOSS)
    account = Account.objects.get(pk=wallet.pk)
    assert (account.balance, account.sequence) == (balance, 1 + 2 * moved)
    shown = f"{balance / 100:.2f}"
    assert spelt(as_manager.get(webkul))["balance"] == shown
    assert spelt(in_session.get(f"{CUSTOMER}/balance"))["balance"] == shown
    assert as_manager.get(walletpro).json()["balance"] == str(balance)
    enough = [by_gateway(APIClient(), "wallet_has_enough_points", f"{minor / 100:.2f}") for minor in (balance, balance + 1)]
    assert enough == [True, False]
    # The same rows under the same numbers, and what they come to.
    lists = [
        as_manager.get(f"{ADMIN}/transactions?per_page=100&user_id={wallet.user_id}").json()["items"],
        in_session.get(f"{CUSTOMER}/transactions?per_page=100").json()["items"],
        as_manager.get(f"{V1}/transactions?per_page=100&wallet_id={wallet.pk}").json()["data"],
    ]
    assert len({tuple(row["id"] for row in rows) for rows in lists}) == 1
    assert sum(round(100 * row["amount"]) for row in lists[0]) == balance
    assert verify().findings == []
