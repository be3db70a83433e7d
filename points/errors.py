"""What points refuse, beyond what wallets and the ledger do.

* Refusal
  - PointsWalletUnknown
"""

from ledger.errors import Refusal


class PointsWalletUnknown(Refusal):
    """No wallet in the points currency is called so, has this number, or belongs to who has this e-mail address."""
