from enum import StrEnum


class WebhookStatus(StrEnum):
    ACTIVE = "active"
    FAILING = "failing"
    OFF = "off"

    def __str__(self) -> str:
        return str(self.value)
