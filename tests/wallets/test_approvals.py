"""Four eyes: what one person moves alone, and what waits for a second one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.models import Act
from ledger.errors import AccountFrozen, AmountOutOfRange, EventReused, InsufficientFunds, LedgerUnavailable, Refusal
from ledger.kinds import Kind
from ledger.models import Account, Entry
from ledger.money import currency
from ledger.verifying import verify
from people.models import User
from people.rights import SHOP_MANAGER
from tests.conftest import PASSWORD
from wallets.approvals import (
    adjust,
    approval_limit,
    approve_adjustment,
    ask_adjustment,
    reject_adjustment,
    withdraw_adjustment,
)
from wallets.errors import AlreadyDecided, ExpiryPassed, ManagerRequired, NotYourAdjustment, OwnApproval, OwnWallet
from wallets.models import Adjustment, Wallet
from wallets.services import change_wallet, open_wallet

pytestmark = pytest.mark.django_db

LIMIT = 10_000
Asking = Callable[..., Adjustment]


def make_manager(name: str) -> User:
    user = User.objects.create_user(name, f"{name}@example.test", PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=SHOP_MANAGER))
    return user


@pytest.fixture(autouse=True)
def _limit(site: Any) -> None:
    site(approval_above={"*": LIMIT})


@pytest.fixture
def second(db: None) -> User:
    """Another shop manager."""
    return make_manager("second")


@pytest.fixture
def wish(wallet: Wallet, manager: User) -> Asking:
    """`wish(12000)`: an adjustment as a page asks for it, not saved; debits are negative."""

    def wish(amount_minor: int = LIMIT + 1, **fields: Any) -> Adjustment:
        kind = Kind.CREDIT if amount_minor > 0 else Kind.DEBIT
        given = {"wallet": wallet, "kind": kind.value, "amount_minor": amount_minor, "reason": "Sorry", "asked_by": manager}
        return Adjustment(**{**given, "event_id": uuid4(), **fields})

    return wish


@pytest.fixture
def waiting(wish: Asking) -> Adjustment:
    """A credit of one minor unit too much."""
    return ask_adjustment(adjustment=wish())


def balance(wallet: Wallet) -> int:
    return Account.objects.get(pk=wallet.pk).balance


def acts() -> list[tuple[str, str]]:
    return [(act.act, act.actor) for act in Act.objects.filter(act__startswith="approval").order_by("pk")]


def refused(refusal: type[Refusal], verb: Callable[..., Any], **arguments: Any) -> None:
    """And nothing of any account, entry or adjustment is another one than before, nor is there an audit row."""

    def state() -> list[Any]:
        return [list(model._default_manager.order_by("pk").values()) for model in (Account, Entry, Adjustment, Act)]

    before = state()
    with pytest.raises(refusal), transaction.atomic():
        verb(**arguments)
    assert state() == before


class TestTheLimit:
    def test_what_is_not_above_it_is_posted_at_once(self, wish: Asking, wallet: Wallet, manager: User):
        entry = adjust(adjustment=wish(LIMIT))

        assert isinstance(entry, Entry)
        assert (entry.amount, entry.actor) == (LIMIT, f"user:{manager.pk} admin")
        assert not Adjustment.objects.exists()

    @pytest.mark.parametrize("amount", [LIMIT + 1, -LIMIT - 1])
    def test_one_minor_unit_above_it_waits(self, wish: Asking, wallet: Wallet, amount: int):
        adjustment = adjust(adjustment=wish(amount))

        assert isinstance(adjustment, Adjustment)
        assert adjustment.is_pending
        assert balance(wallet) == 0
        assert not Entry.objects.exists()

    @pytest.mark.parametrize("off", [{}, {"*": 0}, {"*": LIMIT, "USD": 0}, {"EUR": 5}])
    def test_where_there_is_none_nothing_waits(self, wish: Asking, site: Any, off: dict[str, int]):
        site(approval_above=off)

        assert isinstance(adjust(adjustment=wish(10**15)), Entry)

    def test_a_currency_has_its_own_or_the_one_for_all(self, site: Any):
        site(approval_above={"*": LIMIT, "JPY": 500})

        assert str(approval_limit(currency("JPY"))) == "¥500"
        assert str(approval_limit(currency("EUR"))) == "€100.00"

    def test_a_currency_of_its_own_waits_above_its_own(self, wish: Asking, site: Any, alice: User):
        site(approval_above={"*": LIMIT, "JPY": 500})
        yen = open_wallet(user=alice, currency=currency("JPY"))

        assert isinstance(adjust(adjustment=wish(500, wallet=yen)), Entry)
        assert isinstance(adjust(adjustment=wish(501, wallet=yen)), Adjustment)
        assert balance(yen) == 500


class TestAsking:
    def test_keeps_what_was_asked_for_and_an_audit_row(self, wish: Asking, manager: User, wallet: Wallet):
        asked = ask_adjustment(adjustment=wish(12_000, note="call 7", order_id=81, reference="R-1"))

        kept = Adjustment.objects.get()
        assert kept == asked
        assert (kept.amount_minor, kept.note, kept.order_id, kept.reference) == (12_000, "call 7", 81, "R-1")
        assert acts() == [("approval.asked", f"user:{manager.pk} admin")]
        act = Act.objects.get(act="approval.asked")
        assert act.subject == f"wallet:{wallet.pk}"
        assert '"amount_minor":12000' in act.facts
        assert "call 7" not in act.facts

    def test_a_page_sent_twice_asks_once(self, wish: Asking):
        page = uuid4()

        first, again = (adjust(adjustment=wish(event_id=page)) for _ in range(2))

        assert first == again == Adjustment.objects.get()
        assert len(acts()) == 1

    @pytest.mark.parametrize("other", [LIMIT + 2, LIMIT])
    def test_a_page_sent_again_with_other_figures_is_refused(self, wish: Asking, other: int):
        page = uuid4()
        adjust(adjustment=wish(event_id=page))

        refused(EventReused, adjust, adjustment=wish(other, event_id=page))

    def test_a_page_that_was_posted_is_not_asked_for_again(self, wish: Asking):
        page = uuid4()
        adjust(adjustment=wish(LIMIT, event_id=page))

        refused(EventReused, adjust, adjustment=wish(LIMIT + 1, event_id=page))

    def test_not_for_ones_own_wallet(self, wish: Asking, manager: User):
        own = open_wallet(user=manager)

        refused(OwnWallet, adjust, adjustment=wish(wallet=own))

        assert isinstance(adjust(adjustment=wish(LIMIT, wallet=own)), Entry)

    @pytest.mark.parametrize("amount", [LIMIT, LIMIT + 1])
    def test_not_without_the_right(self, wish: Asking, bob: User, amount: int):
        refused(ManagerRequired, adjust, adjustment=wish(amount, asked_by=bob))

    def test_not_what_nobody_could_approve(self, wish: Asking):
        refused(AmountOutOfRange, adjust, adjustment=wish(10**15 + 1))
        refused(ExpiryPassed, adjust, adjustment=wish(expires_at=timezone.now()))


class TestApproving:
    def test_posts_it_and_says_who_did(self, waiting: Adjustment, manager: User, second: User, wallet: Wallet):
        approved = approve_adjustment(adjustment=waiting, by=second, note="seen the call")

        entry = Entry.objects.get()
        assert (entry.amount, entry.kind, entry.reason) == (LIMIT + 1, Kind.CREDIT, "Sorry")
        assert entry.key == f"adjustment:{waiting.event_id}"
        assert entry.actor == f"user:{manager.pk} admin, approved by user:{second.pk}"
        kept = Adjustment.objects.get()
        assert (kept.status, kept.decided_by, kept.entry, kept.decision_note) == ("approved", second, entry, "seen the call")
        assert approved == kept
        assert balance(wallet) == LIMIT + 1
        assert acts()[1:] == [("approval.approved", f"user:{second.pk} admin")]

    def test_a_debit_passes_the_spending_limit_by(self, wish: Asking, second: User, wallet: Wallet, give: Callable[..., Entry]):
        give(wallet, 50_000)
        change_wallet(wallet=wallet, spending_limit=1)

        approve_adjustment(adjustment=ask_adjustment(adjustment=wish(-20_000)), by=second)

        assert balance(wallet) == 30_000

    def test_a_credit_keeps_its_kind_and_its_end(self, wish: Asking, second: User):
        ends = timezone.now() + timedelta(days=3)
        asked = ask_adjustment(adjustment=wish(kind="cashback", expires_at=ends))

        entry = approve_adjustment(adjustment=asked, by=second).entry

        assert entry is not None
        assert (entry.kind, entry.lots[0][1]) == (Kind.CASHBACK, ends.isoformat())

    def test_said_twice_by_the_same_manager_it_is_done_once(self, waiting: Adjustment, second: User):
        first, again = (approve_adjustment(adjustment=waiting, by=second) for _ in range(2))

        assert first.entry == again.entry == Entry.objects.get()
        assert len(acts()) == 2

    def test_not_by_who_asked(self, waiting: Adjustment, manager: User):
        refused(OwnApproval, approve_adjustment, adjustment=waiting, by=manager)
        refused(OwnApproval, reject_adjustment, adjustment=waiting, by=manager)

    def test_not_by_a_superuser_who_asked(self, wish: Asking):
        root = User.objects.create_superuser("root", "root@example.test", PASSWORD)

        refused(OwnApproval, approve_adjustment, adjustment=ask_adjustment(adjustment=wish(asked_by=root)), by=root)

    def test_not_by_the_holder(self, wish: Asking, second: User):
        waiting = ask_adjustment(adjustment=wish(wallet=open_wallet(user=second)))

        refused(OwnWallet, approve_adjustment, adjustment=waiting, by=second)
        refused(OwnWallet, reject_adjustment, adjustment=waiting, by=second)

    def test_not_by_who_is_no_manager(self, waiting: Adjustment, bob: User):
        refused(ManagerRequired, approve_adjustment, adjustment=waiting, by=bob)

    @pytest.mark.parametrize("lost", ["the group", "the account"])
    def test_not_by_who_was_a_manager_when_the_page_was_drawn(self, waiting: Adjustment, second: User, lost: str):
        assert second.has_perm("people.manage_woocommerce")
        if lost == "the group":
            User.objects.get(pk=second.pk).groups.clear()
        else:
            User.objects.filter(pk=second.pk).update(is_active=False)

        refused(ManagerRequired, approve_adjustment, adjustment=waiting, by=second)

    def test_what_was_decided_stays_so(self, waiting: Adjustment, manager: User, second: User):
        reject_adjustment(adjustment=waiting, by=second)

        for verb, by in (
            (approve_adjustment, second),
            (reject_adjustment, make_manager("third")),
            (withdraw_adjustment, manager),
        ):
            refused(AlreadyDecided, verb, adjustment=waiting, by=by)

    def test_where_the_wallet_cannot_it_goes_on_waiting(
        self, wish: Asking, second: User, wallet: Wallet, give: Callable[..., Entry]
    ):
        debit = ask_adjustment(adjustment=wish(-20_000))
        refused(InsufficientFunds, approve_adjustment, adjustment=debit, by=second)
        give(wallet, 20_000)
        change_wallet(wallet=wallet, status="frozen")
        refused(AccountFrozen, approve_adjustment, adjustment=debit, by=second)
        change_wallet(wallet=wallet, status="active")

        assert approve_adjustment(adjustment=debit, by=second).status == "approved"
        assert balance(wallet) == 0

    def test_not_behind_its_end(self, wish: Asking, second: User, monkeypatch: pytest.MonkeyPatch):
        now = timezone.now()
        with monkeypatch.context() as an_hour_ago:
            an_hour_ago.setattr("django.utils.timezone.now", lambda: now - timedelta(hours=1))
            waiting = ask_adjustment(adjustment=wish(expires_at=now - timedelta(seconds=1)))

        refused(ExpiryPassed, approve_adjustment, adjustment=waiting, by=second)


class TestRejectingAndTakingBack:
    def test_a_rejection_moves_nothing(self, waiting: Adjustment, second: User, wallet: Wallet):
        for _ in range(2):
            reject_adjustment(adjustment=waiting, by=second, note="no such call")

        kept = Adjustment.objects.get()
        assert (kept.status, kept.decided_by, kept.decision_note, kept.entry) == ("rejected", second, "no such call", None)
        assert not Entry.objects.exists()
        assert acts()[1:] == [("approval.rejected", f"user:{second.pk} admin")]

    def test_who_asked_takes_it_back(self, waiting: Adjustment, manager: User, second: User):
        withdraw_adjustment(adjustment=waiting, by=manager)

        assert Adjustment.objects.get().status == "withdrawn"
        assert acts()[1:] == [("approval.withdrawn", f"user:{manager.pk} admin")]
        refused(AlreadyDecided, approve_adjustment, adjustment=waiting, by=second)

    def test_nobody_else_takes_it_back(self, waiting: Adjustment, second: User):
        refused(NotYourAdjustment, withdraw_adjustment, adjustment=waiting, by=second)


class TestTheDatabaseSaysNoAsWell:
    @pytest.mark.parametrize(
        "change",
        [
            "status = 'approved', decided_by_id = asked_by_id, decided_at = now(), entry_id = {entry}",
            "status = 'rejected', decided_by_id = asked_by_id, decided_at = now()",
            "status = 'withdrawn', decided_by_id = {other}, decided_at = now()",
            "status = 'approved', decided_by_id = {other}, decided_at = now()",
            "status = 'rejected', decided_by_id = {other}, decided_at = now(), entry_id = {entry}",
            "status = 'rejected', decided_at = now()",
            "status = 'rejected', decided_by_id = {other}",
            "decided_by_id = {other}",
            "decision_note = 'x'",
            "status = 'done'",
            "amount_minor = 0",
            "amount_minor = -5",
            "amount_minor = 1000000000000001",
            "kind = 'debit'",
            "kind = 'refund'",
        ],
    )
    def test_to_half_a_state(
        self, waiting: Adjustment, second: User, bobs_wallet: Wallet, give: Callable[..., Entry], change: str
    ):
        entry = give(bobs_wallet, 5)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE wallets_adjustment SET {change.format(other=second.pk, entry=entry.pk)}")


class TestVerifying:
    def test_honest_approvals_are_no_finding(self, waiting: Adjustment, wish: Asking, second: User):
        approve_adjustment(adjustment=waiting, by=second)
        reject_adjustment(adjustment=ask_adjustment(adjustment=wish()), by=second)
        ask_adjustment(adjustment=wish())

        assert verify().findings == []

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            ("amount_minor = amount_minor + 1", ["names an entry that is not there as it says"]),
            ("kind = 'bonus'", ["names an entry that is not there as it says"]),
            ("wallet_id = {bobs}", ["names an entry that is not there as it says"]),
            ("entry_id = {other}", ["names an entry that is not there as it says"]),
            ("event_id = gen_random_uuid()", ["names an entry that is not there as it says", "names an approval that is not"]),
            (
                "status = 'pending', decided_by_id = NULL, decided_at = NULL, entry_id = NULL",
                ["names an approval that is not there"],
            ),
        ],
    )
    def test_an_approval_changed_behind_our_back(
        self,
        waiting: Adjustment,
        second: User,
        bobs_wallet: Wallet,
        give: Callable[..., Entry],
        change: str,
        found: list[str],
    ):
        approve_adjustment(adjustment=waiting, by=second)
        other = give(bobs_wallet, LIMIT + 1)
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE wallets_adjustment SET {change.format(bobs=bobs_wallet.pk, other=other.pk)}")

        problems = [finding.problem for finding in verify().findings]

        # And once more as not being what its audit rows say.
        assert len(problems) == len(found) + 1
        assert all(words in problem for words, problem in zip(found, problems, strict=False))

    def test_an_approval_by_who_asked(self, waiting: Adjustment, manager: User, second: User):
        approve_adjustment(adjustment=waiting, by=second)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE wallets_adjustment DROP CONSTRAINT wallets_adjustment_four_eyes")
        Adjustment.objects.update(decided_by=manager)

        assert [finding.problem for finding in verify(waiting.wallet_id).findings] == [
            f"approved adjustment {waiting.pk} was approved by its asker or by the holder",
            f"adjustment {waiting.pk} was not decided as its audit rows say",
        ]


EDITS = {
    "amount_minor": "amount_minor = amount_minor * 10",
    "kind": "kind = 'bonus'",
    "expires_at": "expires_at = now() + interval '1 year'",
    "order": "order_id = 82",
    "reference_digest": "reference = 'R-2'",
    "event": "event_id = gen_random_uuid()",
    "wallet": "wallet_id = {bobs}",
    "asker": "asked_by_id = {third}",
}


class TestChangedBehindOurBack:
    @pytest.fixture
    def edit(self, waiting: Adjustment, bobs_wallet: Wallet, sql: Callable[[str], int]) -> Callable[[str], None]:
        third = make_manager("third")

        def edit(change: str) -> None:
            assert sql(f"UPDATE wallets_adjustment SET {change.format(bobs=bobs_wallet.pk, third=third.pk)}") == 1

        return edit

    @pytest.mark.parametrize(("fact", "change"), EDITS.items(), ids=EDITS)
    def test_what_waits_is_not_approved_any_more_and_named(
        self, waiting: Adjustment, second: User, edit: Callable[[str], None], fact: str, change: str
    ):
        edit(change)

        refused(LedgerUnavailable, approve_adjustment, adjustment=waiting, by=second)
        said = f"adjustment {waiting.pk} is not what was asked for ({fact})"
        assert [finding.problem for finding in verify().findings] == [said]
        assert said in [finding.problem for finding in verify(waiting.wallet_id).findings]

    @pytest.mark.parametrize("change", ["amount_minor = amount_minor * 10", "asked_by_id = {third}"])
    def test_it_is_told_to_people(
        self, waiting: Adjustment, second: User, edit: Callable[[str], None], change: str, caplog: pytest.LogCaptureFixture
    ):
        edit(change)
        with pytest.raises(LedgerUnavailable, match="is not what was asked for"):
            approve_adjustment(adjustment=waiting, by=second)

        assert [record.levelname for record in caplog.records if "not what was asked for" in record.message] == ["CRITICAL"]

    def test_a_reversal_of_another_entry(
        self, wish: Asking, second: User, wallet: Wallet, give: Callable[..., Entry], sql: Callable[[str], int]
    ):
        given, another = give(wallet, 20_000), give(wallet, 20_000)
        asked = ask_adjustment(adjustment=wish(-20_000, kind="reversal", reverses=given))
        sql(f"UPDATE wallets_adjustment SET reverses_id = {another.pk} WHERE id = {asked.pk}")

        refused(LedgerUnavailable, approve_adjustment, adjustment=asked, by=second)
        assert [finding.problem for finding in verify().findings] == [
            f"adjustment {asked.pk} is not what was asked for (reverses)"
        ]

    def test_what_nobody_asked_for_is_not_approved_and_named(self, wish: Asking, second: User):
        slipped_in = wish()
        slipped_in.save()

        refused(LedgerUnavailable, approve_adjustment, adjustment=slipped_in, by=second)
        assert ["no audit row of its own" in finding.problem for finding in verify().findings] == [True]

    def test_the_audit_row_edited_to_fit_says_nothing(
        self, waiting: Adjustment, second: User, edit: Callable[[str], None], sql: Callable[[str], int]
    ):
        edit("amount_minor = 99999")
        sql(f"UPDATE audit_act SET facts = replace(facts, '{LIMIT + 1}', '99999') WHERE act = 'approval.asked'")

        refused(LedgerUnavailable, approve_adjustment, adjustment=waiting, by=second)

    def test_what_was_asked_for_and_is_gone(self, waiting: Adjustment, sql: Callable[[str], int]):
        sql("DELETE FROM wallets_adjustment")

        said = f"account {waiting.wallet_id}: adjustment {waiting.pk} was asked for, and is gone"
        assert [str(finding) for finding in verify().findings] == [said]
        assert [str(finding) for finding in verify(waiting.wallet_id).findings] == [said]

    @pytest.mark.parametrize("verb", [approve_adjustment, reject_adjustment])
    def test_a_decision_by_somebody_else(
        self, waiting: Adjustment, second: User, edit: Callable[[str], None], verb: Callable[..., Adjustment]
    ):
        verb(adjustment=waiting, by=second)
        edit("decided_by_id = {third}")

        assert [finding.problem for finding in verify().findings] == [
            f"adjustment {waiting.pk} was not decided as its audit rows say"
        ]

    def test_a_rejection_that_waits_again(self, waiting: Adjustment, second: User, edit: Callable[[str], None]):
        reject_adjustment(adjustment=waiting, by=second)
        edit("status = 'pending', decided_by_id = NULL, decided_at = NULL")

        assert [finding.problem for finding in verify().findings] == [
            f"adjustment {waiting.pk} was not decided as its audit rows say"
        ]

    def test_an_end_in_another_time_zone_is_the_same(self, wish: Asking, second: User):
        ends = (timezone.now() + timedelta(days=3)).astimezone(ZoneInfo("Asia/Tokyo"))
        asked = ask_adjustment(adjustment=wish(expires_at=ends, reference="R-1", order_id=7))

        assert approve_adjustment(adjustment=asked, by=second).status == "approved"
        assert verify().findings == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("rival", [approve_adjustment, reject_adjustment])
def test_of_two_managers_at_once_one_decides(waiting: Adjustment, second: User, wallet: Wallet, rival: Callable[..., Adjustment]):
    third, ready = make_manager("third"), Barrier(2)

    def decide(asked: tuple[Callable[..., Adjustment], User]) -> str:
        verb, by = asked
        try:
            ready.wait(timeout=10)
            with transaction.atomic():
                return verb(adjustment=waiting, by=by).status
        except AlreadyDecided as refusal:
            return f"already {refusal.status}"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(decide, [(approve_adjustment, second), (rival, third)]))

    status = Adjustment.objects.get().status
    assert said == sorted([status, f"already {status}"])
    assert balance(wallet) == (LIMIT + 1 if status == "approved" else 0)
    assert Entry.objects.count() == (status == "approved")
    assert verify().findings == []
