from enum import StrEnum


class ListWalletsSort(StrEnum):
    BALANCE_DESC = "balance_desc"
    RECENT_ACTIVITY_DESC = "recent_activity_desc"

    def __str__(self) -> str:
        return str(self.value)
