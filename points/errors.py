"""What points refuse, beyond what wallets and the ledger do.

* Refusal
  - PointsWalletUnknown
  - NoPoints
"""

from ledger.errors import Refusal


class PointsWalletUnknown(Refusal):
    """No wallet in the points currency is called so, has this number, or belongs to who has this e-mail address."""


class NoPoints(Refusal):
    """At the site's ratio so much money comes to no points."""
