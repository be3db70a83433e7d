"""What a six-digit code can be refused for.

* Refusal
  - PasscodeTooSoon
  - TooManyWrongCodes
  - PasscodeWrong
  - PasscodeExpired
    + PasscodeUsed
    + PasscodeExhausted
  - TotpAlreadyEnrolled
  - TotpNotEnrolled
"""

from ledger.errors import Refusal


class PasscodeTooSoon(Refusal):
    """A code was sent a moment ago, or too many were this hour. `retry_after` is whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"the next code can be had in {retry_after} s")
        self.retry_after = retry_after


class TooManyWrongCodes(Refusal):
    """The user was wrong ten times within 24 hours: no code is issued or taken, a right one either. `retry_after` is seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"no code is taken for {retry_after} s")
        self.retry_after = retry_after


class PasscodeWrong(Refusal):
    """It is not the code; or none was issued."""


class PasscodeExpired(Refusal):
    """The code's time is over, whatever was entered."""


class PasscodeUsed(PasscodeExpired):
    """The code was used before."""


class PasscodeExhausted(PasscodeExpired):
    """Five wrong tries have ended the code."""


class TotpAlreadyEnrolled(Refusal):
    """The user has a confirmed device, which has to be removed first."""


class TotpNotEnrolled(Refusal):
    """The user has no device, or none that was confirmed."""
