"""GET /walletpro/v1/checkpoints and what stands below it."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rest_framework.test import APIClient

from ledger.models import Checkpoint, Entry, SigningKey
from tests.api.conftest import V1, said
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

LIST = f"{V1}/checkpoints"
NOT_FOUND = (404, "walletpro_checkpoint_not_found")


@pytest.fixture
def three(wallet: Wallet, give: Callable[..., Entry], seal: Callable[[], Any]) -> list[Checkpoint]:
    """Three checkpoints, newest first."""
    for number in range(1, 4):
        give(wallet, number)
        seal()
    return list(Checkpoint.objects.order_by("-number"))


def test_the_list_is_newest_first_and_in_pages(as_alice: APIClient, three: list[Checkpoint]):
    answer = as_alice.get(LIST, {"per_page": 2})

    assert [row["number"] for row in answer.json()["data"]] == [3, 2]
    assert answer.json()["meta"] == {"total": 3, "total_pages": 2, "page": 1, "per_page": 2}
    assert answer["X-WP-Total"] == "3"
    assert 'rel="next"' in answer["Link"]
    assert [row["number"] for row in as_alice.get(LIST, {"per_page": 2, "page": 2}).json()["data"]] == [1]


def test_a_checkpoint_is_what_was_signed(as_alice: APIClient, three: list[Checkpoint]):
    row = as_alice.get(f"{LIST}/latest").json()
    keys = {key["key_id"]: key["public_key"] for key in as_alice.get(f"{LIST}/keys").json()["data"]}
    signature, body = bytes.fromhex(row["signature"]), json.loads(row["body"])

    Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[row["key_id"]])).verify(signature, row["body"].encode())
    assert (row["number"], row["size"]) == (int(body["number"]), int(body["size"]))
    assert (row["root"], row["previous"], row["key_id"]) == (body["root"], body["previous"], body["signing_key"])
    assert row["hash"] == sha256(row["body"].encode() + signature).hexdigest()


def test_each_names_the_one_before(as_alice: APIClient, three: list[Checkpoint]):
    rows = as_alice.get(LIST).json()["data"]

    assert [row["previous"] for row in rows] == [rows[1]["hash"], rows[2]["hash"], None]


@pytest.mark.parametrize(("path", "number"), [("latest", 3), ("3", 3), ("1", 1), ("002", 2)])
def test_one_is_read_by_its_number(as_alice: APIClient, three: list[Checkpoint], path: str, number: int):
    answer = as_alice.get(f"{LIST}/{path}")

    assert answer.status_code == 200
    assert answer.json()["number"] == number


@pytest.mark.parametrize("path", ["0", "4", "9" * 30])
def test_one_that_is_not_there(as_alice: APIClient, three: list[Checkpoint], path: str):
    assert said(as_alice.get(f"{LIST}/{path}")) == NOT_FOUND


def test_before_the_first_there_is_none(as_alice: APIClient):
    assert said(as_alice.get(f"{LIST}/latest")) == NOT_FOUND
    assert said(as_alice.get(f"{LIST}/1")) == NOT_FOUND
    assert as_alice.get(LIST).json()["data"] == []
    assert as_alice.get(f"{LIST}/keys").json()["data"] == []


def test_no_other_word_is_a_route(as_alice: APIClient, three: list[Checkpoint]):
    for path in ("newest", "-1", "1.5", "latest/1"):
        assert said(as_alice.get(f"{LIST}/{path}")) == (404, "rest_no_route")
    assert said(as_alice.post(f"{LIST}/latest")) == (404, "rest_no_route")


def test_keys_come_newest_first_with_what_the_one_before_said(
    as_alice: APIClient,
    three: list[Checkpoint],
    settings: Any,
    seal: Callable[[], Any],
    wallet: Wallet,
    give: Callable[..., Entry],
):
    settings.LEDGER_SIGNING_KEYS = f"2:{'22' * 32},{settings.LEDGER_SIGNING_KEYS}"
    give(wallet, 5)
    seal()
    new, old = as_alice.get(f"{LIST}/keys").json()["data"]

    assert (new["key_id"], old["key_id"]) == (2, 1)
    assert (new["first_checkpoint"], old["first_checkpoint"]) == (4, 1)
    assert (old["endorsement"], old["endorsement_signature"]) == (None, None)
    assert json.loads(new["endorsement"])["public_key"] == new["public_key"]
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(old["public_key"])).verify(
        bytes.fromhex(new["endorsement_signature"]), new["endorsement"].encode()
    )
    assert SigningKey.objects.count() == 2


def test_a_stranger_reads_them_where_the_operator_says_so(stranger: APIClient, three: list[Checkpoint], settings: Any):
    paths = (LIST, f"{LIST}/latest", f"{LIST}/2", f"{LIST}/keys")
    assert {said(stranger.get(path)) for path in paths} == {(401, "rest_not_logged_in")}
    settings.CHECKPOINTS_PUBLIC = True

    assert {stranger.get(path).status_code for path in paths} == {200}
    assert said(stranger.get(f"{LIST}/9")) == NOT_FOUND


def test_what_is_open_to_strangers_is_counted_and_takes_https_all_the_same(
    stranger: APIClient, three: list[Checkpoint], settings: Any, limits: Any
):
    settings.CHECKPOINTS_PUBLIC = True
    limits(rate_walletpro_per_minute=2)
    answers = [stranger.get(f"{LIST}/latest") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0]["X-WalletPro-RateLimit-Limit"] == "2"
    settings.REQUIRE_HTTPS = True

    assert said(stranger.get(f"{LIST}/latest")) == (403, "rest_ssl_required")


def test_nothing_else_is_open_to_strangers_then(stranger: APIClient, three: list[Checkpoint], settings: Any, wallet: Wallet):
    settings.CHECKPOINTS_PUBLIC = True
    entry = Entry.objects.filter(account_id=wallet.pk).first()
    assert entry

    for path in (f"/transactions/{entry.pk}/receipt", f"/transactions/{entry.pk}", "/transactions", "/wallets", "/wallets/me"):
        assert said(stranger.get(V1 + path)) == (401, "rest_not_logged_in")
