"""Handing in: what is kept of it and where, what becomes of it when something fails, and who may read it."""

import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from audit.models import Act
from kyc import documents
from kyc.documents import read_document, sweep_documents
from kyc.errors import AlreadySubmitted, DocumentsUnavailable, DocumentUnfit
from kyc.models import Document, Status, Submission, Verification
from kyc.services import decide
from kyc.submissions import decide_submission, document_type_named, read_number
from ledger.errors import Refusal
from ledger.sealing import SealBroken
from ledger.verifying import verify
from people.models import User
from tests.kyc.hostile import HTML
from tests.kyc.making import pdf, picture, submitted

pytestmark = pytest.mark.django_db
PAGE = "/admin/kyc/submission/"


def stored() -> list[Path]:
    root = Path(str(storages["documents"].location))  # type: ignore[attr-defined]
    return sorted(root.iterdir()) if root.exists() else []


def test_a_file_lies_sealed_under_a_drawn_name_that_only_the_service_reads(alice: User):
    submission = submitted(alice, picture(), pdf())
    first, second = submission.documents.all()

    files = stored()
    assert {file.name for file in files} == {first.name, second.name}
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert b"JFIF" not in file.read_bytes()
        assert b"%PDF" not in file.read_bytes()
    assert stat.S_IMODE(files[0].parent.stat().st_mode) == 0o700
    assert (first.content_type, first.size_bytes) == ("image/jpeg", len(picture()))
    assert read_document(first, actor="test") == picture()
    assert b"P-1234567" not in bytes(submission.document_number)


def test_a_file_in_anothers_place_does_not_open(alice: User):
    first, second = submitted(alice, picture(), pdf()).documents.all()
    root = stored()[0].parent
    (root / second.name).replace(root / first.name)

    with pytest.raises(SealBroken):
        read_document(first, actor="test")
    with pytest.raises(DocumentsUnavailable):
        read_document(second, actor="test")
    assert not Act.objects.filter(act="kyc.document_read").exists()


def test_what_fails_leaves_no_file(alice: User, monkeypatch: pytest.MonkeyPatch):
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the mail is broken")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr("kyc.submissions.tell_shop", broken)
        submitted(alice)
    assert (stored(), Submission.objects.count(), Verification.objects.count()) == ([], 0, 0)
    with pytest.raises(DocumentUnfit):
        submitted(alice, picture(), HTML)
    assert not stored()
    # The second file does not find room: the first goes as well.
    save, rooms = documents.storage().save, iter([True, False])
    monkeypatch.setattr(documents.storage(), "save", lambda *args: save(*args) if next(rooms) else 1 / 0)
    with pytest.raises(DocumentsUnavailable):
        submitted(alice, picture(), pdf())
    assert (stored(), Submission.objects.count()) == ([], 0)


def test_refuses_a_second_one_before_anybody_looks_at_its_files(alice: User):
    submitted(alice)

    with pytest.raises(AlreadySubmitted):
        submitted(alice, HTML)
    assert len(stored()) == 1


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("passport", "Passport"),
        (" NATIONAL_ID ", "National ID"),
        ("driving  licence", "Driving Licence"),
        ("Diploma", None),
        ("", None),
    ],
)
def test_a_type_is_meant_in_any_spelling(db: None, text: str, meant: str | None):
    assert document_type_named(text) == meant


def test_files_that_no_row_names_are_swept_once_they_are_old(alice: User, manager: User):
    kept = submitted(alice).documents.get().name
    storages["documents"].save("orphan", ContentFile(b"x"))
    storages["documents"].save("young", ContentFile(b"x"))
    an_hour_ago = (timezone.now() - timedelta(hours=1, minutes=1)).timestamp()
    for file in stored():
        if file.name != "young":
            os.utime(file, (an_hour_ago, an_hour_ago))

    assert sweep_documents() == 1
    assert {file.name for file in stored()} == {kept, "young"}
    assert sweep_documents() == 0


def test_the_sweep_finds_nothing_where_nobody_has_handed_anything_in(db: None):
    assert sweep_documents() == 0


CHANGES: tuple[tuple[str, str, str], ...] = (
    ("UPDATE kyc_verification SET status = 'approved', decided_at = now()", "identity check of user", "its audit rows say"),
    ("UPDATE kyc_verification SET status = 'rejected', decided_at = now(), note = 'x'", "identity check of user", "say approved"),
    ("UPDATE kyc_verification SET decided_by_id = user_id", "identity check of user", "not decided by whom"),
    ("UPDATE kyc_submission SET status = 'approved', decided_at = now()", "submission", "not decided as"),
    ("UPDATE kyc_submission SET status = 'pending', decided_at = NULL, decided_by_id = NULL", "submission", "not decided as"),
    ("UPDATE kyc_submission SET full_name = 'Eve'", "submission", "not what was handed in"),
    ("UPDATE kyc_submission SET document_type = 'Aadhaar'", "submission", "not what was handed in"),
    ("UPDATE kyc_submission SET document_number = '\\x00'", "submission", "not what was handed in"),
    ("UPDATE kyc_document SET sha256 = '\\x00'", "submission", "not what was handed in"),
    ("UPDATE kyc_document SET content_type = 'image/png'", "submission", "not what was handed in"),
    ("DELETE FROM kyc_document", "submission", "not what was handed in"),
    (
        "UPDATE kyc_submission SET user_id = (SELECT min(id) FROM people_user WHERE id <> user_id)",
        "submission",
        "no audit row of its own",
    ),
)


