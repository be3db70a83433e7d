"""What a code says of itself, sealed into its row: nobody who edits the row makes the code worth more."""

import json
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from codes.models import Code, Terms
from codes.texts import digest_of
from ledger.encoding import microseconds
from ledger.money import Money, currency
from ledger.sealing import SealBroken, seal, unseal
from people.models import User

# The columns whose values are sealed besides the code.
SEALED = ("prefix", "amount_minor", "currency_code", "expires_at", "max_redemptions", "max_per_user", "restrict_to_user_id")


@dataclass(frozen=True, slots=True)
class SealedTerms:
    """As sealed when the code was made. `expires_at` is compared as microseconds since 1970."""

    text: str
    prefix: str
    amount_minor: int
    currency_code: str
    expires_at: int | None
    max_redemptions: int
    max_per_user: int | None
    restrict_to_user_id: int | None

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, currency(self.currency_code))

    def is_for(self, user: User) -> bool:
        """Whether it is not locked to somebody else."""
        return self.restrict_to_user_id in (None, user.pk)

    def has_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= microseconds(now)


def seal_terms(terms: Terms, code_id: int, text: str) -> bytes:
    """The terms, with the code's `text`, sealed for its row alone."""
    return seal(json.dumps({"text": text, **told(terms)}).encode(), _context(code_id))


def unseal_terms(code: Code) -> SealedTerms:
    """What was sealed, whatever the columns say.

    Raises:
        SealBroken: it does not open, or is not the code that the row is looked up by.
        KeyMissing: it was sealed under a key that is gone.
    """
    context = _context(code.pk)
    terms = SealedTerms(**json.loads(unseal(bytes(code.sealed), context)))
    if not compare_digest(digest_of(terms.text), bytes(code.digest)):
        raise SealBroken(context)
    return terms


def told(terms: Terms) -> dict[str, Any]:
    """What a row's columns say of what is sealed, in the words of the seal."""
    said = {name: getattr(terms, name) for name in SEALED}
    return {**said, "expires_at": None if terms.expires_at is None else microseconds(terms.expires_at)}


def _context(code_id: int) -> str:
    return f"codes_code:{code_id}"
