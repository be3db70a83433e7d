"""A wallet: an account with a holder, a name and limits."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from ledger.models import Account
from ledger.money import Currency, Money
from people.models import User


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
    is_default = models.BooleanField(default=True, help_text="The holder's own one of this currency, where there are several.")
    spending_limit = models.BigIntegerField(null=True, blank=True, help_text="The most that one debit may take.")
    auto_reload_enabled = models.BooleanField(default=False)
    auto_reload_threshold = models.BigIntegerField(null=True, blank=True)
    auto_reload_amount = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = WalletQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "currency_code"], condition=Q(is_default=True), name="wallets_wallet_one_default"
            ),
            models.CheckConstraint(condition=~Q(name__regex=r"^[0-9]*$"), name="wallets_wallet_name_no_number"),
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
        indexes: ClassVar = [models.Index(fields=["created_at", "account"], name="wallets_wallet_created")]

    def __str__(self) -> str:
        return f"Wallet {self.pk}"

    @property
    def currency(self) -> Currency:
        return self.account.currency

    def money(self, minor: int) -> Money:
        """`minor` minor units of this wallet's currency."""
        return self.account.money(minor)
