from enum import StrEnum


class OriginEnum(StrEnum):
    AUTO_RELOAD = "auto_reload"
    CUSTOMER = "customer"
    MANAGER = "manager"

    def __str__(self) -> str:
        return str(self.value)
