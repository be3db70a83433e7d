from enum import StrEnum


class MethodEnum(StrEnum):
    BANK = "bank"
    PAYPAL = "paypal"
    STRIPE = "stripe"

    def __str__(self) -> str:
        return str(self.value)
