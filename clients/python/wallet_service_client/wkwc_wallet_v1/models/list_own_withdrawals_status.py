from enum import StrEnum


class ListOwnWithdrawalsStatus(StrEnum):
    APPROVED = "approved"
    FAILED = "failed"
    PAID = "paid"
    PENDING = "pending"
    REJECTED = "rejected"

    def __str__(self) -> str:
        return str(self.value)