def findings() -> list[str]:
    return [str(finding) for finding in verify().findings]


@pytest.mark.parametrize(("statement", "of", "words"), CHANGES, ids=[statement[:60] for statement, _, _ in CHANGES])
def test_a_row_that_somebody_changed_is_found(alice: User, bob: User, manager: User, statement: str, of: str, words: str):
    submission = submitted(alice)
    if "status = 'approved'" not in statement:
        decide_submission(submission_id=submission.pk, status=Status.APPROVED, by=manager, actor=f"user:{manager.pk} admin")
    assert findings() == []
    with connection.cursor() as cursor:
        cursor.execute(statement)

    assert any(finding.startswith(of) and words in finding for finding in findings()), findings()


def test_a_life_of_checks_is_found_sound(alice: User, bob: User, manager: User):
    actor = f"key:1 user:{manager.pk}"
    first = submitted(alice)
    decide_submission(submission_id=first.pk, status=Status.REJECTED, by=manager, actor=actor, note="Blurred")
    submitted(alice, pdf())
    decide(user=alice, status="approved", by=manager)
    decide(user=alice, status="pending", by=manager)
    submitted(alice)
    decide(user=bob, status="approved")

    assert findings() == []
    Verification.objects.create(user=manager, status="approved", decided_at=timezone.now())
    assert findings() == [f"identity check of user {manager.pk} is approved, and no audit row tells of it"]


class TestTheAdmin:
    @pytest.fixture
    def page(self, client: Client, manager: User) -> Client:
        client.force_login(manager)
        return client

    def test_a_manager_reads_a_document_and_that_is_kept(self, page: Client, alice: User, manager: User):
        document = submitted(alice, pdf()).documents.get()
        shown = page.get(f"{PAGE}{document.submission_id}/change/").content.decode()
        assert "application/pdf" in shown
        assert "P-1234567" not in shown

        response = page.get(f"/admin/kyc/document/{document.pk}/download/")

        assert response.content == pdf()
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"] == f'attachment; filename="submission-{document.submission_id}-1.pdf"'
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response["Cache-Control"]
        act = Act.objects.get(act="kyc.document_read")
        assert (act.actor, act.subject) == (f"user:{manager.pk} admin", f"user:{alice.pk}")

    def test_a_number_is_shown_to_who_asks_for_it_and_that_is_kept(self, page: Client, alice: User):
        address = f"{PAGE}{submitted(alice).pk}/show-number/"

        assert "P-1234567" not in page.get(address).content.decode()
        assert not Act.objects.filter(act="kyc.number_read").exists()
        shown = page.post(address).content.decode()
        assert "P-1234567" in shown
        assert "nobody can read it again" not in shown
        assert Act.objects.filter(act="kyc.number_read").count() == 1

    def test_a_manager_decides(self, page: Client, alice: User, manager: User):
        submission = submitted(alice)
        address = f"{PAGE}{submission.pk}"
        assert page.post(f"{address}/reject/", {"note": " "}).context["form"].errors
        assert page.post(f"{address}/reject/", {"note": "Blurred"}).status_code == 302

        submission.refresh_from_db()
        assert (submission.status, submission.note, submission.decided_by) == ("rejected", "Blurred", manager)
        assert page.post(f"{address}/approve/", {}).context["form"].errors
        shown = page.get(f"{address}/change/").content.decode()
        assert "Show number" in shown
        assert "/approve/" not in shown
        own = submitted(manager)
        assert page.post(f"{PAGE}{own.pk}/approve/", {}).context["form"].errors

    def test_a_document_is_not_reachable_without_the_right(self, client: Client, alice: User, bob: User):
        document = submitted(alice).documents.get()
        clerk = User.objects.create_user("clerk", "clerk@example.test", "x", is_staff=True)
        addresses = [
            f"/admin/kyc/document/{document.pk}/download/",
            f"/admin/kyc/document/{document.pk}/change/",
            f"{PAGE}{document.submission_id}/change/",
            f"{PAGE}{document.submission_id}/show-number/",
            *(f"{root}{document.name}" for root in ("/", "/media/", "/documents/", "/static/", "/static/documents/")),
            f"/media/documents/{document.name}",
        ]
        for user in (None, alice, bob, clerk):
            if user:
                client.force_login(user)
            for address in addresses:
                for answer in (client.get(address), client.post(address)):
                    assert answer.status_code in {302, 403, 404, 405}, (user, address)
                    assert picture() not in getattr(answer, "content", b"")
        assert not Act.objects.filter(act__in=["kyc.document_read", "kyc.number_read"]).exists()

    def test_says_that_a_file_is_gone(self, page: Client, alice: User):
        document = submitted(alice).documents.get()
        stored()[0].unlink()

        response = page.get(f"/admin/kyc/document/{document.pk}/download/", follow=True)
        assert "has the file no longer" in response.content.decode()


def test_every_refusal_leaves_the_customer_as_he_was(alice: User, manager: User):
    submission = submitted(alice)
    for status, by in ((Status.REJECTED, manager), (Status.APPROVED, alice)):
        with pytest.raises(Refusal), transaction.atomic():
            decide_submission(submission_id=submission.pk, status=status, by=by, actor="test", note=" ")
    assert Verification.objects.get().status == "pending"
    assert read_number(submission, by=manager) == "P-1234567"
    assert Document.objects.count() == 1
