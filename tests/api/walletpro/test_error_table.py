"""The document's table "Error Responses" (seeds/002), row by row: each met over HTTP, on every way that leads to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from ledger.models import Entry
from stepups.models import Challenge
from stepups.services import url_of
from tests.api.conftest import V1, nothing_moves, said
from tests.codes.making import new_code
from wallet_service.api.walletpro.errors import ANSWERS
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db

BALANCE = 4200


@dataclass
class Shop:
    """Alice's wallet holds 4200; she calls for herself, the shop with its key."""

    alice: APIClient
    key: APIClient
    wallet: Wallet
    site: Callable[..., None]

    def move(self, verb: str, amount: str, **arguments: Any) -> Any:
        body = {"amount": amount, "reason": "Order #8812", **arguments}
        return self.key.post(f"{V1}/wallets/{self.wallet.pk}/{verb}", body, format="json")

    def hold(self, amount: str, **arguments: Any) -> Any:
        return self.key.post(f"{V1}/holds", {"wallet_id": self.wallet.pk, "amount": amount, **arguments}, format="json")

    def transfer(self, amount: str, **arguments: Any) -> Any:
        body = {"to_user_email": "bob@example.test", "amount": amount, **arguments}
        return self.alice.post(f"{V1}/transfers", body, format="json")

    def redeem(self, code: str, **arguments: Any) -> Any:
        return self.alice.post(f"{V1}/codes/{code}/redeem", arguments, format="json")

    def generate(self, **arguments: Any) -> Any:
        return self.key.post(f"{V1}/codes", {"amount": "2000", "quantity": 2, **arguments}, format="json")


@dataclass
class Met:
    """A call that is refused; what the envelope's `data` then holds besides the status, and its message where one is quoted."""

    call: Callable[[], Any]
    data: Callable[[], dict[str, Any]] = dict
    message: str = ""


def debit_over_balance(shop: Shop) -> Met:
    quoted = "The wallet balance (4200) is less than the requested debit amount (5000)."
    return Met(partial(shop.move, "debit", "5000"), lambda: {"balance": "4200", "requested": "5000"}, quoted)


def transfer_over_balance(shop: Shop) -> Met:
    return Met(partial(shop.transfer, "4201"), lambda: {"balance": "4200", "requested": "4201"})


def transfer_whose_fee_is_over_balance(shop: Shop) -> Met:
    shop.site(transfer_fee_type="fixed", transfer_fee_amount=1)
    return Met(partial(shop.transfer, "4200"), lambda: {"balance": "4200", "requested": "4201"})


def hold_over_what_is_available(shop: Shop) -> Met:
    shop.hold("4000")
    return Met(partial(shop.hold, "201"), lambda: {"balance": "200", "requested": "201"})


def nothing_to_take_in_part(shop: Shop) -> Met:
    shop.hold("4200")
    return Met(partial(shop.move, "debit", "5", allow_partial=True), lambda: {"balance": "0", "requested": "5"})


def over_the_spending_limit(shop: Shop, spend: Callable[..., Any]) -> Met:
    change_wallet(wallet=shop.wallet, spending_limit=1000)
    return Met(partial(spend, "1001"), lambda: {"limit": "1000", "requested": "1001"})


def too_often(shop: Shop, spend: Callable[..., Any]) -> Met:
    shop.site(velocity_max_count=2, velocity_window_minutes=60)
    shop.hold("1")
    shop.move("debit", "1")
    waiting = {"window_minutes": 60, "retry_after": pytest.approx(3600, abs=30)}
    return Met(partial(spend, "1"), lambda: {"limit": 2, "requested": "1", **waiting})


def too_much(shop: Shop, spend: Callable[..., Any]) -> Met:
    shop.site(velocity_max_sum=1000, velocity_window_minutes=5)
    shop.move("debit", "600")
    waiting = {"window_minutes": 5, "retry_after": pytest.approx(300, abs=30)}
    return Met(partial(spend, "401"), lambda: {"limit": "1000", "requested": "401", **waiting})


def used_up(shop: Shop) -> Met:
    code = new_code()
    assert shop.redeem(code).status_code == 201
    return Met(partial(shop.redeem, code))


def used_up_by_this_user(shop: Shop) -> Met:
    code = new_code(max_redemptions=5, max_per_user=1)
    assert shop.redeem(code).status_code == 201
    return Met(partial(shop.redeem, code))


def past_its_date(shop: Shop) -> Met:
    return Met(partial(shop.redeem, new_code(expires_at=timezone.now() - timedelta(days=1))))


def unchecked(shop: Shop, feature: str, call: Callable[[], Any]) -> Met:
    shop.site(kyc_enabled=True, kyc_required_features=[feature])
    return Met(call, lambda: {"feature": feature})


def transfer_of_the_threshold(shop: Shop) -> Met:
    shop.site(step_up_threshold=1000)

    def data() -> dict[str, Any]:
        return {"step_up_url": url_of(Challenge.objects.get(), site_url="http://testserver"), "requested": "1000"}

    return Met(partial(shop.transfer, "1000"), data)


def again(call: Callable[..., Any]) -> Met:
    key = str(uuid4())
    first = call(idempotency_key=key)
    assert first.status_code == 201
    return Met(partial(call, idempotency_key=key), lambda: {"original_status": 201})


