"""A wallet: an account with a holder, a name and limits. An adjustment: what a person asks to be moved by hand."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest, Lower
from django.utils import timezone

from ledger.kinds import Kind
from ledger.models import Account, Entry
from ledger.money import AMOUNT_MAX, Currency, Money
from people.models import User

# What a person gives; the other kinds belong to processes of their own.
CREDIT_KINDS = (Kind.CREDIT, Kind.TOPUP, Kind.CASHBACK, Kind.MILESTONE, Kind.REFERRAL, Kind.BONUS)
ADJUSTING_KINDS = (Kind.DEBIT, *CREDIT_KINDS, Kind.REVERSAL)


def new_name() -> str:
    """32 hex digits. Digits alone would pass for a wallet's number, so the first one is a letter."""
    name = uuid.uuid4().hex
    return name if not name.isdigit() else "a" + name[1:]


class WalletQuerySet(models.QuerySet["Wallet"]):
    def held_by(self, user: User) -> "WalletQuerySet":
        return self.filter(user=user)

    def by_last_change(self) -> "WalletQuerySet":
        """With `changed_at`: the later of the last entry and the last change of the wallet's own settings."""
        return self.annotate(changed_at=Greatest(F("updated_at"), Coalesce(F("account__last_at"), F("updated_at"))))


class Wallet(models.Model):
    """It shares its account's primary key. Limits and auto-reload amounts are minor units."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, db_column="id")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="wallets")
    currency_code = models.CharField("currency", max_length=12, db_column="currency")
    name = models.CharField(max_length=64, unique=True, default=new_name)
    nickname = models.CharField(  # noqa: DJ001
        max_length=64, null=True, blank=True, help_text="What people call it by; unique whatever its case, among names as well."
    )
    # Of the digest that the audit row of its naming holds: it goes with the nickname.
    nickname_salt = models.BinaryField(null=True)
    is_default = models.BooleanField(default=True, help_text="The holder's own one of this currency, where there are several.")
    spending_limit = models.BigIntegerField(null=True, blank=True, help_text="The most that one debit may take.")
    auto_reload_enabled = models.BooleanField(default=False)
    auto_reload_threshold = models.BigIntegerField(null=True, blank=True)
    auto_reload_amount = models.BigIntegerField(null=True, blank=True)
    transfers_locked = models.BooleanField(
        default=False, db_default=False, help_text="By the holder himself: nothing is sent from it."
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = WalletQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "currency_code"], condition=Q(is_default=True), name="wallets_wallet_one_default"
            ),
            models.CheckConstraint(condition=~Q(name__regex=r"^[0-9]*$"), name="wallets_wallet_name_no_number"),
            models.UniqueConstraint(Lower("nickname"), name="wallets_wallet_nickname_any_case"),
            models.CheckConstraint(
                condition=Q(nickname=None, nickname_salt=None)
                | Q(nickname__isnull=False, nickname_salt__isnull=False)
                & ~Q(nickname__regex=r"^[0-9]*$")
                & ~Q(nickname__iregex=r"^[0-9a-f]{32}$"),
                name="wallets_wallet_nickname",
            ),
            models.CheckConstraint(
                condition=Q(spending_limit=None) | Q(spending_limit__gte=0), name="wallets_wallet_spending_limit"
            ),
            models.CheckConstraint(
                condition=Q(auto_reload_threshold=None) | Q(auto_reload_threshold__gte=0), name="wallets_wallet_threshold"
            ),
            models.CheckConstraint(
                condition=Q(auto_reload_amount=None) | Q(auto_reload_amount__gt=0), name="wallets_wallet_reload"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["created_at", "account"], name="wallets_wallet_created"),
            models.Index(Lower("name"), name="wallets_wallet_name_any_case"),
            models.Index(fields=["currency_code", "user"], name="wallets_wallet_of_currency"),
        ]

    def __str__(self) -> str:
        return f"Wallet {self.pk}"

    @property
    def currency(self) -> Currency:
        return self.account.currency

    def money(self, minor: int) -> Money:
        """`minor` minor units of this wallet's currency."""
        return self.account.money(minor)


class Adjustment(models.Model):
    """A credit, debit or reversal by hand that is too much for one person: a second manager decides on it.

    Written by `wallets.approvals` only, decided once. `amount_minor` is signed: what the wallet gains.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "waiting"
        APPROVED = "approved", "approved"
        REJECTED = "rejected", "rejected"
        WITHDRAWN = "withdrawn", "withdrawn"

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="adjustments")
    event_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(
        max_length=24, choices=[(kind.value, kind.label) for kind in (Kind.DEBIT, *CREDIT_KINDS, Kind.REVERSAL)]
    )
    reverses = models.ForeignKey(
        Entry,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        # Nothing refers to an entry by its id alone where entries are spread over servers; the verifier looks instead.
        db_constraint=False,
        help_text="Of a reversal: what it gives back.",
    )
    amount_minor = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True, blank=True, help_text="When the credit expires; empty: never.")
    reason = models.CharField(max_length=255)
    note = models.CharField(max_length=2000, blank=True)
    order_id = models.BigIntegerField("order", null=True, blank=True)
    reference = models.CharField(max_length=255, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(max_length=2000, blank=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False)

    class Meta:
        verbose_name = "approval"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status="pending", decided_by=None, decided_at=None, entry=None, decision_note="")
                | Q(status="approved", decided_by__isnull=False, decided_at__isnull=False, entry__isnull=False)
                | Q(status__in=["rejected", "withdrawn"], decided_by__isnull=False, decided_at__isnull=False, entry=None),
                name="wallets_adjustment_whole_state",
            ),
            models.CheckConstraint(
                condition=Q(status="pending")
                | Q(status="withdrawn", decided_by=F("asked_by"))
                | Q(status__in=["approved", "rejected"]) & ~Q(decided_by=F("asked_by")),
                name="wallets_adjustment_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(kind="debit", amount_minor__lt=0, amount_minor__gte=-AMOUNT_MAX, expires_at=None, reverses=None)
                | Q(
                    kind__in=[kind.value for kind in CREDIT_KINDS],
                    amount_minor__gt=0,
                    amount_minor__lte=AMOUNT_MAX,
                    reverses=None,
                )
                | Q(kind="reversal", reverses__isnull=False, expires_at=None)
                & Q(amount_minor__gte=-AMOUNT_MAX, amount_minor__lte=AMOUNT_MAX)
                & ~Q(amount_minor=0),
                name="wallets_adjustment_amount",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["wallet"], condition=Q(status="pending"), name="wallets_adjustment_pending"),
        ]

    def __str__(self) -> str:
        return f"Adjustment {self.pk}"

    @property
    def is_pending(self) -> bool:
        return self.status == self.Status.PENDING

    @property
    def money(self) -> Money:
        """How much it moves, without the direction."""
        return self.wallet.money(abs(self.amount_minor))
