"""Paying by QR code: whom a token pays, what it fixes, when it is dead, and what nobody can make of it."""

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from audit.models import Act
from kyc.errors import KycRequired
from kyc.services import decide
from ledger.errors import InsufficientFunds
from ledger.models import Entry
from ledger.movements import Event
from ledger.sealing import SealBroken
from ledger.verifying import verify
from people.models import User
from tests.admin.conftest import all_text_in_database
from tests.passcodes.conftest import all_at_once
from tests.transfers.test_mailed_codes import mailed
from tests.transfers.test_send_transfer import balances, refused
from transfers.errors import (
    FixedAmountDiffers,
    PaymentCodeNeeded,
    QrPayDisabled,
    RecipientNotFound,
    TransferTooLarge,
    TransferTooSmall,
)
from transfers.mailed_codes import recognize_code, send_code
from transfers.models import QrCode
from transfers.qr import pay_by_qr, qr_of, regenerate_qr, scan, token_of
from transfers.qr_tokens import LENGTH
from transfers.services import SentTransfer
from transfers.ways import by_qr
from wallets.errors import TransferLocked
from wallets.models import Wallet
from wallets.services import change_wallet, lock_transfers

pytestmark = pytest.mark.django_db

Site = Callable[..., None]


@pytest.fixture(autouse=True)
def _on(site: Site, wallet: Wallet, give: Callable[..., Entry]) -> None:
    """Transfers have a switch of their own."""
    site(qr_pay_enabled=True, qr_pay_min=1, transfers_enabled=False)
    give(wallet, 1000)


@pytest.fixture
def token(bobs_wallet: Wallet) -> str:
    """What Bob shows."""
    return token_of(qr_of(bobs_wallet))


def pay(payer: Wallet, token: str, amount: int, **extra: Any) -> SentTransfer:
    money = payer.money(amount)
    return pay_by_qr(sender=payer, token=token, amount=money, event=Event.once("test"), actor="test", **extra)


def test_pays_whoever_shows_it(wallet: Wallet, bobs_wallet: Wallet, token: str, site: Site):
    site(transfer_fee_type="percent", transfer_fee_amount=1)
    sent, second = pay(wallet, token, 200), pay(wallet, token.lower(), 100, note="Coffee")

    assert balances(wallet, bobs_wallet) == [697, 300]
    assert [(entry.reason, entry.reference) for entry in sent.entries] == [("QR pay", "qr_pay")] * 2 + [("Transfer fee", None)]
    assert [(entry.reason, entry.reference) for entry in second.entries][:2] == [("Coffee", "qr_pay")] * 2
    assert verify().findings == []


def test_is_64_letters_that_qr_codes_write_densely_and_no_table_holds(token: str, bobs_wallet: Wallet):
    assert len(token) == LENGTH
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert token not in all_text_in_database()
    assert token_of(qr_of(bobs_wallet)) == token, "the same image each time"


def test_a_fixed_amount_is_part_of_what_is_proven(wallet: Wallet, bobs_wallet: Wallet, token: str):
    fixed = token_of(QrCode.objects.get(), fixed=wallet.money(250))

    assert (scan(fixed, payer=wallet.user).fixed, scan(token, payer=wallet.user).fixed) == (wallet.money(250), None)
    for other in (249, 251):
        assert refused(FixedAmountDiffers, partial(pay, wallet, fixed, other)).fixed.minor == 250
    raw = base64.b32decode(fixed)
    for amount in (0, 249, 2**63 - 1):
        forged = base64.b32encode(raw[:16] + amount.to_bytes(8) + raw[24:]).decode()
        refused(RecipientNotFound, partial(pay, wallet, forged, amount or 1))
    pay(wallet, fixed, 250)
    assert balances(wallet, bobs_wallet) == [750, 250]


def test_a_new_one_ends_all_images_of_the_one_before(wallet: Wallet, bobs_wallet: Wallet, token: str):
    fixed = token_of(QrCode.objects.get(), fixed=wallet.money(250))
    new = token_of(regenerate_qr(wallet=bobs_wallet, actor="user:2 session"))

    for dead in (token, fixed):
        refused(RecipientNotFound, partial(pay, wallet, dead, 250))
    pay(wallet, new, 250)
    drawn = Act.objects.filter(act="qr_code.drawn").order_by("pk")
    assert [act.actor for act in drawn] == ["command", "user:2 session"]
    assert str(QrCode.objects.get().number) in drawn[1].facts


@pytest.mark.parametrize("text", ["", "x", "A" * 63, "A" * 64, "A" * 65, "é" * 64, "\0", "1" * 64, "\ud800", "A" * 10**6])
def test_any_other_text_pays_nobody(wallet: Wallet, token: str, text: str):
    refused(RecipientNotFound, partial(pay, wallet, text, 1))


