"""Where a withdrawal is paid to: what each method wants to know, how it is kept, and how little of it lists show.

* `bank`: `account_name`, `account_number`, `ifsc`. The account number is an IBAN or 4 to 34 letters and digits; what has
  an IBAN's shape has its check digits. `ifsc` is the bank's own code, whatever it is called where the shop is: an IFSC, a
  BIC (8 or 11 characters), or 6 to 9 digits (sort code, BSB, routing number). Spaces and dashes are left out, letters are
  capitals.
* `paypal`: `email`.
* `stripe`: `account`, the connected account, `acct_…`.

A member too many is refused as one that is missing: somebody would think that it counts.
"""

import json
import re
from collections.abc import Callable, Mapping

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from ledger.sealing import seal, unseal
from people.models import User
from withdrawals.errors import DetailsInvalid, DetailsMissing
from withdrawals.models import Withdrawal

Method = Withdrawal.Method
Details = dict[str, str]

NAME_MAX = 120
EMAIL_MAX = 254
# Longer than any of them, spaces and dashes included.
TEXT_MAX = 300
SHOWN = 4

GAPS = re.compile(r"[ -]")
ACCOUNT_NUMBER = re.compile(r"[A-Z0-9]{4,34}", re.ASCII)
# Two letters and two digits at the head of that many more: no other account number looks so.
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)
BANK_CODE = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}|[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?|[0-9]{6,9}", re.ASCII)
STRIPE_ACCOUNT = re.compile(r"acct_[A-Za-z0-9]{1,64}", re.ASCII)

Read = Callable[[str], str | None]


def read_details(method: str, given: object) -> Details:
    """What `given` says, in one spelling.

    Raises:
        DetailsInvalid: a member is missing, unknown or wrong.
    """
    readers = READERS[Method(method)]
    if not isinstance(given, Mapping):
        raise DetailsInvalid({"details": "invalid"})
    problems = {str(name)[:TEXT_MAX]: "unknown" for name in given if name not in readers}
    read: Details = {}
    for name, reader in readers.items():
        text = given.get(name)
        value = reader(text.strip()) if isinstance(text, str) and _is_readable(text) else None
        if value is None:
            problems[name] = "missing" if text in (None, "") else "invalid"
        else:
            read[name] = value
    if problems:
        raise DetailsInvalid(problems)
    return read


def last_used(user: User, method: str) -> Details:
    """Where this customer was last paid by this method.

    Raises:
        DetailsMissing: nowhere, or it was erased.
        SealBroken: it does not open.
    """
    last = Withdrawal.objects.of(user).filter(method=method, details__isnull=False).order_by("-pk").first()
    if last is None:
        raise DetailsMissing
    return opened(last)


def sealed(withdrawal: Withdrawal, details: Details) -> bytes:
    """As it is kept."""
    return seal(json.dumps(details, sort_keys=True).encode(), withdrawal.sealed_for)


def opened(withdrawal: Withdrawal) -> Details:
    """Where it is to be paid. Nothing of it belongs into a log, an event or a list.

    Raises:
        DetailsMissing: it was erased.
        SealBroken: it was changed, or is another withdrawal's.
    """
    if withdrawal.details is None:
        raise DetailsMissing
    found: Details = json.loads(unseal(bytes(withdrawal.details), withdrawal.sealed_for))
    return found


def masked(method: str, details: Details) -> str:
    """Enough to know it by, for who knows it already."""
    match Method(method):
        case Method.BANK:
            return _tail(details["account_number"])
        case Method.PAYPAL:
            name, _, host = details["email"].rpartition("@")
            return f"{name[:1]}•••@{host}"
    return f"acct_{_tail(details['account'])}"


def _tail(text: str) -> str:
    """The last four, and of a short one less: never more than half of it."""
    return f"•••• {text[-min(SHOWN, len(text) // 2) :]}"


def _is_readable(text: str) -> bool:
    return len(text) <= TEXT_MAX and text.isprintable()


def _name(text: str) -> str | None:
    return text if 1 <= len(text) <= NAME_MAX else None


def _matching(pattern: re.Pattern[str]) -> Read:
    def read(text: str) -> str | None:
        plain = GAPS.sub("", text).upper()
        # Some letters of other alphabets have capitals among ours.
        return plain if text.isascii() and pattern.fullmatch(plain) else None

    return read


def _account_number(text: str) -> str | None:
    plain = _matching(ACCOUNT_NUMBER)(text)
    return None if plain and IBAN.fullmatch(plain) and not _has_check_digits(plain) else plain


def _has_check_digits(iban: str) -> bool:
    """ISO 13616: head behind tail, letters as 10 to 35, and the remainder by 97 is 1."""
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1


def _email(text: str) -> str | None:
    try:
        validate_email(text)
    except ValidationError:
        return None
    return text if len(text) <= EMAIL_MAX else None


def _account(text: str) -> str | None:
    return text if STRIPE_ACCOUNT.fullmatch(text) else None


READERS: dict[Method, dict[str, Read]] = {
    Method.BANK: {"account_name": _name, "account_number": _account_number, "ifsc": _matching(BANK_CODE)},
    Method.PAYPAL: {"email": _email},
    Method.STRIPE: {"account": _account},
}
