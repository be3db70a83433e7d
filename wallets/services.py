"""The verbs of wallets: open, credit, debit, change. Each is one transaction; who calls it makes it the outermost."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from audit.acts import ActName
from audit.context import COMMAND
from audit.services import record
from ledger.book import lock_accounts
from ledger.conditions import Condition
from ledger.due import show_settled
from ledger.errors import AccountMirrored, InsufficientFunds
from ledger.kinds import House, Kind
from ledger.models import Account, Entry
from ledger.money import Currency, Money
from ledger.movements import Circumstances, Event, Movement
from ledger.services import open_account
from people.models import User
from people.rights import CUSTOMER
from site_settings.reading import current_settings, default_currency, points_currency
from wallets.controls import require_active, require_allowed
from wallets.errors import AutoReloadIncomplete, ExpiryPassed, WalletExists
from wallets.initial_points import as_opened, grant_initial, initial_points
from wallets.models import Wallet, new_name
from wallets.naming import free_name
from wallets.paying_later import earlier_debit, post_paying_later


@transaction.atomic(savepoint=False)
def create_customer(*, email: str, password: str, username: str = "", user_id: int | None = None, actor: str = COMMAND) -> Wallet:
    """A user who may sign in, in the group Customer, with an empty wallet in the site's currency.

    `actor` is who makes him, as in the ledger's entries.

    Raises:
        ValidationError: the e-mail, user name or password is taken, malformed or too weak.
    """
    email = email.strip()
    if not email:
        raise ValidationError("A customer needs an e-mail address.")
    validate_password(password, User(username=username or email, email=email))
    extra = {} if user_id is None else {"id": user_id}
    user = User.objects.create_user(username or email, email, password, **extra)
    user.groups.add(Group.objects.get(name=CUSTOMER))
    record(ActName.CUSTOMER_CREATED, actor=actor, subject=f"user:{user.pk}")
    return open_wallet(user=user, actor=actor)


@transaction.atomic(savepoint=False)
def open_wallet(
    *,
    user: User,
    currency: Currency | None = None,
    wallet_id: int | None = None,
    name: str = "",
    is_only: bool = False,
    with_initial_points: bool = True,
    actor: str = COMMAND,
) -> Wallet:
    """A wallet for `user` in `currency`, the site's unless said: his only one, or one of as many in points as a user may have.

    His oldest is the default. One in points begins with the points that the site gives, unless they come from elsewhere.
    `name` is for who brings it along; with `is_only` it is opened only where he has none.

    Raises:
        WalletExists: he has one, or as many as he may have.
        NameInvalid, NameTaken: no wallet can be called `name`, or one is.
    """
    currency = currency or default_currency()
    # The user's row orders two openings at once, so that the second one finds the first's wallet.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    others = list(Wallet.objects.held_by(user).order_by("-is_default", "pk"))
    alike = [other for other in others if other.currency_code == currency.code]
    if alike and (is_only or len(alike) >= _wallets_allowed(currency)):
        raise WalletExists(alike[0].pk)
    wallet = Wallet(
        account=open_account(currency=currency, account_id=wallet_id),
        user=user,
        currency_code=currency.code,
        name=free_name(name) if name else new_name(),
        is_default=not alike,
        transfers_locked=any(other.transfers_locked for other in others),
    )
    wallet.save(force_insert=True)
    initial = initial_points(currency) if with_initial_points else None
    record(ActName.WALLET_OPENED, actor=actor, subject=f"wallet:{wallet.pk}", facts=as_opened(wallet, initial))
    if initial:
        wallet.account = grant_initial(wallet, initial, actor=actor)
    return wallet


def _wallets_allowed(currency: Currency) -> int:
    return current_settings().points_wallets_per_user if currency == points_currency() else 1


def default_wallet_of(user: User) -> Wallet:
    """The user's wallet in the site's currency, opened if it is missing. What is due of it is subtracted."""
    wallet = wallet_in(user, default_currency())
    show_settled([wallet.account])
    return wallet


def wallet_in(user: User, unit: Currency, *, actor: str = "") -> Wallet:
    """The user's own wallet in `unit`, opened if it is missing: by `actor`, himself unless said."""
    own = Wallet.objects.held_by(user).select_related("account").filter(currency_code=unit.code, is_default=True)
    wallet = own.first()
    if wallet is None:
        try:
            with transaction.atomic():
                wallet = open_wallet(user=user, currency=unit, is_only=True, actor=actor or f"user:{user.pk}")
        except WalletExists:
            wallet = own.get()
    wallet.user = user
    return wallet


