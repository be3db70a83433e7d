"""Transfers with a mailed code: POST send_otp, then POST verify_otp/{otp}."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from rest_framework.test import APIClient

from kyc.services import decide
from ledger.models import Entry
from notices.models import Notice
from passcodes import guesses
from passcodes import services as passcodes
from passcodes.errors import PasscodeExhausted, PasscodeExpired, TooManyWrongCodes
from passcodes.models import LIFETIME, Guesses
from people.models import User
from tests.api.conftest import nothing_moves, said
from tests.api.test_statements import statements
from tests.api.webkul.conftest import ADMIN, CUSTOMER, a_key, send, spelt
from tests.passcodes.conftest import let_pass, other_than
from tests.transfers.test_mailed_codes import mailed
from transfers.models import Transfer
from wallet_service.api.webkul import transfers as transfer_routes
from wallets.models import Wallet
from wallets.services import change_wallet, create_customer, lock_transfers

pytestmark = pytest.mark.django_db

Site = Callable[..., None]


@pytest.fixture(autouse=True)
def _on(site: Site, wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]) -> None:
    site(transfers_enabled=True)
    give(wallet, 100_000)


@pytest.fixture
def alices(alice: User, by_session: Callable[[User], APIClient]) -> APIClient:
    return by_session(alice)


def ask(client: APIClient, to: User, amount: str = "250.00") -> Any:
    return send(client, f"{CUSTOMER}/send_otp", f'{{"recipient_id":{to.pk},"amount":{amount},"note":"Lunch split"}}')


def verify(client: APIClient, to: User | int, otp: str, amount: str = "250.00", **headers: str) -> Any:
    to_id = to if isinstance(to, int) else to.pk
    body = f'{{"recipient_id":{to_id},"amount":{amount},"note":"Lunch split"}}'
    return send(client, f"{CUSTOMER}/verify_otp/{quote(otp, safe='')}", body, **headers)


def code_for(client: APIClient, to: User, amount: str = "250.00") -> str:
    assert ask(client, to, amount).status_code == 200
    return mailed()


def test_asks_and_sends(alices: APIClient, wallet: Wallet, bob: User, as_manager: APIClient, site: Site):
    site(transfer_fee_type="percent", transfer_fee_amount=1)
    asked = ask(alices, bob)
    assert asked.status_code == 200
    assert set(asked.json()) == {"success", "expires_at", "resend_after"}
    assert (asked.json()["success"], asked.json()["resend_after"]) == (True, 30)

    response = verify(alices, bob, mailed())

    assert response.status_code == 200
    body = spelt(response)
    assert list(body) == ["success", "transfer_id", "balance_after"]
    assert (body["success"], body["balance_after"]) == (True, "747.50")
    row = spelt(as_manager.get(f"{ADMIN}/transactions/{body['transfer_id']}"))
    assert (row["type"], row["amount"], row["note"], row["user_id"]) == (
        "transfer",
        "-250.00",
        "Lunch split",
        wallet.user_id,
    )


def test_another_cannot_be_had_at_once(alices: APIClient, bob: User):
    code_for(alices, bob)
    response = ask(alices, bob)

    assert said_more(response) == (429, "too_many_requests")
    assert 0 < int(response["Retry-After"]) <= 30
    assert Notice.objects.filter(kind="transfer.code").count() == 1


def same_session(client: APIClient) -> APIClient:
    """Another client with the same session, for another thread."""
    other = APIClient()
    other.cookies = client.cookies
    other.credentials(**client._credentials)  # type: ignore[attr-defined]
    return other


def said_more(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize("otp", ["abcdef", "1", "0" * 300, "१२३४५६", "' OR 1=1", "..", "%00", "a.b?c"])
def test_any_text_is_an_otp_and_a_wrong_one(alices: APIClient, bob: User, otp: str):
    code = code_for(alices, bob)
    with nothing_moves():
        assert said(verify(alices, bob, otp)) == (400, "invalid_otp")
    assert verify(alices, bob, code).status_code == 200


def test_it_is_for_nothing_else_and_only_once(alices: APIClient, alice: User, bob: User, by_session: Any):
    carol = create_customer(email="carol@example.test", password="lung-heap-9173").user
    code = code_for(alices, bob)
    with nothing_moves():
        assert said(verify(alices, bob, code, "250.01")) == (400, "invalid_otp")
        assert said(verify(alices, carol, code)) == (400, "invalid_otp")
        assert said(verify(by_session(bob), alice, code)) == (400, "invalid_otp")
        assert said(verify(by_session(carol), bob, code)) == (400, "invalid_otp")
    assert verify(alices, bob, code, '"2.5e2"').status_code == 200, "the same amount"
    with nothing_moves():
        assert said(verify(alices, bob, code)) == (410, "expired_otp")
    assert Transfer.objects.count() == 1


def test_not_after_ten_minutes_five_or_ten_wrong_ones(alices: APIClient, bob: User):
    code = code_for(alices, bob)
    let_pass(LIFETIME)
    with nothing_moves():
        assert said(verify(alices, bob, code)) == (410, "expired_otp")
    for amount in ("1.00", "2.00"):
        code = code_for(alices, bob, amount)
        with nothing_moves():
            for _ in range(5):
                assert said(verify(alices, bob, other_than(code), amount)) == (400, "invalid_otp")
    response = verify(alices, bob, code, "2.00")
    assert said_more(response) == (429, "too_many_requests")
    assert int(response["Retry-After"]) > 86_000


class TestOrder:
    """Transfers on, recipient, otp, identity check, lock, limits, balance."""

    def test_of_complaints(self, alices: APIClient, alice: User, wallet: Wallet, bob: User, manager: User, site: Site):
        code = code_for(alices, bob)
        site(kyc_enabled=True, kyc_required_features=["transfer"], transfer_max=10_000, transfers_enabled=False)
        lock_transfers(user=alice, is_locked=True)
        with nothing_moves():
            assert said(verify(alices, 10**9, "wrong")) == (403, "transfers_disabled")
            site(transfers_enabled=True)
            assert said(verify(alices, 10**9, "wrong")) == (404, "recipient_invalid")
            assert said(verify(alices, bob, "wrong")) == (400, "invalid_otp")
            assert said(verify(alices, bob, code)) == (403, "kyc_required")
            assert verify(alices, bob, code).json() == {
                "code": "kyc_required",
                "message": "Sender must have an approved KYC submission to transfer.",
                "data": {"status": 403},
            }
            decide(user=alice, status="approved", by=manager)
            assert said(verify(alices, bob, code)) == (403, "transfer_locked")
        lock_transfers(user=alice, is_locked=False)
        with nothing_moves():
            refused = verify(alices, bob, code)
            assert said_more(refused) == (422, "limit_exceeded")
            assert spelt(refused)["data"] == {"status": 422, "limit": "100.00", "requested": "250.00"}
        site(transfer_max=0, transfer_fee_type="fixed", transfer_fee_amount=75_001)
        with nothing_moves():
            assert said_more(verify(alices, bob, code)) == (422, "insufficient_balance")
        # None of them was a wrong try, or has used the code.
        assert len(Guesses.objects.get().tries) == 1
        site(transfer_fee_type="none")
        assert verify(alices, bob, code).status_code == 200

    def test_asking_is_refused_alike(self, alices: APIClient, alice: User, bob: User, site: Site):
        site(transfer_min=25_001)
        assert said_more(ask(alices, bob)) == (422, "limit_exceeded")
        assert said_more(ask(alices, bob, "1000.01")) == (422, "insufficient_balance")
        assert said(ask(alices, alice)) == (404, "recipient_invalid")
        lock_transfers(user=alice, is_locked=True)
        assert said(ask(alices, bob)) == (403, "transfer_locked")
        site(transfers_enabled=False)
        assert said(ask(alices, bob)) == (403, "transfers_disabled")
        assert not Notice.objects.exists()

    @pytest.mark.parametrize("why", ["unknown", "inactive", "frozen", "oneself"])
    def test_a_recipient_who_takes_no_money(self, alices: APIClient, alice: User, bob: User, bobs_wallet: Wallet, why: str):
        code = code_for(alices, bob)
        if why == "inactive":
            User.objects.filter(pk=bob.pk).update(is_active=False)
        if why == "frozen":
            change_wallet(wallet=bobs_wallet, status="frozen")
        to = {"unknown": 2**63 - 1, "oneself": alice.pk}.get(why, bob.pk)
        with nothing_moves():
            first = verify(alices, to, code)
            assert said(first) == (404, "recipient_invalid")
            assert send(alices, f"{CUSTOMER}/send_otp", f'{{"recipient_id":{to},"amount":1}}').content == first.content
        assert not Guesses.objects.filter(tries__len__gt=0).exists(), "no try was counted"


@pytest.mark.parametrize("amount", ["0", "-1", "1.001", "null", "true", '"x"', "1e16", "[]"])
def test_bad_amounts(alices: APIClient, bob: User, amount: str):
    with nothing_moves():
        for call in (ask(alices, bob, amount), verify(alices, bob, "123456", amount)):
            assert call.status_code == 400
            assert call.json()["code"] in {"rest_invalid_param", "rest_missing_callback_param"}


def test_a_repetition_under_its_key_is_the_first_answer(alices: APIClient, bob: User, wallet: Wallet):
    key, code = a_key(), code_for(alices, bob)
    first = verify(alices, bob, code, **key)
    let_pass(LIFETIME)
    with nothing_moves():
        again = verify(alices, bob, code, **key)
        assert said(verify(alices, bob, code, "1.00", **key)) == (422, "idempotency_key_reused")
    assert (again.status_code, again.content, again["Idempotent-Replay"]) == (200, first.content, "true")
    # What was refused has not used its key.
    key = a_key()
    assert said(verify(alices, bob, "wrong", "2.00", **key)) == (400, "invalid_otp")
    assert verify(alices, bob, code_for(alices, bob, "2.00"), "2.00", **a_key()).status_code == 200


@pytest.mark.parametrize(
    "refusal", [PasscodeExpired(), PasscodeExhausted(), TooManyWrongCodes(60)], ids=lambda no: type(no).__name__
)
def test_a_code_that_is_over_meanwhile_is_the_first_answer_too(
    alices: APIClient, bob: User, monkeypatch: pytest.MonkeyPatch, refusal: Exception
):
    """The repetition is refused its code behind the look whether the first call is done, which is done by then."""
    key, code, first = a_key(), code_for(alices, bob), []

    def refuse_behind_the_first(**asked: Any) -> None:
        monkeypatch.undo()
        first.append(verify(same_session(alices), bob, code, **key))
        raise refusal

    def meet(headers: dict[str, str]) -> Any:
        monkeypatch.setattr(transfer_routes, "recognize_code", refuse_behind_the_first)
        return verify(alices, bob, code, **headers)

    again = meet(key)
    assert (again.status_code, again.content, again["Idempotent-Replay"]) == (200, first[0].content, "true")
    # Under a key that nothing was done under, or without one, it is refused.
    for headers in ({}, a_key()):
        assert meet(headers).status_code in {410, 429}
    assert Transfer.objects.count() == 1


def test_the_code_is_in_no_log(alices: APIClient, bob: User, site: Site):
    from audit.models import RequestLog

    site(request_logging=True)
    code = code_for(alices, bob)
    verify(alices, bob, code)

    logged = RequestLog.objects.filter(path__contains="verify_otp").get()
    assert logged.path.endswith("/verify_otp/[redacted]")
    assert all(code not in str(value) for row in RequestLog.objects.values() for value in row.values())


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestOnRealTransactions:
    def test_what_it_costs(self, alices: APIClient, bob: User):
        calls = iter([partial(verify, alices, bob, code_for(alices, bob, of), of, **a_key()) for of in ("1.00", "2.00")])
        spent = statements(lambda: next(calls)(), 200)

        # The session, its user, his rights, his wallet, whether it was done before, the recipient; the try counted in two and
        # forgiven in two; the claim, the recipient, the code, two locks, his terms, two entries, the transfer, two mails, the
        # reply.
        assert len(spent) == 22, "\n".join(spent)

    def test_one_code_at_once_is_one_transfer(self, alices: APIClient, bob: User, at_once: Callable[..., list[Any]]):
        code, key = code_for(alices, bob, "1.00"), a_key()
        calls = [same_session(alices) for _ in range(4)]
        headers = [key, key, a_key(), {}]

        answers = at_once(4, lambda number: verify(calls[number], bob, code, "1.00", **headers[number]))

        sent = [answer for answer in answers if answer.status_code == 200]
        assert len({answer.content for answer in sent}) == 1
        assert {said(answer) for answer in answers if answer.status_code != 200} <= {(410, "expired_otp")}
        # Of two with one key the second is told what the first was, also where the code was used while it was on its way.
        assert answers[0].status_code == answers[1].status_code
        assert Transfer.objects.count() == 1

    def test_twelve_repetitions_at_once_are_one_answer(
        self, alices: APIClient, bob: User, at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
    ):
        """However long a right try stands counted: more of them than the five of a code, and the ten of a user."""
        code, key, forgive = code_for(alices, bob, "1.00"), a_key(), guesses.forgive

        def forgive_late(guess: Any) -> None:
            time.sleep(0.15)
            forgive(guess)

        monkeypatch.setattr(passcodes, "forgive", forgive_late)
        calls = [same_session(alices) for _ in range(12)]

        answers = at_once(12, lambda number: verify(calls[number], bob, code, "1.00", **key))

        assert [answer.status_code for answer in answers] == [200] * 12
        assert len({answer.content for answer in answers}) == 1
        assert [answer.headers.get("Idempotent-Replay") for answer in answers].count("true") == 11
        assert Transfer.objects.count() == 1
        assert Guesses.objects.get().tries == []
