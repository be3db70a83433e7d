"""Generating, redeeming and voiding codes, by the services."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from audit.models import Act
from codes import services, texts
from codes.errors import CodeAlreadyRedeemed, CodeExpired, CodeInvalid
from codes.models import Batch, Code, Redemption, Status
from codes.services import find_code, generate_codes, texts_of, void_batch, void_code
from kyc.errors import KycRequired
from kyc.services import decide
from ledger.errors import AccountFrozen, BalanceLimitExceeded, EventReused, LedgerUnavailable
from ledger.kinds import House, Kind
from ledger.models import Account, Entry, Lot
from ledger.money import BALANCE_MAX, Money, currency
from ledger.movements import Event
from ledger.reversals import reverse
from ledger.sealing import SealBroken
from ledger.verifying import verify
from people.models import User
from tests.codes.making import balance_of, new_code, new_codes, redeem, row_of
from tests.conftest import WHY
from wallets.models import Wallet
from wallets.services import change_wallet

pytestmark = pytest.mark.django_db

PAST = datetime(2020, 1, 1, tzinfo=UTC)
Sql = Callable[[str], int]


def refused(error: type[Exception], code: str, user: User) -> None:
    """It is refused, and leaves nothing."""
    before = Entry.objects.count(), list(Code.objects.order_by("pk").values()), Redemption.objects.count(), Wallet.objects.count()
    with pytest.raises(error), transaction.atomic():
        redeem(code, user)
    after = Entry.objects.count(), list(Code.objects.order_by("pk").values()), Redemption.objects.count(), Wallet.objects.count()
    assert after == before


def test_a_code_is_a_prefix_and_twelve_characters_that_nobody_misreads():
    codes = new_codes(quantity=50, prefix="Summer-")

    assert len(set(codes)) == 50
    assert all(re.fullmatch("SUMMER-[2-9A-HJKMNP-Z]{12}", code) for code in codes)


def test_what_is_kept_of_a_code_does_not_tell_it():
    code = new_code(prefix="SUMMER-")
    row = Code.objects.get()
    kept = b"|".join(str(value).encode() if not isinstance(value, bytes) else value for value in vars(row).values())

    assert code[-12:].encode() not in kept
    assert (row.prefix, row.last_four, row.masked) == ("SUMMER-", code[-4:], f"SUMMER-********{code[-4:]}")
    assert texts_of(row.batch) == [code]


def test_five_hundred_come_in_a_handful_of_statements(django_assert_num_queries: Any):
    # Batch, ids, codes, the audit row's id and the row.
    with django_assert_num_queries(5):
        assert len(new_codes(quantity=500)) == 500


def test_five_hundred_take_less_than_half_a_second():
    new_codes()
    fastest = 9.0
    for _ in range(5):
        begun = time.monotonic()
        assert len(set(new_codes(quantity=500))) == 500
        fastest = min(fastest, time.monotonic() - begun)

    assert fastest < 0.5, fastest


def test_a_code_that_is_there_already_is_drawn_anew(monkeypatch: pytest.MonkeyPatch):
    drawn = iter(["AAAA", "AAAA", "BBBB", "AAAA", "CCCC"])
    monkeypatch.setattr(services, "new_text", lambda prefix: prefix + next(drawn) * 3)

    assert new_codes(quantity=2) == ["AAAA" * 3, "BBBB" * 3]
    assert new_codes() == ["CCCC" * 3]
    assert verify().findings == []


def test_one_event_makes_one_batch(manager: User):
    event = Event.named("admin:1")
    asked: dict[str, Any] = {"amount": Money(500, currency("USD")), "actor": "test", "made_by": manager, "quantity": 3}
    batch, codes = generate_codes(**asked, event=event)

    assert generate_codes(**asked, event=event) == (batch, codes)
    with pytest.raises(EventReused), transaction.atomic():
        generate_codes(**{**asked, "quantity": 4}, event=event)
    assert (Batch.objects.count(), Code.objects.count()) == (1, 3)


def test_redeeming_credits_the_wallet_and_says_so_in_the_chain(alice: User, wallet: Wallet):
    code = new_code(2000, prefix="SUMMER-")
    redemption = redeem(code, alice)
    entry = Entry.objects.get()

    assert (entry.account_id, entry.kind, entry.amount, entry.house) == (wallet.pk, Kind.REDEMPTION, 2000, House.ISSUED)
    assert (entry.reason, entry.reference) == (f"Redeemed SUMMER-********{code[-4:]}", f"code:{row_of(code).pk}")
    assert (redemption.number, redemption.entry, redemption.user_id) == (1, entry, alice.pk)
    assert row_of(code).status_at(timezone.now()) == Status.REDEEMED
    assert verify().findings == []


@pytest.mark.parametrize(("kinds", "in_lots"), [(["redemption"], 2000), (["cashback"], 0)])
def test_it_is_a_lot_where_the_setting_says_so(
    alice: User, wallet: Wallet, site: Callable[..., None], kinds: list[str], in_lots: int
):
    site(lot_kinds=kinds)
    redeem(new_code(2000), alice)

    assert Account.objects.get(pk=wallet.pk).in_lots == sum(Lot.objects.values_list("rest", flat=True)) == in_lots


def spelt(code: str) -> list[str]:
    return [code.lower(), f"  {code} ", code[:10] + " " + code[10:], "-".join(code), code.replace("-", "")]


@pytest.mark.parametrize("number", range(5))
def test_case_blanks_and_dashes_do_not_count(alice: User, number: int):
    redeem(spelt(new_code(prefix="SUMMER-"))[number], alice)

    assert Redemption.objects.count() == 1


@pytest.mark.parametrize(
    "typed", ["", " ", "-", "SUMMER-", "\0", "A\nB", "ſummer", "０" * 12, "x" * 100_000, "'; DROP TABLE codes_code; --", "ß" * 12]
)
def test_what_is_no_code_is_not_looked_for(alice: User, wallet: Wallet, typed: str):
    new_code()
    refused(CodeInvalid, typed, alice)
    with pytest.raises(CodeInvalid):
        find_code(typed)


def test_a_code_for_somebody_else_looks_like_none(alice: User, bob: User):
    code = new_code(restrict_to_user=bob)

    refused(CodeInvalid, code, alice)
    redeem(code, bob)


def test_a_code_is_redeemed_as_often_as_it_says_whoever_does(alice: User, bob: User):
    code = new_code(max_redemptions=3)
    for user in (alice, bob, alice):
        redeem(code, user)

    refused(CodeAlreadyRedeemed, code, bob)
    assert [row.number for row in Redemption.objects.order_by("pk")] == [1, 2, 3]
    assert verify().findings == []


def test_one_user_redeems_it_as_often_as_it_says(alice: User, bob: User):
    code = new_code(max_redemptions=5, max_per_user=2)
    redeem(code, bob)
    redeem(code, alice)
    redeem(code, alice)

    refused(CodeAlreadyRedeemed, code, alice)
    redeem(code, bob)
    refused(CodeAlreadyRedeemed, code, bob)
    assert verify().findings == []


def test_past_its_end_it_is_over(alice: User):
    refused(CodeExpired, new_code(expires_at=PAST), alice)
    redeem(new_code(expires_at=timezone.now() + timedelta(minutes=1)), alice)


def test_used_up_is_said_before_expired(alice: User, sql: Sql):
    code = new_code(expires_at=timezone.now() + timedelta(minutes=1))
    redeem(code, alice)

    refused(CodeAlreadyRedeemed, code, alice)


def test_a_frozen_wallet_is_said_before_anything_of_the_code(alice: User, wallet: Wallet):
    codes = [new_code(), new_code(expires_at=PAST), "NOCODE"]
    voided = new_code()
    void_code(code=row_of(voided), actor="test")
    change_wallet(wallet=wallet, status="frozen")

    for code in [*codes, voided]:
        refused(AccountFrozen, code, alice)


def test_who_was_not_checked_is_told_last(alice: User, site: Callable[..., None], manager: User):
    site(kyc_enabled=True, kyc_required_features=["redeem"])
    code = new_code()

    refused(CodeExpired, new_code(expires_at=PAST), alice)
    refused(KycRequired, code, alice)
    decide(user=alice, status="approved", by=manager)
    redeem(code, alice)


def test_a_missing_wallet_is_opened_in_the_codes_currency(alice: User, manager: User):
    redeem(new_code(500, currency_code="EUR"), alice)
    redeem(new_code(700, currency_code="EUR"), alice)
    redeem(new_code(900), manager)

    assert balance_of(Wallet.objects.get(user=alice, currency_code="EUR")) == 1200
    assert balance_of(Wallet.objects.get(user=manager)) == 900
    assert verify().findings == []


def test_more_than_a_wallet_may_hold(alice: User, wallet: Wallet, give: Callable[..., Entry], sql: Sql):
    account = Account.objects.get(pk=wallet.pk)
    from ledger.seals import seal_account

    account.balance = BALANCE_MAX
    seal_account(account)
    account.save()

    refused(BalanceLimitExceeded, new_code(1), alice)


def test_one_event_redeems_once(alice: User, wallet: Wallet):
    code, event = new_code(max_redemptions=5), Event.named("job:1", "a code")
    first = redeem(code, alice, event)
    void_code(code=row_of(code), actor="test")

    assert redeem(code, alice, event) == first
    assert (balance_of(wallet), Redemption.objects.count(), row_of(code).redemptions) == (2000, 1, 1)


def test_voided_it_is_no_code_any_more(alice: User, wallet: Wallet):
    code = new_code(max_redemptions=2)
    redeem(code, alice)
    void_code(code=row_of(code), actor="user:1 admin")
    void_code(code=row_of(code), actor="user:2 admin")

    refused(CodeInvalid, code, alice)
    assert balance_of(wallet) == 2000
    assert [act.actor for act in Act.objects.filter(act="code.voided")] == ["user:1 admin"]
    assert verify().findings == []


def test_what_is_used_up_cannot_be_voided(alice: User):
    code = new_code()
    redeem(code, alice)

    with pytest.raises(CodeAlreadyRedeemed), transaction.atomic():
        void_code(code=row_of(code), actor="test")
    assert row_of(code).voided_at is None


def test_a_whole_batch_is_voided_but_for_what_is_used_up(alice: User):
    codes = new_codes(quantity=4, max_redemptions=2)
    for code in (codes[0], codes[0], codes[1]):
        redeem(code, alice)
    batch = row_of(codes[0]).batch

    assert (void_batch(batch=batch, actor="test"), void_batch(batch=batch, actor="test")) == (3, 0)
    assert [row_of(code).status_at(timezone.now()) for code in codes] == [Status.REDEEMED, *[Status.VOIDED] * 3]
    assert verify().findings == []


def test_given_back_it_is_taken_from_the_wallet_and_the_code_stays_used(alice: User, wallet: Wallet):
    """Else whoever gets a redemption reversed could redeem again what was taken from him on purpose."""
    code = new_code(2000)
    redemption = redeem(code, alice)
    reverse(entry=redemption.entry, event=Event.once("test"), why=WHY)

    assert balance_of(wallet) == 0
    refused(CodeAlreadyRedeemed, code, alice)
    assert verify().findings == []


def test_what_is_sealed_counts_and_not_what_the_row_says(alice: User, wallet: Wallet, sql: Sql):
    code = new_code(2000, expires_at=PAST)
    raised = new_code(2000)
    sql("UPDATE codes_code SET amount_minor = 999999, expires_at = NULL, max_redemptions = 100")

    refused(CodeExpired, code, alice)
    assert redeem(raised, alice).entry.amount == 2000
    refused(CodeAlreadyRedeemed, raised, alice)
    assert balance_of(wallet) == 2000


def test_a_lock_that_was_taken_off_the_row_still_holds(alice: User, bob: User, sql: Sql):
    code = new_code(restrict_to_user=bob)
    sql("UPDATE codes_code SET restrict_to_user_id = NULL")

    refused(CodeInvalid, code, alice)


def test_a_counter_that_was_set_back_brings_nothing_more(alice: User, sql: Sql):
    code = new_code()
    redeem(code, alice)
    sql("UPDATE codes_code SET redemptions = 0")

    refused(LedgerUnavailable, code, alice)


@pytest.mark.parametrize(
    "theft",
    [
        "UPDATE codes_code SET sealed = (SELECT sealed FROM codes_code ORDER BY id DESC LIMIT 1)",
        "UPDATE codes_code SET sealed = '\\x00'",
        "UPDATE codes_code SET sealed = overlay(sealed placing '\\x00' from 30)",
    ],
)
def test_a_seal_that_is_another_codes_or_broken_opens_nothing(alice: User, sql: Sql, theft: str):
    cheap = new_code(1)
    new_code(10**6)
    sql(theft)

    refused(SealBroken, cheap, alice)


def test_a_used_code_does_not_take_the_place_of_a_fresh_one(alice: User, sql: Sql):
    """Its text and its seal, moved into a row that nobody has redeemed, do not open there."""
    used, fresh = new_code(), new_code()
    redeem(used, alice)
    one, two = row_of(used), row_of(fresh)
    digest, sealed = bytes(one.digest).hex(), bytes(one.sealed).hex()
    sql(f"UPDATE codes_code SET digest = '\\x00' WHERE id = {one.pk}")
    sql(f"UPDATE codes_code SET digest = '\\x{digest}', sealed = '\\x{sealed}' WHERE id = {two.pk}")

    refused(SealBroken, used, alice)


def test_each_code_has_one_status(alice: User):
    active, expired, used, voided = new_codes(quantity=1)[0], new_code(expires_at=PAST), new_code(), new_code()
    redeem(used, alice)
    void_code(code=row_of(voided), actor="test")
    now = timezone.now()
    of = {status: set(Code.objects.of_status(status, now)) for status in Status}

    assert of == {
        Status.ACTIVE: {row_of(active)},
        Status.EXPIRED: {row_of(expired)},
        Status.REDEEMED: {row_of(used)},
        Status.VOIDED: {row_of(voided)},
    }
    assert all(code.status_at(now) == status for status, codes in of.items() for code in codes)


def test_the_alphabet_has_no_look_alikes():
    assert len(set(texts.ALPHABET)) == 31
    assert not set("01OIL") & set(texts.ALPHABET)
