"""Credentials of programs. Their secrets are shown once and kept as digests, and sealed where a key signs its calls."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.utils import timezone

# A timestamp is good for a quarter of an hour to both sides: so long the same call could come again.
NONCE_LIFETIME = timedelta(minutes=30)


class ApiKey(models.Model):
    """A consumer key: it acts as its owner, as far as its scope goes, from the addresses it lists."""

    class Scope(models.TextChoices):
        READ = "read"
        WRITE = "write"
        READ_WRITE = "read_write", "read and write"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_keys")
    description = models.CharField(max_length=200)
    scope = models.CharField(max_length=10, choices=Scope)
    consumer_key = models.CharField(max_length=43, unique=True)
    secret_digest = models.BinaryField()
    allowed_ips = ArrayField(
        models.CharField(max_length=43), default=list, blank=True, help_text="Addresses and CIDR ranges; empty allows any."
    )
    max_amount = models.BigIntegerField(
        null=True, blank=True, help_text="The most that one call may move, in minor units of its currency; empty: no maximum."
    )
    oauth_enabled = models.BooleanField("OAuth 1.0a", default=False, help_text="Whether it may sign its calls.")
    sealed_secret = models.BinaryField(null=True, help_text="To check signatures with; only while OAuth is on and the key live.")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_ip = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(scope__in=["read", "write", "read_write"]), name="apikeys_apikey_scope"),
            models.CheckConstraint(condition=Q(max_amount=None) | Q(max_amount__gt=0), name="apikeys_apikey_max_amount"),
            models.CheckConstraint(
                condition=Q(oauth_enabled=True, revoked_at=None, sealed_secret__isnull=False)
                | Q(sealed_secret=None) & (Q(oauth_enabled=False) | Q(revoked_at__isnull=False)),
                name="apikeys_apikey_sealed_secret",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.description} (…{self.consumer_key[-7:]})"

    @property
    def sealed_for(self) -> str:
        """Where the sealed secret stands: it opens nowhere else."""
        return sealed_for(self.consumer_key)


def sealed_for(consumer_key: str) -> str:
    """The context that a key's secret is sealed for. The consumer key is the row's own, and never changes."""
    return f"apikeys_apikey:{consumer_key}:sealed_secret"


class ApplicationPassword(models.Model):
    """A password for one program of one user; it may do what the user may."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="application_passwords")
    name = models.CharField(max_length=200)
    digest = models.BinaryField(unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_ip = models.GenericIPAddressField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class OauthNonceQuerySet(models.QuerySet["OauthNonce"]):
    def expired(self) -> "OauthNonceQuerySet":
        return self.filter(used_at__lt=timezone.now() - NONCE_LIFETIME)


class OauthNonce(models.Model):
    """What a key has signed a call with, and may not sign another one with while the first could be sent again."""

    # The unique constraint's index begins with it.
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+", db_index=False)
    digest = models.BinaryField(help_text="SHA-256 of the nonce.")
    used_at = models.DateTimeField(db_index=True)

    objects = OauthNonceQuerySet.as_manager()

    class Meta:
        verbose_name = "OAuth nonce"
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "digest"], name="apikeys_oauthnonce_once")]

    def __str__(self) -> str:
        return f"{self.key_id} {self.used_at:%Y-%m-%d %H:%M:%S}"


class GatewayKey(models.Model):
    """The one secret of cmmpexapi/v1, an argument of each call. One lives at a time: a new one replaces it."""

    digest = models.BinaryField(unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True, help_text="When it was switched off or replaced.")
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            # A constant: the rows without an end are one at most.
            models.UniqueConstraint(Value(1), condition=Q(revoked_at=None), name="apikeys_gatewaykey_one_lives"),
        ]

    def __str__(self) -> str:
        return f"Gateway key {self.pk}"