class TestWhomItPays:
    """One refusal, whatever the reason: the payer learns no more."""

    @pytest.fixture
    def nobody(self, wallet: Wallet, token: str) -> Callable[[], None]:
        def nobody() -> None:
            refused(RecipientNotFound, partial(pay, wallet, token, 1))
            with pytest.raises(RecipientNotFound):
                scan(token, payer=wallet.user)

        return nobody

    def test_not_oneself(self, wallet: Wallet, bobs_wallet: Wallet, token: str):
        refused(RecipientNotFound, partial(pay, bobs_wallet, token, 1))

    def test_not_who_is_inactive_or_frozen(self, nobody: Callable[[], None], bob: User, bobs_wallet: Wallet):
        User.objects.filter(pk=bob.pk).update(is_active=False)
        nobody()
        User.objects.filter(pk=bob.pk).update(is_active=True)
        change_wallet(wallet=bobs_wallet, status="frozen")
        nobody()

    def test_not_who_was_not_checked_where_that_is_asked_for(
        self, nobody: Callable[[], None], wallet: Wallet, bob: User, token: str, manager: User, site: Site
    ):
        site(kyc_enabled=True, qr_receive_kyc_required=True)
        nobody()
        decide(user=bob, status="approved", by=manager)
        pay(wallet, token, 1)


class TestWhatThePayerMayBeRefusedFor:
    def test_in_its_order(self, wallet: Wallet, bobs_wallet: Wallet, token: str, site: Site):
        site(kyc_enabled=True, kyc_required_features=["qr_pay"], qr_pay_min=10, qr_pay_max=2000, qr_pay_otp_threshold=3000)
        lock_transfers(user=wallet.user, is_locked=True)
        fixed = token_of(QrCode.objects.get(), fixed=wallet.money(3001))

        refused(FixedAmountDiffers, partial(pay, wallet, fixed, 3002))
        refused(PaymentCodeNeeded, partial(pay, wallet, fixed, 3001))
        refused(KycRequired, partial(pay, wallet, token, 3000))
        site(kyc_enabled=False)
        refused(TransferLocked, partial(pay, wallet, token, 3000))
        lock_transfers(user=wallet.user, is_locked=False)
        refused(TransferTooLarge, partial(pay, wallet, token, 2001))
        refused(TransferTooSmall, partial(pay, wallet, token, 9))
        refused(InsufficientFunds, partial(pay, wallet, token, 1001))
        site(qr_pay_enabled=False)
        refused(QrPayDisabled, partial(pay, wallet, fixed, 3002))
        for asked in (partial(qr_of, bobs_wallet), partial(regenerate_qr, wallet=bobs_wallet)):
            refused(QrPayDisabled, asked)

    def test_the_receivers_lock_does_not_matter(self, wallet: Wallet, bobs_wallet: Wallet, token: str):
        lock_transfers(user=bobs_wallet.user, is_locked=True)
        pay(wallet, token, 1)

    def test_above_the_threshold_it_takes_a_code(self, wallet: Wallet, bobs_wallet: Wallet, token: str, site: Site):
        site(qr_pay_otp_threshold=100, step_up_threshold=1)
        pay(wallet, token, 100)
        assert refused(PaymentCodeNeeded, partial(pay, wallet, token, 101)).threshold.minor == 100
        amount = wallet.money(101)
        payee = scan(token, payer=wallet.user).wallet
        send_code(sender=wallet, find_recipient=lambda: payee, amount=amount, way=by_qr(), actor="test")
        code = recognize_code(sender=wallet.user, recipient=payee.user, amount=amount, way=by_qr(), code=mailed())
        pay(wallet, token, 101, code=code)
        assert balances(bobs_wallet) == [201]


class TestVerifying:
    @pytest.mark.parametrize(
        "edit",
        [
            "wallet_id = (SELECT id FROM wallets_wallet WHERE user_id = (SELECT id FROM people_user WHERE username = 'alice'))",
            "number = gen_random_uuid()",
            "secret = '\\x00'",
        ],
    )
    def test_one_that_was_edited_pays_nobody_and_is_named(self, wallet: Wallet, token: str, edit: str, sql: Callable[[str], int]):
        assert sql(f"UPDATE transfers_qrcode SET {edit}") == 1

        kept = QrCode.objects.get()
        with pytest.raises(SealBroken):
            token_of(kept)
        if "number" not in edit:
            with pytest.raises(SealBroken):
                scan(token, payer=User(pk=0))
        named = f"account {kept.pk}: its QR code is not the one that was drawn for it"
        assert [str(finding) for finding in verify().findings] == [named]
        assert [str(finding) for finding in verify(kept.pk).findings] == [named]

    def test_one_that_was_replaced_and_is_back_is_named(self, bobs_wallet: Wallet, token: str, sql: Callable[[str], int]):
        before = QrCode.objects.get()
        regenerate_qr(wallet=bobs_wallet)
        sql(f"UPDATE transfers_qrcode SET number = '{before.number}', secret = '\\x{bytes(before.secret).hex()}'")

        named = f"account {bobs_wallet.pk}: its QR code is not the one that was drawn for it"
        assert [str(finding) for finding in verify().findings] == [named]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_who_ask_at_once_for_the_first_one_get_the_same(bobs_wallet: Wallet):
    codes = all_at_once([lambda: token_of(qr_of(bobs_wallet))] * 6)

    assert len(set(codes)) == 1
    assert len(codes[0]) == LENGTH
