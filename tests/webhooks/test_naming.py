"""What an entry is called: the general name first, then the particular one."""

import re
from pathlib import Path
from typing import Any

import pytest

from ledger.kinds import Kind
from ledger.models import Account, Entry
from webhooks import naming
from webhooks.naming import EVENT_TYPES, MEANINGS, TEST, names_of

# facts.md 3.15, and what contract.md 5 adds.
FIFTEEN = {
    *("wallet.credited", "wallet.debited", "wallet.topup.completed", "wallet.topup.failed", "wallet.reload.triggered"),
    *("wallet.transfer.sent", "wallet.transfer.received", "wallet.withdrawal.requested", "wallet.withdrawal.approved"),
    *("wallet.withdrawal.rejected", "wallet.redemption_code.redeemed", "wallet.milestone.awarded"),
    *("wallet.cashback.awarded", "wallet.referral.rewarded", "wallet.spending_limit.blocked"),
}
HOLDS = {f"wallet.hold.{verb}" for verb in ("placed", "captured", "voided", "expired")}
ADDED = {*HOLDS, "wallet.code.voided", "wallet.balance.low"}

GAIN, LOSS = ["wallet.credited"], ["wallet.debited"]
# Kind and sign, and what it is told as. A kind that never has the sign is not here.
TOLD: dict[tuple[Kind, int], list[str]] = {
    (Kind.CREDIT, 1): GAIN,
    (Kind.DEBIT, -1): LOSS,
    (Kind.TOPUP, 1): [*GAIN, "wallet.topup.completed"],
    (Kind.BONUS, 1): GAIN,
    (Kind.CASHBACK, 1): [*GAIN, "wallet.cashback.awarded"],
    (Kind.MILESTONE, 1): [*GAIN, "wallet.milestone.awarded"],
    (Kind.REFERRAL, 1): [*GAIN, "wallet.referral.rewarded"],
    (Kind.REFUND, 1): GAIN,
    (Kind.REDEMPTION, 1): [*GAIN, "wallet.redemption_code.redeemed"],
    (Kind.TRANSFER, 1): [*GAIN, "wallet.transfer.received"],
    (Kind.TRANSFER, -1): [*LOSS, "wallet.transfer.sent"],
    (Kind.FEE, -1): LOSS,
    (Kind.CAPTURE, -1): [*LOSS, "wallet.hold.captured"],
    (Kind.HOLD, 0): ["wallet.hold.placed"],
    (Kind.RELEASE, 0): ["wallet.hold.voided"],
    (Kind.REVERSAL, 1): GAIN,
    (Kind.REVERSAL, -1): LOSS,
    # What of its life an entry does not show, its own service tells (`Movement.told`).
    (Kind.WITHDRAWAL, -1): LOSS,
    (Kind.WITHDRAWAL_RETURN, 1): GAIN,
    (Kind.DEBT, 1): GAIN,
    (Kind.DEBT, 0): [],
    (Kind.REPAYMENT, -1): LOSS,
    (Kind.INTEREST, -1): LOSS,
    (Kind.INTEREST, 0): [],
    (Kind.EXPIRY, -1): LOSS,
    (Kind.GRANT, 1): GAIN,
    (Kind.CHARGE, -1): LOSS,
    (Kind.IMPORT, 1): GAIN,
}


def entry(kind: Kind, amount: int, *, balance: int = 1000, key: str | None = "test", currency: str = "USD") -> Entry:
    account = Account(id=1, currency_code=currency)
    return Entry(account=account, kind=kind, amount=amount, balance=balance, key=key)


def test_the_names_are_the_contracts():
    assert len(FIFTEEN) == 15
    assert set(EVENT_TYPES) == FIFTEEN | ADDED
    assert len(set(EVENT_TYPES)) == len(EVENT_TYPES)
    assert all(re.fullmatch(r"wallet(\.[a-z_]+){1,2}", name) for name in EVENT_TYPES)
    assert all(meaning.endswith(".") for meaning in MEANINGS.values())
    assert TEST not in EVENT_TYPES


def test_every_name_that_is_written_down_has_a_meaning():
    source = Path(naming.__file__ or "").read_text()
    written = set(re.findall(r'"(wallet\.[a-z_.]+)"', source))

    assert written == set(EVENT_TYPES)


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "sign"), TOLD, ids=str)
def test_an_entry_has_the_general_name_and_its_own(kind: Kind, sign: int):
    assert names_of(entry(kind, 5 * sign)) == TOLD[kind, sign]


def test_no_kind_is_left_out():
    assert {kind for kind, _ in TOLD} == set(Kind)


@pytest.mark.django_db
def test_what_nobody_asked_for_has_lapsed():
    assert names_of(entry(Kind.RELEASE, 0, key=None)) == ["wallet.hold.expired"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "after", "falls"),
    [(500, 499, True), (500, 0, True), (1000, 500, False), (499, 400, False), (400, 600, False), (600, 500, False)],
)
def test_a_balance_falls_low_when_it_comes_below_the_mark(site: Any, before: int, after: int, falls: bool):
    site(low_balance=500)
    amount = after - before

    told = names_of(entry(Kind.DEBIT if amount < 0 else Kind.CREDIT, amount, balance=after))

    assert (told[1:] == ["wallet.balance.low"]) is falls
    assert len(told) == 1 + falls


@pytest.mark.django_db
def test_the_mark_is_in_the_sites_currency_and_may_be_none(site: Any):
    assert names_of(entry(Kind.DEBIT, -5, balance=0)) == LOSS
    site(low_balance=500)

    assert names_of(entry(Kind.DEBIT, -500, balance=0, currency="JPY")) == LOSS
    # By whatever it falls.
    assert names_of(entry(Kind.EXPIRY, -500, balance=0)) == [*LOSS, "wallet.balance.low"]
    # A hold changes no balance.
    assert names_of(entry(Kind.HOLD, 0, balance=0)) == ["wallet.hold.placed"]
