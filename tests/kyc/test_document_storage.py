"""Where documents are kept: a folder that only the service may read, or a bucket of an S3 server."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kyc.documents import read_document, sweep_documents
from kyc.errors import DocumentsUnavailable
from kyc.models import Document, Submission
from ledger.sealing import SealBroken
from people.models import User
from tests.kyc.bucket import Bucket, bucket_server
from tests.kyc.making import pdf, picture, submitted
from wallet_service.document_storage import document_storage


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    def bucket(**environment: str) -> Any:
        for name, value in {"BUCKET": "papers", **environment}.items():
            monkeypatch.setenv(f"DOCUMENTS_S3_{name}", value)
        return document_storage(Path("/nowhere"))

    return bucket


def test_is_a_bucket_where_the_environment_says_so(bucket: Callable[..., Any], tmp_path: Path):
    options = bucket(REGION="eu-central-1", ENDPOINT="https://s3.example")["OPTIONS"]

    assert (options["bucket_name"], options["endpoint_url"]) == ("papers", "https://s3.example")
    assert (options["default_acl"], options["object_parameters"]) == ("private", {"ServerSideEncryption": "AES256"})
    plain = bucket(ACL="none", ENCRYPTION="none")["OPTIONS"]
    assert (plain["default_acl"], plain["object_parameters"]) == (None, {})


def test_is_a_folder_of_its_own_otherwise(settings: Any):
    options = document_storage(Path("/data/documents"))["OPTIONS"]
    assert options == {"location": "/data/documents", "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}


@pytest.fixture
def papers(settings: Any, monkeypatch: pytest.MonkeyPatch, bucket: Callable[..., Any]) -> Iterator[Bucket]:
    """The service keeps its documents in a bucket of this server's."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "who")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with bucket_server() as server:
        kept = bucket(ENDPOINT=server.url, ADDRESSING="path", REGION="eu-central-1", PREFIX="identity")
        settings.STORAGES = {**settings.STORAGES, "documents": kept}
        yield server


@pytest.mark.django_db
class TestABucket:
    def test_gets_what_is_sealed_and_gives_it_back(self, papers: Bucket, alice: User):
        first, second = submitted(alice, picture(), pdf()).documents.all()

        assert papers.files.keys() == {f"identity/{first.name}", f"identity/{second.name}"}
        assert not any(mark in body for body in papers.files.values() for mark in (b"JFIF", b"%PDF"))
        for headers in papers.sent_with.values():
            assert (headers["x-amz-acl"], headers["x-amz-server-side-encryption"]) == ("private", "AES256")
        assert (read_document(first, actor="test"), read_document(second, actor="test")) == (picture(), pdf())
        assert papers.unsigned == 0

    def test_that_swaps_two_files_is_found_out(self, papers: Bucket, alice: User):
        first, second = submitted(alice, picture(), pdf()).documents.all()
        one, other = (f"identity/{document.name}" for document in (first, second))
        papers.files[one], papers.files[other] = papers.files[other], papers.files[one]

        with pytest.raises(SealBroken):
            read_document(first, actor="test")

    def test_that_is_away_takes_nothing_and_nothing_is_half_kept(self, papers: Bucket, alice: User):
        papers.is_away = True
        with pytest.raises(DocumentsUnavailable):
            submitted(alice)
        assert (papers.files, Submission.objects.count(), Document.objects.count()) == ({}, 0, 0)

        papers.is_away = False
        document = submitted(alice).documents.get()
        papers.files.clear()
        with pytest.raises(DocumentsUnavailable):
            read_document(document, actor="test")

    def test_is_swept_of_what_no_row_names(self, papers: Bucket, alice: User):
        name = submitted(alice).documents.get().name
        papers.files["identity/orphan"] = papers.files["elsewhere"] = b"x"
        assert sweep_documents() == 0

        papers.changed_at -= timedelta(hours=1, minutes=1)
        assert sweep_documents() == 1
        assert papers.files.keys() == {f"identity/{name}", "elsewhere"}
