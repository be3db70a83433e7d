"""The files: looked at, sealed, kept in the storage `documents`, read again, and taken out.

What lies in the storage opens with `WALLET_FIELD_KEYS` only, under its own name only: whoever has the disk or the bucket has
nothing, and one file put into another's place is seen.
"""

import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import TypeVar

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils import timezone

from audit.acts import ActName
from audit.services import record
from kyc.errors import DocumentsUnavailable, DocumentTooLarge, DocumentUnfit, TooManyDocuments
from kyc.files.inspecting import InspectionFailed, NoTurn, inspected, turn
from kyc.files.verdicts import Reason, Unfit
from kyc.models import Document
from kyc.scanning import threat_in
from ledger.sealing import seal, unseal
from site_settings.reading import current_settings

logger = logging.getLogger(__name__)

T = TypeVar("T")

MEBIBYTE = 1024 * 1024
# Older than any request that could still commit the row which names it.
ORPHANED_AFTER = timedelta(hours=1)
BATCH = 500


@dataclass(frozen=True, slots=True)
class File:
    """A file that is a document: its bytes, and what they are."""

    content: bytes
    content_type: str

    @property
    def sha256(self) -> bytes:
        return sha256(self.content).digest()


def storage() -> Storage:
    return storages["documents"]


def looked_at(contents: Sequence[bytes]) -> list[File]:
    """The files of one submission, each found to be a document. Slow: call it in no transaction.

    Raises:
        TooManyDocuments, DocumentTooLarge: there are more, or larger ones, than the site takes.
        DocumentUnfit: one is none.
        DocumentsUnavailable: nobody could look, or as many are looked at as may be.
    """
    site = current_settings()
    if not 1 <= len(contents) <= site.kyc_max_documents:
        raise TooManyDocuments(site.kyc_max_documents)
    for position, content in enumerate(contents):
        if len(content) > site.kyc_max_file_mb * MEBIBYTE:
            raise DocumentTooLarge(position, site.kyc_max_file_mb)
    try:
        with turn():
            return [_looked_at(position, content) for position, content in enumerate(contents)]
    except NoTurn as busy:
        raise DocumentsUnavailable from busy


def _looked_at(position: int, content: bytes) -> File:
    try:
        content_type = inspected(content)
    except Unfit as unfit:
        raise DocumentUnfit(position, unfit.reason) from None
    except InspectionFailed as failed:
        logger.exception("a document could not be looked at")
        raise DocumentsUnavailable from failed
    if threat := threat_in(content):
        logger.warning("a document was refused: the scanner found %.100r", threat)
        raise DocumentUnfit(position, Reason.INFECTED)
    return File(content, content_type)


def kept(files: Iterable[File]) -> list[str]:
    """Put them into the storage, all or none; under which names. Call `forget_files` if they are not needed after all.

    Raises:
        DocumentsUnavailable: the storage is away.
    """
    names: list[str] = []
    try:
        for file in files:
            # Known before it is written, so that half a file is taken out as well.
            names.append(secrets.token_hex(16))
            sealed = ContentFile(seal(file.content, _context(names[-1])))
            names[-1] = _stored(partial(storage().save, names[-1], sealed))
    except DocumentsUnavailable:
        forget_files(names)
        raise
    return names


def read_document(document: Document, *, actor: str) -> bytes:
    """The file as it was sent; that somebody read it is kept. Whether he may is the caller's question.

    Raises:
        DocumentsUnavailable: the storage is away, or has it no longer.
        SealBroken, KeyMissing: it is not what was put there.
    """
    sealed = _stored(partial(_read, document.name))
    content = unseal(sealed, _context(document.name))
    with transaction.atomic():
        facts = {"submission": document.submission_id, "document": document.position}
        record(ActName.KYC_DOCUMENT_READ, actor=actor, subject=f"user:{document.submission.user_id}", facts=facts)
    return content


def forget_files(names: Iterable[str]) -> None:
    """Take them out of the storage. What could not be taken out is taken out by the sweep."""
    for name in names:
        try:
            _stored(partial(storage().delete, name))
        except DocumentsUnavailable:
            logger.warning("a document stays in the storage until it is swept")


def sweep_documents() -> int:
    """Take out files that no row names: of requests that broke off, of people who were erased; how many."""
    waiting = _stored(_names)
    swept = 0
    for start in range(0, len(waiting), BATCH):
        names = waiting[start : start + BATCH]
        named = set(Document.objects.filter(name__in=names).values_list("name", flat=True))
        swept += sum(_sweep(name) for name in names if name not in named)
    return swept


def _sweep(name: str) -> bool:
    """A young one may be named by a transaction that has not committed."""
    if _stored(partial(storage().get_modified_time, name)) > timezone.now() - ORPHANED_AFTER:
        return False
    # Asked again: a row that named it meanwhile was not there a moment ago.
    if Document.objects.filter(name=name).exists():
        return False
    forget_files([name])
    return True


def _names() -> list[str]:
    """All there are; a folder comes with its first file."""
    try:
        return list(storage().listdir("")[1])
    except FileNotFoundError:
        return []


def _read(name: str) -> bytes:
    with storage().open(name) as file:
        return bytes(file.read())


def _stored(work: Callable[[], T]) -> T:
    try:
        return work()
    except Exception as failure:
        # A storage is the operator's choice, and each has errors of its own.
        logger.exception("the storage of documents failed")
        raise DocumentsUnavailable from failure


def _context(name: str) -> str:
    return f"kyc document {name}"