def switched_off(shop: Shop) -> Met:
    shop.site(transfers_enabled=False)
    return Met(partial(shop.transfer, "1"))


@dataclass(frozen=True)
class Row:
    """As the document has it: code, HTTP status, meaning. `ways` lead to it."""

    code: str
    status: int
    meaning: str
    ways: Sequence[Callable[[Shop], Met]]


TABLE = (
    Row(
        "walletpro_insufficient_balance",
        422,
        "Debit or transfer amount exceeds available balance",
        (
            debit_over_balance,
            transfer_over_balance,
            transfer_whose_fee_is_over_balance,
            hold_over_what_is_available,
            nothing_to_take_in_part,
        ),
    ),
    Row(
        "walletpro_spending_limit_exceeded",
        422,
        "Transaction would breach the configured spending limit",
        (
            lambda shop: over_the_spending_limit(shop, partial(shop.move, "debit")),
            lambda shop: over_the_spending_limit(shop, shop.transfer),
            lambda shop: over_the_spending_limit(shop, shop.hold),
        ),
    ),
    Row(
        "walletpro_velocity_cap_exceeded",
        429,
        "Too many debits within the velocity window",
        (
            lambda shop: too_often(shop, partial(shop.move, "debit")),
            lambda shop: too_often(shop, shop.transfer),
            lambda shop: too_much(shop, partial(shop.move, "debit")),
            lambda shop: too_much(shop, shop.hold),
        ),
    ),
    Row(
        "walletpro_code_already_redeemed",
        409,
        "Redemption code has already been used",
        (used_up, used_up_by_this_user),
    ),
    Row("walletpro_code_expired", 410, "Redemption code is past its expiry date", (past_its_date,)),
    Row(
        "walletpro_kyc_required",
        403,
        "Customer must complete KYC verification before this action",
        (
            lambda shop: unchecked(shop, "redeem", partial(shop.redeem, new_code())),
            lambda shop: unchecked(shop, "transfer", partial(shop.transfer, "1")),
            lambda shop: unchecked(shop, "wallet_usage", partial(shop.move, "debit", "1")),
            lambda shop: unchecked(shop, "wallet_usage", partial(shop.hold, "1")),
        ),
    ),
    Row(
        "walletpro_step_up_required",
        403,
        "Transaction requires step-up authentication; check data.step_up_url",
        (transfer_of_the_threshold,),
    ),
    Row(
        "walletpro_idempotent_replay",
        200,
        "Duplicate idempotency key, original transaction returned, not a new one",
        (
            lambda shop: again(partial(shop.move, "credit", "5")),
            lambda shop: again(partial(shop.move, "debit", "5")),
            lambda shop: again(partial(shop.transfer, "5")),
            lambda shop: again(shop.generate),
            lambda shop: again(partial(shop.redeem, new_code())),
            lambda shop: again(partial(shop.hold, "5")),
        ),
    ),
    Row(
        "walletpro_transfers_disabled",
        403,
        "Customer-to-customer transfers are not enabled on this store",
        (switched_off,),
    ),
)
WAYS = [pytest.param(row, way, id=f"{row.code}-{number}") for row in TABLE for number, way in enumerate(row.ways, 1)]


@pytest.fixture
def shop(
    as_alice: APIClient,
    as_manager: APIClient,
    wallet: Wallet,
    bobs_wallet: Wallet,
    give: Callable[..., Entry],
    site: Callable[..., None],
) -> Shop:
    site(transfers_enabled=True)
    give(wallet, BALANCE)
    return Shop(as_alice, as_manager, wallet, site)


@pytest.mark.parametrize(("row", "way"), WAYS)
def test_the_row_is_met(shop: Shop, row: Row, way: Callable[[Shop], Met]):
    met = way(shop)
    with nothing_moves():
        response = met.call()

    answer = response.json()
    assert (response.status_code, answer["code"]) == (row.status, row.code)
    assert answer["data"] == {"status": row.status, **met.data()}
    assert answer["message"] == (met.message or answer["message"]) != ""
    assert response.headers.get("Retry-After") == (str(answer["data"]["retry_after"]) if row.status == 429 else None)
    if row.status != 200:
        assert said(response) == (row.status, row.code)


def test_a_replay_is_the_original_with_three_members_more(shop: Shop):
    key = str(uuid4())
    first = shop.move("credit", "5", idempotency_key=key).json()
    replay = shop.move("credit", "5", idempotency_key=key).json()

    assert {name: value for name, value in replay.items() if name not in {"code", "message", "data"}} == first


def test_the_page_of_a_step_up_opens(shop: Shop, alice: Any):
    shop.site(step_up_threshold=1000)
    url = shop.transfer("1000").json()["data"]["step_up_url"]
    browser = APIClient()
    browser.force_login(alice)

    assert url.startswith("http://testserver/")
    assert browser.get(url.removeprefix("http://testserver")).status_code == 200


def test_the_table_has_the_documents_nine_rows_and_each_is_an_answer_of_the_familys():
    assert len({row.code for row in TABLE}) == len(TABLE) == 9
    said_by_the_family = {(answer.code, answer.status) for answer in ANSWERS.values()}
    assert {(row.code, row.status) for row in TABLE} - said_by_the_family == {("walletpro_idempotent_replay", 200)}
