"""`answer_once`, and the pass that holds its stored replies against the ledger; below HTTP."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection

from idempotency.errors import IdempotencyKeyReused
from idempotency.models import LIFETIME, Claim
from idempotency.services import Reply, answer_once, context_of
from idempotency.verifying import verify_stored_replies
from ledger.errors import Busy, Refusal
from ledger.models import Entry
from ledger.movements import Circumstances, Event
from ledger.sealing import seal, unseal
from wallets.models import Wallet
from wallets.services import credit

pytestmark = pytest.mark.django_db

KEY = UUID("550e8400-e29b-41d4-a716-446655440000")


class Work:
    """Something to be done once, that counts how often it was and keeps the events it was handed."""

    def __init__(self, *failures: Exception) -> None:
        self.events: list[Event] = []
        self._failures = list(failures)

    def __call__(self, event: Event) -> Reply:
        self.events.append(event)
        if self._failures:
            raise self._failures.pop(0)
        return Reply(201, json.dumps({"run": len(self.events)}))


def once(work: Work, **changes: Any) -> Reply:
    return answer_once(**{"caller": "key:1", "key": KEY, "fingerprint": b"same", "answer": work, **changes})


def make_older(by: timedelta) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE idempotency_claim SET created_at = created_at - make_interval(secs => %s)", [by.total_seconds()])


def test_it_is_done_once_and_answered_twice():
    work = Work()

    assert once(work) == Reply(201, '{"run": 1}')
    assert once(work) == Reply(201, '{"run": 1}', is_replay=True)
    assert len(work.events) == 1


def test_the_event_is_named_by_the_claim_and_asks_for_the_fingerprint():
    work = Work()
    once(work)

    assert work.events == [Event(f"call:{Claim.objects.get().pk}", b"same", is_new=True)]


def test_another_fingerprint_is_refused():
    work = Work()
    once(work)
    with pytest.raises(IdempotencyKeyReused):
        once(work, fingerprint=b"other")

    assert len(work.events) == 1


def test_callers_do_not_share_keys():
    work = Work()

    assert [once(work, caller=caller).body for caller in ("key:1", "key:2", "user:1")] == [
        '{"run": 1}',
        '{"run": 2}',
        '{"run": 3}',
    ]


def test_without_a_key_it_is_done_each_time():
    work = Work()

    assert [once(work, key=None).body for _ in range(2)] == ['{"run": 1}', '{"run": 2}']
    assert not Claim.objects.exists()
    assert len({event.key for event in work.events}) == 2


@pytest.mark.parametrize("failure", [Refusal("no"), RuntimeError("a bug"), OperationalError("gone")])
def test_a_failure_frees_the_key(failure: Exception):
    work = Work(failure)
    with pytest.raises(type(failure)):
        once(work)
    assert not Claim.objects.exists()

    assert once(work, fingerprint=b"another call").body == '{"run": 2}'


@pytest.mark.parametrize(("age", "runs"), [(LIFETIME - timedelta(minutes=1), 1), (LIFETIME + timedelta(seconds=1), 2)])
def test_a_claim_lives_a_day(age: timedelta, runs: int):
    work = Work()
    once(work)
    make_older(age)
    once(work)

    assert len(work.events) == runs
    assert Claim.objects.count() == 1
    assert len({event.key for event in work.events}) == runs


def test_a_key_past_its_life_may_name_another_call():
    work = Work()
    once(work)
    make_older(LIFETIME)

    assert once(work, fingerprint=b"other").is_replay is False
    assert once(work, fingerprint=b"other").is_replay is True


def test_expired_claims_can_be_told_from_live_ones():
    once(Work())
    assert not Claim.objects.expired().exists()
    make_older(LIFETIME)
    assert Claim.objects.expired().exists()


def test_the_reply_is_sealed_for_its_own_row():
    once(Work())
    claim = Claim.objects.get()

    assert unseal(bytes(claim.body or b""), context_of(claim.pk)) == b'{"run": 1}'
    assert b"run" not in bytes(claim.body or b"")
    assert claim.status == 201


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_deadlock_is_tried_again_with_a_claim_of_its_own():
    from psycopg.errors import DeadlockDetected

    failure = OperationalError("deadlock detected")
    failure.__cause__ = DeadlockDetected()
    work = Work(failure, failure)

    assert once(work).body == '{"run": 3}'
    assert len({event.key for event in work.events}) == 3
    assert Claim.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_deadlock_that_stays_is_busy_and_frees_the_key():
    from psycopg.errors import DeadlockDetected

    failure = OperationalError("deadlock detected")
    failure.__cause__ = DeadlockDetected()
    work = Work(*[failure] * 10)
    with pytest.raises(Busy):
        once(work)

    assert len(work.events) == 4
    assert not Claim.objects.exists()


@pytest.fixture
def credited(wallet: Wallet) -> Claim:
    """A claim whose reply tells of a credit that is in the ledger."""

    def work(event: Event) -> Reply:
        entry = credit(wallet=wallet, amount=wallet.money(500), event=event, why=Circumstances(actor="test"))
        row = {"transaction_id": entry.pk, "wallet_id": wallet.pk, "amount": "500", "balance_after": "500"}
        return Reply(201, json.dumps(row))

    answer_once(caller="key:1", key=KEY, fingerprint=b"x", answer=work)
    return Claim.objects.get()


def rewrite(claim: Claim, **changes: Any) -> None:
    """Seal another reply into the claim, as only we could."""
    body = {**json.loads(unseal(bytes(claim.body or b""), context_of(claim.pk))), **changes}
    Claim.objects.filter(pk=claim.pk).update(body=seal(json.dumps(body).encode(), context_of(claim.pk)))


def findings() -> list[str]:
    return [str(finding) for finding in verify_stored_replies(None)]


def test_a_true_reply_is_no_finding(credited: Claim):
    assert findings() == []


@pytest.mark.parametrize("changes", [{"amount": "501"}, {"balance_after": "9"}, {"transaction_id": 10**9}, {"wallet_id": 10**9}])
def test_a_reply_that_the_ledger_does_not_bear_out(credited: Claim, changes: dict[str, Any]):
    rewrite(credited, **changes)

    assert findings() == [f"stored reply {credited.pk} names a transaction that is not there"]


def test_a_reply_that_does_not_open(credited: Claim):
    body = bytes(credited.body or b"")
    Claim.objects.update(body=body[:-1] + bytes([body[-1] ^ 1]))

    assert findings() == [f"stored reply {credited.pk} does not open"]


def test_a_reply_of_another_call(credited: Claim, wallet: Wallet, give: Callable[..., Entry]):
    rewrite(credited, transaction_id=give(wallet, 500).pk, balance_after="1000")

    assert findings() == [f"stored reply {credited.pk} names a transaction that is not there"]


def test_one_accounts_check_leaves_replies_alone(credited: Claim, wallet: Wallet):
    rewrite(credited, amount="501")

    assert list(verify_stored_replies(wallet.pk)) == []


def test_claims_are_one_a_caller_and_key():
    from django.db import IntegrityError, transaction
    from django.utils import timezone

    row = {"caller": "key:1", "key": KEY, "fingerprint": b"x", "created_at": timezone.now()}
    Claim.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.create(id=uuid4(), **row)
