"""What the pages say when a code is refused."""

from ledger.errors import Refusal
from passcodes.errors import (
    PasscodeExhausted,
    PasscodeExpired,
    PasscodeTooSoon,
    PasscodeUsed,
    PasscodeWrong,
    TooManyWrongCodes,
    TotpNotEnrolled,
)
from stepups.errors import NoWayToProve, PasswordWrong

HOUR, MINUTE = 3600, 60
WORDS: dict[type[Refusal], str] = {
    PasscodeWrong: "That is not the code. Please look at it again.",
    PasscodeUsed: "This code was used before. Have a new one sent.",
    PasscodeExhausted: "Five wrong tries have ended this code. Have a new one sent.",
    PasscodeExpired: "This code is too old. Have a new one sent.",
    PasscodeTooSoon: "A code is on its way. You can have another one in {wait}.",
    TooManyWrongCodes: "There were too many wrong codes. To keep you safe, no code is taken now; try again in {wait}.",
    TotpNotEnrolled: "This was not begun, or too long ago. Please begin again.",
    NoWayToProve: "There is no e-mail address to send a code to.",
    PasswordWrong: "That is not your password.",
}
# Each code of an app is taken once, so the one that was just used is wrong as well.
WRONG_IN_APP = "That is not the code that your app shows now. Each code works once: wait for the next one."


def in_words(refusal: Refusal, *, is_from_app: bool = False) -> str:
    """A sentence for the person who entered the code."""
    if is_from_app and isinstance(refusal, PasscodeWrong):
        return WRONG_IN_APP
    return WORDS[type(refusal)].format(wait=waiting_time(getattr(refusal, "retry_after", 0)))


def waiting_time(seconds: int) -> str:
    """As people say it, never too short: 41 seconds, 3 minutes, 24 hours."""
    for size, unit in ((HOUR, "hour"), (MINUTE, "minute")):
        if seconds > size:
            return _plural(-(-seconds // size), unit)
    return _plural(seconds, "second")


def _plural(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
