from enum import StrEnum


class ListWebhooksStatus(StrEnum):
    ACTIVE = "active"
    FAILING = "failing"
    OFF = "off"

    def __str__(self) -> str:
        return str(self.value)
