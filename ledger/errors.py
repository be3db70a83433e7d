"""What the ledger refuses to do.

* Refusal
  - AmountOutOfRange
  - CurrencyUnknown
  - CurrencyMismatch
  - AccountFrozen
  - AccountMirrored
  - InsufficientFunds
  - BalanceLimitExceeded
  - EventReused
  - PreconditionFailed
  - HoldExpired
  - HoldNotActive
    + HoldUnderWay
  - CaptureExceedsHold
  - NotReversible
    + AlreadyReversed
  - ReversalExceedsOriginal
  - OrderOpen
  - OrderNotPaid
  - OrderRefunded
  - RefundExceedsOrder
  - NotSealed
  - Busy
  - LedgerUnavailable
    + AccountNotIntact
    + KeyMissing
    + LogNotIntact
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.money import Money


class Refusal(Exception):
    """The request was understood, and the answer is no.

    Every app subclasses this in its own ``errors.py``. A refusal carries the
    facts, never an HTTP status or a sentence for the user: those belong to the
    API families, which differ. Anything else that is raised is a bug.
    """


class AmountOutOfRange(Refusal):
    """One movement carries between 1 and 10^15 minor units."""

    def __init__(self, amount_minor: int) -> None:
        super().__init__(f"{amount_minor} minor units are not between 1 and 10^15")
        self.amount_minor = amount_minor


class CurrencyUnknown(Refusal):
    """Neither an ISO 4217 currency with minor units nor a unit of the operator's own."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code!r} is not a currency of this site")
        self.code = code


class CurrencyMismatch(Refusal):
    """The account does not hold the currency of the movement."""

    def __init__(self, *, account_id: int, holds: str, asked: str) -> None:
        super().__init__(f"account {account_id} holds {holds}, not {asked}")
        self.account_id = account_id
        self.holds = holds
        self.asked = asked


class AccountFrozen(Refusal):
    """The account takes part in nothing that somebody starts."""

    def __init__(self, account_id: int) -> None:
        super().__init__(f"account {account_id} is frozen")
        self.account_id = account_id


class AccountMirrored(Refusal):
    """The account's points lie at another site: here it only follows them."""

    def __init__(self, account_id: int) -> None:
        super().__init__(f"account {account_id} mirrors one of another site")
        self.account_id = account_id


class InsufficientFunds(Refusal):
    """The account cannot pay this much."""

    def __init__(self, *, required: "Money", available: "Money") -> None:
        super().__init__(f"{required} required, {available} available")
        self.required = required
        self.available = available


class BalanceLimitExceeded(Refusal):
    """No account holds more than 10^18 minor units."""

    def __init__(self, *, balance: "Money", amount: "Money") -> None:
        super().__init__(f"{amount} on top of {balance} is more than an account may hold")
        self.balance = balance
        self.amount = amount


class EventReused(Refusal):
    """The event's key names earlier, different movements."""

    def __init__(self, key: str) -> None:
        super().__init__(f"event {key!r} was posted before with other movements")
        self.key = key


class PreconditionFailed(Refusal):
    """The account is not as the caller said it must be: `balance_gte`, or `sequence` when it was locked."""

    def __init__(self, *, balance: "Money", sequence: int) -> None:
        super().__init__(f"the balance is {balance}, the sequence {sequence}")
        self.balance = balance
        self.sequence = sequence


class HoldExpired(Refusal):
    """The hold's time is over, and its money is free again."""


class HoldNotActive(Refusal):
    """The hold was captured or voided before."""


class HoldUnderWay(HoldNotActive):
    """It has no end: the service has set it aside while an effect outside is under way, and nobody else decides on it."""


class CaptureExceedsHold(Refusal):
    """A capture takes at most what is held."""

    def __init__(self, *, held: "Money", requested: "Money") -> None:
        super().__init__(f"{requested} requested, {held} is held")
        self.held = held
        self.requested = requested


class NotReversible(Refusal):
    """An entry of this kind is undone by its own route, or not at all."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"an entry of kind {kind} is not reversible")
        self.kind = kind


class AlreadyReversed(NotReversible):
    """An entry is given back once, whole or in part."""


class ReversalExceedsOriginal(Refusal):
    """An entry gives back at most its amount, less what of it has expired; a transfer all of it or nothing."""

    def __init__(self, *, most: "Money", requested: "Money") -> None:
        super().__init__(f"{requested} requested, {most} can be given back")
        self.most = most
        self.requested = requested


class OrderOpen(Refusal):
    """Money is held for this order: what of it is paid is not known before the hold is captured or voided."""

    def __init__(self, order_id: int) -> None:
        super().__init__(f"money is held for order {order_id}")
        self.order_id = order_id


class OrderNotPaid(Refusal):
    """The account paid nothing for this order."""

    def __init__(self, order_id: int) -> None:
        super().__init__(f"nothing was paid for order {order_id}")
        self.order_id = order_id


class OrderRefunded(Refusal):
    """Nothing of this order is left to give back: something of each of its debits was, or a plain refund came to as much."""

    def __init__(self, order_id: int) -> None:
        super().__init__(f"order {order_id} was given back before")
        self.order_id = order_id


class RefundExceedsOrder(Refusal):
    """An order gives back at most those of its debits that nothing was given back of, less its plain refunds."""

    def __init__(self, *, most: "Money", requested: "Money") -> None:
        super().__init__(f"{requested} requested, {most} of the order can be given back")
        self.most = most
        self.requested = requested


class NotSealed(Refusal):
    """No checkpoint covers the entry yet: the next one will."""

    def __init__(self, *, account_id: int, sequence: int) -> None:
        super().__init__(f"entry {sequence} of account {account_id} is not sealed yet")
        self.account_id = account_id
        self.sequence = sequence


class Busy(Refusal):
    """A lock, a connection or the database could not be had in time; nothing was written. Try again."""


class LedgerUnavailable(Refusal):
    """The ledger stops rather than write on something it cannot vouch for. A person has to look."""


class AccountNotIntact(LedgerUnavailable):
    """The account's row does not carry the MAC of what it says: somebody changed it behind the service's back."""

    def __init__(self, account_id: int) -> None:
        super().__init__(f"account {account_id} was changed outside the service")
        self.account_id = account_id


class KeyMissing(LedgerUnavailable):
    """A row was written under a key that LEDGER_HMAC_KEYS does not hold."""

    def __init__(self, key_id: int) -> None:
        super().__init__(f"LEDGER_HMAC_KEYS has no key {key_id}")
        self.key_id = key_id


class LogNotIntact(LedgerUnavailable):
    """The log of sealed rows is not what was signed."""
