from enum import StrEnum


class ListOwnTransactionsTypeItem(StrEnum):
    BNPL_REPAY = "bnpl_repay"
    CASHBACK = "cashback"
    CREDIT = "credit"
    DEBIT = "debit"
    REFUND = "refund"
    TOPUP = "topup"
    TRANSFER = "transfer"
    WITHDRAWAL = "withdrawal"

    def __str__(self) -> str:
        return str(self.value)
