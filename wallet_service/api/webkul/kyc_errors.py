"""What this family says of documents that it does not take."""

import kyc.errors as kyc
from kyc.files.verdicts import Reason
from kyc.models import Submission
from wallet_service.api.answers import RETRY_AFTER
from wallet_service.api.family import Answer, Answers, Facts

# A look takes seconds, and each further try is one of the few of a day.
RETRY_SECONDS = 10
SAMPLE_RETRY = {"retry_after": RETRY_SECONDS}
SENTENCES = {
    Reason.EMPTY: "is empty.",
    Reason.NOT_A_DOCUMENT: "is not a JPEG, PNG, WebP or PDF file.",
    Reason.DAMAGED: "is damaged, or not complete.",
    Reason.TOO_MANY_PIXELS: "has more pixels than are taken.",
    Reason.ANIMATED: "is animated.",
    Reason.DATA_BEHIND_ITS_END: "has data behind its end.",
    Reason.ANOTHER_FILE_INSIDE: "has another file inside.",
    Reason.MARKUP_INSIDE: "has markup or a script inside.",
    Reason.ENCRYPTED: "is encrypted.",
    Reason.ACTIVE_CONTENT: "has active content: a script, an action, a form or an attachment.",
    Reason.TOO_COMPLEX: "is too complex to be looked at.",
    Reason.INFECTED: "was refused by the virus scanner.",
}


def wrong_files(message: str, code: str) -> Facts:
    """`files` is wrong, as WordPress says it of any argument."""
    return {
        "names": "files",
        "params": {"files": message},
        "details": {"files": {"code": code, "message": message, "data": None}},
    }


def too_many(exc: kyc.TooManyDocuments) -> Facts:
    count = f"{exc.most} item" + ("s" if exc.most > 1 else "")
    return wrong_files(f"files must contain at most {count}.", "rest_too_many_items")


def unfit(exc: kyc.DocumentUnfit) -> Facts:
    """The reason is a word, so that a client can say it in another language."""
    return wrong_files(f"files[{exc.position}] {SENTENCES[exc.reason]}", exc.reason.value)


def retry_later(exc: Exception) -> Facts:
    return {"retry_after": RETRY_SECONDS}


KYC_ANSWERS: Answers = {
    Submission.DoesNotExist: Answer(404, "not_found", "There is no such submission."),
    kyc.SubmissionNotPending: Answer(409, "not_pending", "It was decided before."),
    kyc.AlreadySubmitted: Answer(409, "already_submitted", "What was handed in before still waits for a decision."),
    kyc.AlreadyApproved: Answer(409, "already_approved", "The identity was checked already."),
    kyc.TooManyDocuments: Answer(
        400, "rest_invalid_param", "Invalid parameter(s): {names}", too_many, sample=too_many(kyc.TooManyDocuments(2))
    ),
    kyc.DocumentTooLarge: Answer(
        413,
        "rest_request_too_large",
        "files[{position}] is larger than {most_mb} MiB.",
        lambda exc: {"position": exc.position, "most_mb": exc.most_mb},
        sample={"position": 0, "most_mb": 5},
    ),
    kyc.DocumentUnfit: Answer(
        400,
        "rest_invalid_param",
        "Invalid parameter(s): {names}",
        unfit,
        sample=unfit(kyc.DocumentUnfit(0, Reason.NOT_A_DOCUMENT)),
    ),
    kyc.StillLooking: Answer(
        429,
        "too_many_requests",
        "The documents handed in before are still looked at.",
        retry_later,
        RETRY_AFTER,
        SAMPLE_RETRY,
    ),
    kyc.DocumentsUnavailable: Answer(
        503,
        "documents_unavailable",
        "Documents cannot be taken just now; nothing was kept. Please try again.",
        retry_later,
        RETRY_AFTER,
        SAMPLE_RETRY,
    ),
}
