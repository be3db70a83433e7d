"""What somebody has paid, exported and erased."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ledger.models import Outbox
from payments.models import PaymentMethod, TakeBack, Topup
from payments.port import NoticeKind, ProviderNotice, SavedMethod
from payments.receiving import take_notice
from people.models import User
from tests.wallet_service.privacy_life import Life, life  # noqa: F401  a fixture
from wallet_service.privacy.services import erase_person, exported, obstacles

pytestmark = pytest.mark.django_db


def export(user: User) -> Any:
    return json.loads("".join(exported(user)))


def test_the_export_tells_what_was_paid_and_with_what(life: Life):  # noqa: F811
    found = export(life.user)

    [method] = found["payment_methods"]
    assert (method["label"], method["reference"]) == ("Zelda's marzipan card", "pm_zelda")
    told = [(row["status"], row["amount"]["amount"]) for row in found["top_ups"]]
    assert told == [("completed", "50.00"), ("pending", "60.00")]
    assert found["top_ups"][1]["return_url"] == "https://shop.example/?for=zelda"


def test_erasing_leaves_what_the_books_need(life: Life):  # noqa: F811
    paid, waiting = Topup.objects.order_by("created_at")
    erased = erase_person(user=life.user, keep_balance=True)

    assert (erased.changed["payment_methods"], erased.changed["top_ups"]) == (1, 3)
    method = PaymentMethod.objects.get()
    assert (method.reference, method.customer_reference, method.label) == (f"erased-{method.pk}", "", "")
    assert method.removed_at is not None
    paid.refresh_from_db()
    waiting.refresh_from_db()
    assert [(topup.status, topup.payment_url, topup.return_url) for topup in (paid, waiting)] == [
        ("completed", "", ""),
        ("failed", "", ""),
    ]
    assert (paid.reference, waiting.failure) == ("till-1", "person_erased")
    assert Outbox.objects.filter(type="wallet.topup.failed").count() == 1
    assert not erase_person(user=life.user, keep_balance=True).is_new


def test_nothing_is_kept_of_a_card_that_comes_behind_it(life: Life):  # noqa: F811
    waiting = Topup.objects.get(status="pending")
    Topup.objects.filter(pk=waiting.pk).update(saves_method=True)
    erase_person(user=life.user, keep_balance=True)
    late = ProviderNotice(
        "n-1", NoticeKind.PAID, topup_id=waiting.pk, amount=waiting.amount, method=SavedMethod("pm_zelda", "cus_zelda", "Zelda's")
    )

    assert take_notice(provider="manual", notice=late) == "completed"
    assert PaymentMethod.objects.count() == 1


@pytest.mark.parametrize("status", ["charging", "unknown", "review"])
def test_what_is_under_way_is_in_the_way(life: Life, status: str):  # noqa: F811
    Topup.objects.filter(status="pending").update(status=status, paid_minor=1)

    assert any("settle it first" in reason for reason in obstacles(life.user, keep_balance=True))


def test_so_is_a_refund(life: Life, manager: User):  # noqa: F811
    TakeBack.objects.create(topup=Topup.objects.get(status="completed"), kind="refund", amount_minor=5, actor="test")

    assert any("refund" in reason for reason in obstacles(life.user, keep_balance=True))


def test_so_is_what_a_manager_said_and_a_second_one_has_not(life: Life, manager: User, bob: User):  # noqa: F811
    Topup.objects.filter(status="pending").update(confirming_by=bob, confirming_minor=5)

    assert any("second manager" in reason for reason in obstacles(bob, keep_balance=True))
    assert obstacles(life.user, keep_balance=True) == []


def test_nobody_else_is_touched(life: Life, bob: User, bobs_wallet: Any, start: Callable[..., Topup]):  # noqa: F811
    other = start(bobs_wallet, return_url="https://shop.example/bob")
    erase_person(user=life.user, keep_balance=True)

    other.refresh_from_db()
    assert (other.status, other.return_url) == ("pending", "https://shop.example/bob")


@pytest.fixture
def start() -> Callable[..., Topup]:
    from tests.payments.conftest import started

    return started
