"""Codes by mutation: rows changed behind the service's back, each of them named; and nothing on honest data."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from codes.models import Batch, Code, Redemption
from codes.services import void_code
from ledger.models import Entry
from ledger.movements import Event
from ledger.reversals import reverse
from ledger.verifying import verify
from people.models import User
from tests.codes.making import new_codes, redeem, row_of
from tests.conftest import WHY
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]


@pytest.fixture
def honest(alice: User, bob: User, wallet: Wallet, bobs_wallet: Wallet) -> list[Code]:
    """One redeemed twice by Alice and once by Bob, one once by Bob, one voided, one untouched; and a batch for Bob alone."""
    codes = new_codes(
        2000, quantity=4, prefix="SUMMER-", max_redemptions=5, max_per_user=3, expires_at=datetime(2099, 1, 1, tzinfo=UTC)
    )
    for code, user in ((codes[0], alice), (codes[0], alice), (codes[0], bob), (codes[1], bob)):
        redeem(code, user)
    void_code(code=row_of(codes[2]), actor="test")
    (locked,) = new_codes(500, restrict_to_user=bob)
    reverse(entry=redeem(locked, bob).entry, event=Event.once("test"), why=WHY)
    return [row_of(code) for code in [*codes, locked]]


def findings(account_id: int | None = None) -> list[str]:
    return [str(finding) for finding in verify(account_id).findings]


def test_finds_nothing_on_honest_data(honest: list[Code], wallet: Wallet):
    assert findings() == findings(wallet.pk) == []


MUTATIONS = {
    "amount raised": ("amount_minor = 999999", "does not say what is sealed (amount_minor)"),
    "currency": ("currency = 'KWD'", "does not say what is sealed (currency_code)"),
    "expiry put off": ("expires_at = '2199-01-01'", "does not say what is sealed (expires_at)"),
    "expiry taken off": ("expires_at = NULL", "does not say what is sealed (expires_at)"),
    "redemptions allowed": ("max_redemptions = 6", "does not say what is sealed (max_redemptions)"),
    "per user": ("max_per_user = NULL", "does not say what is sealed (max_per_user)"),
    "locked": ("restrict_to_user_id = (SELECT min(id) FROM people_user)", "does not say what is sealed (restrict_to_user_id)"),
    "prefix": ("prefix = 'WINTER-'", "does not say what is sealed (prefix)"),
    "last four": ("last_four = 'AAAA'", "does not say what is sealed (last_four)"),
    "two of them": ("amount_minor = 1, prefix = ''", "does not say what is sealed (prefix, amount_minor)"),
    "digest": ("digest = sha256(digest)", "does not open: its seal was changed, or is another code's"),
    "seal cut": ("sealed = substr(sealed, 1, 20)", "does not open: its seal was changed, or is another code's"),
    "seal emptied": ("sealed = ''", "does not open: its seal was changed, or is another code's"),
    "seal edited": (
        "sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)",
        "does not open: its seal was changed, or is another code's",
    ),
    "counter lowered": ("redemptions = 2", "was redeemed 3 times, its counter says 2"),
    "counter set back": ("redemptions = 0", "was redeemed 3 times, its counter says 0"),
    "counter raised": ("redemptions = 5", "was redeemed 3 times, its counter says 5"),
    "voided": ("voided_at = now()", "is void, and nobody voided it"),
}


@pytest.mark.parametrize(("edit", "said"), MUTATIONS.values(), ids=MUTATIONS)
def test_names_an_edited_code(honest: list[Code], sql: Sql, edit: str, said: str):
    code = honest[0]
    assert sql(f"UPDATE codes_code SET {edit} WHERE id = {code.pk}") == 1

    assert f"code {code.pk} {said}" in findings()


def test_every_column_of_a_code_is_edited():
    edited = {column.split(" = ")[0].strip() for edit, _ in MUTATIONS.values() for column in edit.split(", ")}
    columns = {field.column for field in Code._meta.concrete_fields}
    # A batch has as many codes as it says; when one was made is only shown.
    assert columns - edited == {"id", "batch_id", "created_at"}


def test_names_a_voided_code_that_was_revived(honest: list[Code], sql: Sql):
    sql(f"UPDATE codes_code SET voided_at = NULL WHERE id = {honest[2].pk}")

    assert findings() == [f"code {honest[2].pk} was voided, and is not"]


def test_names_seals_that_were_swapped(honest: list[Code], sql: Sql):
    one, two = honest[3], honest[4]
    for row, other in ((one, two), (two, one)):
        sql(f"UPDATE codes_code SET sealed = '\\x{bytes(other.sealed).hex()}' WHERE id = {row.pk}")
    broken = "does not open: its seal was changed, or is another code's"

    assert findings() == [f"code {one.pk} {broken}", f"code {two.pk} {broken}"]


def test_names_a_redemption_that_was_deleted(honest: list[Code], sql: Sql, wallet: Wallet):
    last = Redemption.objects.filter(code=honest[0], wallet=wallet).latest("pk")
    entry = last.entry
    sql(f"DELETE FROM codes_redemption WHERE id = {last.pk}")
    gone = f"account {wallet.pk}: entry {entry.sequence} redeemed a code, and no redemption says so"

    assert findings() == [gone, f"code {honest[0].pk} was redeemed 2 times, its counter says 3"]
    assert findings(wallet.pk) == [gone]


def test_names_it_where_the_counter_was_lowered_to_fit(honest: list[Code], sql: Sql, wallet: Wallet, bobs_wallet: Wallet):
    last = Redemption.objects.filter(code=honest[0]).latest("pk")
    sql(f"DELETE FROM codes_redemption WHERE id = {last.pk}")
    sql(f"UPDATE codes_code SET redemptions = 2 WHERE id = {honest[0].pk}")

    assert findings() == [f"account {bobs_wallet.pk}: entry {last.entry.sequence} redeemed a code, and no redemption says so"]


REWRITES: dict[str, str] = {
    "entry": "entry_id = entry_id + 100000",
    "wallet": "wallet_id = (SELECT id FROM wallets_wallet w WHERE w.id <> wallet_id LIMIT 1)",
    "user": "user_id = (SELECT id FROM people_user u WHERE u.id <> user_id LIMIT 1)",
    "at": "at = at + interval '1 second'",
    "code": "code_id = (SELECT max(id) - 1 FROM codes_code), number = 1",
}


@pytest.mark.parametrize("edit", REWRITES.values(), ids=REWRITES)
def test_names_a_redemption_that_was_rewritten(honest: list[Code], sql: Sql, edit: str):
    redemption = Redemption.objects.filter(code=honest[1]).get()
    assert sql(f"UPDATE codes_redemption SET {edit} WHERE id = {redemption.pk}") == 1

    found = findings()
    assert any(f"redemption {redemption.pk} of code" in finding for finding in found), found


def test_names_a_redemption_that_nobody_made(honest: list[Code], sql: Sql, bobs_wallet: Wallet):
    spare = honest[3]
    sql(
        "INSERT INTO codes_redemption (code_id, number, user_id, wallet_id, entry_id, at)"
        f" SELECT {spare.pk}, 1, user_id, wallet_id, 99999999, at FROM codes_redemption LIMIT 1"
    )
    found = findings()

    assert any("names an entry that is not there as it says" in finding for finding in found), found
    assert f"code {spare.pk} was redeemed 1 times, its counter says 0" in found


def test_names_who_redeemed_too_often_and_what_was_not_his(
    honest: list[Code], sql: Sql, alice: User, bob: User, wallet: Wallet, bobs_wallet: Wallet
):
    """With the columns put back to what is sealed: the seal is the service's word against its own rows."""
    from codes import services

    for code in (honest[0], honest[4]):
        sql(f"UPDATE codes_code SET max_redemptions = 9, restrict_to_user_id = NULL WHERE id = {code.pk}")
    patch = pytest.MonkeyPatch()
    patch.setattr(services, "_require_left", lambda row, terms, user: None)
    patch.setattr("codes.terms.SealedTerms.is_for", lambda terms, user: True)
    texts = {code.pk: services.texts_of(code.batch)[0] for code in (honest[0], honest[4])}
    for number, user in ((honest[0].pk, alice), (honest[0].pk, alice), (honest[0].pk, alice), (honest[4].pk, alice)):
        redeem(texts[number], user)
    patch.undo()
    sql(f"UPDATE codes_code SET restrict_to_user_id = {bob.pk} WHERE id = {honest[4].pk}")
    found = findings()

    assert f"code {honest[0].pk} was redeemed more often than the 5 times that are sealed" in found
    assert f"code {honest[0].pk} was redeemed 5 times by user {alice.pk}, who may not so often" in found
    assert f"code {honest[4].pk} was redeemed 1 times by user {alice.pk}, who may not so often" in found


