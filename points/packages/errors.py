"""What point packages refuse.

* Refusal
  - PackageUnknown
  - PackageExists
  - PackagePriceChanged
"""

from ledger.errors import Refusal
from ledger.money import Money


class PackageUnknown(Refusal):
    """No such package is for sale: there never was one, it is retired, or the shop counts in other currencies now."""


class PackageExists(Refusal):
    """Just as many points are for sale already: two prices for one thing."""


class PackagePriceChanged(Refusal):
    """The buyer was shown another price than it has now."""

    def __init__(self, *, price: Money) -> None:
        super().__init__(f"the price is {price} now")
        self.price = price
