"""A person says that it was paid: like any credit by hand, up to the limit alone, above it two."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from audit.models import Act
from ledger.errors import AmountOutOfRange, CurrencyMismatch, LedgerUnavailable
from ledger.models import Account, Alarm, Entry, Outbox
from ledger.money import Money, currency
from payments.by_hand import confirm_by_hand, fail_by_hand, may_confirm, may_fail
from payments.errors import PaymentWentBack, ProviderDecides, TopupNotOpen, TopupUnderWay
from payments.models import Topup
from payments.port import NoticeKind, ProviderNotice
from payments.receiving import take_notice
from payments.services import confirm_topup
from payments.taking_back import take_back_by_provider
from people.models import User
from people.rights import SHOP_MANAGER
from tests.payments.conftest import all_at_once
from wallets.errors import ManagerRequired, OwnWallet
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
Site = Callable[..., None]


def new_manager(name: str) -> User:
    user = User.objects.create_user(name, f"{name}@example.test", is_staff=True)
    user.groups.add(Group.objects.get(name=SHOP_MANAGER))
    return user


@pytest.fixture
def second(db: None) -> User:
    return new_manager("second")


def confirm(topup: Topup, by: User | None, minor: int = 5000) -> Topup:
    with transaction.atomic():
        return confirm_by_hand(topup_id=topup.pk, amount=topup.wallet.money(minor), by=by)


def fail(topup: Topup, by: User | None) -> Topup:
    with transaction.atomic():
        return fail_by_hand(topup_id=topup.pk, by=by)


def test_a_manager_confirms(topup: Topup, manager: User):
    assert confirm(topup, manager).status == "completed"
    assert confirm(topup, manager).status == "completed"

    entry, act = Entry.objects.get(), Act.objects.get(act="topup.confirmed")
    assert (entry.amount, entry.actor) == (5000, f"user:{manager.pk} admin")
    assert (act.actor, act.subject) == (f"user:{manager.pk} admin", f"topup:{topup.pk}")


def test_another_amount_earns_what_it_earns_now(wallet: Wallet, start: Callable[..., Topup], site: Site, manager: User):
    site(topup_bonus_percent=10)
    topup = start(wallet)
    site(topup_bonus_percent=20)

    done = confirm(topup, manager, 3000)
    assert (done.amount_minor, done.bonus_minor) == (3000, 600)
    assert sorted(Entry.objects.values_list("amount", flat=True)) == [600, 3000]


@pytest.mark.parametrize(("gone", "asked", "left"), [(6000, 6000, 0), (6000, 1, 0), (2500, 3501, 3500), (7000, 1, 0)])
def test_what_went_back_already_is_not_credited(topup: Topup, manager: User, gone: int, asked: int, left: int):
    money = topup.wallet.money
    confirm_topup(topup_id=topup.pk, paid=money(6000), actor="test", reference="pay_1")
    take_back_by_provider(topup=topup, case="dp_1", amount=money(gone), reference="pay_1")

    for by in (manager, None):
        with pytest.raises(PaymentWentBack) as refused:
            confirm(topup, by, asked)
        assert (refused.value.gone, refused.value.most) == (money(gone), money(left))
    assert not Entry.objects.exists()


def test_what_is_left_of_what_went_back_is_credited(topup: Topup, manager: User):
    money = topup.wallet.money
    confirm_topup(topup_id=topup.pk, paid=money(6000), actor="test", reference="pay_1")
    told = ProviderNotice("1", NoticeKind.TAKEN_BACK, topup.pk, "pay_1", "dp_1", money(2500))
    take_notice(provider="manual", notice=told)

    assert confirm(topup, manager, 3500).status == "completed"
    assert Account.objects.get(pk=topup.wallet_id).balance == 3500
    for number, case, balance in (("2", "dp_1", 3500), ("3", "dp_2", 0), ("4", "dp_2", 0)):
        take_notice(provider="manual", notice=replace(told, id=number, case=case, amount=money(3500)))
        assert Account.objects.get(pk=topup.wallet_id).balance == balance


def test_what_went_back_of_another_payment_says_nothing_about_this_one(topup: Topup, manager: User):
    money = topup.wallet.money
    confirm_topup(topup_id=topup.pk, paid=money(6000), actor="test", reference="pay_1")
    take_back_by_provider(topup=topup, case="dp_1", amount=money(6000), reference="pay_2")

    assert confirm(topup, manager, 6000).status == "completed"


def test_of_a_payment_in_another_currency_that_went_back_nothing_is_credited(topup: Topup, manager: User):
    euros = Money(6000, currency("EUR"))
    confirm_topup(topup_id=topup.pk, paid=euros, actor="test", reference="pay_1")
    take_back_by_provider(topup=topup, case="dp_1", amount=Money(100, euros.currency), reference="pay_1")

    with pytest.raises(PaymentWentBack):
        confirm(topup, manager, 1)


def test_a_second_manager_does_not_confirm_what_went_back_meanwhile(topup: Topup, manager: User, second: User, site: Site):
    site(approval_above={"USD": 1000})
    paid = topup.wallet.money(6000)
    confirm_topup(topup_id=topup.pk, paid=paid, actor="test", reference="pay_1")
    assert confirm(topup, manager, 6000).confirming_by == manager
    take_back_by_provider(topup=topup, case="dp_1", amount=paid, reference="pay_1")

    with pytest.raises(PaymentWentBack):
        confirm(topup, second, 6000)
    assert not Entry.objects.exists()


def test_only_a_manager_and_never_for_himself(topup: Topup, alice: User, manager: User, start: Callable[..., Topup]):
    for settle in (confirm, fail):
        with pytest.raises(ManagerRequired):
            settle(topup, alice)
    alice.groups.add(Group.objects.get(name=SHOP_MANAGER))
    for settle in (confirm, fail):
        with pytest.raises(OwnWallet):
            settle(topup, alice)
    assert not Entry.objects.exists()
    assert Topup.objects.get().status == "pending"


def test_above_the_limit_two_say_the_same(topup: Topup, manager: User, second: User, site: Site):
    site(approval_above={"*": 4999})

    waiting = confirm(topup, manager)
    assert (waiting.status, waiting.confirming_by, waiting.confirming_minor) == ("pending", manager, 5000)
    confirm(topup, manager)
    assert not Entry.objects.exists()

    done = confirm(topup, second)
    assert (done.status, done.confirming_by, done.confirming_minor) == ("completed", None, None)
    entry = Entry.objects.get()
    assert entry.actor == f"user:{manager.pk} admin, approved by user:{second.pk}"
    assert list(Act.objects.filter(subject=f"topup:{topup.pk}").values_list("act", "actor").order_by("pk")) == [
        ("topup.confirmation_asked", f"user:{manager.pk} admin"),
        ("topup.confirmation_asked", f"user:{manager.pk} admin"),
        ("topup.confirmed", f"user:{second.pk} admin"),
    ]


def test_the_limit_counts_the_bonus(wallet: Wallet, start: Callable[..., Topup], site: Site, manager: User):
    site(approval_above={"*": 5000}, topup_bonus_percent=1)

    assert confirm(start(wallet), manager).status == "pending"


def test_another_amount_begins_anew(topup: Topup, manager: User, second: User, site: Site):
    site(approval_above={"*": 1000})
    confirm(topup, manager)
    assert confirm(topup, second, 4000).confirming_by == second
    assert not Entry.objects.exists()

    assert confirm(topup, manager, 4000).status == "completed"
    assert Entry.objects.get().amount == 4000


def test_within_the_limit_one_is_enough_whoever_waits(topup: Topup, manager: User, second: User, site: Site):
    site(approval_above={"*": 4500})
    confirm(topup, manager)

    assert confirm(topup, second, 4000).status == "completed"
    assert Entry.objects.get().amount == 4000


def test_a_bonus_that_changes_between_the_two_begins_anew(topup: Topup, manager: User, second: User, site: Site):
    site(approval_above={"*": 1000}, topup_bonus_percent=5)
    confirm(topup, manager, 6000)
    site(approval_above={"*": 1000}, topup_bonus_percent=10)
    assert confirm(topup, second, 6000).confirming_by == second
    assert not Entry.objects.exists()

    assert confirm(topup, manager, 6000).bonus_minor == 600


@pytest.mark.parametrize("is_active", [True, False])
def test_who_is_no_manager_any_more_has_said_nothing(topup: Topup, manager: User, second: User, site: Site, is_active: bool):
    site(approval_above={"*": 1000})
    confirm(topup, manager)
    if is_active:
        manager.groups.clear()
    manager.is_active = is_active
    manager.save()

    assert confirm(topup, second).confirming_by == second
    assert not Entry.objects.exists()
    assert confirm(topup, new_manager("third")).status == "completed"


def test_the_operator_needs_nobody(topup: Topup, site: Site):
    site(approval_above={"*": 1})

    assert confirm(topup, None).status == "completed"
    assert Entry.objects.get().actor == "command"


@pytest.mark.parametrize("forged", ["confirming_by_id = {manager}, confirming_minor = 900000", "confirming_by_id = {third}"])
def test_a_first_word_that_nobody_gave_is_refused(
    topup: Topup, manager: User, second: User, site: Site, sql: Callable[[str], int], forged: str
):
    """The row can be edited; the audit row that was written when he said so cannot."""
    site(approval_above={"*": 1000})
    third = new_manager("third")
    confirm(topup, manager)
    sql(f"UPDATE payments_topup SET {forged.format(manager=manager.pk, third=third.pk)}")
    said = Topup.objects.get().confirming_minor or 0

    with pytest.raises(LedgerUnavailable):
        confirm(topup, second, said)
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_who_confirm_at_once_credit_once(topup: Topup, manager: User, second: User):
    done = all_at_once([lambda: confirm(topup, manager), lambda: confirm(topup, second)] * 2)

    assert [topup.status for topup in done] == ["completed"] * 4
    assert Account.objects.get(pk=topup.wallet_id).balance == 5000
    assert Act.objects.filter(act="topup.confirmed").count() == 1


@pytest.mark.parametrize(
    ("provider", "status", "can_confirm", "can_fail"),
    [
        ("manual", "created", True, True),
        ("manual", "pending", True, True),
        ("manual", "failed", True, False),
        ("stripe", "created", False, True),
        ("stripe", "pending", False, True),
        ("stripe", "failed", False, False),
        ("stripe", "charging", False, False),
        ("stripe", "unknown", True, True),
    ],
)
def test_what_a_person_may_say(topup: Topup, manager: User, provider: str, status: str, can_confirm: bool, can_fail: bool):
    Topup.objects.update(provider=provider, status=status)
    now = Topup.objects.get()

    assert (may_confirm(now), may_fail(now)) == (can_confirm, can_fail)
    if not can_confirm:
        with pytest.raises(TopupUnderWay if status == "charging" else ProviderDecides):
            confirm(topup, manager)
    if status == "charging":
        with pytest.raises(TopupUnderWay):
            fail(topup, manager)
    elif not can_fail:
        assert fail(topup, manager).status == "failed"
        assert not Act.objects.filter(act="topup.failed").exists()
    assert not Entry.objects.exists()


def test_what_is_looked_at_is_booked_as_it_was_paid_or_failed(topup: Topup, manager: User, start: Callable[..., Topup]):
    other = start(topup.wallet, 6000)
    for each in (topup, other):
        confirm_topup(topup_id=each.pk, paid=topup.wallet.money(4000), actor="provider:manual", reference="till-1")
    assert Alarm.objects.open().count() == 2

    done, failed = confirm(topup, manager, 4000), fail(other, manager)
    assert (done.status, done.amount_minor, done.paid_minor, done.reference) == ("completed", 4000, None, "till-1")
    assert (failed.status, failed.failure, failed.paid_minor) == ("failed", "by_hand", 4000)
    assert Entry.objects.get().amount == 4000
    assert not Alarm.objects.open().exists()
    assert Outbox.objects.filter(type="wallet.topup.failed").count() == 1
    assert Act.objects.get(act="topup.failed").subject == f"topup:{other.pk}"


def test_what_is_completed_stays(topup: Topup, manager: User):
    confirm(topup, manager)
    with pytest.raises(TopupNotOpen):
        confirm(topup, manager, 4000)
    with pytest.raises(TopupNotOpen):
        fail(topup, manager)


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        (Money(5000, currency("EUR")), CurrencyMismatch),
        (Money(0, currency("USD")), AmountOutOfRange),
        (Money(-1, currency("USD")), AmountOutOfRange),
        (Money(10**15 + 1, currency("USD")), AmountOutOfRange),
    ],
    ids=str,
)
def test_refuses_what_cannot_be_booked(topup: Topup, manager: User, amount: Money, refusal: type[Any]):
    with pytest.raises(refusal), transaction.atomic():
        confirm_by_hand(topup_id=topup.pk, amount=amount, by=manager)
    assert Topup.objects.get().status == "pending"