def test_names_a_code_that_brought_more_than_is_sealed(honest: list[Code], alice: User, monkeypatch: pytest.MonkeyPatch):
    """An entry can only say more where somebody runs another code than ours, with our keys."""
    from codes import services
    from ledger.money import Money, currency

    monkeypatch.setattr("codes.terms.SealedTerms.amount", property(lambda terms: Money(999_999, currency("USD"))))
    redeem(services.texts_of(honest[3].batch)[3], alice)

    assert findings() == [f"code {honest[3].pk} brought another amount than the 2000 that are sealed"]


BATCHES: dict[str, str] = {
    "quantity": "quantity = 5",
    "amount": "amount_minor = 1",
    "currency": "currency = 'EUR'",
    "redemptions": "max_redemptions = 6",
    "per user": "max_per_user = 4",
    "expiry": "expires_at = NULL",
    "prefix": "prefix = 'WINTER-'",
    "restriction": "restrict_to_user_id = (SELECT min(id) FROM people_user)",
}


@pytest.mark.parametrize("edit", BATCHES.values(), ids=BATCHES)
def test_names_an_edited_batch(honest: list[Code], sql: Sql, edit: str):
    batch = Batch.objects.earliest("pk")
    sql(f"UPDATE codes_batch SET {edit} WHERE id = {batch.pk}")

    assert f"batch {batch.pk} is not what its audit row says was generated" in findings()


def test_names_a_code_that_was_deleted(honest: list[Code], sql: Sql):
    sql(f"DELETE FROM codes_code WHERE id = {honest[3].pk}")

    assert findings() == [f"batch {honest[3].batch_id} has 3 codes, 4 were generated"]


def test_a_key_that_is_gone_keeps_nobody_from_looking_elsewhere(honest: list[Code], settings: Any, sql: Sql):
    settings.WALLET_FIELD_KEYS = f"7:{'ab' * 32}"
    sql(f"DELETE FROM codes_redemption WHERE code_id = {honest[1].pk}")
    report = verify()

    assert any(str(finding).startswith("codes: ") for finding in report.unreadable), report
    assert any("and no redemption says so" in str(finding) for finding in report.findings)


def test_an_entry_without_a_code_is_named(wallet: Wallet, give: Callable[..., Entry]):
    from ledger.kinds import Kind

    entry = give(wallet, 5, Kind.REDEMPTION)

    assert findings() == [f"account {wallet.pk}: entry {entry.sequence} redeemed a code, and no redemption says so"]
