from enum import StrEnum


class TopupState(StrEnum):
    CHARGING = "charging"
    COMPLETED = "completed"
    CREATED = "created"
    FAILED = "failed"
    PENDING = "pending"
    REVIEW = "review"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return str(self.value)
