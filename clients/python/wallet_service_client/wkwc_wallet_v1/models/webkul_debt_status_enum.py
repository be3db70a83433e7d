from enum import StrEnum


class WebkulDebtStatusEnum(StrEnum):
    OPEN = "open"
    OVERDUE = "overdue"
    REPAID = "repaid"

    def __str__(self) -> str:
        return str(self.value)
