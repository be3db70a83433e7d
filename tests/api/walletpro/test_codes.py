"""`POST /codes`, `GET /codes` and `POST /codes/{code}/void` (seeds/002, "Codes Endpoints")."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apikeys.services import make_application_password
from audit.models import Act
from codes.models import Batch, Code, Redemption
from codes.services import void_code
from idempotency.models import Claim
from ledger.verifying import verify
from people.models import User
from tests.api.conftest import V1, said
from tests.codes.making import new_code, new_codes, redeem, row_of
from tests.conftest import basic

pytestmark = pytest.mark.django_db

CODES = f"{V1}/codes"
SUMMER = {
    "amount": "2000",
    "quantity": 3,
    "prefix": "SUMMER-",
    "expiry_date": "2099-08-31T23:59:59Z",
    "max_redemptions": 1,
}


def generate(client: APIClient, **arguments: Any) -> Any:
    return client.post(CODES, arguments, format="json")


def refused(response: Any, code: str, *params: str) -> None:
    """It says so, and made no code."""
    assert said(response)[1] == code
    if params:
        assert sorted(response.json()["data"]["params"]) == sorted(params)
    assert not Batch.objects.exists()
    assert not Code.objects.exists()


def test_generates_codes(as_manager: APIClient):
    response = generate(as_manager, **SUMMER)
    body = response.json()

    assert response.status_code == 201
    assert list(body) == ["codes", "count", "currency"]
    assert (body["count"], body["currency"], len({row["code"] for row in body["codes"]})) == (3, "USD", 3)
    for row in body["codes"]:
        assert re.fullmatch("SUMMER-[2-9A-HJKMNP-Z]{12}", row.pop("code"))
        assert row == {"amount": "2000", "currency": "USD", "expiry_date": "2099-08-31T23:59:59Z"}


def test_one_code_of_the_sites_currency_unless_said(as_manager: APIClient):
    body = generate(as_manager, amount=2000).json()

    assert (body["count"], body["codes"][0]["expiry_date"], Code.objects.get().max_redemptions) == (1, None, 1)
    assert generate(as_manager, amount="5", currency="JPY").json()["currency"] == "JPY"


def test_all_that_can_be_said_of_a_code_is_kept(as_manager: APIClient, alice: User, manager: User):
    asked = {
        "max_redemptions": 7,
        "max_per_user": 2,
        "restrict_to_user_id": alice.pk,
        "prefix": "vip_",
        "expiry_date": "2020-01-01",
    }
    assert generate(as_manager, amount="1", **asked).status_code == 201
    code = Code.objects.get()

    assert (code.max_redemptions, code.max_per_user, code.restrict_to_user_id, code.prefix) == (7, 2, alice.pk, "VIP_")
    assert code.expires_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert code.batch.made_by == manager
    act = Act.objects.get(act="codes.generated")
    assert (act.subject, act.actor.split()[1]) == (f"batch:{code.batch_id}", f"user:{manager.pk}")


NO_AMOUNTS: list[Any] = ["0", "-1", "1.5", 1.5, "", str(10**15 + 1), "1" * 5000, [], True]


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        *(({"amount": amount}, "amount") for amount in NO_AMOUNTS),
        *(({"quantity": quantity}, "quantity") for quantity in (0, 501, -1, "x", 1.5, 10**30, None)),
        *(({"max_redemptions": count}, "max_redemptions") for count in (0, -1, 10**6 + 1, "many")),
        *(({"max_per_user": count}, "max_per_user") for count in (0, -1, "many")),
        *(
            ({"prefix": prefix}, "prefix")
            for prefix in ("TOO-LONG-", "-A", "_A", "A B", "A/B", "Ä", "=1+1", "A\0", "A.B", 7, "é")
        ),
        *(({"restrict_to_user_id": user}, "restrict_to_user_id") for user in (0, -1, "bob")),
        *(({"expiry_date": date}, "expiry_date") for date in ("tomorrow", "2099-13-01", 5)),
        *(({"currency": code}, "currency") for code in ("XXY", "", "usd", "A" * 13)),
        ({"idempotency_key": "1"}, "idempotency_key"),
        ({"dry_run": "perhaps"}, "dry_run"),
    ],
)
def test_what_cannot_be_is_a_400(as_manager: APIClient, wrong: dict[str, Any], name: str):
    refused(generate(as_manager, **{"amount": "1", **wrong}), "rest_invalid_param", name)


def test_the_amount_is_needed(as_manager: APIClient):
    refused(generate(as_manager), "rest_missing_callback_param")


@pytest.mark.parametrize("number", [10**6, 2**63 - 1, 10**30])
def test_nobody_to_restrict_it_to(as_manager: APIClient, number: int):
    refused(generate(as_manager, amount="1", restrict_to_user_id=number), "rest_user_invalid_id")


@pytest.mark.parametrize("caller", ["as_alice", "stranger"])
def test_for_managers_only(request: pytest.FixtureRequest, caller: str):
    client: APIClient = request.getfixturevalue(caller)
    new_code()

    assert generate(client, amount="1").status_code == client.get(CODES).status_code == (401 if caller == "stranger" else 403)
    assert Code.objects.count() == 1


def test_a_repetition_hands_out_the_same_codes(as_manager: APIClient):
    asked = {**SUMMER, "idempotency_key": str(uuid4())}
    first, second = generate(as_manager, **asked), generate(as_manager, **{**asked, "amount": 2000})

    assert (first.status_code, second.status_code, second["Idempotent-Replay"]) == (201, 200, "true")
    assert second.json()["codes"] == first.json()["codes"]
    assert second.json()["data"] == {"status": 200, "original_status": 201}
    assert (Batch.objects.count(), Code.objects.count()) == (1, 3)
    assert said(generate(as_manager, **{**asked, "amount": "2001"})) == (422, "walletpro_idempotency_key_reused")
    assert first.json()["codes"][0]["code"].encode() not in bytes(Claim.objects.get().body or b"")
    assert verify().findings == []


def test_a_stored_answer_whose_codes_are_gone_is_named(as_manager: APIClient, sql: Callable[[str], int]):
    generate(as_manager, **SUMMER, idempotency_key=str(uuid4()))
    sql("DELETE FROM codes_code")
    sql("DELETE FROM codes_batch")
    found = [str(finding) for finding in verify().findings]

    assert any(re.fullmatch(r"stored reply \S+ moved nothing", finding) for finding in found), found
    assert any(re.fullmatch(r"batch \d+ was generated, and is gone", finding) for finding in found), found


def test_a_dry_run_makes_none(as_manager: APIClient):
    response = generate(as_manager, **SUMMER, dry_run=True)

    assert (response.status_code, response.json()) == (
        200,
        {"dry_run": True, "status": 201, "entries": [], "fee": "0", "wallets": []},
    )
    assert not Batch.objects.exists()


class TestHowMuch:
    """Codes are money: what they can bring in all is held against what one call, or one person, may move."""

    @pytest.mark.parametrize("more", [{"amount": "101"}, {"quantity": 101}, {"quantity": 11, "max_redemptions": 10}])
    def test_a_keys_maximum(self, manager: User, client_with_key: Callable[..., APIClient], more: dict[str, Any]):
        client = client_with_key(manager, max_amount=100)
        response = generate(client, **{"amount": "1", **more})

        refused(response, "walletpro_key_limit_exceeded")
        assert response.json()["data"]["limit"] == "100"
        assert Act.objects.filter(act="key.maximum_exceeded").count() == 1
        assert generate(client, amount="10", quantity=2, max_redemptions=5).status_code == 201

    @pytest.mark.parametrize("way", ["session", "application password"])
    def test_what_one_person_moves_alone(
        self, manager: User, by_session: Callable[[User], APIClient], site: Callable[..., None], way: str
    ):
        site(approval_above={"*": 10_000, "EUR": 20_000})
        password = make_application_password(user=manager, name="test")[1]
        client = by_session(manager) if way == "session" else APIClient(**basic("manager", password))
        response = generate(client, amount="500", quantity=21)

        refused(response, "walletpro_approval_required")
        assert response.json()["data"] == {"status": 403, "limit": "10000", "requested": "10500"}
        assert Act.objects.get(act="approval.refused").subject == "codes"
        assert generate(client, amount="500", quantity=20).status_code == 201
        assert generate(client, amount="500", quantity=40, currency="EUR").status_code == 201

    def test_a_dry_run_is_refused_alike_and_not_kept(
        self, manager: User, by_session: Callable[[User], APIClient], site: Callable[..., None]
    ):
        site(approval_above={"*": 10_000})
        refused(generate(by_session(manager), amount="10001", dry_run=True), "walletpro_approval_required")

        assert not Act.objects.filter(act="approval.refused").exists()


def listed(client: APIClient, **query: Any) -> list[str]:
    response = client.get(CODES, query)
    assert response.status_code == 200, response.content
    return [row["code"] for row in response.json()["data"]]


def test_a_row_of_the_list(as_manager: APIClient, alice: User):
    code = new_code(prefix="SUMMER-", max_redemptions=2, restrict_to_user=alice, expires_at=datetime(2099, 1, 1, tzinfo=UTC))
    redeem(code, alice)
    row = row_of(code)

    assert as_manager.get(CODES).json() == {
        "data": [
            {
                "code": code,
                "amount": "2000",
                "currency": "USD",
                "status": "active",
                "redemptions": 1,
                "max_redemptions": 2,
                "expiry_date": "2099-01-01T00:00:00Z",
                "restrict_to_user_id": alice.pk,
                "batch": row.batch_id,
                "created_at": f"{row.created_at:%Y-%m-%dT%H:%M:%SZ}",
            }
        ],
        "meta": {"total": 1, "total_pages": 1, "page": 1, "per_page": 25},
    }


def test_the_newest_stand_first_on_pages_of_twenty_five(as_manager: APIClient):
    codes = new_codes(quantity=30)

    assert listed(as_manager) == codes[:4:-1]
    assert listed(as_manager, page=2) == codes[4::-1]
    assert listed(as_manager, page=3) == []
    assert as_manager.get(CODES)["X-WP-Total"] == "30"
    assert said(as_manager.get(CODES, {"per_page": 101})) == (400, "rest_invalid_param")


def test_who_only_reads_sees_no_code_in_full(
    manager: User, client_with_key: Callable[..., APIClient], by_session: Callable[[User], APIClient]
):
    code = new_code(prefix="SUMMER-")
    password = make_application_password(user=manager, name="test")[1]

    assert listed(client_with_key(manager, "read")) == [f"SUMMER-********{code[-4:]}"]
    for client in (client_with_key(manager), by_session(manager), APIClient(**basic("manager", password))):
        assert listed(client) == [code]


def test_the_filters(as_manager: APIClient, alice: User):
    used, over, void = new_code(prefix="SUMMER-"), new_code(expires_at=datetime(2020, 1, 1, tzinfo=UTC)), new_code()
    active = new_code(prefix="SUM")
    redeem(used, alice)
    void_code(code=row_of(void), actor="test")

    for status, code in (("redeemed", used), ("expired", over), ("voided", void), ("active", active)):
        assert listed(as_manager, status=status) == [code]
        assert as_manager.get(CODES, {"status": status}).json()["data"][0]["status"] == status
    assert listed(as_manager, prefix="summer-") == [used]
    assert listed(as_manager, prefix="SUM") == [active, used]
    assert listed(as_manager, prefix="%") == listed(as_manager, batch=10**30) == []
    assert listed(as_manager, batch=row_of(void).batch_id) == [void]
    for wrong in ({"status": "lost"}, {"batch": "x"}, {"after": "x"}, {"prefix": "123456789"}, {"prefix": "A\0"}):
        assert said(as_manager.get(CODES, wrong)) == (400, "rest_invalid_param")


def test_after_and_before_are_exclusive_in_whole_seconds(as_manager: APIClient):
    code = new_code()
    made = datetime(2026, 1, 1, 12, 0, 0, 500_000, tzinfo=UTC)
    Code.objects.update(created_at=made)
    at = made.replace(microsecond=0)

    assert listed(as_manager, after=at.isoformat()) == listed(as_manager, before=at.isoformat()) == []
    assert listed(as_manager, after=(at - timedelta(seconds=1)).isoformat(), before=(at + timedelta(seconds=1)).isoformat()) == [
        code
    ]


def test_one_broken_seal_does_not_hide_the_others(as_manager: APIClient, sql: Callable[[str], int]):
    broken, whole = new_code(), new_code()
    sql(f"UPDATE codes_code SET sealed = '\\x00' WHERE id = {row_of(broken).pk}")

    assert listed(as_manager) == [whole, f"********{broken[-4:]}"]


def test_a_page_costs_the_same_whatever_its_length(as_manager: APIClient):
    counts = []
    for length in (1, 40):
        new_codes(quantity=length)
        as_manager.get(CODES)
        with CaptureQueriesContext(connection) as queries:
            assert as_manager.get(CODES, {"per_page": 100}).status_code == 200
        counts.append(len(queries))

    # The key, the total, the rows.
    assert counts == [3, 3]


def void(client: APIClient, code: str) -> Any:
    return client.post(f"{CODES}/{code}/void")


def test_voids_a_code(as_manager: APIClient, alice: User):
    code = new_code(max_redemptions=2)
    redeem(code, alice)
    first, second = void(as_manager, code.lower()), void(as_manager, code)

    assert (first.status_code, first.json()["status"], first.json()["code"]) == (200, "voided", code)
    assert second.json() == first.json()
    assert Act.objects.filter(act="code.voided").count() == 1
    assert Redemption.objects.count() == 1


def test_what_cannot_be_voided(as_manager: APIClient, as_alice: APIClient, alice: User):
    code, live = new_code(), new_code()
    redeem(code, alice)

    assert said(void(as_manager, code)) == (409, "walletpro_code_already_redeemed")
    assert said(void(as_manager, "NOCODE")) == (404, "walletpro_code_invalid")
    assert said(void(as_alice, live)) == (403, "rest_forbidden")
    assert not Code.objects.exclude(voided_at=None).exists()


def test_the_clock_makes_it_expired(as_manager: APIClient):
    new_code(expires_at=timezone.now() - timedelta(seconds=1))

    assert as_manager.get(CODES).json()["data"][0]["status"] == "expired"
