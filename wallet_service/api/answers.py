"""Parts of answers that the families word alike."""

from typing import Any

from rest_framework.exceptions import Throttled

from wallet_service.api.family import Answer, Facts
from wallet_service.api.rates import Usage

BUSY_RETRY_SECONDS = 1
RETRY_AFTER = {"retry_after": "Retry-After"}
SAMPLE_WAIT = {"retry_after": 1}


class RateLimited(Throttled):
    """The caller has used up his calls of this window."""

    def __init__(self, usage: Usage) -> None:
        super().__init__()
        self.retry_after = usage.retry_after


def retry_after(exc: Any) -> Facts:
    return {"retry_after": exc.retry_after}


def retry_soon(exc: Any) -> Facts:
    return {"retry_after": BUSY_RETRY_SECONDS}


def one_wrong(name: str, message: str) -> Facts:
    detail = {"code": "rest_invalid_param", "message": message, "data": None}
    return {"names": name, "params": {name: message}, "details": {name: detail}}


def one_param(name: str, message: str) -> Answer:
    """An argument that is wrong only in the light of what is there: as WordPress says it of any other."""
    facts = one_wrong(name, message)
    return Answer(400, "rest_invalid_param", "Invalid parameter(s): {names}", lambda exc: facts, sample=facts)
