"""Every verb that moves money tells of it: exactly its events, in their order, once; and nothing of what did not happen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from codes.errors import CodeAlreadyRedeemed
from codes.models import Code
from codes.services import void_batch, void_code
from ledger.due import settle_due
from ledger.kinds import Kind
from ledger.models import Entry, Outbox
from ledger.movements import Event
from people.models import User
from people.rights import SHOP_MANAGER
from tests.api.conftest import V1
from tests.api.walletpro.clock import Clock
from tests.codes.making import new_code, new_codes, redeem, row_of
from tests.conftest import WHY
from tests.webhooks.told import Row, facts, forget_what_was_told, names, rows
from transfers.models import MoneyRequest
from transfers.requests import ask_for_money
from wallet_service.api.walletpro.fields import CREDIT_TYPES
from wallets.approvals import adjust, approve_adjustment, reject_adjustment
from wallets.models import Adjustment, Wallet
from wallets.services import change_wallet, credit, open_wallet
from webhooks.naming import CODE_VOIDED

pytestmark = pytest.mark.django_db

Post = Callable[..., Any]


@pytest.fixture(autouse=True)
def _no_mark(site: Callable[..., None]) -> None:
    """Nothing here is about low balances, but for the test that sets a mark."""
    site(low_balance=0)


@pytest.fixture
def funded(wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    """Alice's wallet, with $100 that nobody was told of."""
    give(wallet, 10_000)
    forget_what_was_told()
    return wallet


@pytest.fixture
def post(as_manager: APIClient) -> Post:
    """`post("holds", amount="5")`: as the shop."""

    def post(path: str, **arguments: Any) -> Any:
        return as_manager.post(f"{V1}/{path}", {"reason": "x", **arguments}, format="json")

    return post


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def done(response: Any) -> Any:
    assert response.status_code in {200, 201, 206}, response.content
    return response.json()


@pytest.mark.parametrize("credit_type", CREDIT_TYPES)
def test_a_credit_of_each_type(post: Post, wallet: Wallet, credit_type: str):
    done(post(f"wallets/{wallet.pk}/credit", amount="5", type=credit_type))

    particular = {
        "credit": [],
        "topup": ["topup.completed"],
        "cashback": ["cashback.awarded"],
        "milestone": ["milestone.awarded"],
        "referral": ["referral.rewarded"],
    }
    assert names() == ["credited", *particular[credit_type]]
    # Both are the one entry.
    assert {row[1:] for row in rows()} == {(wallet.pk, Entry.objects.get().sequence)}


def test_a_debit_whole_and_in_part(post: Post, funded: Wallet):
    done(post(f"wallets/{funded.pk}/debit", amount="500"))
    done(post(f"wallets/{funded.pk}/debit", amount="99999", allow_partial=True))

    assert rows() == [Row("wallet.debited", funded.pk, 2), Row("wallet.debited", funded.pk, 3)]


def test_a_balance_that_falls_low(post: Post, funded: Wallet, site: Any):
    site(low_balance=9_600)
    for _ in range(2):
        done(post(f"wallets/{funded.pk}/debit", amount="500"))

    assert names() == ["debited", "balance.low", "debited"]


def test_the_command_that_credits(wallet: Wallet):
    call_command("credit", "--wallet", str(wallet.pk), "--amount", "500", "--reason", "x")

    assert rows() == [Row("wallet.credited", wallet.pk, 1)]


def test_a_redemption(alice: User, wallet: Wallet):
    redeem(new_code(), alice)

    assert rows() == [Row("wallet.credited", wallet.pk, 1), Row("wallet.redemption_code.redeemed", wallet.pk, 1)]


def test_a_transfer_with_its_fee(as_alice: APIClient, funded: Wallet, bobs_wallet: Wallet, site: Any):
    site(transfers_enabled=True, transfer_fee_type="fixed", transfer_fee_amount=25)
    done(as_alice.post(f"{V1}/transfers", {"to_user_email": "bob@example.test", "amount": "500"}, format="json"))

    assert rows() == [
        Row("wallet.debited", funded.pk, 2),
        Row("wallet.transfer.sent", funded.pk, 2),
        Row("wallet.credited", bobs_wallet.pk, 1),
        Row("wallet.transfer.received", bobs_wallet.pk, 1),
        # The fee.
        Row("wallet.debited", funded.pk, 3),
    ]


def test_a_money_request_tells_when_it_is_paid_and_not_before(as_alice: APIClient, funded: Wallet, bob: User, site: Any):
    site(transfers_enabled=True)
    for _ in range(2):
        MoneyRequest.objects.all().delete()
        request = ask_alice(bob)
    assert names() == []
    done(as_alice.post(f"{V1}/money_requests/{request.pk}/accept", {}, format="json"))

    assert names() == ["debited", "transfer.sent", "credited", "transfer.received"]
    forget_what_was_told()
    done(as_alice.post(f"{V1}/money_requests/{ask_alice(bob).pk}/decline", {}, format="json"))
    assert names() == []


