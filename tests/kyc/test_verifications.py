"""Identity checks: deciding on somebody, and what it opens."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import Act
from kyc.errors import KycRequired, OwnVerification, RejectionNeedsNote
from kyc.models import Verification
from kyc.services import decide, require_verified, status_of
from people.models import User
from site_settings.declared import FEATURES

pytestmark = pytest.mark.django_db
PAGE = "/admin/kyc/verification/"


@pytest.mark.parametrize("feature", FEATURES)
def test_a_gated_feature_is_for_whom_was_approved(alice: User, bob: User, manager: User, site: Any, feature: str):
    site(kyc_enabled=True, kyc_required_features=[feature])
    decide(user=bob, status="approved", by=manager)

    require_verified(bob.pk, feature)
    for status in (None, "pending", "rejected"):
        if status:
            decide(user=alice, status=status, by=manager, note="A blurred photograph")
        with pytest.raises(KycRequired) as refused:
            require_verified(alice.pk, feature)
        assert refused.value.feature == feature
    for other in set(FEATURES) - {feature}:
        require_verified(alice.pk, other)


def test_costs_nothing_where_the_gate_is_open(alice: User, site: Any):
    site(kyc_enabled=False, kyc_required_features=["transfer"])
    require_verified(alice.pk, "transfer")
    with CaptureQueriesContext(connection) as statements:
        require_verified(alice.pk, "transfer")

    assert not statements


def test_who_never_was_checked_has_not_submitted(alice: User, manager: User):
    assert status_of(alice.pk) == "not_submitted"
    decide(user=alice, status="pending", by=manager)
    assert status_of(alice.pk) == "pending"


def test_keeps_who_decided_and_tells_it(alice: User, manager: User):
    decided = decide(user=alice, status="rejected", by=manager, note="Expired")

    assert (decided.decided_by, decided.note, bool(decided.decided_at)) == (manager, "Expired", True)
    act = Act.objects.get(act="kyc.decided")
    assert (act.actor, act.subject, act.facts) == (f"user:{manager.pk} admin", f"user:{alice.pk}", '{"status":"rejected"}')
    reopened = decide(user=alice, status="pending", by=manager)
    assert (reopened.pk, reopened.decided_by, reopened.decided_at) == (decided.pk, None, None)


def test_refuses_a_rejection_without_a_word_and_a_decision_on_oneself(alice: User, manager: User):
    with pytest.raises(RejectionNeedsNote), transaction.atomic():
        decide(user=alice, status="rejected", by=manager, note="  ")
    with pytest.raises(OwnVerification), transaction.atomic():
        decide(user=manager, status="approved", by=manager)
    with pytest.raises(ValueError, match="verified"), transaction.atomic():
        decide(user=alice, status="verified", by=manager)
    assert not Verification.objects.exists()


@pytest.mark.parametrize(
    "row", [{"status": "approved"}, {"status": "odd"}, {"status": "rejected", "decided_at": "2026-01-01T00:00Z"}]
)
def test_the_database_says_no_as_well(alice: User, row: dict[str, Any]):
    with pytest.raises(IntegrityError), transaction.atomic():
        Verification.objects.create(user=alice, **row)


class TestTheAdmin:
    @pytest.fixture
    def page(self, client: Client, manager: User) -> Client:
        client.force_login(manager)
        return client

    def test_a_manager_decides_on_whom_nobody_looked_at(self, page: Client, alice: User, manager: User):
        assert "Decide on a customer" in page.get(PAGE).content.decode()
        response = page.post(f"{PAGE}decide-on-a-customer/", {"user": alice.pk, "status": "approved", "note": ""})

        assert response.status_code == 302
        assert Verification.objects.get(user=alice).decided_by == manager
        assert "approved" in page.get(response["Location"]).content.decode()

    def test_and_again(self, page: Client, alice: User, manager: User):
        there = decide(user=alice, status="approved", by=manager)
        address = f"{PAGE}{there.pk}/decide/"
        assert page.get(address).context["form"].initial["user"] == alice.pk
        page.post(address, {"user": alice.pk, "status": "rejected", "note": "Found out"})

        assert status_of(alice.pk) == "rejected"

    def test_says_what_is_wrong(self, page: Client, alice: User, manager: User):
        address = f"{PAGE}decide-on-a-customer/"
        for sent in (
            {"user": alice.pk, "status": "rejected", "note": ""},
            {"user": manager.pk, "status": "approved", "note": ""},
            {"user": "9" * 30, "status": "approved", "note": ""},
            {"user": alice.pk, "status": "no", "note": ""},
            {"user": alice.pk, "status": "approved", "note": "x" * 2001},
        ):
            response = page.post(address, sent)
            assert response.status_code == 200
            assert response.context["form"].errors
        assert not Verification.objects.exists()

    def test_is_not_for_others(self, client: Client, alice: User, manager: User):
        there = decide(user=alice, status="pending", by=manager)
        clerk = User.objects.create_user("clerk", "clerk@example.test", "x", is_staff=True)
        client.force_login(clerk)
        for address in (PAGE, f"{PAGE}decide-on-a-customer/", f"{PAGE}{there.pk}/decide/"):
            assert client.post(address, {"user": alice.pk, "status": "approved"}).status_code == 403
        assert status_of(alice.pk) == "pending"
