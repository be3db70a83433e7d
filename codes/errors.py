"""What the codes refuse.

* Refusal
  - CodeInvalid
  - CodeAlreadyRedeemed
  - CodeExpired
"""

from ledger.errors import Refusal


class CodeInvalid(Refusal):
    """There is no such code for this caller: unknown, voided, or locked to somebody else. Nobody learns which."""


class CodeAlreadyRedeemed(Refusal):
    """It was redeemed as often as it may be, by everybody or by this user."""


class CodeExpired(Refusal):
    """Its time is over."""
