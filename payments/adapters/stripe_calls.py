"""Calls to Stripe by its own library, and what their failures mean.

The library never repeats a call by itself: who asks again knows what came of it before. It sees no proxy and
no .netrc of the environment, follows no redirect, and reports nothing about this machine.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
import stripe
from django.conf import settings
from requests.structures import CaseInsensitiveDict

from ledger.effects import Outcome
from payments.port import Charged

logger = logging.getLogger(__name__)

# Else each call says how long the last one took, and on what machine.
stripe.enable_telemetry = False

CONNECT_SECONDS = 3.0
# Of one read. Somebody waits for a payment page or a refund; a bank may take its time over a charge.
READ_SECONDS = 10.0
CHARGE_SECONDS = 30.0

CODE = re.compile(r"[a-z0-9_]{1,60}")
# What a card's holder is not to hear (docs.stripe.com/declines/codes): he may be its thief.
NOT_TOLD = frozenset({"fraudulent", "lost_card", "merchant_blacklist", "pickup_card", "restricted_card", "stolen_card"})
# States of a payment that may be, or may become, paid.
UNDECIDED = frozenset({"processing", "requires_capture", "succeeded"})

Said = Mapping[str, Any]


class Garbled(Exception):
    """What came back is not what was asked for."""


class _Transport(stripe.RequestsClient):
    def request(self, *args: Any, **kwargs: Any) -> tuple[bytes, int, Mapping[str, str]]:  # type: ignore[override]  # as theirs
        """Without the header whose text the library would print as a warning."""
        body, status, answered = super().request(*args, **kwargs)
        kept = CaseInsensitiveDict(answered)
        kept.pop("Stripe-Notice", None)
        return body, status, kept


@contextmanager
def calling(read_seconds: float | None = None) -> Iterator[stripe.StripeClient]:
    """The library, for one conversation."""
    with requests.Session() as session:
        session.trust_env = False
        session.max_redirects = 0
        yield stripe.StripeClient(
            settings.STRIPE_SECRET_KEY,
            base_addresses={"api": settings.STRIPE_API_BASE},
            max_network_retries=0,
            http_client=_Transport(timeout=(CONNECT_SECONDS, read_seconds or READ_SECONDS), session=session),
        )


def said_by(answer: object) -> Said:
    """What an object of the library's says, as plain members.

    Raises:
        Garbled: it is no object, or has no id.
    """
    said = answer.to_dict() if isinstance(answer, stripe.StripeObject) else {}
    if not isinstance(said.get("id"), str):
        raise Garbled
    return said


def outcome_of(call: Callable[[], Charged]) -> Charged:
    """What became of a call that moves money. NO is only what Stripe refuses to do; all else that fails is UNKNOWN."""
    try:
        return call()
    except stripe.CardError as declined:
        return _refused(declined)
    except stripe.InvalidRequestError as wrong:
        logger.error("Stripe refuses a call: %s", described(wrong))
        return _refused(wrong)
    except (stripe.AuthenticationError, stripe.PermissionError) as wrong:
        # The operator's key is wrong. An earlier call may have had the right one.
        logger.error("Stripe refuses the key: %s", described(wrong))
        return Charged(Outcome.UNKNOWN, reason="not_authorized")
    except stripe.StripeError as failure:
        logger.warning("the outcome of a call to Stripe is not known: %s", described(failure))
        return Charged(Outcome.UNKNOWN, reason="no_answer")
    except Exception as failure:
        # Whatever the library trips over in an answer: what Stripe has done is not known.
        logger.warning("an answer of Stripe's cannot be read: %s", type(failure).__name__)
        return Charged(Outcome.UNKNOWN, reason="no_answer")


def described(failure: stripe.StripeError) -> str:
    """Kind, status, code and request: nothing of Stripe's text, which may name a card or a customer."""
    parts = (type(failure).__name__, failure.http_status, code_in(failure.code), code_in(failure.request_id))
    return " ".join(str(part) for part in parts if part)


def code_in(value: object) -> str:
    """A code of Stripe's if it looks like one, else nothing."""
    return value if isinstance(value, str) and CODE.fullmatch(value.lower()) else ""


def reason_in(error: object) -> str:
    """Why a payment was declined, in a code that its payer may see."""
    if not isinstance(error, Mapping):
        return ""
    decline = code_in(error.get("decline_code"))
    return (decline if decline not in NOT_TOLD else "") or code_in(error.get("code"))


def _refused(failure: stripe.StripeError) -> Charged:
    body = failure.json_body if isinstance(failure.json_body, Mapping) else {}
    error = body.get("error")
    intent = error.get("payment_intent") if isinstance(error, Mapping) else None
    said: Said = intent if isinstance(intent, Mapping) else {}
    reference = str(said.get("id") or "")[:255]
    if said.get("status") in UNDECIDED:
        # It refuses this call, not the payment.
        return Charged(Outcome.UNKNOWN, reference, str(said["status"]))
    return Charged(Outcome.NO, reference, reason_in(error) or "refused")
