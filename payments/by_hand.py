"""What a person says of a payment, where no provider does: it was paid, or it will not be.

Confirming is a credit by hand: above the limit of the currency (`approval_above`) two managers say the same. The first
one's word waits in the top-up and in a sealed audit row; who holds the wallet says nothing.
"""

import logging
from uuid import UUID

from django.db import transaction

from audit.acts import ActName
from audit.encoding import is_intact
from audit.models import Act
from audit.services import actor_of, record
from ledger.book import lock_accounts
from ledger.errors import AccountMirrored, AmountOutOfRange, CurrencyMismatch, LedgerUnavailable
from ledger.money import AMOUNT_MAX, Money
from payments.errors import OtherPrice, PaymentWentBack, ProviderDecides, TopupNotOpen, TopupUnderWay
from payments.models import Topup
from payments.offers import require_as_offered
from payments.reload_outcomes import is_asked_for
from payments.services import bonus_of, close_failed, complete, locked_topup, require_room, went_back
from people.models import User
from people.rights import Right, rights_of
from wallets.approvals import approval_limit, facts_in, require_manager
from wallets.errors import OwnWallet

logger = logging.getLogger(__name__)

MANUAL = "manual"
Status = Topup.Status


@transaction.atomic(savepoint=False)
def confirm_by_hand(*, topup_id: UUID, amount: Money, by: User | None) -> Topup:
    """Credit `amount`, which somebody has seen; above the limit let it wait until a second manager says the same.

    `by` is None for the operator at the console, who needs nobody. What was credited with just this amount stays so.

    Raises:
        TopupUnknown: there is none of this id.
        ManagerRequired, OwnWallet: `by` may not say so.
        TopupNotOpen, TopupUnderWay, ProviderDecides: there is nothing for a person to say.
        AmountOutOfRange, CurrencyMismatch, AccountMirrored, BalanceLimitExceeded: it cannot be booked.
        OtherPrice: it is not the price of what is bought.
        PaymentWentBack: the provider has so much of it again that `amount` is not left.
        AccountNotIntact: the row is not what was ordered.
        LedgerUnavailable: the first manager's word is not what he said.
    """
    topup = locked_topup(topup_id)
    _require_may_settle(topup, by)
    if topup.status == Status.COMPLETED and topup.price == amount:
        return topup
    _require_open(topup)
    require_as_offered(topup)
    _require_possible(topup, amount)
    _require_left(topup, amount)
    _set_amount(topup, amount)
    if by and _needs_two(topup) and not _was_said_by_another(topup, by):
        return _let_wait(topup, by)
    facts = {**_facts(topup), "first": topup.confirming_by_id, "was": topup.status}
    book = lock_accounts(topup.wallet_id)
    require_room(book[topup.wallet_id], topup.amount, topup.bonus)
    complete(topup, book, actor=_actor(topup, by), reference=topup.reference)
    record(ActName.TOPUP_CONFIRMED, actor=actor_of(by), subject=_subject(topup), facts=facts)
    return topup


@transaction.atomic(savepoint=False)
def fail_by_hand(*, topup_id: UUID, by: User | None) -> Topup:
    """Nobody will pay it; or what was paid, and could not be booked, was given back elsewhere. Said again, it is said once.

    Raises:
        TopupUnknown: there is none of this id.
        ManagerRequired, OwnWallet: `by` may not say so.
        TopupNotOpen, TopupUnderWay: it is completed, or being charged.
    """
    topup = locked_topup(topup_id)
    _require_may_settle(topup, by)
    if topup.status == Status.FAILED:
        return topup
    _require_settled_here(topup)
    facts = {**_facts(topup), "was": topup.status}
    close_failed(topup, "by_hand")
    record(ActName.TOPUP_FAILED, actor=actor_of(by), subject=_subject(topup), facts=facts)
    return topup


def may_confirm(topup: Topup) -> bool:
    """Whether a person says that it was paid: no provider does, or what the provider said could not be booked."""
    if topup.status in (Status.COMPLETED, Status.CHARGING) or _is_reloading(topup):
        return False
    return topup.provider == MANUAL or topup.status in (Status.REVIEW, Status.UNKNOWN)


def gone_before(topup: Topup) -> Money:
    """How much of a payment that was not credited its provider has again already."""
    return topup.payment(sum(went_back(topup, topup.reference).values_list("amount_minor", flat=True)))


def left_to_credit(topup: Topup) -> Money:
    """What is left of what was paid, or else asked for; of a payment in another currency nobody knows, so nothing."""
    price = topup.price
    known = price.minor if topup.paid_minor is None else topup.paid_minor
    is_known = topup.paid_currency in ("", price.currency.code)
    return topup.payment(max(0, known - gone_before(topup).minor) if is_known else 0)


def may_fail(topup: Topup) -> bool:
    """Whether a person says that it will not be paid."""
    return topup.status not in (Status.COMPLETED, Status.CHARGING, Status.FAILED) and not _is_reloading(topup)


