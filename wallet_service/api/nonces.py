"""WordPress nonces: proof that a page of ours, in this very session, made the request.

Ten hex digits from the tick of the clock, the user and the session. A tick is
twelve hours; this one's and the last one's are good, so a nonce lives 12 to 24.
"""

import hmac
import math
import time

from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import salted_hmac

TICK_SECONDS = 43_200
LENGTH = 10


def make_nonce(session: SessionBase, user_id: int) -> str:
    """The session's current nonce. Within a tick it is always the same."""
    return _nonce(_tick(), session, user_id)


def is_valid(nonce: str, session: SessionBase, user_id: int) -> bool:
    """Whether `nonce` was made for this session and user, in this tick or the last."""
    tick = _tick()
    good = (_nonce(made, session, user_id).encode() for made in (tick, tick - 1))
    return any(hmac.compare_digest(nonce.encode(), candidate) for candidate in good)


def _tick() -> int:
    return math.ceil(time.time() / TICK_SECONDS)


def _nonce(tick: int, session: SessionBase, user_id: int) -> str:
    text = f"{tick}|wp_rest|{user_id}|{session.session_key}"
    return salted_hmac("wallet_service.api.nonces", text, algorithm="sha256").hexdigest()[:LENGTH]
