from enum import StrEnum


class EventTypeName(StrEnum):
    WALLET_BALANCE_LOW = "wallet.balance.low"
    WALLET_CASHBACK_AWARDED = "wallet.cashback.awarded"
    WALLET_CODE_VOIDED = "wallet.code.voided"
    WALLET_CREDITED = "wallet.credited"
    WALLET_DEBITED = "wallet.debited"
    WALLET_HOLD_CAPTURED = "wallet.hold.captured"
    WALLET_HOLD_EXPIRED = "wallet.hold.expired"
    WALLET_HOLD_PLACED = "wallet.hold.placed"
    WALLET_HOLD_VOIDED = "wallet.hold.voided"
    WALLET_MILESTONE_AWARDED = "wallet.milestone.awarded"
    WALLET_REDEMPTION_CODE_REDEEMED = "wallet.redemption_code.redeemed"
    WALLET_REFERRAL_REWARDED = "wallet.referral.rewarded"
    WALLET_RELOAD_TRIGGERED = "wallet.reload.triggered"
    WALLET_SPENDING_LIMIT_BLOCKED = "wallet.spending_limit.blocked"
    WALLET_TOPUP_COMPLETED = "wallet.topup.completed"
    WALLET_TOPUP_FAILED = "wallet.topup.failed"
    WALLET_TRANSFER_RECEIVED = "wallet.transfer.received"
    WALLET_TRANSFER_SENT = "wallet.transfer.sent"
    WALLET_WITHDRAWAL_APPROVED = "wallet.withdrawal.approved"
    WALLET_WITHDRAWAL_REJECTED = "wallet.withdrawal.rejected"
    WALLET_WITHDRAWAL_REQUESTED = "wallet.withdrawal.requested"

    def __str__(self) -> str:
        return str(self.value)
