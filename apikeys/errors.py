"""What minting a credential can be refused for.

* Refusal
  - OwnerOutranks
  - AddressListInvalid
"""

from ledger.errors import Refusal


class OwnerOutranks(Refusal):
    """A manager gives credentials only for users whose rights he has himself."""


class AddressListInvalid(Refusal):
    """An entry of a key's address list is neither an address nor a CIDR range."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not an IP address or a CIDR range")
        self.text = text