def _is_reloading(topup: Topup) -> bool:
    """Whether the provider is still asked: what he answers begins the next attempt, or makes that needless."""
    return topup.origin == Topup.Origin.AUTO_RELOAD and is_asked_for(topup)


def _require_may_settle(topup: Topup, by: User | None) -> None:
    if by is None:
        return
    require_manager(by)
    if topup.wallet.user_id == by.pk:
        raise OwnWallet


def _require_settled_here(topup: Topup) -> None:
    if topup.status == Status.COMPLETED:
        raise TopupNotOpen(topup.status)
    if topup.status == Status.CHARGING or _is_reloading(topup):
        raise TopupUnderWay


def _require_open(topup: Topup) -> None:
    _require_settled_here(topup)
    if not may_confirm(topup):
        raise ProviderDecides


def _require_possible(topup: Topup, amount: Money) -> None:
    if amount.currency != topup.price.currency:
        raise CurrencyMismatch(account_id=topup.wallet_id, holds=topup.price.currency.code, asked=amount.currency.code)
    if not 1 <= amount.minor <= AMOUNT_MAX:
        raise AmountOutOfRange(amount.minor)
    # Before the first of two says so: neither could ever have it booked. A mirror stays one.
    if topup.wallet.account.is_mirror:
        raise AccountMirrored(topup.wallet_id)
    if topup.is_sale and amount != topup.price:
        raise OtherPrice(price=topup.price, paid=amount)


def _require_left(topup: Topup, amount: Money) -> None:
    """Nothing would take back later what went back before it was credited: its case has been told."""
    gone = gone_before(topup)
    if gone.minor and amount.minor > (most := left_to_credit(topup)).minor:
        raise PaymentWentBack(gone=gone, most=most)


def _set_amount(topup: Topup, amount: Money) -> None:
    """What was promised holds for what was asked for; another amount earns what it earns now."""
    if amount != topup.price:
        topup.amount_minor, topup.bonus_minor = amount.minor, bonus_of(amount).minor


def _needs_two(topup: Topup) -> bool:
    limit = approval_limit(topup.amount.currency)
    return limit is not None and topup.amount_minor + topup.bonus_minor > limit.minor


def _was_said_by_another(topup: Topup, by: User) -> bool:
    """Whether another manager said just this before. The audit row has a MAC, the top-up has none: it has to bear it out."""
    first = topup.confirming_by_id
    if first is None or first == by.pk or topup.confirming_minor != topup.price.minor:
        return False
    said = Act.objects.filter(act=ActName.TOPUP_CONFIRMATION_ASKED, subject=_subject(topup)).order_by("-pk").first()
    is_borne_out = said and is_intact(said) and said.actor == f"user:{first} admin" and _same(said, topup)
    if not is_borne_out:
        told = f"{topup} was not confirmed by user:{first} as it says"
        # An alarm's row would be rolled back with the refusal.
        logger.critical("%s", told)
        raise LedgerUnavailable(told)
    return said is not None and _counts(said, topup, first)


def _same(said: Act, topup: Topup) -> bool:
    """The bonus of an amount that was not asked for is what it earns now: it may differ, and is then the first word's no more."""
    facts = facts_in(said.facts)
    return all(facts.get(name) == value for name, value in _facts(topup).items() if name != "bonus_minor")


def _counts(said: Act, topup: Topup, said_by: int) -> bool:
    """Whether his word still is one: he is a manager yet, and the bonus is the one that he saw."""
    first = User.objects.get(pk=said_by)
    is_manager = first.is_active and Right.MANAGE in rights_of(first)
    return is_manager and facts_in(said.facts).get("bonus_minor") == topup.bonus_minor


def _let_wait(topup: Topup, by: User) -> Topup:
    facts = _facts(topup)
    waiting = Topup.objects.filter(pk=topup.pk)
    waiting.update(confirming_minor=topup.price.minor, confirming_by=by)
    record(ActName.TOPUP_CONFIRMATION_ASKED, actor=actor_of(by), subject=_subject(topup), facts=facts)
    return waiting.select_related("wallet__account", "wallet__user").get()


def _actor(topup: Topup, by: User | None) -> str:
    if by and topup.confirming_by_id and topup.confirming_by_id != by.pk:
        return f"user:{topup.confirming_by_id} admin, approved by user:{by.pk}"
    return actor_of(by)


def _facts(topup: Topup) -> dict[str, object]:
    sold = {"item": topup.item, "price_minor": topup.price_minor, "price_currency": topup.price_currency}
    return {
        "wallet": topup.wallet_id,
        "amount_minor": topup.amount_minor,
        "bonus_minor": topup.bonus_minor,
        "currency": topup.currency_code,
        **(sold if topup.is_sale else {}),
    }


def _subject(topup: Topup) -> str:
    return f"topup:{topup.pk}"
