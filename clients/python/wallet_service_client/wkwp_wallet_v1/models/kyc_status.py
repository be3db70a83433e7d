from enum import StrEnum


class KycStatus(StrEnum):
    APPROVED = "approved"
    NOT_SUBMITTED = "not_submitted"
    PENDING = "pending"
    REJECTED = "rejected"

    def __str__(self) -> str:
        return str(self.value)
