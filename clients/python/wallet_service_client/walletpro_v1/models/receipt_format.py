from enum import StrEnum


class ReceiptFormat(StrEnum):
    WALLET_RECEIPT1 = "wallet-receipt/1"

    def __str__(self) -> str:
        return str(self.value)
