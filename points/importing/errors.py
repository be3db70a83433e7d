"""What an import refuses as a whole. What is wrong with one line is a word in its report.

* Refusal
  - ImportRefused
    + FileUnreadable
    + ImportNotReady
    + ImportRunning
"""

from ledger.errors import Refusal


class ImportRefused(Refusal):
    """Nothing was imported."""


class FileUnreadable(ImportRefused):
    """Not one line of the file can be meant: another encoding, another separator, no lines, or far too many."""


class ImportNotReady(ImportRefused):
    """It is not in a state in which this can be done. `status` says in which it is."""

    def __init__(self, status: str) -> None:
        super().__init__(f"that cannot be done with it now; its state is: {status}")
        self.status = status


class ImportRunning(ImportRefused):
    """One import at a time is booked. `number` says which."""

    def __init__(self, number: int) -> None:
        super().__init__(f"import {number} is being booked; it has to end first")
        self.number = number
