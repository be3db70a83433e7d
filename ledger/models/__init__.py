"""The tables of the ledger: accounts, their entries, and what the entries come to.

Entries are the truth. Accounts, lots, holds and debts are sums over them, kept so that
nobody has to add up, and rebuilt by `verify_ledger`. Nothing here is written but
by `ledger.book` and `ledger.services`.
"""

from ledger.models.accounts import FROZEN_STATUSES, MIRRORED_STATUSES, Account
from ledger.models.alarms import Alarm
from ledger.models.checkpoints import (
    AnchorReceipt,
    Checkpoint,
    Leaf,
    LogNode,
    SealedAccount,
    SealingHorizon,
    SigningKey,
)
from ledger.models.entries import ACTS_ONCE, ERASABLE_TEXTS, Entry
from ledger.models.outbox import Outbox
from ledger.models.parts import Debt, Hold, Lot

__all__ = [
    "ACTS_ONCE",
    "ERASABLE_TEXTS",
    "FROZEN_STATUSES",
    "MIRRORED_STATUSES",
    "Account",
    "Alarm",
    "AnchorReceipt",
    "Checkpoint",
    "Debt",
    "Entry",
    "Hold",
    "Leaf",
    "LogNode",
    "Lot",
    "Outbox",
    "SealedAccount",
    "SealingHorizon",
    "SigningKey",
]
