"""What a transfer costs its sender."""

from ledger.money import Money
from site_settings.fees import fee_on
from site_settings.reading import current_settings


def transfer_fee(amount: Money) -> Money:
    """The fee of sending `amount`, as the operator has set it; rounded half up to the minor unit.

    Raises:
        AmountOutOfRange: it is more than one movement may carry.
    """
    now = current_settings()
    return fee_on(amount, now.transfer_fee_type, now.transfer_fee_amount)
