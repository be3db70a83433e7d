from enum import StrEnum


class TransactionType(StrEnum):
    CASHBACK = "cashback"
    CREDIT = "credit"
    DEBIT = "debit"
    EXPIRY = "expiry"
    MILESTONE = "milestone"
    REFERRAL = "referral"
    TOPUP = "topup"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    WITHDRAWAL = "withdrawal"

    def __str__(self) -> str:
        return str(self.value)
