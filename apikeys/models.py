"""Credentials of programs. Their secrets are shown once and kept as digests."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone


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
        ]

    def __str__(self) -> str:
        return f"{self.description} (…{self.consumer_key[-7:]})"


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
