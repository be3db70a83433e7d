"""POST /transfers: what it answers, what it keeps to itself, and what it is refused for."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from apikeys.services import make_application_password
from idempotency.models import Claim
from kyc.services import decide
from ledger.models import Account, Entry, Lot
from ledger.verifying import verify
from notices.models import Notice
from people.models import User
from people.rights import Right
from stepups.models import Challenge
from tests.api.conftest import V1, nothing_moves, said
from tests.conftest import basic
from tests.stepups.conftest import prove
from transfers.models import Transfer
from transfers.recipients import BY_EMAIL
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db

Give = Callable[..., Entry]
Site = Callable[..., None]

BOB = "bob@example.test"
NOT_FOUND = (404, "walletpro_recipient_not_found")
# What a sender may not learn of the wallet that he sends to.
PRIVATE = {"wallet_id", "balance_before", "balance_after", "hmac_chain", "sequence"}


def each(name: str, *values: Any) -> list[dict[str, Any]]:
    return [{name: value} for value in values]


@pytest.fixture(autouse=True)
def _switched_on(site: Site, wallet: Wallet, bobs_wallet: Wallet, give: Give) -> None:
    site(transfers_enabled=True)
    give(wallet, 10000)
    give(bobs_wallet, 77)


def send(client: APIClient, **arguments: Any) -> Any:
    return client.post(f"{V1}/transfers", {"to_user_email": BOB, "amount": "1000", **arguments}, format="json")


def balances(*wallets: Wallet) -> list[int]:
    return [Account.objects.get(pk=wallet.pk).balance for wallet in wallets]


class TestAnswer:
    def test_two_transactions_and_the_fee(self, as_alice: APIClient, wallet: Wallet, bobs_wallet: Wallet, site: Site):
        site(transfer_fee_type="percent", transfer_fee_amount=1)
        response = send(as_alice, note="For the tickets")

        assert response.status_code == 201
        body = response.json()
        transfer = Transfer.objects.get()
        assert list(body) == ["transfer_group_id", "currency", "amount", "fee", "transfer_out", "transfer_in"]
        assert body["transfer_group_id"] == str(transfer.pk)
        assert (body["currency"], body["amount"], body["fee"]) == ("USD", "1000", "10")
        out, into = body["transfer_out"], body["transfer_in"]
        assert (out["type"], out["wallet_id"], out["amount"]) == ("transfer_out", wallet.pk, "1000")
        assert (out["balance_before"], out["balance_after"], out["reason"]) == ("10000", "9000", "For the tickets")
        assert out["transfer_group_id"] == into["transfer_group_id"] == str(transfer.pk)
        assert (into["type"], into["amount"], into["currency"]) == ("transfer_in", "1000", "USD")
        assert balances(wallet, bobs_wallet) == [8990, 1077]
        assert verify().findings == []

    def test_of_the_recipients_wallet_the_sender_learns_nothing(self, as_alice: APIClient, bobs_wallet: Wallet):
        response = send(as_alice)

        assert set(response.json()["transfer_out"]) - set(response.json()["transfer_in"]) == PRIVATE
        # Neither his number, nor what he holds now or held before.
        assert "1077" not in response.content.decode()
        assert f'"wallet_id":{bobs_wallet.pk}' not in response.content.decode()

    @pytest.mark.parametrize("right", [Right.READ_WALLETS, Right.MANAGE])
    def test_who_may_read_any_wallet_sees_it_all(
        self, person: Callable[..., User], bobs_wallet: Wallet, client_with_key: Any, give: Give, right: Right
    ):
        reader = person("reader", right)
        client = client_with_key(reader)
        client.get(f"{V1}/wallets/me")
        give(Wallet.objects.select_related("account").get(user=reader), 5000)
        into = send(client).json()["transfer_in"]

        assert (into["wallet_id"], into["balance_before"], into["balance_after"]) == (bobs_wallet.pk, "77", "1077")
        assert into["hmac_chain"].startswith("sha256:")

    def test_each_finds_it_among_his_transactions(
        self, as_alice: APIClient, bob: User, client_with_key: Any, site: Site, as_manager: APIClient
    ):
        site(transfer_fee_type="fixed", transfer_fee_amount=5)
        body = send(as_alice, note="For the tickets").json()
        hers = as_alice.get(f"{V1}/transactions?per_page=2").json()["data"]
        his = client_with_key(bob).get(f"{V1}/transactions?type=transfer_in").json()["data"]

        assert [(row["type"], row["amount"], row["reason"]) for row in hers] == [
            ("debit", "5", "Transfer fee"),
            ("transfer_out", "1000", "For the tickets"),
        ]
        assert hers[1] == body["transfer_out"]
        assert [(row["type"], row["reason"], row["id"]) for row in his] == [
            ("transfer_in", "For the tickets", body["transfer_in"]["id"])
        ]
        # All three, one reference: the cross-reference that the document promises, for who may read both sides.
        rows = as_manager.get(f"{V1}/transactions?type=transfer_in,transfer_out").json()["data"]
        assert {row["transfer_group_id"] for row in rows} == {body["transfer_group_id"]}
        assert as_alice.get(f"{V1}/transactions/{body['transfer_in']['id']}").status_code == 403

    @pytest.mark.parametrize("spelling", ["BOB@Example.TEST", " bob@example.test ", "bob@EXAMPLE.test"])
    def test_an_address_in_any_case(self, as_alice: APIClient, wallet: Wallet, bobs_wallet: Wallet, spelling: str):
        assert send(as_alice, to_user_email=spelling).status_code == 201
        assert balances(wallet, bobs_wallet) == [9000, 1077]

    def test_credit_keeps_its_end(self, as_alice: APIClient, wallet: Wallet, bob: User, client_with_key: Any, give: Give):
        give(wallet, 300, expires_at=datetime(2099, 1, 1, tzinfo=UTC))
        send(as_alice, amount="200")

        (row,) = client_with_key(bob).get(f"{V1}/transactions?type=transfer_in").json()["data"]
        assert row["expiry_date"] == "2099-01-01T00:00:00Z"

    def test_a_wallet_opens_with_the_first_transfer(self, as_alice: APIClient, person: Callable[..., User]):
        carol = person("carol")
        assert send(as_alice, to_user_email=carol.email).status_code == 201

        assert Wallet.objects.get(user=carol).account.balance == 1000
        assert verify().findings == []

    def test_from_the_wallet_of_a_keys_owner(self, alice: User, wallet: Wallet, client_with_key: Any):
        response = send(client_with_key(alice, "write"))

        assert (response.status_code, response.json()["transfer_out"]["wallet_id"]) == (201, wallet.pk)
        assert send(client_with_key(alice, "read")).status_code == 401

    def test_both_get_a_mail(self, as_alice: APIClient):
        send(as_alice)

        assert set(Notice.objects.values_list("kind", "address")) == {
            ("transfer.sent", "alice@example.test"),
            ("transfer.received", BOB),
        }


class TestRefusals:
    @pytest.fixture(autouse=True)
    def _no_mail(self) -> Any:
        """On a refusal nothing moved, and nobody was mailed."""
        yield
        assert not Transfer.objects.exists()
        assert not Notice.objects.filter(kind__startswith="transfer").exists()

    def test_switched_off(self, as_alice: APIClient, site: Site):
        site(transfers_enabled=False)
        with nothing_moves():
            for address in (BOB, "nobody@example.test", "alice@example.test"):
                assert said(send(as_alice, to_user_email=address)) == (403, "walletpro_transfers_disabled")

    def test_nobody_there(self, as_alice: APIClient, bob: User, bobs_wallet: Wallet):
        """Unknown, frozen and inactive look the same, to the letter."""
        answers = []
        with nothing_moves():
            for address in ("nobody@example.test", "bob", "%", "bob@example.test\n.", "ß@example.test", "x" * 254):
                answers.append(send(as_alice, to_user_email=address))
        change_wallet(wallet=bobs_wallet, status="frozen")
        answers.append(send(as_alice))
        change_wallet(wallet=bobs_wallet, status="active")
        bob.is_active = False
        bob.save()
        with nothing_moves():
            answers.append(send(as_alice))

        assert {said(answer) for answer in answers} == {NOT_FOUND}
        assert len({answer.content for answer in answers}) == 1

    def test_a_user_without_an_address_is_not_found_by_none(self, as_alice: APIClient):
        User.objects.create_user("nameless", "", None)
        with nothing_moves():
            assert said(send(as_alice, to_user_email=" ")) == NOT_FOUND
            assert said(send(as_alice, to_user_email="")) == (400, "rest_invalid_param")

    def test_oneself(self, as_alice: APIClient):
        with nothing_moves():
            assert said(send(as_alice, to_user_email="ALICE@example.test")) == (422, "walletpro_invalid_recipient")

    def test_more_than_there_is(self, as_alice: APIClient, site: Site):
        site(transfer_fee_type="fixed", transfer_fee_amount=5)
        with nothing_moves():
            response = send(as_alice, amount="10000")

        assert response.status_code == 422
        assert response.json() == {
            "code": "walletpro_insufficient_balance",
            "message": "The wallet balance (10000) is less than the requested debit amount (10005).",
            "data": {"status": 422, "balance": "10000", "requested": "10005"},
        }

    def test_frozen_limited_unchecked(self, as_alice: APIClient, wallet: Wallet, site: Site, manager: User):
        change_wallet(wallet=wallet, spending_limit=999, status="frozen")
        site(kyc_enabled=True, kyc_required_features=["transfer"])
        with nothing_moves():
            assert said(send(as_alice)) == (403, "walletpro_wallet_frozen")
        change_wallet(wallet=wallet, status="active")
        with nothing_moves():
            assert said(send(as_alice)) == (403, "walletpro_kyc_required")
        decide(user=wallet.user, status="approved", by=manager)
        with nothing_moves():
            response = send(as_alice)
        assert said(response) == (422, "walletpro_spending_limit_exceeded")
        assert response.json()["data"] == {"status": 422, "limit": "999", "requested": "1000"}

    def test_the_fee_counts_towards_the_spending_limit(self, as_alice: APIClient, wallet: Wallet, site: Site):
        change_wallet(wallet=wallet, spending_limit=1004)
        site(transfer_fee_type="fixed", transfer_fee_amount=5)
        with nothing_moves():
            response = send(as_alice)
        assert said(response) == (422, "walletpro_spending_limit_exceeded")
        assert response.json()["data"] == {"status": 422, "limit": "1004", "requested": "1005"}

    def test_a_cap_does_not_count_the_fee_and_tells_of_it(self, as_alice: APIClient, site: Site):
        site(transfer_fee_type="fixed", transfer_fee_amount=5, velocity_max_sum=999)
        with nothing_moves():
            response = send(as_alice)
        assert said(response) == (429, "walletpro_velocity_cap_exceeded")
        assert response.json()["data"]["requested"] == "1005"

    def test_as_the_call_says_it_must_be(self, as_alice: APIClient):
        with nothing_moves():
            response = send(as_alice, if_sequence=7)
            assert said(send(as_alice, if_balance_gte="10001")) == (412, "walletpro_precondition_failed")
        assert response.json()["data"] == {"status": 412, "balance": "10000", "sequence": 1}

    def test_more_than_a_key_may_move(self, alice: User, client_with_key: Any):
        client = client_with_key(alice, max_amount=999)
        with nothing_moves():
            response = send(client)
        assert said(response) == (403, "walletpro_key_limit_exceeded")

    def test_the_fee_counts_towards_a_keys_maximum(self, alice: User, client_with_key: Any, site: Site):
        site(transfer_fee_type="fixed", transfer_fee_amount=5)
        with nothing_moves():
            response = send(client_with_key(alice, max_amount=1004))
        assert said(response) == (403, "walletpro_key_limit_exceeded")
        assert response.json()["data"] == {"status": 403, "limit": "1004", "requested": "1005"}

    @pytest.mark.parametrize(
        "wrong",
        [
            *each("amount", "0", "-1", "1.5", "1e3", "", " 1", 1.5, True, None, [], {}, "9" * 50, "١"),
            *each("to_user_email", None, "", 5, [], {}, "x" * 255, "bob\0@example.test"),
            *each("note", 5, [], "x" * 501, "a\0b"),
            *each("idempotency_key", "x", 5, "550e8400-e29b-11d4-a716-446655440000"),
            *each("if_sequence", -1, "x"),
        ],
        ids=repr,
    )
    def test_bad_input(self, as_alice: APIClient, wrong: dict[str, Any]):
        with nothing_moves():
            response = send(as_alice, **wrong)
        assert response.status_code == 400
        assert said(response)[1] in {"rest_invalid_param", "rest_missing_callback_param"}

    def test_strangers(self, stranger: APIClient):
        with nothing_moves():
            assert said(send(stranger)) == (401, "rest_not_logged_in")


@pytest.mark.parametrize("note", ["Für dich 🎁", "x" * 500, "<script>alert(1)</script>", "a\r\nBcc: x@example.test", "'; --"])
def test_words_of_any_kind(as_alice: APIClient, note: str):
    response = send(as_alice, note=note)

    assert (response.status_code, response.json()["transfer_out"]["reason"]) == (201, note)
    assert all("\n" not in notice.subject and "Bcc" not in notice.subject for notice in Notice.objects.all())


class TestRepeats:
    def test_a_replay_moves_nothing_and_tells_nothing_more(self, as_alice: APIClient, wallet: Wallet, bobs_wallet: Wallet):
        key = str(uuid4())
        first, second = send(as_alice, idempotency_key=key), send(as_alice, idempotency_key=key)

        assert (first.status_code, second.status_code, second["Idempotent-Replay"]) == (201, 200, "true")
        body = second.json()
        assert body.pop("code") == "walletpro_idempotent_replay"
        assert body.pop("data") == {"status": 200, "original_status": 201}
        del body["message"]
        assert body == first.json()
        assert not PRIVATE & set(body["transfer_in"])
        assert balances(wallet, bobs_wallet) == [9000, 1077]
        assert Notice.objects.count() == 2
        assert verify().findings == []

    def test_it_answers_whatever_has_become_of_the_recipient(
        self, as_alice: APIClient, bobs_wallet: Wallet, bob: User, site: Site
    ):
        key = str(uuid4())
        send(as_alice, idempotency_key=key)
        change_wallet(wallet=bobs_wallet, status="frozen")
        bob.email = "robert@example.test"
        bob.save()
        site(transfers_enabled=False)

        assert send(as_alice, idempotency_key=key).status_code == 200

    @pytest.mark.parametrize("other", [{"amount": "1001"}, {"to_user_email": "carol@example.test"}, {"note": "x"}])
    def test_a_key_of_another_call(self, as_alice: APIClient, other: dict[str, Any]):
        key = str(uuid4())
        send(as_alice, idempotency_key=key)
        with nothing_moves():
            assert said(send(as_alice, idempotency_key=key, **other)) == (422, "walletpro_idempotency_key_reused")

    @pytest.mark.parametrize("spelling", ["BOB@Example.TEST", " bob@example.test "])
    def test_another_spelling_of_the_address_is_the_same_call(self, as_alice: APIClient, wallet: Wallet, spelling: str):
        key = str(uuid4())
        send(as_alice, idempotency_key=key)

        response = send(as_alice, idempotency_key=key, to_user_email=spelling)
        assert (response.status_code, response["Idempotent-Replay"]) == (200, "true")
        assert balances(wallet) == [9000]

    def test_a_refusal_leaves_the_key_free(self, as_alice: APIClient, wallet: Wallet, give: Give):
        key = str(uuid4())
        assert send(as_alice, idempotency_key=key, amount="10001").status_code == 422
        give(wallet, 1)

        assert send(as_alice, idempotency_key=key, amount="10001").status_code == 201


class TestDryRun:
    def test_it_tells_of_ones_own_wallet_only(self, as_alice: APIClient, wallet: Wallet, bobs_wallet: Wallet, site: Site):
        site(transfer_fee_type="fixed", transfer_fee_amount=5)
        with nothing_moves():
            response = send(as_alice, dry_run=True, idempotency_key=str(uuid4()))

        assert response.status_code == 200
        body = response.json()
        assert [(row["kind"], row["amount"]) for row in body["entries"]] == [("transfer", "-1000"), ("fee", "-5")]
        assert (body["status"], body["fee"]) == (201, "5")
        assert body["wallets"] == [
            {"wallet_id": wallet.pk, "currency": "USD", "balance_after": "8995", "available_after": "8995"}
        ]
        assert "1077" not in response.content.decode()
        assert not Transfer.objects.exists()
        assert not Notice.objects.exists()
        assert not Claim.objects.exists()

    def test_who_reads_any_wallet_is_told_of_both(self, as_manager: APIClient, manager: User, bobs_wallet: Wallet, give: Give):
        as_manager.get(f"{V1}/wallets/me")
        give(Wallet.objects.select_related("account").get(user=manager), 5000)
        body = send(as_manager, dry_run=True).json()

        assert [row["amount"] for row in body["entries"]] == ["-1000", "1000"]
        assert body["wallets"][1] == {
            "wallet_id": bobs_wallet.pk, "currency": "USD", "balance_after": "1077", "available_after": "1077"
        }  # fmt: skip

    def test_it_is_refused_as_the_call_would_be(self, as_alice: APIClient):
        with nothing_moves():
            assert said(send(as_alice, dry_run=True, amount="10001")) == (422, "walletpro_insufficient_balance")
            assert said(send(as_alice, dry_run=True, to_user_email="nobody@example.test")) == NOT_FOUND


class TestStepUp:
    """The page, its codes and its lifetimes are tested with the step-ups (tests/stepups)."""

    @pytest.fixture(autouse=True)
    def _threshold(self, site: Site) -> None:
        site(step_up_threshold=1000)

    def passed(self) -> None:
        prove(Challenge.objects.get())

    def test_it_is_asked_for_on_a_page(self, as_alice: APIClient, alice: User, bob: User):
        with nothing_moves():
            response = send(as_alice)

        assert said(response) == (403, "walletpro_step_up_required")
        challenge = Challenge.objects.get()
        assert str(challenge.pk) in response.json()["data"]["step_up_url"]
        assert response.json()["data"]["requested"] == "1000"
        assert (challenge.user, challenge.recipient, challenge.amount_minor) == (alice, bob, 1000)

    def test_below_the_threshold_it_is_not(self, as_alice: APIClient):
        assert send(as_alice, amount="999").status_code == 201

    def test_the_fee_reaches_no_threshold_and_is_told(self, as_alice: APIClient, site: Site):
        site(transfer_fee_type="fixed", transfer_fee_amount=5)
        with nothing_moves():
            response = send(as_alice)
        assert said(response) == (403, "walletpro_step_up_required")
        assert response.json()["data"]["requested"] == "1005"
        assert Challenge.objects.get().amount_minor == 1000
        self.passed()
        assert send(as_alice, amount="1000").status_code == 201

    def test_one_sessions_proof_is_no_other_sessions(self, alice: User, by_session: Callable[[User], APIClient]):
        here, there = by_session(alice), by_session(alice)
        send(here)
        self.passed()
        with nothing_moves():
            assert said(send(there)) == (403, "walletpro_step_up_required")
        assert Challenge.objects.count() == 2
        assert send(here).status_code == 201
        # The ledger knows the user and what kind of credential, as ever; nothing gives the session away.
        actors = set(Entry.objects.filter(kind="transfer").values_list("actor", flat=True))
        assert actors == {f"user:{alice.pk} session", f"user:{alice.pk}"}
        assert str(here.session.session_key) not in "".join(Challenge.objects.values_list("credential", flat=True))

    def test_a_row_that_was_edited_to_say_so_is_no_proof(self, as_alice: APIClient, wallet: Wallet):
        send(as_alice)
        Challenge.objects.update(passed_at=timezone.now(), how="mail")
        with nothing_moves():
            assert said(send(as_alice)) == (403, "walletpro_step_up_required")
        assert balances(wallet) == [10000]

    def test_once_passed_it_pays_once(self, as_alice: APIClient, wallet: Wallet, bobs_wallet: Wallet):
        key = str(uuid4())
        send(as_alice, idempotency_key=key)
        self.passed()
        assert send(as_alice, idempotency_key=key).status_code == 201
        assert send(as_alice, idempotency_key=key).status_code == 200
        with nothing_moves():
            assert said(send(as_alice)) == (403, "walletpro_step_up_required")
        assert balances(wallet, bobs_wallet) == [9000, 1077]

    def test_it_pays_for_this_alone(self, as_alice: APIClient, alice: User, client_with_key: Any, person: Any):
        carol = person("carol")
        send(as_alice)
        self.passed()
        _, password = make_application_password(user=alice, name="another")
        other = APIClient(**basic("alice", password))
        with nothing_moves():
            for answer in (
                send(as_alice, amount="1001"),
                send(as_alice, to_user_email=carol.email, dry_run=True),
                send(client_with_key(alice)),
                send(other),
            ):
                assert said(answer) == (403, "walletpro_step_up_required")
        assert send(as_alice).status_code == 201

    def test_a_transfer_that_fails_spends_nothing(self, as_alice: APIClient, wallet: Wallet, give: Give):
        send(as_alice, amount="10001")
        self.passed()
        assert said(send(as_alice, amount="10001")) == (422, "walletpro_insufficient_balance")
        give(wallet, 1)

        assert send(as_alice, amount="10001").status_code == 201

    def test_a_dry_run_asks_nobody(self, as_alice: APIClient):
        with nothing_moves():
            response = send(as_alice, dry_run=True)

        assert said(response) == (403, "walletpro_step_up_required")
        assert response.json()["data"] == {"status": 403, "requested": "1000"}
        assert not Challenge.objects.exists()
        assert not Notice.objects.exists()

    def test_limits_come_first_and_the_balance_after(self, as_alice: APIClient, wallet: Wallet):
        assert said(send(as_alice, amount="10001")) == (403, "walletpro_step_up_required")
        change_wallet(wallet=wallet, spending_limit=500)
        assert said(send(as_alice)) == (422, "walletpro_spending_limit_exceeded")


class TestGivenBack:
    """The whole group, no part: what the recipient got, and the fee."""

    def reverse(self, client: APIClient, number: int, **arguments: Any) -> Any:
        return client.post(f"{V1}/transactions/{number}/reverse", {"reason": "A mistake", **arguments}, format="json")

    @pytest.mark.parametrize("side", ["transfer_out", "transfer_in"])
    def test_from_either_side(
        self, as_alice: APIClient, as_manager: APIClient, wallet: Wallet, bobs_wallet: Wallet, site: Site, side: str
    ):
        site(transfer_fee_type="fixed", transfer_fee_amount=5)
        body = send(as_alice).json()
        response = self.reverse(as_manager, body[side]["id"])

        assert response.status_code == 201
        assert sorted((row["wallet_id"], row["amount"]) for row in response.json()["entries"]) == sorted(
            [(wallet.pk, "1000"), (wallet.pk, "5"), (bobs_wallet.pk, "1000")]
        )
        assert balances(wallet, bobs_wallet) == [10000, 77]
        assert verify().findings == []
        with nothing_moves():
            for again in ("transfer_out", "transfer_in"):
                assert said(self.reverse(as_manager, body[again]["id"])) == (409, "walletpro_already_reversed")

    def test_not_where_the_recipient_has_spent_it(self, as_alice: APIClient, as_manager: APIClient, bobs_wallet: Wallet):
        body = send(as_alice).json()
        debit = {"amount": "78", "reason": "x"}
        assert as_manager.post(f"{V1}/wallets/{bobs_wallet.pk}/debit", debit, format="json").status_code == 201
        with nothing_moves():
            response = self.reverse(as_manager, body["transfer_out"]["id"])
        assert said(response) == (422, "walletpro_insufficient_balance")
        assert response.json()["data"]["balance"] == "999"

    def test_no_part_and_not_the_fee_alone(self, as_alice: APIClient, as_manager: APIClient, wallet: Wallet, site: Site):
        site(transfer_fee_type="fixed", transfer_fee_amount=5)
        body = send(as_alice).json()
        fee = Entry.objects.get(account_id=wallet.pk, kind="fee")
        with nothing_moves():
            assert said(self.reverse(as_manager, body["transfer_out"]["id"], amount="999"))[0] == 422
            assert said(self.reverse(as_manager, fee.pk)) == (409, "walletpro_not_reversible")

    def test_credit_comes_back_with_its_end(
        self, as_alice: APIClient, as_manager: APIClient, wallet: Wallet, give: Give, site: Site
    ):
        end = datetime(2099, 1, 1, tzinfo=UTC)
        give(wallet, 300, expires_at=end)
        body = send(as_alice, amount="200").json()
        self.reverse(as_manager, body["transfer_out"]["id"])

        lots = Lot.objects.filter(account_id=wallet.pk).values_list("ends", "rest")
        assert sorted(rest for ends, rest in lots if ends == end) == [100, 200]


def test_a_receipt_names_the_other_wallet_and_nothing_else_of_it(
    as_alice: APIClient, bobs_wallet: Wallet, seal: Callable[[], Any]
):
    """It has to hold what was sealed, byte by byte. The number opens nothing."""
    body = send(as_alice).json()
    seal()
    response = as_alice.get(f"{V1}/transactions/{body['transfer_out']['id']}/receipt")

    assert response.status_code == 200
    assert response.json()["entry"]["counter_account_id"] == bobs_wallet.pk
    # His balance; hashes may hold such digits among others.
    assert not re.search(r"\b1077\b", response.content.decode())
    assert as_alice.get(f"{V1}/wallets/{bobs_wallet.pk}").status_code == 403
    assert as_alice.get(f"{V1}/transactions/{body['transfer_in']['id']}/receipt").status_code == 403


def test_a_receipt_names_the_sender_and_none_of_his_credentials(
    as_alice: APIClient, alice: User, bob: User, client_with_key: Any, seal: Callable[[], Any]
):
    """What he calls with concerns nobody who gets money from him."""
    body = send(as_alice).json()
    seal()
    hers, his = (
        client.get(f"{V1}/transactions/{body[side]['id']}/receipt").json()["entry"]["actor"]
        for client, side in ((as_alice, "transfer_out"), (client_with_key(bob), "transfer_in"))
    )

    assert hers.startswith(f"user:{alice.pk} ")
    assert his == f"user:{alice.pk}"


def test_an_address_is_found_by_its_index(as_alice: APIClient):
    # Enough of them that any other way would cost more.
    User.objects.bulk_create(User(username=f"user{number}", email=f"user{number}@example.test") for number in range(1000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE people_user")
        cursor.execute(f"EXPLAIN {BY_EMAIL}", {"unit": "USD", "wanted": BOB})
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "people_user_email_any_case" in plan
