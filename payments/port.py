"""What the service asks of whoever takes payments, and in what words it is answered.

An adapter (`payments.adapters`) speaks to one provider. It is called without a lock
or a transaction, and never decides anything about the ledger.

* Refusal
  - PaymentProviderAway
  - PaymentRefused
  - NoticeNotAuthentic
  - NoticeUnreadable
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol
from uuid import UUID

from ledger.effects import Outcome
from ledger.errors import Refusal
from ledger.money import Money


class PaymentProviderAway(Refusal):
    """The provider did not answer, or not in a way that could be understood: nothing was started that anybody knows of."""


class PaymentRefused(Refusal):
    """The provider does not take this payment, and never will: its amount or its currency. Nothing was started."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the provider does not take this payment: {reason}")
        # A short code of ours or the provider's, never an answer's text.
        self.reason = reason


class NoticeNotAuthentic(Refusal):
    """A notice is not signed by the provider, was changed, or is too old."""


class NoticeUnreadable(Refusal):
    """A notice is the provider's, and says nothing that can be understood; the message says what is missing of it."""


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A card or account that may be charged while its holder is away."""

    reference: str
    customer_reference: str
    label: str


@dataclass(frozen=True, slots=True)
class Order:
    """A payment to be asked for. `topup_id` is the key under which the provider knows it, for ever."""

    topup_id: UUID
    amount: Money
    user_id: int
    email: str
    description: str
    return_url: str = ""
    # Of an order that the customer is present for: keep what he pays with, for auto-reload.
    saves_method: bool = False
    # Of a charge while he is away: what to charge.
    method: SavedMethod | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """A payment that waits for the customer, at `payment_url` where there is such a page."""

    reference: str
    payment_url: str = ""


@dataclass(frozen=True, slots=True)
class Charged:
    """What became of a charge or a refund; `reason` is a short code of ours or the provider's, never an answer's text."""

    outcome: Outcome
    reference: str = ""
    reason: str = ""


class NoticeKind(Enum):
    PAID = "paid"
    FAILED = "failed"
    # The provider has taken money back from the shop: a dispute, or a refund that somebody made at the provider.
    TAKEN_BACK = "taken_back"
    # A dispute was won: the money is the shop's again. Told to a person; nothing is booked.
    WON = "won"
    # Authentic, and nothing to this service.
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ProviderNotice:
    """What a provider says has happened. `id` is its own, the same however often it says it."""

    id: str
    kind: NoticeKind
    topup_id: UUID | None = None
    # The payment's, which a refund is made of.
    reference: str = ""
    # Of what was taken back: the dispute's or refund's own.
    case: str = ""
    amount: Money | None = None
    reason: str = ""
    method: SavedMethod | None = None


class Provider(Protocol):
    """One payment provider."""

    name: str
    # Whether a saved method can be charged by the service itself.
    charges_off_session: bool

    def start(self, order: Order) -> Started:
        """Ask the customer to pay; the same `topup_id` again is the same payment.

        Raises:
            PaymentRefused: the provider does not take it.
            PaymentProviderAway: it is not known whether that worked; asked again, it is the same payment.
        """

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> ProviderNotice:
        """What a notice says, once it is known to be the provider's.

        Raises:
            NoticeNotAuthentic: it is not.
            NoticeUnreadable: it is, and what it says makes no sense.
            PaymentProviderAway: it is, and of which payment it speaks could not be asked: to be sent again.
        """

    def charge_off_session(self, order: Order) -> Charged:
        """Charge `order.method`: its holder wants it now. The same `topup_id` again never charges again. Raises nothing."""

    def ask(self, order: Order, since: datetime, *, may_charge: bool) -> Charged:
        """What became of the charge of `order.topup_id`, tried at `since`; UNKNOWN where it cannot be told. Raises nothing.

        NO is final: no such charge is on its way any more. Only where it `may_charge`, it may be tried again under its
        key, as long as the provider is sure to know that: so a first try that never arrived is what charges now. Else its
        holder has withdrawn his word: nothing is called that could charge, and what cannot be found is UNKNOWN for as
        long as the first try may still arrive.
        """

    def refund(self, *, refund_id: UUID, reference: str, amount: Money) -> Charged:
        """Pay `amount` of a payment back. The same `refund_id` again never pays again. Raises nothing."""
