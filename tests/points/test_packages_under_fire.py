"""Packages that everybody is at: what was ordered is credited once, and who retires one is not undone by who changes it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from ledger.models import Alarm, Entry
from ledger.money import Money, currency
from ledger.retry import in_transaction
from ledger.verifying import verify
from payments.errors import TopupNotCompleted
from payments.models import Topup
from payments.port import NoticeKind, ProviderNotice
from payments.receiving import take_notice
from payments.services import locked_topup
from points.models import PointPackage
from points.packages import services
from points.packages.errors import PackageUnknown
from points.packages.services import buy_package, change_package, make_package, retire_package
from points.packages.terms import require_as_sealed
from tests.payments.conftest import all_at_once
from tests.points.meeting import meeting
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def ordered(hers: Wallet, settings: Any, site: Callable[..., None]) -> Topup:
    """Ten points for $9.00, of which one is a fee, not paid yet."""
    settings.PAYMENT_PROVIDER = "manual"
    site(points_add_fee_type="percent", points_add_fee_amount=10)
    made = in_transaction(partial(make_package, points_minor=1000, price_minor=900, actor="test"))
    return buy_package(package=made, wallet=hers, origin="customer", actor="user:1")


def told(topup: Topup, number: str, kind: NoticeKind = NoticeKind.PAID, minor: int = 900, **extra: Any) -> Callable[[], str]:
    notice = ProviderNotice(number, kind, topup.pk, amount=Money(minor, currency("USD")), **extra)
    return lambda: in_transaction(lambda: take_notice(provider="manual", notice=notice))


def rows() -> list[tuple[str, int]]:
    return list(Entry.objects.order_by("sequence").values_list("kind", "amount"))


def test_is_credited_once_however_often_it_is_told_while_it_is_changed_and_retired(
    ordered: Topup, monkeypatch: pytest.MonkeyPatch
):
    """Seen to fail without the top-up's lock: nobody was told of a second payment for it."""
    monkeypatch.setattr("payments.services.locked_topup", meeting(locked_topup, 3))
    terms: dict[str, Any] = {"package_id": PointPackage.objects.get().pk, "actor": "test"}
    change = partial(change_package, points_minor=5, price_minor=90_000, position=0, **terms)
    works = [told(ordered, "n1")] * 3 + [told(ordered, f"n{number}", reference=f"pay_{number}") for number in (2, 3)]
    outcomes = all_at_once([*works, lambda: in_transaction(change), lambda: in_transaction(partial(retire_package, **terms))])

    assert outcomes[:5] == ["completed"] * 5
    assert rows() == [("topup", 1000), ("fee", -100)]
    assert Alarm.objects.open().get().name == "topup_paid_again"
    assert PointPackage.objects.get().retired_at
    assert verify().findings == []


def test_a_take_back_beside_its_payment_is_booked_behind_it_and_once(ordered: Topup, hers: Wallet):
    """What comes too early is sent again; and cases at once take no more than was bought."""
    lost = [told(ordered, f"d{case}", NoticeKind.TAKEN_BACK, 450, case=f"dp_{case}") for case in (1, 1, 2)]
    outcomes = all_at_once([told(ordered, "n1"), *lost])
    assert all(isinstance(outcome, str | TopupNotCompleted) for outcome in outcomes), outcomes
    assert all_at_once(lost) == ["taken back"] * 3

    hers.account.refresh_from_db()
    assert (hers.account.balance, hers.account.owed) == (0, 0)
    assert sum(amount for _, amount in rows()) == 0
    assert verify().findings == []


def test_a_change_does_not_bring_back_what_is_retired(ordered: Topup, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services, "require_as_sealed", meeting(require_as_sealed))
    terms: dict[str, Any] = {"package_id": PointPackage.objects.get().pk, "actor": "test"}
    change = partial(change_package, points_minor=5, price_minor=1, position=0, **terms)
    retired, changed = all_at_once([lambda: in_transaction(partial(retire_package, **terms)), lambda: in_transaction(change)])

    assert isinstance(retired, PointPackage)
    assert isinstance(changed, PointPackage | PackageUnknown)
    left = PointPackage.objects.get()
    assert left.retired_at
    assert left.points_minor == (5 if isinstance(changed, PointPackage) else 1000)
    assert verify().findings == []
