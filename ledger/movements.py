"""What a caller hands to a locked book: movements of money, and the event that they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4

from ledger.kinds import House, Kind
from ledger.lots import LotShare
from ledger.models import Account
from ledger.money import Money


@dataclass(frozen=True, slots=True)
class Event:
    """A business event and what it asked for: posted once, for ever.

    `key` names the event (`call:<uuid>`, `transfer:<uuid>`). `asked` is a digest of
    what was asked for. `is_new` says that the key was drawn in this very
    transaction, so that nobody needs to look for entries that have it.
    """

    key: str
    asked: bytes
    is_new: bool = False

    @classmethod
    def named(cls, key: str, *asked: object) -> "Event":
        """An event that may come again, and what it asks for."""
        return cls(key, sha256(repr(asked).encode()).digest())

    @classmethod
    def once(cls, source: str) -> "Event":
        """An event that nobody can repeat, because its key is drawn here."""
        return cls(f"{source}:{uuid4()}", sha256(b"").digest(), is_new=True)

    def sealing(self, *decided: object) -> "Event":
        """This event, whose digest says what was decided as well: entries carry it, so it can be proved later."""
        return replace(self, asked=sha256(self.asked + repr(decided).encode()).digest())


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Who moved the money and why. `actor` names the credential: `key:3`, `user:7`, `command`."""

    actor: str
    reason: str | None = None
    note: str | None = None
    order_id: int | None = None
    reference: str | None = None


# Which lots a movement touches, told by the account and its lots as they are when it is written.
Choose = Callable[[Account, Sequence[LotShare]], Sequence[LotShare]]


@dataclass(frozen=True, slots=True)
class Movement:
    """One row to be written. `amount` is signed: what the account gains, 0 where only what is held changes.

    Its other side is `house` or `counter_account_id`, neither where `amount` is 0.
    `is_lot` makes a gain a lot, which ends at `expires_at` or never. A debit burns
    lots in their order, behind what is held; `shares` is for who knows better which
    lots are touched, `choose` for who knows once the movements before it are
    written. `of` is the sequence, in the same account, of the entry acted on.
    `is_bound` is for what is owed or was promised before: a frozen account does not
    stop it. `is_mirroring` is for what follows the points of another site: nothing else moves a
    mirrored account, bound or not. `told` are events that it is besides those that its kind says.
    """

    account_id: int
    kind: Kind
    amount: Money
    house: House | None
    why: Circumstances = field(repr=False)
    expires_at: datetime | None = None
    is_lot: bool = False
    is_bound: bool = False
    is_mirroring: bool = False
    held_change: int = 0
    owed_change: int = 0
    ends: datetime | None = None
    of: int | None = None
    counter_account_id: int | None = None
    group: UUID | None = None
    shares: Sequence[LotShare] | None = None
    choose: Choose | None = None
    told: Sequence[str] = ()
    fee: "Movement | None" = None
