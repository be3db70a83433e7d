"""What the audit rows say of identity checks: they have MACs and seals, the rows themselves have none."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from audit.acts import ActName
from audit.services import record
from kyc.models import Document, Status, Submission
from ledger.encoding import mac
from ledger.keys import keyring

ASKED = b"kyc.Submission\0"


def subject_of(user_id: int) -> str:
    return f"user:{user_id}"


def record_submitted(submission: Submission, documents: Sequence[Document], *, actor: str) -> None:
    """Write what was handed in, as a MAC over it: nobody learns from it who that was, once it is erased."""
    key_id = keyring().current
    facts = {"submission": submission.pk, "key": key_id, "handed_in": asked_mac(submission, documents, key_id)}
    record(ActName.KYC_SUBMITTED, actor=actor, subject=subject_of(submission.user_id), facts=facts)


def record_decided(user_id: int, status: Status, submission: Submission | None, *, actor: str) -> None:
    """Write what was decided, and on which submission, where there was one."""
    facts = {"status": status.value} | ({"submission": submission.pk} if submission else {})
    record(ActName.KYC_DECIDED, actor=actor, subject=subject_of(user_id), facts=facts)


def asked_mac(submission: Submission, documents: Iterable[Document], key_id: int) -> str:
    """Over all that a manager decides on: who, what he is called, which document, and each file.

    Raises:
        KeyMissing: the ring has no such key.
    """
    number = bytes(submission.document_number).hex()
    files: list[Any] = [[one.position, one.name, one.content_type, one.size_bytes, bytes(one.sha256).hex()] for one in documents]
    told = [submission.pk, submission.user_id, submission.full_name, submission.document_type, number, files]
    return mac(keyring().key(key_id), ASKED, json.dumps(told, ensure_ascii=False).encode()).hex()
