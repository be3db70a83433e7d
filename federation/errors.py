"""What external wallets refuse, beyond what the ledger and the wallets do.

* Refusal
  - SiteInvalid
  - SiteBusy
  - SiteRefused
  - SiteSilent
    + SiteNotReached
    + PushUnknown
  - PushUnderWay
  - RefreshUnderWay
  - NotMirrorable
  - DifferenceSettled
"""

from collections.abc import Sequence

from ledger.errors import Refusal


class SiteInvalid(Refusal):
    """A site cannot be kept so; `field` is url, key or name."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"the {field} {why}")
        self.field = field
        self.why = why


class SiteBusy(Refusal):
    """Withdrawals at the site are not settled: its address stays until they are."""


class SiteRefused(Refusal):
    """The main site said no, and why. `decided_for`: the request that it names as the one which it decided so."""

    def __init__(self, messages: Sequence[str], *, decided_for: str = "") -> None:
        super().__init__(f"the main site refused: {'; '.join(messages)}")
        self.messages = tuple(messages)
        self.decided_for = decided_for


class SiteSilent(Refusal):
    """The main site gave no answer that can be used."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the main site does not answer: {why}")
        self.why = why


class SiteNotReached(SiteSilent):
    """The main site heard nothing of it: nothing was moved, there or here."""


class PushUnknown(SiteSilent):
    """Whether the points left the main site is not known: here they are set aside until it is."""


class PushUnderWay(Refusal):
    """The site is being called, or still asked: nobody decides by hand meanwhile."""


class RefreshUnderWay(Refusal):
    """The site's wallets are being refreshed already."""


class NotMirrorable(Refusal):
    """Something in the wallet could still move by itself: it cannot follow another site's."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the wallet cannot be mirrored: {why}")
        self.why = why


class DifferenceSettled(Refusal):
    """Somebody settled it before, or there is nothing to settle."""
