from enum import StrEnum


class MetricEnum(StrEnum):
    CASHBACK = "cashback"
    CREDITED = "credited"
    DEBITED = "debited"
    NET_MOVEMENT = "net_movement"
    TOP_SPENDERS = "top_spenders"
    TRANSACTION_VOLUME = "transaction_volume"
    WITHDRAWALS = "withdrawals"

    def __str__(self) -> str:
        return str(self.value)
