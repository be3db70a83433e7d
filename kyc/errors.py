"""What identity checks refuse.

* Refusal
  - KycRequired
  - RejectionNeedsNote
  - OwnVerification
  - SubmissionNotPending
  - AlreadySubmitted
  - AlreadyApproved
  - TooManyDocuments
  - DocumentTooLarge
  - DocumentUnfit
  - StillLooking
  - DocumentsUnavailable
"""

from kyc.files.verdicts import Reason
from ledger.errors import Refusal


class KycRequired(Refusal):
    """The feature is for customers whose identity was checked, and his was not."""

    def __init__(self, feature: str) -> None:
        super().__init__(f"{feature} needs an identity check")
        self.feature = feature


class RejectionNeedsNote(Refusal):
    """Who is rejected is told why."""


class OwnVerification(Refusal):
    """Nobody decides on himself."""


class SubmissionNotPending(Refusal):
    """It was decided before."""


class AlreadySubmitted(Refusal):
    """What the customer handed in still waits for a decision."""


class AlreadyApproved(Refusal):
    """The customer's identity was checked: there is nothing to hand in."""


class TooManyDocuments(Refusal):
    """More files than one submission may have, or none."""

    def __init__(self, most: int) -> None:
        super().__init__(f"1 to {most} files")
        self.most = most


class DocumentTooLarge(Refusal):
    """One file is larger than it may be. `position` counts from 0."""

    def __init__(self, position: int, most_mb: int) -> None:
        super().__init__(f"file {position} is larger than {most_mb} MiB")
        self.position = position
        self.most_mb = most_mb


class DocumentUnfit(Refusal):
    """One file is not what a document may be. `position` counts from 0."""

    def __init__(self, position: int, reason: Reason) -> None:
        super().__init__(f"file {position}: {reason}")
        self.position = position
        self.reason = reason


class StillLooking(Refusal):
    """Other files of the same customer are looked at just now."""


class DocumentsUnavailable(Refusal):
    """Files can be neither looked at nor kept, or not read, just now, and nothing was kept.

    The scanner or the storage is away, or as many files are looked at as may be at once.
    """
