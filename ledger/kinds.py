"""The ledger's own words: what an entry is, and whose money stands on its other side. Added to, never renamed."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """Finer than any API's `type`; each family maps kind and sign to its own words."""

    CREDIT = "credit"
    DEBIT = "debit"
    TOPUP = "topup", "top-up"
    BONUS = "bonus"
    CASHBACK = "cashback"
    MILESTONE = "milestone"
    REFERRAL = "referral"
    REFUND = "refund"
    REDEMPTION = "redemption"
    TRANSFER = "transfer"
    FEE = "fee"
    CAPTURE = "capture"
    HOLD = "hold"
    RELEASE = "release"
    REVERSAL = "reversal"
    WITHDRAWAL = "withdrawal"
    WITHDRAWAL_RETURN = "withdrawal_return", "withdrawal return"
    DEBT = "debt"
    REPAYMENT = "repayment"
    INTEREST = "interest"
    EXPIRY = "expiry"
    GRANT = "grant"
    CHARGE = "charge"
    IMPORT = "import"


class House(TextChoices):
    """The shop's side of a row. House accounts have no row of their own, so nobody waits for one:
    the balance of one is minus the sum of the rows that name it."""

    ISSUED = "issued"
    SPENT = "spent"
    PAYOUTS = "payouts"
    FEES = "fees"
    EXPIRED = "expired"
    DEBT = "debt"
    INTEREST = "interest"
    POINTS_SOLD = "points_sold", "points sold"
