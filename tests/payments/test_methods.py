"""Saved payment methods: kept once, removed for good, and nobody else's."""

import pytest
from rest_framework.test import APIClient

from audit.models import Act
from payments.methods import keep_method, live_methods, method_to_charge, remove_method
from payments.models import PaymentMethod
from payments.port import SavedMethod
from people.models import User
from tests.api.conftest import V1
from tests.payments.methods import new_method

pytestmark = pytest.mark.django_db

CARD = SavedMethod("pm_kept", "cus_1", "Visa •••• 4242")


def test_the_newest_one_of_a_provider_is_charged(alice: User, bob: User):
    old, new = new_method(alice), new_method(alice)
    new_method(alice, provider="other")
    new_method(bob)

    assert method_to_charge(alice, "stripe") == new
    remove_method(user=alice, method_id=new.pk, actor="test")
    assert method_to_charge(alice, "stripe") == old
    remove_method(user=alice, method_id=old.pk, actor="test")
    assert method_to_charge(alice, "stripe") is None


def test_what_is_told_twice_is_kept_once_and_what_was_removed_stays_removed(alice: User):
    kept = keep_method(user=alice, provider="stripe", saved=CARD)
    assert keep_method(user=alice, provider="stripe", saved=CARD) == kept
    remove_method(user=alice, method_id=kept.pk, actor="test")

    assert keep_method(user=alice, provider="stripe", saved=CARD).removed_at is not None
    assert not live_methods(alice).exists()
    assert PaymentMethod.objects.count() == 1


def test_own_methods_are_listed_without_what_the_provider_calls_them(as_alice: APIClient, alice: User, bob: User):
    method = new_method(alice)
    new_method(bob)

    answer = as_alice.get(f"{V1}/payment_methods").json()

    assert answer["meta"]["total"] == 1
    (row,) = answer["data"]
    assert row == {"id": method.pk, "provider": "stripe", "label": "Visa •••• 4242", "created_at": row["created_at"]}


def test_a_removed_one_is_told_of_once_more_and_kept_in_the_audit(as_alice: APIClient, alice: User):
    method = new_method(alice)

    for _ in range(2):
        answer = as_alice.delete(f"{V1}/payment_methods/{method.pk}")
        assert (answer.status_code, answer.json()["deleted"]) == (200, True)

    assert as_alice.get(f"{V1}/payment_methods").json()["data"] == []
    act = Act.objects.get(act="payment_method.removed")
    assert act.subject == f"payment_method:{method.pk}"
    assert act.actor.startswith(f"user:{alice.pk} ")


def test_anothers_and_one_that_is_not_there_look_the_same(as_alice: APIClient, as_manager: APIClient, bob: User):
    method = new_method(bob)
    answers = [
        client.delete(f"{V1}/payment_methods/{number}") for client in (as_alice, as_manager) for number in (method.pk, 10**30)
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["code"] for answer in answers} == {"rest_forbidden"}
    assert live_methods(bob).count() == 1
