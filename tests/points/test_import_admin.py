"""Imports in the admin: uploaded, looked at, started by who may, watched, reported; and the export."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ledger.models import Entry
from people.models import User
from points.admin import imports
from points.importing.forgetting import forget_imported_emails
from points.importing.running import run_imports
from points.models import Import
from tests.points.conftest import Load, balance, run
from wallet_service.privacy.services import erase_person, exported, obstacles
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
UPLOAD = reverse("admin:points_import_upload")


@pytest.fixture
def browser(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def upload(browser: Client, data: bytes, **asked: str) -> str:
    """What the page says behind it."""
    form = {"file": SimpleUploadedFile("in.csv", data), "mode": "grant", **asked}
    return browser.post(UPLOAD, form, follow=True).content.decode()


def act(browser: Client, of: Import, verb: str) -> str:
    return browser.post(reverse(f"admin:points_import_{verb}", args=[of.pk]), follow=True).content.decode()


def test_a_file_is_uploaded_checked_and_started(browser: Client, hers: Wallet, manager: User):
    assert 'enctype="multipart/form-data"' in browser.get(UPLOAD).content.decode()
    assert "has 2 lines, which are being checked" in upload(browser, b"alice@example.test,1\n<b>@example.test,2", is_partial="on")
    staged = Import.objects.get()
    page = reverse("admin:points_import_change", args=[staged.pk])
    assert browser.get(page)["Refresh"] == "3"
    run_imports()
    shown = browser.get(page)
    assert "Refresh" not in shown
    assert "Line 2: not a valid e-mail (&lt;b&gt;@example.test, 2)" in shown.content.decode()
    assert "being imported" in act(browser, staged, "start")
    run_imports()
    assert (balance(hers), "2 of 2" in browser.get(page).content.decode()) == (100, True)
    report = browser.get(reverse("admin:points_import_report", args=[staged.pk]))
    assert b"".join(report).decode() == "line,email,points,problem\r\n2,<b>@example.test,2,not a valid e-mail\r\n"
    assert Entry.objects.get(kind="import").actor == f"user:{manager.pk} admin"


def test_says_what_it_does_not_take(browser: Client, hers: Wallet, monkeypatch: pytest.MonkeyPatch):
    assert "separated by semicolons" in upload(browser, b"email;points\nalice@example.test;1")
    assert "This field is required" in browser.post(UPLOAD, {"mode": "grant"}).content.decode()
    assert "not one of the available choices" in upload(browser, b"alice@example.test,1", mode="all")
    monkeypatch.setattr(imports, "UPLOAD_MAX_BYTES", 5)
    assert "larger than" in upload(browser, b"alice@example.test,1")
    assert not Import.objects.exists()


def test_above_the_limit_its_uploader_does_not_start_it(browser: Client, hers: Wallet, site: Callable[..., None]):
    site(approval_above={"PTS": 50})
    upload(browser, b"alice@example.test,1")
    run_imports()

    assert "another manager has to decide" in act(browser, Import.objects.get(), "start")
    assert "nothing was imported" in act(browser, Import.objects.get(), "cancel")
    assert "its state is: cancelled" in act(browser, Import.objects.get(), "cancel")
    assert (run_imports(), balance(hers)) == (0, 0)


def test_only_shop_managers_do_any_of_it(load: Load, hers: Wallet, clerk_browser: Client):
    waiting = load("alice@example.test,1")
    pages = [UPLOAD, reverse("admin:points_import_export")]
    pages += [reverse(f"admin:points_import_{verb}", args=[waiting.pk]) for verb in ("start", "cancel", "stop", "report")]

    assert {clerk_browser.post(page).status_code for page in pages} == {403}
    assert Import.objects.get().status == "ready"


@pytest.fixture
def clerk_browser(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_user("clerk", "clerk@example.test", is_staff=True))
    return client


def test_exports_all_default_wallets(browser: Client, hers: Wallet, his: Wallet, give: Callable[..., Entry]):
    give(hers, 5)
    User.objects.filter(pk=his.user_id).update(email="")
    response = browser.get(reverse("admin:points_import_export"))

    assert b"".join(response).decode() == "email,points\r\nalice@example.test,0.05\r\n"
    assert response["Content-Disposition"].startswith('attachment; filename="wallets_export_')
    assert "no-store" in response["Cache-Control"]


def test_e_mails_go_with_the_person_or_after_a_month(load: Load, hers: Wallet, his: Wallet):
    done = run(load("alice@example.test,1\nbob@example.test,1\nalice@example.test,-1\nbob@example.test,-1"))
    waiting = load("Alice@example.test,2")
    assert obstacles(hers.user) == [f"Import {waiting.pk} names him and is not over: let it end, or cancel it."]
    Import.objects.filter(pk=waiting.pk).update(status="cancelled", finished_at=timezone.now())
    assert '"email": "Alice@example.test"' in "".join(exported(hers.user))
    erase_person(user=hers.user)
    assert list(done.rows.order_by("number").values_list("email", flat=True)) == ["", "bob@example.test", "", "bob@example.test"]
    assert forget_imported_emails() == 0
    Import.objects.update(finished_at=timezone.now() - timedelta(days=31))
    assert forget_imported_emails() == 5
    assert set(done.rows.values_list("email", "points", "status")) == {("", "", "applied")}
    assert forget_imported_emails() == 0
