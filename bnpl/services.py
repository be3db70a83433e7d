"""Who may pay later, what is lent to him, and paying it back by hand. Every credit repays by itself (ledger.book)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from audit.acts import ActName
from audit.services import actor_of, record
from bnpl.errors import DebtNotFound, NothingOwed, RepaymentExceedsDebt
from bnpl.interest import interest_on
from bnpl.models import Eligible, Loan
from ledger.book import Book, lock_accounts
from ledger.debts import loan as lent
from ledger.errors import AmountOutOfRange, InsufficientFunds
from ledger.kinds import Kind
from ledger.models import Account, Entry
from ledger.money import Money
from ledger.movements import Circumstances, Event, Movement
from people.models import User
from site_settings.declared import SiteSettings
from site_settings.reading import current_settings

# The words of the entries, which are the same for everybody.
LENT, REPAID = "Paid later", "Debt repaid"


@dataclass(frozen=True, slots=True)
class Lending:
    """A loan that was decided on, to be posted before what it pays for: `event` seals its terms."""

    loan: Loan
    movement: Movement
    event: Event


@dataclass(frozen=True, slots=True)
class Repayment:
    """What was repaid, what the account still owes altogether, and its balance."""

    repaid: Money
    outstanding: Money
    balance: Money


def offer(
    book: Book,
    account: Account,
    *,
    user_id: int,
    order: Money,
    why: Circumstances,
    event: Event,
    is_verified: Callable[[], bool],
) -> Lending | None:
    """What the account, locked and active, lacks for `order`, as a loan; None where its holder may not have one.

    He may where paying later is on and he is eligible, the order is large enough, and with it he would not owe more than
    one may. `is_verified` is asked where that depends on an identity check. Two statements at most.

    Raises:
        AmountOutOfRange: its interest would be more than one movement may carry.
    """
    settings = current_settings()
    shortfall = order.minor - account.available
    if not settings.bnpl_enabled or order.minor < settings.bnpl_min_order:
        return None
    if account.owed + shortfall > settings.bnpl_max_debt or not is_eligible(user_id, is_verified):
        return None
    loan = _on_todays_terms(settings, book)
    loan.account, loan.user_id, loan.principal_minor, loan.order_id = account, user_id, shortfall, why.order_id
    loan.key, loan.asked = event.key, event.asked
    interest_on(loan, loan.principal)
    movement = lent(account, loan.principal, Circumstances(why.actor, LENT, order_id=why.order_id), bears_at=loan.bears_at)
    return Lending(loan, movement, Event(event.key, loan.event.asked, event.is_new))


def keep(lending: Lending, entry: Entry) -> Loan:
    """Write down the loan that `entry` made."""
    loan = lending.loan
    loan.pk, loan.sequence = entry.pk, entry.sequence
    loan.save(force_insert=True)
    return loan


def event_as_lent(event: Event, account_id: int) -> Event:
    """The event as its entries have it, where it made a loan before; one statement, none for one that nobody can repeat."""
    if event.is_new:
        return event
    loan = Loan.objects.filter(account_id=account_id, key=event.key).first()
    if loan is None:
        return event
    loan.asked = event.asked
    return loan.event


def is_eligible(user_id: int, is_verified: Callable[[], bool]) -> bool:
    """Whether this customer is one of those who may pay later; whoever is deactivated is not."""
    settings = current_settings()
    holder = User.objects.filter(pk=user_id, is_active=True)
    match settings.bnpl_eligibility:
        case "kyc":
            return is_verified() and holder.exists()
        case "group":
            return holder.filter(groups__name__in=settings.bnpl_groups).exists()
    return Eligible.objects.filter(user__in=holder).exists()


@transaction.atomic(savepoint=False)
def allow(*, user: User, by: User | None = None) -> bool:
    """Put a customer on the list of those who may pay later; whether he was not on it. `by` is None at the console."""
    _, is_new = Eligible.objects.get_or_create(user=user, defaults={"added_by": by})
    if is_new:
        record(ActName.PAY_LATER_ALLOWED, actor=actor_of(by), subject=f"user:{user.pk}")
    return is_new


@transaction.atomic(savepoint=False)
def disallow(*, user: User, by: User | None = None) -> bool:
    """Take a customer off the list; whether he was on it. What he owes stays owed."""
    count, _ = Eligible.objects.filter(user=user).delete()
    if count:
        record(ActName.PAY_LATER_DISALLOWED, actor=actor_of(by), subject=f"user:{user.pk}")
    return bool(count)


@transaction.atomic(savepoint=False)
def repay(*, account_id: int, event: Event, actor: str, debt_id: int | None = None, amount: Money | None = None) -> Repayment:
    """Pay back by hand, once per `event`: the oldest debt first, or the one of `debt_id`; `amount`, or all of it that is there.

    Of each debt the principal comes before its interest. A frozen account repays too. It does not reach into what is held
    nor into a credit line.

    Raises:
        AmountOutOfRange: `amount` is nothing.
        DebtNotFound: the account never had that debt.
        NothingOwed: the account owes nothing, or nothing of that debt.
        RepaymentExceedsDebt: `amount` is more than that.
        InsufficientFunds: there is less than `amount`; without one, there is nothing.
    """
    book = lock_accounts(account_id)
    account = book[account_id]
    if earlier := book.entries_of(event):
        return _repayment(account, earlier)
    if amount is not None and amount.minor < 1:
        raise AmountOutOfRange(amount.minor)
    only = None if debt_id is None else _sequence_of(account, debt_id)
    owed = sum(debt.rest for debt in book.debts_of(account_id) if only in (None, debt.sequence))
    wanted = _wanted(account, owed, amount)
    why = Circumstances(actor, reason=REPAID)
    return _repayment(account, book.repay(account_id, wanted, event=event, why=why, only=only))


def _wanted(account: Account, owed: int, amount: Money | None) -> int:
    """How much to repay, which is there."""
    if not owed:
        raise NothingOwed
    if amount is not None and amount.minor > owed:
        raise RepaymentExceedsDebt(owed=account.money(owed), requested=amount)
    own = max(0, account.balance - account.held)
    if own < (1 if amount is None else amount.minor):
        raise InsufficientFunds(required=amount or account.money(owed), available=account.money(own))
    return min(own, owed) if amount is None else amount.minor


def _sequence_of(account: Account, debt_id: int) -> int:
    found = Entry.objects.filter(account_id=account.pk, kind=Kind.DEBT, pk=debt_id).values_list("sequence", flat=True).first()
    if found is None:
        raise DebtNotFound
    return found


def _repayment(account: Account, entries: list[Entry]) -> Repayment:
    repaid = -sum(entry.amount for entry in entries)
    return Repayment(*(account.money(minor) for minor in (repaid, account.owed, account.balance)))


def _on_todays_terms(settings: SiteSettings, book: Book) -> Loan:
    """A loan made now, of nothing yet."""
    costs = settings.bnpl_interest_type != "none" and settings.bnpl_interest_amount > 0
    due_at = book.now + timedelta(days=settings.bnpl_repayment_days)
    return Loan(
        made_at=book.now,
        due_at=due_at,
        bears_at=due_at + timedelta(days=settings.bnpl_grace_days) if costs else None,
        interest_type=settings.bnpl_interest_type if costs else "none",
        interest_amount=settings.bnpl_interest_amount if costs else 0,
    )
