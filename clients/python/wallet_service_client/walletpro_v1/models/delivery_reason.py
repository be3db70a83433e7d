from enum import StrEnum


class DeliveryReason(StrEnum):
    BY_HAND = "by_hand"
    PARKED = "parked"
    TEST = "test"

    def __str__(self) -> str:
        return str(self.value)
