"""What minting a credential, or using one, can be refused for.

* Refusal
  - OwnerOutranks
  - AddressListInvalid
  - KeyLimitExceeded
"""

from ledger.errors import Refusal
from ledger.money import Money


class OwnerOutranks(Refusal):
    """A manager gives credentials only for users whose rights he has himself."""


class AddressListInvalid(Refusal):
    """An entry of a key's address list is neither an address nor a CIDR range."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not an IP address or a CIDR range")
        self.text = text


class KeyLimitExceeded(Refusal):
    """One call would move more than the key may."""

    def __init__(self, *, limit: Money, requested: Money) -> None:
        super().__init__(f"{requested} requested, the key moves at most {limit} in one call")
        self.limit = limit
        self.requested = requested
