"""Handing documents in, and deciding on what was handed in."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from audit.acts import ActName
from audit.services import actor_of, record
from kyc.acts import record_submitted, subject_of
from kyc.documents import File, forget_files, kept, looked_at
from kyc.errors import AlreadyApproved, AlreadySubmitted, SubmissionNotPending
from kyc.mails import tell_shop
from kyc.models import Document, Status, Submission, Verification, number_context
from kyc.services import decided, lock_customer, require_decision, status_of
from kyc.turns import only_look
from ledger.retry import in_transaction
from ledger.sealing import seal, unseal
from people.models import User
from site_settings.reading import current_settings


def document_type_named(text: str) -> str | None:
    """The type that somebody means, as the site spells it: case does not count, nor `_` for a blank. None: it takes no such."""
    known = {_plain(name): name for name in current_settings().kyc_document_types}
    return known.get(_plain(text))


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).casefold()


def submit(
    *, user: User, full_name: str, document_type: str, document_number: str, files: Sequence[bytes], actor: str
) -> Submission:
    """Hand documents in, and have the managers told. Once nothing waits and he is not approved; so again after a rejection.

    The files are looked at, scanned and stored before the transaction begins: in it, nobody waits for them. If it fails, or
    is refused, they are taken out again. `document_type` is one of the site's own.

    Raises:
        AlreadyApproved, AlreadySubmitted: there is nothing to hand in.
        TooManyDocuments, DocumentTooLarge, DocumentUnfit: the files are not what the site takes.
        StillLooking: others of his are looked at just now.
        DocumentsUnavailable: they could not be looked at, or not be kept.
    """
    require_may_submit(user.pk)
    with only_look(user.pk):
        looked = looked_at(files)
    names = kept(looked)
    try:
        return in_transaction(
            lambda: _submit(user, full_name, document_type, document_number, list(zip(names, looked, strict=True)), actor)
        )
    except BaseException:
        forget_files(names)
        raise


def require_may_submit(user_id: int) -> None:
    """Refuse who is approved, and who has handed in what nobody has decided on yet; see `submit`."""
    if status_of(user_id) == Status.APPROVED:
        raise AlreadyApproved
    if Submission.objects.pending().filter(user_id=user_id).exists():
        raise AlreadySubmitted


def _submit(
    user: User, full_name: str, document_type: str, document_number: str, files: Sequence[tuple[str, File]], actor: str
) -> Submission:
    lock_customer(user.pk)
    require_may_submit(user.pk)
    now = timezone.now()
    submission = Submission.objects.create(
        user=user,
        full_name=full_name,
        document_type=document_type,
        document_number=seal(document_number.encode(), number_context(user.pk, now)),
        created_at=now,
    )
    documents = Document.objects.bulk_create(
        Document(
            submission=submission,
            position=position,
            name=name,
            content_type=file.content_type,
            size_bytes=len(file.content),
            sha256=file.sha256,
        )
        for position, (name, file) in enumerate(files)
    )
    waiting = {"status": Status.PENDING, "note": "", "decided_by": None, "decided_at": None}
    Verification.objects.update_or_create(user=user, defaults=waiting)
    record_submitted(submission, documents, actor=actor)
    tell_shop(submission, user)
    return submission


@transaction.atomic(savepoint=False)
def decide_submission(*, submission_id: int, status: Status, by: User, actor: str, note: str = "") -> Submission:
    """Approve or reject what a customer has handed in; he is what it is, from then on, and gets a mail.

    Raises:
        Submission.DoesNotExist: there is none with that id.
        OwnVerification, RejectionNeedsNote: see `decide`.
        SubmissionNotPending: it was decided before.
    """
    user_id = Submission.objects.values_list("user_id", flat=True).get(pk=submission_id)
    require_decision(user_id, status, by, note)
    lock_customer(user_id)
    submission = Submission.objects.select_related("user").get(pk=submission_id)
    if submission.status != Status.PENDING:
        raise SubmissionNotPending
    decided(user=submission.user, status=status, by=by, note=note, actor=actor, submission=submission)
    return submission


@transaction.atomic(savepoint=False)
def read_number(submission: Submission, *, by: User) -> str:
    """The document's number; that somebody read it is kept.

    Raises:
        SealBroken, KeyMissing: it is not what was sealed there.
    """
    number = unseal(bytes(submission.document_number), submission.sealed_for).decode()
    facts = {"submission": submission.pk}
    record(ActName.KYC_NUMBER_READ, actor=actor_of(by), subject=subject_of(submission.user_id), facts=facts)
    return number
