from enum import StrEnum


class CreditType(StrEnum):
    CASHBACK = "cashback"
    CREDIT = "credit"
    MILESTONE = "milestone"
    REFERRAL = "referral"
    TOPUP = "topup"

    def __str__(self) -> str:
        return str(self.value)