def ask_alice(bob: User, amount: int = 500) -> MoneyRequest:
    unit = Wallet.objects.get(user__username="alice").money(amount)
    return ask_for_money(requester=bob, payer_email="alice@example.test", amount=unit)


@pytest.mark.parametrize(
    ("verb", "arguments", "expected"),
    [
        ("capture", {}, ["debited", "hold.captured"]),
        ("capture", {"amount": "1"}, ["debited", "hold.captured"]),
        ("void", {}, ["hold.voided"]),
    ],
)
def test_a_hold_from_its_beginning_to_its_end(post: Post, funded: Wallet, verb: str, arguments: Any, expected: list[str]):
    hold = done(post("holds", wallet_id=funded.pk, amount="500"))
    assert names() == ["hold.placed"]
    done(post(f"holds/{hold['id']}/{verb}", **arguments))

    assert names() == ["hold.placed", *expected]
    assert {row.account_id for row in rows()} == {funded.pk}


def test_a_hold_that_lapses_is_told_by_whoever_comes_first(post: Post, funded: Wallet, clock: Clock):
    for _ in range(2):
        done(post("holds", wallet_id=funded.pk, amount="500", expires_in=60))
    forget_what_was_told()
    clock.forward(minutes=2)
    settle_due()
    assert names() == ["hold.expired", "hold.expired"]
    settle_due()
    assert len(rows()) == 2

    done(post("holds", wallet_id=funded.pk, amount="500", expires_in=60))
    forget_what_was_told()
    clock.forward(minutes=2)
    # Without the job: it is settled under the debit's lock, and told before it.
    done(post(f"wallets/{funded.pk}/debit", amount="5"))
    assert names() == ["hold.expired", "debited"]


def test_credit_that_expires(wallet: Wallet, give: Callable[..., Entry], clock: Clock):
    give(wallet, 500, expires_at=timezone.now() + timedelta(minutes=1))
    forget_what_was_told()
    clock.forward(minutes=2)
    settle_due()

    assert rows() == [Row("wallet.debited", wallet.pk, 2)]


def test_reversals_tell_who_gains_and_who_loses(
    post: Post, as_alice: APIClient, funded: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry], site: Any
):
    site(transfers_enabled=True, transfer_fee_type="fixed", transfer_fee_amount=25)
    debit = done(post(f"wallets/{funded.pk}/debit", amount="500"))["transaction_id"]
    cashback = give(funded, 500, Kind.CASHBACK).pk
    path, body = f"{V1}/transfers", {"to_user_email": "bob@example.test", "amount": "500"}
    sent = done(as_alice.post(path, body, format="json"))["transfer_out"]["id"]
    expected = {
        debit: [("wallet.credited", funded.pk)],
        cashback: [("wallet.debited", funded.pk)],
        sent: [("wallet.credited", funded.pk), ("wallet.credited", funded.pk), ("wallet.debited", bobs_wallet.pk)],
    }
    for entry_id, told in expected.items():
        forget_what_was_told()
        done(post(f"transactions/{entry_id}/reverse"))
        assert sorted(row[:2] for row in rows()) == told


def adjustment(wallet: Wallet, manager: User, amount: int, event_id: UUID | None = None) -> Adjustment:
    kind = Kind.CREDIT if amount > 0 else Kind.DEBIT
    asked = {"kind": kind.value, "amount_minor": amount, "asked_by": manager, "reason": "x"}
    return Adjustment(wallet=wallet, event_id=event_id or uuid4(), **asked)


@pytest.mark.parametrize(("amount", "expected"), [(50, ["credited"]), (-50, ["debited"])])
def test_an_adjustment_tells_when_it_is_posted(funded: Wallet, manager: User, site: Any, amount: int, expected: list[str]):
    event_id = uuid4()
    for _ in range(2):
        adjust(adjustment=adjustment(funded, manager, amount, event_id))
    assert names() == expected

    site(approval_above={"*": 10})
    forget_what_was_told()
    waiting = [adjust(adjustment=adjustment(funded, manager, amount)) for _ in range(2)]
    assert names() == []
    second = User.objects.create_user("second", "second@example.test", is_staff=True)
    second.groups.add(Group.objects.get(name=SHOP_MANAGER))
    reject_adjustment(adjustment=Adjustment.objects.get(pk=waiting[0].pk), by=second)
    assert names() == []
    for _ in range(2):
        approve_adjustment(adjustment=Adjustment.objects.get(pk=waiting[1].pk), by=second)
    assert names() == expected


