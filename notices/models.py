"""The outbox: mails and text messages to people, until a worker has sent them; and what people have said of them."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from ledger.models.times import readable

KEPT = timedelta(days=30)
# What nobody sent again or looked at for so long is given up, with its words.
PARKED_KEPT = timedelta(days=90)


class NoticeQuerySet(models.QuerySet["Notice"]):
    def waiting(self) -> "NoticeQuerySet":
        return self.filter(next_attempt_at__isnull=False)

    def parked(self) -> "NoticeQuerySet":
        return self.filter(parked_at__isnull=False)

    def over(self) -> "NoticeQuerySet":
        """Those that need not be kept any longer."""
        now = timezone.now()
        is_old = Q(sent_at__lt=now - KEPT) | Q(missed_at__lt=now - KEPT) | Q(parked_at__lt=now - PARKED_KEPT)
        return self.filter(is_old)


class Channel(models.TextChoices):
    MAIL = "mail", "Mail"
    SMS = "sms", "Text message"


class Notice(models.Model):
    """One mail or text message to one person. It waits, or it was sent, parked after too many failures, or missed its time.

    `text` is sealed for this row, and empty once nobody will send it any more: the facts of its kind, from which the words are
    made when it is sent; or, where there is a subject already, the text itself.
    Written by `notices.services` and `notices.sending` only.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        help_text="None: an address of the shop's.",
    )
    channel = models.CharField(max_length=4, choices=Channel, default=Channel.MAIL, db_default=Channel.MAIL)
    address = models.CharField(max_length=254, help_text="The user's, when the notice was written; of a text message the number.")
    kind = models.CharField(max_length=40, help_text="transfer.received, totp.code, …")
    subject = models.CharField(max_length=200, blank=True, help_text="Of a mail, once it is sent.")
    text = models.BinaryField(default=b"")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, help_text="From then on it is of no use to anybody.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Counted before each.")
    next_attempt_at = models.DateTimeField(null=True, default=timezone.now, help_text="Empty where none is to come.")
    sent_at = models.DateTimeField(null=True)
    parked_at = models.DateTimeField(null=True, help_text="When it was given up, until somebody has it sent again.")
    missed_at = models.DateTimeField(null=True, help_text="When it was seen to be of no use any more.")
    last_error = models.CharField(max_length=100, blank=True, help_text="What kind of error, and the server's number for it.")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # Exactly one of the four.
            models.CheckConstraint(
                condition=(
                    Q(next_attempt_at__isnull=False, sent_at=None, parked_at=None, missed_at=None)
                    | Q(next_attempt_at=None, sent_at__isnull=False, parked_at=None, missed_at=None)
                    | Q(next_attempt_at=None, sent_at=None, parked_at__isnull=False, missed_at=None)
                    | Q(next_attempt_at=None, sent_at=None, parked_at=None, missed_at__isnull=False)
                ),
                name="notices_notice_one_state",
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None, missed_at=None) | Q(text=b""), name="notices_notice_no_text_once_over"
            ),
            models.CheckConstraint(condition=~Q(address=""), name="notices_notice_address"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="notices_notice_channel"),
            models.CheckConstraint(
                condition=readable(
                    created_at=False, expires_at=True, next_attempt_at=True, sent_at=True, parked_at=True, missed_at=True
                ),
                name="notices_notice_times",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["channel", "next_attempt_at", "id"],
                condition=Q(next_attempt_at__isnull=False),
                name="notices_notice_due_by_channel",
            ),
            models.Index(fields=["-parked_at"], condition=Q(parked_at__isnull=False), name="notices_notice_parked"),
            # For who forgets them.
            models.Index(fields=["sent_at"], condition=Q(sent_at__isnull=False), name="notices_notice_sent"),
        ]

    def __str__(self) -> str:
        return f"Notice {self.pk}: {self.kind}"

    @property
    def sealed_for(self) -> str:
        """The place that `text` is sealed for: with another channel, address, person or subject it does not open."""
        channel = "" if self.channel == Channel.MAIL else f" {self.channel}"
        whose = f"user:{self.user_id} {self.address} {self.kind} {self.subject}"
        return f"notice{channel} {self.created_at.timestamp():.6f} {whose}"


class Contact(models.Model):
    """Where text messages reach a customer, and the language of what he gets. Written by `notices.preferences` only."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    phone = models.CharField(max_length=16, blank=True, help_text="E.164: +49151… Empty: no text messages.")
    language = models.CharField(max_length=10, blank=True, help_text="de, en, … Empty: the site's.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(phone="") | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="notices_contact_phone")
        ]

    def __str__(self) -> str:
        return f"Contact of user {self.user_id}"


class OptOut(models.Model):
    """Something that a customer does not want to be told. Written by `notices.preferences` only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=60, help_text="_wkwp_notify_credit_email, …")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "opt-out"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="notices_optout_once"),
            models.CheckConstraint(condition=readable(created_at=False), name="notices_optout_times"),
        ]

    def __str__(self) -> str:
        return f"{self.key} of user {self.user_id}"
