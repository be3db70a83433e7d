"""A code confirms one transfer: from one sender, to one recipient, of one amount, by one way, once, within ten minutes."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from ledger.errors import InsufficientFunds
from ledger.models import Entry
from ledger.money import Money
from ledger.movements import Event
from ledger.sealing import unseal
from notices.models import Notice
from passcodes import services as passcodes
from passcodes.errors import (
    PasscodeExhausted,
    PasscodeExpired,
    PasscodeTooSoon,
    PasscodeUsed,
    PasscodeWrong,
    TooManyWrongCodes,
)
from passcodes.models import LIFETIME, Guesses, Passcode
from passcodes.services import RESEND_AFTER, RightCode
from people.models import User
from stepups.errors import NoWayToProve
from tests.api.conftest import state_of_the_money
from tests.passcodes.conftest import all_at_once, let_pass, other_than
from tests.transfers.test_send_transfer import balances
from transfers.errors import RecipientNotFound, TransfersDisabled, TransferTooSmall
from transfers.mailed_codes import recognize_code, send_code, send_with_code
from transfers.models import Transfer
from transfers.services import SentTransfer
from transfers.ways import by_qr, with_code
from wallets.errors import TransferLocked
from wallets.models import Wallet
from wallets.services import change_wallet, create_customer, lock_transfers

pytestmark = pytest.mark.django_db

Site = Callable[..., None]


@pytest.fixture(autouse=True)
def _money(wallet: Wallet, give: Callable[..., Entry], site: Site) -> None:
    site(transfer_min=1)
    give(wallet, 1000)


def asked(sender: Wallet, recipient: Wallet, amount: int = 250) -> str:
    """The code that was mailed."""
    money = sender.money(amount)
    send_code(sender=sender, find_recipient=lambda: recipient, amount=money, way=with_code(), actor="test")
    return mailed()


def mailed() -> str:
    notice = Notice.objects.filter(kind__endswith=".code").latest("pk")
    return str(json.loads(unseal(bytes(notice.text), notice.sealed_for))["code"])


def confirm(sender: Wallet, recipient: Wallet, code: str, amount: int = 250) -> SentTransfer:
    money = sender.money(amount)
    right = recognize_code(sender=sender.user, recipient=recipient.user, amount=money, way=with_code(), code=code)
    with transaction.atomic():
        return send(sender, recipient, money, right)


def send(sender: Wallet, recipient: Wallet, amount: Money, code: RightCode) -> SentTransfer:
    event = Event.once("test")
    return send_with_code(sender=sender, recipient=recipient, amount=amount, event=event, actor="test", note="Lunch", code=code)


def test_the_right_code_sends_once(wallet: Wallet, bobs_wallet: Wallet, site: Site):
    site(transfer_fee_type="fixed", transfer_fee_amount=7, step_up_threshold=1)
    code = asked(wallet, bobs_wallet)
    assert Notice.objects.get().kind == "transfer.code"
    assert (balances(wallet, bobs_wallet), Transfer.objects.count()) == ([1000, 0], 0)

    sent = confirm(wallet, bobs_wallet, f" {code} ")

    assert balances(wallet, bobs_wallet) == [743, 250]
    assert (sent.transfer.note, sent.fee and sent.fee.amount) == ("Lunch", -7)
    with pytest.raises(PasscodeUsed):
        confirm(wallet, bobs_wallet, code)
    assert balances(wallet, bobs_wallet) == [743, 250]


def test_it_is_for_nothing_else(wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]):
    """Another amount, recipient, sender or way: it is a wrong code there, and stays right where it belongs."""
    carols = create_customer(email="carol@example.test", password="lung-heap-9173")
    give(bobs_wallet, 1000)
    code = asked(wallet, bobs_wallet)
    for sender, recipient, amount in ((wallet, bobs_wallet, 251), (wallet, carols, 250), (bobs_wallet, wallet, 250)):
        with pytest.raises(PasscodeWrong):
            confirm(sender, recipient, code, amount)
    money = wallet.money(250)
    with pytest.raises(PasscodeWrong):
        recognize_code(sender=wallet.user, recipient=bobs_wallet.user, amount=money, way=by_qr(), code=code)
    # Also where such a code was sent.
    assert asked(wallet, bobs_wallet, 251) != code
    with pytest.raises(PasscodeWrong):
        confirm(wallet, bobs_wallet, code, 251)

    assert balances(wallet, bobs_wallet) == [1000, 1000]
    confirm(wallet, bobs_wallet, code)


def test_not_after_ten_minutes_nor_after_five_wrong_tries(wallet: Wallet, bobs_wallet: Wallet):
    code = asked(wallet, bobs_wallet)
    let_pass(LIFETIME)
    with pytest.raises(PasscodeExpired):
        confirm(wallet, bobs_wallet, code)

    code = asked(wallet, bobs_wallet)
    for _ in range(5):
        with pytest.raises(PasscodeWrong):
            confirm(wallet, bobs_wallet, other_than(code))
    with pytest.raises(PasscodeExhausted):
        confirm(wallet, bobs_wallet, code)
    assert balances(wallet, bobs_wallet) == [1000, 0]


def test_a_transfer_that_is_refused_leaves_its_code_unused(wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]):
    """However often: a right code is no wrong try. Who was short tops up and sends."""
    code = asked(wallet, bobs_wallet, 1000)
    send_away = asked(wallet, bobs_wallet, 1)
    confirm(wallet, bobs_wallet, send_away, 1)
    for _ in range(6):
        with pytest.raises(InsufficientFunds):
            confirm(wallet, bobs_wallet, code, 1000)
    kept = Passcode.objects.get(used_at=None)
    assert (kept.tries, Guesses.objects.get().tries) == (0, [])

    give(wallet, 1)
    confirm(wallet, bobs_wallet, code, 1000)
    assert balances(wallet, bobs_wallet) == [0, 1001]


def test_a_new_one_ends_the_one_before_even_between_recognizing_and_sending(wallet: Wallet, bobs_wallet: Wallet):
    code = asked(wallet, bobs_wallet)
    with pytest.raises(PasscodeTooSoon) as soon:
        asked(wallet, bobs_wallet)
    assert 25 < soon.value.retry_after <= 30
    amount = wallet.money(250)
    asking: dict[str, Any] = {"sender": wallet.user, "recipient": bobs_wallet.user, "amount": amount, "way": with_code()}
    right = recognize_code(**asking, code=code)
    let_pass(RESEND_AFTER)
    asked(wallet, bobs_wallet)

    with pytest.raises(PasscodeUsed), transaction.atomic():
        send(wallet, bobs_wallet, amount, right)
    assert balances(wallet, bobs_wallet) == [1000, 0]


class TestAsking:
    """Nobody gets a code for what he would be refused; no mail is written and nothing moves."""

    @pytest.fixture
    def refused(self, wallet: Wallet, bobs_wallet: Wallet) -> Callable[..., Any]:
        def refused(refusal: type[Exception], recipient: Wallet = bobs_wallet, amount: int = 250) -> None:
            before = state_of_the_money()
            with pytest.raises(refusal):
                asked(wallet, recipient, amount)
            assert state_of_the_money() == before
            assert not Notice.objects.exists()
            assert not Passcode.objects.exists()

        return refused

    def test_it_is_refused_as_the_transfer_is(self, wallet: Wallet, bobs_wallet: Wallet, refused: Callable[..., Any], site: Site):
        refused(InsufficientFunds, amount=1001)
        site(transfer_min=251)
        refused(TransferTooSmall)
        lock_transfers(user=wallet.user, is_locked=True)
        refused(TransferLocked)
        change_wallet(wallet=bobs_wallet, status="frozen")
        refused(RecipientNotFound)
        site(transfers_enabled=False)
        refused(TransfersDisabled)

    def test_who_has_no_address_is_told_so(self, wallet: Wallet, refused: Callable[..., Any]):
        User.objects.filter(pk=wallet.user_id).update(email="")
        wallet.user.refresh_from_db()
        refused(NoWayToProve)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestAtOnce:
    def test_the_right_code_sent_by_many_is_one_transfer(self, wallet: Wallet, bobs_wallet: Wallet):
        code = asked(wallet, bobs_wallet, 10)

        answers = all_at_once([partial(confirm, wallet, bobs_wallet, code, 10)] * 8)

        kinds = [type(answer) for answer in answers]
        assert kinds.count(SentTransfer) == 1, kinds
        # Tries are counted before they are compared: more than five at once are too many for a moment.
        assert set(kinds) <= {SentTransfer, PasscodeUsed, PasscodeExhausted}
        assert balances(wallet, bobs_wallet) == [990, 10]
        assert Transfer.objects.count() == 1

    def test_a_hundred_wrong_codes_are_five_comparisons(
        self, wallet: Wallet, bobs_wallet: Wallet, monkeypatch: pytest.MonkeyPatch
    ):
        code = asked(wallet, bobs_wallet, 10)
        compared: list[int] = []

        class Counting:
            @staticmethod
            def compare_digest(given: bytes, kept: bytes) -> bool:
                compared.append(Passcode.objects.get().tries)
                return given == kept

        monkeypatch.setattr(passcodes, "hmac", Counting)
        tries = [partial(confirm, wallet, bobs_wallet, f"{(int(code) + n) % 10**6:06d}", 10) for n in range(1, 101)]

        kinds = [type(answer) for start in range(0, 100, 20) for answer in all_at_once(tries[start : start + 20])]

        assert len(compared) == 5
        assert min(compared) >= 1, "each was counted before it was compared"
        assert (kinds.count(PasscodeWrong), kinds.count(PasscodeExhausted)) == (5, 95)
        assert kinds.count(TooManyWrongCodes) == 0
        assert balances(wallet, bobs_wallet) == [1000, 0]
