"""Redeeming a code over whatever route: the limits that keep guessing from being worth anything."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from audit.acts import ActName
from audit.services import record_attempt
from codes.errors import CodeInvalid
from wallet_service.api import rates


class TooManyCodes(Throttled):
    """So many codes were tried that the next one is not looked at."""

    def __init__(self, usage: rates.Usage) -> None:
        super().__init__()
        self.retry_after = usage.retry_after


@contextmanager
def counted_try(request: HttpRequest, identity: str) -> Iterator[None]:
    """What happens inside is one try to redeem a code. It is counted before the code is looked at; call it outside transactions.

    Towards an identity's limit every try counts; towards an address's only misses, so that a house full of
    customers may redeem as much as it likes.

    Raises:
        TooManyCodes: one of the two is used up.
    """
    of_identity = rates.count_redemption(request, identity)
    if of_identity and of_identity.is_over:
        raise TooManyCodes(of_identity)
    misses = rates.count_wrong_code(request, is_hit=False)
    if misses and misses.remaining == 0:
        raise TooManyCodes(misses)
    try:
        yield
    except CodeInvalid:
        rates.count_wrong_code(request)
        record_attempt(ActName.CODE_WRONG, network=rates.network_of(request))
        raise
