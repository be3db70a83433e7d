from enum import StrEnum


class EventState(StrEnum):
    DELIVERED = "delivered"
    FAILED = "failed"
    PARKED = "parked"
    WAITING = "waiting"

    def __str__(self) -> str:
        return str(self.value)
