from enum import StrEnum


class WebhookSwitch(StrEnum):
    ACTIVE = "active"
    OFF = "off"

    def __str__(self) -> str:
        return str(self.value)
