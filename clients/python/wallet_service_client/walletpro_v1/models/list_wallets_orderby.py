from enum import StrEnum


class ListWalletsOrderby(StrEnum):
    BALANCE = "balance"
    CREATED = "created"
    UPDATED = "updated"

    def __str__(self) -> str:
        return str(self.value)
