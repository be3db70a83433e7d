"""What analytics refuse.

* Refusal
  - ReportInvalid
"""

from ledger.errors import Refusal


class ReportInvalid(Refusal):
    """No such report can be made; the message says why, in words for people."""
