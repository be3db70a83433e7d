"""How much a wallet gains or pays: decided on its locked account, in whole minor units."""

from ledger.models import Account
from points.models.plans import AmountType, Terms

# One per cent has ten thousand parts (`percent` has four decimals).
PARTS = 10_000
WHOLE = 100 * PARTS

# `change` for SQL: `own` is what is there, `t` the row with the terms. Money is numeric there: nothing overflows.
CHANGE_SQL = f"""
CASE WHEN t.amount_type = 'fixed' AND t.amount_minor > 0 THEN t.amount_minor
    WHEN t.amount_type = 'fixed' THEN -least(-t.amount_minor, greatest(own, 0))
    ELSE sign(t.percent) * ceil(greatest(own, 0)::numeric * abs(t.percent) * {PARTS} / {WHOLE}) END"""


def own_points(account: Account) -> int:
    """What is there: neither held, nor on credit."""
    return max(0, account.balance - account.held)


def change(terms: Terms, own_minor: int) -> int:
    """What a wallet in which there are `own_minor` gains, or pays: never more than there is.

    Per cent are rounded up, whichever way they go: 2.5 % of 1.01 are 0.03.
    """
    if terms.amount_type == AmountType.PERCENT:
        assert terms.percent is not None
        parts = int(terms.percent * PARTS)
        size = -(-own_minor * abs(parts) // WHOLE)
        return -min(size, own_minor) if parts < 0 else size
    assert terms.amount_minor is not None
    return max(terms.amount_minor, -own_minor)
