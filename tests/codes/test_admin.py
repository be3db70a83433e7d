"""Codes in the admin: generated, shown to managers, exported and voided by the services."""

import csv
import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from audit.models import Act
from codes.models import Batch, Code
from codes.services import texts_of
from ledger.verifying import verify
from people.models import User
from people.spreadsheets import safe_cell
from tests.admin.conftest import browser_of
from tests.codes.making import new_code, new_codes, redeem, row_of
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

ADD = "admin:codes_batch_add"
FORM = {"amount": "20.00", "currency": "usd", "quantity": "3", "prefix": "summer-", "max_redemptions": "1"}


@pytest.fixture
def browser(manager: User) -> Client:
    return browser_of(manager)


@pytest.fixture
def clerk(db: None) -> Client:
    """Staff that may look at codes, and no more."""
    user = User.objects.create_user("clerk", "clerk@example.test", PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_code", "view_batch", "view_redemption"]))
    return browser_of(user)


def generate(browser: Client, **fields: str) -> Any:
    return browser.post(reverse(ADD), {"event_id": str(uuid4()), **FORM, **fields})


def test_generates_codes_and_shows_them(browser: Client, manager: User):
    page = generate(browser, max_per_user="1", max_redemptions="2").content.decode()
    batch = Batch.objects.get()

    assert all(text in page for text in texts_of(batch))
    assert (batch.amount_minor, batch.quantity, batch.prefix, batch.max_per_user) == (2000, 3, "SUMMER-", 1)
    assert (batch.made_by, Act.objects.get(act="codes.generated").actor) == (manager, f"user:{manager.pk} admin")
    assert reverse("admin:codes_batch_export", args=[batch.pk]) in page


def test_a_page_that_is_sent_twice_makes_them_once(browser: Client):
    event = str(uuid4())
    first, second = (generate(browser, event_id=event).content.decode() for _ in range(2))
    other = generate(browser, event_id=event, amount="21")

    assert Batch.objects.count() == 1
    assert all(text in first and text in second for text in texts_of(Batch.objects.get()))
    assert "This page was sent before" in other.content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"amount": "20.001"}, "USD has 2 decimals"),
        ({"amount": "0"}, "More than nothing."),
        ({"amount": "twenty"}, "Write digits"),
        ({"currency": "XXY"}, "does not know this currency"),
        ({"quantity": "501"}, "less than or equal to 500"),
        ({"quantity": "0"}, "greater than or equal to 1"),
        ({"max_redemptions": "1000001"}, "less than or equal to 1000000"),
        ({"prefix": "=1+1"}, "Letters and digits"),
        ({"prefix": "A B"}, "Letters and digits"),
        ({"restrict_to_user": "999999"}, "Select a valid choice"),
        ({"expires_at": "soon"}, "Enter a valid date/time"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(browser: Client, fields: dict[str, str], said: str):
    response = generate(browser, **fields)

    assert response.status_code == 200
    assert said in response.content.decode()
    assert not Batch.objects.exists()


def test_one_person_makes_no_more_than_he_moves_alone(browser: Client, site: Callable[..., None]):
    site(approval_above={"*": 5_999})
    refused = generate(browser)

    assert "a second manager has to approve it" in refused.content.decode()
    assert not Batch.objects.exists()
    assert Act.objects.filter(act="approval.refused", subject="codes").count() == 1
    assert generate(browser, quantity="2").status_code == 200
    assert Batch.objects.count() == 1


def test_a_manager_sees_the_code_on_its_own_page_only(browser: Client, clerk: Client):
    code = new_code(prefix="SUMMER-")
    listed = reverse("admin:codes_code_changelist")
    page = reverse("admin:codes_code_change", args=[row_of(code).pk])

    assert code not in browser.get(listed).content.decode()
    assert code in browser.get(page).content.decode()
    for address in (listed, page):
        text = clerk.get(address).content.decode()
        assert code not in text
        assert f"SUMMER-********{code[-4:]}" in text


def test_a_code_is_found_by_typing_it(browser: Client):
    code, other = new_codes(quantity=2, prefix="SUMMER-")
    listed = reverse("admin:codes_code_changelist")
    found = browser.get(listed, {"q": code.lower()}).content.decode()

    assert (code[-4:] in found, f"********{other[-4:]}" in found) == (True, False)
    assert f"********{other[-4:]}" in browser.get(listed, {"q": "summer"}).content.decode()
    for odd in ("\0", "%", "x" * 1000, "🎁"):
        assert browser.get(listed, {"q": odd}).status_code == 200


def test_the_status_filter(browser: Client, alice: User):
    used, fresh = new_code(), new_code()
    redeem(used, alice)
    listed = reverse("admin:codes_code_changelist")

    assert f"********{fresh[-4:]}" not in browser.get(listed, {"status": "redeemed"}).content.decode()
    assert f"********{used[-4:]}" in browser.get(listed, {"status": "redeemed"}).content.decode()
    assert f"********{used[-4:]}" in browser.get(listed, {"status": "nonsense"}).content.decode()


def test_exports_a_batch(browser: Client, clerk: Client, alice: User):
    codes = new_codes(quantity=2, prefix="SUMMER-")
    redeem(codes[0], alice)
    address = reverse("admin:codes_batch_export", args=[Batch.objects.get().pk])
    response = browser.get(address)
    rows = list(csv.reader(io.StringIO(response.content.decode())))

    assert clerk.get(address).status_code == 403
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert [row[0] for row in rows] == ["code", *codes]
    assert [row[3] for row in rows] == ["status", "redeemed", "active"]
    assert Act.objects.filter(act="codes.exported").count() == 1


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        *((text, f"'{text}") for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1")),
        *((text, text) for text in ("SUMMER-1", "1-1", "", "a=b")),
    ],
)
def test_no_cell_is_a_formula(cell: str, shown: str):
    assert safe_cell(cell) == shown