@transaction.atomic(savepoint=False)
def credit(
    *,
    wallet: Wallet,
    amount: Money,
    event: Event,
    why: Circumstances,
    kind: Kind = Kind.CREDIT,
    expires_at: datetime | None = None,
    condition: Condition | None = None,
) -> Entry:
    """Add `amount` to the wallet, once per `event`.

    Raises:
        AccountFrozen, AccountMirrored, ExpiryPassed: the wallet takes no money, or not with this end.
        PreconditionFailed: the account is not as `condition` says.
        AmountOutOfRange, CurrencyMismatch, BalanceLimitExceeded, EventReused: see `Book.post`.
    """
    book = lock_accounts(wallet.pk)
    if earlier := book.entries_of(event):
        return earlier[0]
    require_active(book[wallet.pk])
    if expires_at and expires_at <= book.now:
        raise ExpiryPassed
    book.require(wallet.pk, condition)
    movement = Movement(
        account_id=wallet.pk,
        kind=kind,
        amount=amount,
        house=House.ISSUED,
        why=why,
        expires_at=expires_at,
        is_lot=expires_at is not None or kind in current_settings().lot_kinds,
    )
    return book.post(movement, event=event)[0]


@transaction.atomic(savepoint=False)
def debit(
    *,
    wallet: Wallet,
    amount: Money,
    event: Event,
    why: Circumstances,
    allow_partial: bool = False,
    pays_later: bool = False,
    is_limited: bool = True,
    feature: str | None = "wallet_usage",
    condition: Condition | None = None,
) -> Entry:
    """Take `amount` from the wallet, once per `event`; with `allow_partial` what is there of it.

    With `pays_later` what is missing is lent to a holder who may pay later, in the same event (`wallets.paying_later`).

    `is_limited` is off, or `feature` None, for an adjustment by the shop itself, which passes the limits by, or the identity
    check.

    Raises:
        AccountFrozen, AccountMirrored: the wallet pays nothing.
        KycRequired, SpendingLimitExceeded, VelocityCapExceeded: the holder, or what would be taken, is not let through.
        PreconditionFailed: the account is not as `condition` says.
        InsufficientFunds: there is less than `amount` and nobody lends the rest; with `allow_partial`, there is nothing.
        AmountOutOfRange, CurrencyMismatch, EventReused: see `Book.post`.
    """
    book = lock_accounts(wallet.pk)
    if earlier := earlier_debit(book, wallet, event, pays_later=pays_later):
        return earlier
    account = book[wallet.pk]
    taken = what_is_there(account, amount) if allow_partial else amount
    if is_limited:
        require_allowed(book, wallet.pk, taken, feature=feature)
    else:
        require_active(account)
    book.require(wallet.pk, condition)
    if taken.minor == 0 < amount.minor:
        raise InsufficientFunds(required=amount, available=taken)
    spent = Movement(wallet.pk, Kind.DEBIT, Money(-taken.minor, taken.currency), House.SPENT, why)
    return post_paying_later(book, wallet, spent, event) if pays_later else book.post(spent, event=event)[0]


def what_is_there(account: Account, amount: Money) -> Money:
    """As much of `amount` as the account can pay, which may be nothing."""
    return Money(min(amount.minor, max(account.available, 0)), amount.currency)


@transaction.atomic(savepoint=False)
def change_wallet(*, wallet: Wallet, actor: str = COMMAND, **changes: Any) -> Wallet:
    """Set limits, auto-reload fields or `status`; amounts in minor units, None unsets one.

    Raises:
        AccountMirrored: its points lie at another site, which says whether it is frozen, and nothing is reloaded here.
        AutoReloadIncomplete: auto-reload would be on without a threshold or an amount.
    """
    book = lock_accounts(wallet.pk)
    wallet = Wallet.objects.get(pk=wallet.pk)
    if book[wallet.pk].is_mirror and ("status" in changes or changes.get("auto_reload_enabled")):
        raise AccountMirrored(wallet.pk)
    was_frozen = book[wallet.pk].is_frozen
    if status := changes.pop("status", None):
        book.set_terms(wallet.pk, status=status)
    before = {name: getattr(wallet, name) for name in changes}
    facts = {name: {"from": before[name], "to": value} for name, value in changes.items() if value != before[name]}
    for name, value in changes.items():
        setattr(wallet, name, value)
    _require_whole_reload(wallet)
    wallet.updated_at = max(timezone.now(), book.now)
    wallet.save()
    wallet.account = book[wallet.pk]
    if wallet.account.is_frozen != was_frozen:
        act = ActName.WALLET_UNFROZEN if was_frozen else ActName.WALLET_FROZEN
        record(act, actor=actor, subject=f"wallet:{wallet.pk}")
    if facts:
        record(ActName.WALLET_TERMS_CHANGED, actor=actor, subject=f"wallet:{wallet.pk}", facts=facts)
    return wallet


@transaction.atomic(savepoint=False)
def lock_transfers(*, user: User, is_locked: bool, actor: str = COMMAND) -> None:
    """Let nothing be sent from any wallet of `user`, or let it again. A wallet that opens later is as the others are."""
    # His row orders it with an opening: none is left out.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    for wallet in Wallet.objects.held_by(user).exclude(transfers_locked=is_locked).order_by("pk"):
        change_wallet(wallet=wallet, actor=actor, transfers_locked=is_locked)


def _require_whole_reload(wallet: Wallet) -> None:
    for name in ("auto_reload_threshold", "auto_reload_amount"):
        if wallet.auto_reload_enabled and getattr(wallet, name) is None:
            raise AutoReloadIncomplete(name)
