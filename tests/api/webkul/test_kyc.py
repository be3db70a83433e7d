"""Identity checks behind both doors: handing documents in, the files that are refused, and deciding."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from io import BytesIO
from threading import BoundedSemaphore
from typing import Any
from unittest.mock import patch

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from rest_framework.test import APIClient

from audit.models import Act
from kyc.errors import StillLooking
from kyc.files import inspecting
from kyc.models import Document, Status, Submission, Verification
from kyc.services import decide, status_of
from notices.models import Notice
from people.models import User
from tests.api.conftest import said, same_caller
from tests.api.webkul.conftest import ADMIN, CUSTOMER
from tests.kyc.hostile import HTML, archive, huge_png
from tests.kyc.making import looked_at_here, pdf, picture, submitted

pytestmark = pytest.mark.django_db
WORDS = {"full_name": "Ada Łovelace-Байрон", "document_type": "driving_licence", "document_number": "P-1234567"}
IN_ANOTHER_PROCESS = inspecting._asked


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    with looked_at_here():
        yield


@pytest.fixture
def alices(alice: User, by_session: Callable[[User], APIClient]) -> APIClient:
    return by_session(alice)


def upload(content: bytes, name: str = "passport.jpg", content_type: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type)


def hand_in(client: APIClient, *files: bytes, name: str = "files", **words: Any) -> Any:
    body = {**WORDS, **words, name: [upload(content) for content in files]}
    return client.post(f"{CUSTOMER}/kyc", {key: value for key, value in body.items() if value is not None}, format="multipart")


def nothing_is_kept() -> bool:
    try:
        files = storages["documents"].listdir("")[1]
    except FileNotFoundError:
        files = []
    return not (Submission.objects.exists() or Document.objects.exists() or Verification.objects.exists() or files)


def test_a_customer_hands_documents_in_and_a_manager_approves(
    alice: User, alices: APIClient, as_manager: APIClient, manager: User
):
    response = hand_in(alices, picture(), pdf(), name="files[]")

    assert response.status_code == 201
    row = response.json()
    files = [{"content_type": "image/jpeg", "size": len(picture())}, {"content_type": "application/pdf", "size": len(pdf())}]
    assert row == {
        "id": row["id"],
        "user_id": alice.pk,
        "full_name": WORDS["full_name"],
        "document_type": "Driving Licence",
        "status": "pending",
        "note": None,
        "created_at": row["created_at"],
        "decided_at": None,
        "documents": files,
    }
    assert status_of(alice.pk) == "pending"
    assert list(Notice.objects.values_list("kind", "address")) == [("kyc.submitted", manager.email)]
    for client, path in ((alices, CUSTOMER), (as_manager, ADMIN)):
        assert client.get(f"{path}/kyc").json() == {"page": 1, "per_page": 20, "total": 1, "items": [row]}

    approved = as_manager.post(f"{ADMIN}/kyc/{row['id']}/approve", {"note": "Welcome"}, format="json")
    assert (approved.status_code, approved.json()["status"], approved.json()["note"]) == (200, "approved", "Welcome")
    assert approved.json()["decided_at"]
    assert status_of(alice.pk) == "approved"
    assert Notice.objects.filter(kind="kyc.decided", user=alice).count() == 1
    assert said(as_manager.post(f"{ADMIN}/kyc/{row['id']}/reject", {"note": "No"}, format="json")) == (409, "not_pending")
    assert said(hand_in(alices, picture())) == (409, "already_approved")
    assert as_manager.get(f"{ADMIN}/wallets/{alice.pk}").json()["kyc_status"] == "approved"


def test_a_rejection_says_why_and_opens_the_way_for_another(alice: User, alices: APIClient, as_manager: APIClient, manager: User):
    number = hand_in(alices, picture("PNG")).json()["id"]
    assert said(hand_in(alices, picture())) == (409, "already_submitted")
    reject = f"{ADMIN}/kyc/{number}/reject"
    assert said(as_manager.post(reject)) == (400, "rest_missing_callback_param")
    for note in ("", "  ", "a\0b", "x" * 2001):
        assert said(as_manager.post(reject, {"note": note}, format="json")) == (400, "rest_invalid_param")
    assert status_of(alice.pk) == "pending"

    assert as_manager.post(reject, {"note": "Blurred"}, format="json").json()["note"] == "Blurred"
    act = Act.objects.get(act="kyc.decided")
    assert (act.subject, act.actor.split()[1]) == (f"user:{alice.pk}", f"user:{manager.pk}")
    again = hand_in(alices, picture("WEBP"))
    assert (again.status_code, Submission.objects.count(), status_of(alice.pk)) == (201, 2, "pending")
    listed = as_manager.get(f"{ADMIN}/kyc", {"status": "rejected", "user_id": str(alice.pk)}).json()
    assert [item["id"] for item in listed["items"]] == [number]
    assert as_manager.get(f"{ADMIN}/kyc", {"user_id": manager.pk}).json()["total"] == 0
    assert said(as_manager.get(f"{ADMIN}/kyc", {"status": "maybe"})) == (400, "rest_invalid_param")


def test_nobody_decides_on_himself_or_on_what_is_not_there(as_manager: APIClient, manager: User):
    own = submitted(manager)

    assert said(as_manager.post(f"{ADMIN}/kyc/{own.pk}/approve")) == (403, "rest_forbidden")
    assert said(as_manager.post(f"{ADMIN}/kyc/{own.pk + 1}/approve")) == (404, "not_found")
    assert said(as_manager.post(f"{ADMIN}/kyc/{'9' * 30}/approve")) == (404, "not_found")
    assert status_of(manager.pk) == "pending"


@pytest.mark.parametrize(
    ("content", "status", "word"),
    [
        (HTML, 400, "not_a_document"),
        (picture() + archive(), 400, "another_file_inside"),
        (archive(), 400, "not_a_document"),
        (b"", 400, "empty"),
        (picture() + b"\0" * 5_400_000, 413, ""),
    ],
    ids=["html called passport.jpg", "polyglot", "zip bomb", "nothing", "5.1 MiB"],
)
def test_refuses_files_that_are_no_documents(alices: APIClient, content: bytes, status: int, word: str):
    response = hand_in(alices, picture(), content)

    assert said(response) == (status, "rest_request_too_large" if status == 413 else "rest_invalid_param")
    if word:
        assert response.json()["data"]["details"]["files"]["code"] == word
        assert response.json()["data"]["params"]["files"].startswith("files[1] ")
    else:
        assert response.json()["message"] == "files[1] is larger than 5 MiB."
    assert nothing_is_kept()


def test_refuses_a_picture_that_is_a_bomb_in_the_other_process(alices: APIClient):
    with patch.object(inspecting, "_asked", IN_ANOTHER_PROCESS):
        response = hand_in(alices, huge_png())

    assert response.json()["data"]["details"]["files"]["code"] == "too_many_pixels"
    assert nothing_is_kept()


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        ({"full_name": None, "document_number": None}, "rest_missing_callback_param", ["full_name", "document_number"]),
        ({"full_name": " ", "document_type": "Diploma"}, "rest_invalid_param", ["full_name", "document_type"]),
        ({"full_name": "x" * 201, "document_number": "9" * 101}, "rest_invalid_param", ["full_name", "document_number"]),
        ({"full_name": "a\0b"}, "rest_invalid_param", ["full_name"]),
        ({"document_type": ""}, "rest_invalid_param", ["document_type"]),
    ],
)
def test_refuses_words_that_are_none(alices: APIClient, words: dict[str, Any], code: str, named: list[str]):
    response = hand_in(alices, picture(), **words)

    assert said(response) == (400, code)
    assert list(response.json()["data"]["params"]) == named
    assert nothing_is_kept()


def test_refuses_no_files_too_many_and_files_that_are_text(alices: APIClient, site: Any):
    none = alices.post(f"{CUSTOMER}/kyc", WORDS, format="multipart")
    as_json = alices.post(f"{CUSTOMER}/kyc", {**WORDS, "files": ["AAAA"]}, format="json")
    as_text = alices.post(f"{CUSTOMER}/kyc", {**WORDS, "files": "AAAA"}, format="multipart")
    too_many = hand_in(alices, *[picture()] * 3)

    assert (said(none), none.json()["data"]["params"]) == ((400, "rest_missing_callback_param"), ["files"])
    for response in (as_json, as_text, too_many):
        assert said(response) == (400, "rest_invalid_param")
    assert too_many.json()["data"]["params"] == {"files": "files must contain at most 2 items."}
    site(kyc_max_documents=3)
    assert hand_in(alices, *[picture()] * 3).status_code == 201


def test_a_body_is_bounded_before_it_is_read_and_by_who_sends_it(alices: APIClient, stranger: APIClient, as_alice: APIClient):
    class Unread:
        def read(self, *size: Any) -> bytes:
            raise AssertionError("somebody read it")

        readline = read

    huge: Any = {"content_type": MULTIPART_CONTENT, "CONTENT_LENGTH": str(12 * 1024 * 1024), "wsgi.input": Unread()}
    too_large = alices.generic("POST", f"{CUSTOMER}/kyc", **huge)

    assert said(too_large) == (413, "rest_request_too_large")
    assert too_large.json()["message"] == "The request body is larger than 11 MiB."
    for client in (stranger, as_alice):
        assert said(client.generic("POST", f"{CUSTOMER}/kyc", **huge)) == (401, "rest_not_logged_in")
    for path in (f"{CUSTOMER}/balance", f"{ADMIN}/transactions"):
        assert alices.generic("POST", path, **huge).json()["message"] == "The request body is larger than 1 MiB."
    assert nothing_is_kept()


def test_half_a_body_is_refused(alices: APIClient):
    whole: Any = encode_multipart(BOUNDARY, {**WORDS, "files": upload(picture())})
    path = f"{CUSTOMER}/kyc"
    # The connection broke off; a proxy that lost the rest has counted anew; nobody said how long it is.
    half: Any = {"wsgi.input": BytesIO(whole[:-200]), "CONTENT_LENGTH": str(len(whole))}
    broken = alices.generic("POST", path, "", MULTIPART_CONTENT, **half)
    recounted = alices.generic("POST", path, whole[:-40], MULTIPART_CONTENT)
    chunked = alices.generic("POST", path, whole, MULTIPART_CONTENT, **{"wallet_service.chunked": True})
    no_boundary = alices.generic("POST", path, whole, "multipart/form-data")

    assert [said(answer) for answer in (broken, recounted, chunked)] == [(400, "rest_invalid_request")] * 3
    assert said(no_boundary) == (400, "rest_missing_callback_param")
    assert nothing_is_kept()
    assert alices.generic("POST", path, whole, MULTIPART_CONTENT).status_code == 201


def test_an_upload_is_trimmed_and_logged_without_what_is_in_it(alices: APIClient, site: Any):
    from audit.models import RequestLog

    site(request_logging=True)
    response = alices.post(f"{CUSTOMER}/kyc?_fields=status", {**WORDS, "files": upload(picture())}, format="multipart")

    assert (response.status_code, response.json()) == (201, {"status": "pending"})
    logged = RequestLog.objects.get(operation="submitDocuments")
    assert logged.request_body.startswith("[read as it came")
    assert "P-1234567" not in logged.request_body + logged.response_body


def test_says_what_it_takes(alices: APIClient, site: Any):
    site(kyc_document_types=["Passport"], kyc_description="Both sides, please", kyc_max_file_mb=1)

    taken = {"document_types": ["Passport"], "max_documents": 2, "max_file_mb": 1, "description": "Both sides, please"}
    assert alices.get(f"{CUSTOMER}/kyc/options").json() == taken
    assert said(hand_in(alices, picture(), document_type="National ID")) == (400, "rest_invalid_param")
    assert hand_in(alices, picture(), document_type=" PASSPORT ").json()["document_type"] == "Passport"


def test_the_other_side_being_away_keeps_nothing(alices: APIClient, settings: Any):
    settings.DOCUMENT_SCANNER = "kyc.clamd.Clamd"
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    response = hand_in(alices, picture())

    assert said(response) == (503, "documents_unavailable")
    assert response["Retry-After"]
    assert nothing_is_kept()


def test_a_day_has_twenty_tries_counted_before_anybody_looks(
    alices: APIClient, by_session: Any, manager: User, limits: Any, monkeypatch: pytest.MonkeyPatch
):
    limits(rate_wkwp_burst=0)
    monkeypatch.setattr("wallet_service.api.rates.SUBMISSIONS_PER_DAY", 2)

    with patch.object(inspecting, "_asked", return_value="not_a_document") as looks:
        refused = [hand_in(alices, b"hello") for _ in range(3)]

    assert [said(answer) for answer in refused] == [(400, "rest_invalid_param")] * 2 + [(429, "too_many_requests")]
    assert (int(refused[-1]["Retry-After"]) > 60, looks.call_count) == (True, 2)
    assert said(hand_in(by_session(manager), b"hello")) == (400, "rest_invalid_param")


def test_says_when_to_come_again_while_files_are_looked_at(alices: APIClient, monkeypatch: pytest.MonkeyPatch):
    def still_looking(user_id: int) -> None:
        raise StillLooking

    with inspecting.turn():
        answers = [hand_in(alices, picture())]
    monkeypatch.setattr("kyc.submissions.only_look", still_looking)
    answers.append(hand_in(alices, picture()))

    assert [said(answer) for answer in answers] == [(503, "documents_unavailable"), (429, "too_many_requests")]
    assert [answer["Retry-After"] for answer in answers] == ["10", "10"]
    assert nothing_is_kept()


def test_the_document_tells_a_client_how_to_send_files(client: Client):
    document = client.get("/wp-json/wkwc_wallet/v1/openapi.json").json()

    [(kind, body)] = document["paths"]["/kyc"]["post"]["requestBody"]["content"].items()
    name = body["schema"]["$ref"].split("/")[-1]
    files = document["components"]["schemas"][name]["properties"]["files"]
    assert kind == "multipart/form-data"
    assert (files["type"], files["items"]) == ("array", {"type": "string", "format": "binary"})


def test_takes_a_file_that_is_larger_than_any_other_body(alices: APIClient):
    content = picture("PNG", 1400, 1200)
    assert len(content) > 2_600_000
    assert hand_in(alices, content).json()["documents"] == [{"content_type": "image/png", "size": len(content)}]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_managers_at_once_decide_once(alice: User, as_manager: APIClient, at_once: Callable[..., list[Any]]):
    submission = submitted(alice)
    clients = [same_caller(as_manager) for _ in range(2)]

    def decide_it(number: int) -> Any:
        verb = ("approve", "reject")[number]
        return clients[number].post(f"{ADMIN}/kyc/{submission.pk}/{verb}", {"note": "Seen"}, format="json")

    answers = at_once(2, decide_it)

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    submission.refresh_from_db()
    assert submission.status == status_of(alice.pk)
    assert Act.objects.filter(act="kyc.decided").count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_submissions_at_once_are_one(
    alice: User, by_session: Any, at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
):
    sessions = [by_session(alice) for _ in range(2)]

    # Held back by nothing but the lock under which it is decided.
    monkeypatch.setattr("kyc.files.inspecting._turns", BoundedSemaphore(2))
    monkeypatch.setattr("kyc.submissions.only_look", lambda user_id: nullcontext())
    answers = at_once(2, lambda number: hand_in(sessions[number], picture()))

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert Document.objects.count() == len(storages["documents"].listdir("")[1]) == 1


def test_deciding_on_the_customer_decides_on_his_submission(alice: User, alices: APIClient, as_manager: APIClient, manager: User):
    number = hand_in(alices, picture()).json()["id"]
    decide(user=alice, status="approved", by=manager)

    assert Submission.objects.get().status == Status.APPROVED
    assert said(as_manager.post(f"{ADMIN}/kyc/{number}/approve")) == (409, "not_pending")
    decide(user=alice, status="pending", by=manager)
    assert hand_in(alices, picture()).status_code == 201