def test_what_moves_no_money_tells_nothing(post: Post, funded: Wallet, alice: User):
    change_wallet(wallet=funded, spending_limit=5, status="frozen")
    open_wallet(user=User.objects.create_user("carol", "carol@example.test"))
    new_codes(quantity=3)
    done(post(f"wallets/{funded.pk}", status="active"))

    assert rows() == []


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("wallets/{wallet}/credit", {"amount": "5", "type": "cashback"}),
        ("wallets/{wallet}/debit", {"amount": "5"}),
        ("holds", {"amount": "5"}),
        ("holds/{hold}/capture", {}),
        ("transactions/{entry}/reverse", {}),
    ],
)
def test_a_dry_run_tells_nothing_and_a_replay_nothing_again(post: Post, funded: Wallet, path: str, arguments: Any):
    hold = done(post("holds", wallet_id=funded.pk, amount="7"))["id"]
    path = path.format(wallet=funded.pk, hold=hold, entry=Entry.objects.earliest("id").pk)
    asked = {**arguments, "wallet_id": funded.pk} if path == "holds" else arguments
    if "reverse" in path:
        asked = {"amount": "5"}
    forget_what_was_told()
    done(post(path, **asked, dry_run=True))
    assert rows() == []

    key = str(uuid4())
    done(post(path, **asked, idempotency_key=key))
    told = rows()
    assert told
    assert done(post(path, **asked, idempotency_key=key))["code"] == "walletpro_idempotent_replay"
    assert rows() == told


@pytest.mark.parametrize(
    ("path", "arguments", "status"),
    [
        ("wallets/{wallet}/credit", {"amount": "0"}, 400),
        ("wallets/{wallet}/debit", {"amount": "10001"}, 422),
        ("wallets/{wallet}/debit", {"amount": "5", "if_sequence": 7}, 412),
        ("holds", {"amount": "10001"}, 422),
        ("transactions/{entry}/reverse", {"amount": "10001"}, 422),
    ],
)
def test_a_refusal_tells_nothing(post: Post, funded: Wallet, path: str, arguments: Any, status: int):
    path = path.format(wallet=funded.pk, entry=Entry.objects.earliest("id").pk)
    answer = post(path, **arguments, **({"wallet_id": funded.pk} if path == "holds" else {}))

    assert answer.status_code == status, answer.content
    assert rows() == []


def test_an_event_that_comes_again_tells_nothing_again(wallet: Wallet):
    event = Event.named("test:7", 500)
    for _ in range(2):
        credit(wallet=wallet, amount=wallet.money(500), event=event, why=WHY)

    assert names() == ["credited"]


def test_what_is_rolled_back_was_never_told(wallet: Wallet, give: Callable[..., Entry]):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        give(wallet, 500)
        assert names() == ["credited"]
        raise ZeroDivisionError

    assert rows() == []


def test_the_events_stand_in_the_statement_that_writes_the_entry(post: Post, wallet: Wallet):
    """So that neither is ever there without the other, and that telling costs no statement."""
    with CaptureQueriesContext(connection) as queries:
        done(post(f"wallets/{wallet.pk}/credit", amount="5", type="cashback"))

    [statement] = [query["sql"] for query in queries.captured_queries if "ledger_outbox" in query["sql"]]
    assert "INSERT INTO ledger_entry" in statement
    assert "INSERT INTO ledger_outbox" in statement
    assert "UPDATE ledger_account" in statement
    assert names() == ["credited", "cashback.awarded"]


def test_a_voided_code_is_told_once(manager: User, as_manager: APIClient):
    text = new_code(2000, prefix="SUMMER-", max_redemptions=3)
    for _ in range(2):
        done(as_manager.post(f"{V1}/codes/{text}/void"))

    code = row_of(text)
    assert rows() == [Row(CODE_VOIDED, 0, None)]
    assert facts(CODE_VOIDED) == [
        {
            "code_id": code.pk,
            "last_four": text[-4:],
            "batch": code.batch_id,
            "amount": "2000",
            "currency": "USD",
            "redemptions": 0,
            "max_redemptions": 3,
        }
    ]


def test_of_a_voided_batch_each_code_is_told_and_none_in_full(alice: User, wallet: Wallet):
    texts = new_codes(quantity=4)
    redeem(texts[0], alice)
    void_code(code=row_of(texts[1]), actor="test")
    batch = row_of(texts[0]).batch
    forget_what_was_told()
    with CaptureQueriesContext(connection) as queries:
        assert void_batch(batch=batch, actor="test") == 2
    assert sum("ledger_outbox" in query["sql"] for query in queries.captured_queries) == 1
    assert void_batch(batch=batch, actor="test") == 0

    assert [told["code_id"] for told in facts(CODE_VOIDED)] == [row_of(text).pk for text in texts[2:]]
    said = " ".join(Outbox.objects.values_list("facts", flat=True))
    assert not any(text[:-4] in said for text in texts)


def test_a_code_that_stays_as_it_is_is_not_told(alice: User, wallet: Wallet):
    text = new_code()
    redeem(text, alice)
    forget_what_was_told()
    with pytest.raises(CodeAlreadyRedeemed), transaction.atomic():
        void_code(code=row_of(text), actor="test")
    other = row_of(new_code())
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        void_code(code=other, actor="test")
        raise ZeroDivisionError

    assert rows() == []
    assert not Code.objects.exclude(voided_at=None).exists()