def test_voids_a_code_and_a_whole_batch(browser: Client, clerk: Client, manager: User):
    codes = [row_of(code) for code in new_codes(quantity=3)]
    one = reverse("admin:codes_code_void", args=[codes[0].pk])
    rest = reverse("admin:codes_batch_void_all", args=[codes[0].batch_id])
    for address in (one, rest):
        assert clerk.post(address).status_code == 403
        assert browser.get(address).status_code == 200
    assert not Code.objects.exclude(voided_at=None).exists()

    assert browser.post(one).status_code == browser.post(rest).status_code == 302
    assert Code.objects.exclude(voided_at=None).count() == 3
    assert {act.actor for act in Act.objects.filter(act="code.voided")} == {f"user:{manager.pk} admin"}
    assert verify().findings == []


def test_the_question_says_what_it_hits(browser: Client, alice: User):
    texts = new_codes(quantity=3, max_redemptions=2)
    redeem(texts[0], alice)
    rows = [row_of(text) for text in texts]
    browser.post(reverse("admin:codes_code_void", args=[rows[2].pk]))

    for model, pk in (("batch_void_all", rows[0].batch_id), ("code_void", rows[0].pk)):
        assert "no money is taken back" in browser.get(reverse(f"admin:codes_{model}", args=[pk])).content.decode()
    assert "2 codes" in browser.get(reverse("admin:codes_batch_void_all", args=[rows[0].batch_id])).content.decode()


def test_a_batchs_page_counts_its_codes(browser: Client, alice: User):
    texts = new_codes(quantity=3)
    redeem(texts[0], alice)
    batch = row_of(texts[1]).batch
    browser.post(reverse("admin:codes_code_void", args=[row_of(texts[1]).pk]))
    page = browser.get(reverse("admin:codes_batch_change", args=[batch.pk])).content.decode()

    assert "1 active, 1 redeemed, 0 expired, 1 voided" in page


@pytest.mark.parametrize("verb", ["get", "post"])
def test_where_nothing_is_left_to_void_it_says_so(browser: Client, verb: str):
    address = reverse("admin:codes_batch_void_all", args=[row_of(new_code()).batch_id])
    browser.post(address)

    assert "there was nothing left to void" in getattr(browser, verb)(address, follow=True).content.decode()
    assert Act.objects.filter(act="code.voided").count() == 1


def test_what_nobody_can_redeem_has_no_button(browser: Client, alice: User):
    used, void, live = (row_of(new_code()) for _ in range(3))
    redeem(texts_of(used.batch)[0], alice)
    browser.post(reverse("admin:codes_code_void", args=[void.pk]))

    for code, is_there in ((used, False), (void, False), (live, True)):
        page = browser.get(reverse("admin:codes_code_change", args=[code.pk])).content.decode()
        assert (reverse("admin:codes_code_void", args=[code.pk]) in page) == is_there


def test_what_is_used_up_cannot_be_voided(browser: Client, alice: User):
    code = new_code()
    redeem(code, alice)
    response = browser.post(reverse("admin:codes_code_void", args=[row_of(code).pk]))

    assert "It is used up" in response.content.decode()
    assert row_of(code).voided_at is None
