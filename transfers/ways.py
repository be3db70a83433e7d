"""The ways of sending money: what switches each on, and what each asks of who sends. Amounts are minor units."""

from dataclasses import dataclass

from ledger.errors import Refusal
from ledger.money import Money
from site_settings.reading import current_settings
from transfers.errors import QrPayDisabled, TransfersDisabled

# What entries say where the sender says nothing. The words are the same for everybody, so they need no erasing.
TRANSFER, QR_PAY = "Transfer", "QR pay"
# How entries say that it was a QR code: it stands in the chain.
QR_REFERENCE = "qr_pay"


@dataclass(frozen=True, slots=True)
class Way:
    """One way of sending, as the operator has it now. `most` 0 is any; so is `step_up_from`: never."""

    is_on: bool
    disabled: type[Refusal]
    # Which identity checks it asks for (site_settings.declared.FEATURES).
    feature: str
    least: int
    most: int
    # What the notice is called that brings a code for it (notices.kinds).
    code_kind: str = "transfer.code"
    step_up_from: int = 0
    reason: str = TRANSFER
    reference: str | None = None

    def require_on(self) -> None:
        """Refuse unless the operator has switched it on.

        Raises:
            TransfersDisabled, QrPayDisabled: he has not.
        """
        if not self.is_on:
            raise self.disabled

    def is_proof_needed(self, amount: Money) -> bool:
        """Whether so much takes a second proof of who sends it."""
        return 0 < self.step_up_from <= amount.minor


def by_address() -> Way:
    """To an e-mail address, or because somebody asked for it; from a threshold on with a step-up."""
    settings = current_settings()
    return Way(
        is_on=settings.transfers_enabled,
        disabled=TransfersDisabled,
        feature="transfer",
        least=1,
        most=settings.transfer_max,
        step_up_from=settings.step_up_threshold,
    )


def with_code() -> Way:
    """With a mailed code, which is the second proof."""
    settings = current_settings()
    return Way(
        is_on=settings.transfers_enabled,
        disabled=TransfersDisabled,
        feature="transfer",
        least=settings.transfer_min,
        most=settings.transfer_max,
    )


def by_qr() -> Way:
    """By scanning somebody's QR code; above a threshold with a mailed code (`transfers.qr`)."""
    settings = current_settings()
    return Way(
        is_on=settings.qr_pay_enabled,
        disabled=QrPayDisabled,
        feature="qr_pay",
        least=settings.qr_pay_min,
        most=settings.qr_pay_max,
        code_kind="qr_pay.code",
        reason=QR_PAY,
        reference=QR_REFERENCE,
    )
