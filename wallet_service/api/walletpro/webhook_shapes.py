"""The shapes of what is answered about webhooks and events, for the OpenAPI document. Rows are written by `webhook_rows`."""

from rest_framework import serializers

from wallet_service.api.walletpro.shapes import PageMeta, shown_as
from webhooks.models import Delivery as DeliveryModel
from webhooks.models import Endpoint
from webhooks.naming import CREDITED, EVENT_TYPES, MEANINGS
from webhooks.sample import DATA

STATES = ("waiting", "delivered", "parked")
FATES = (*STATES, "failed")
REASONS = tuple(DeliveryModel.Reason.values)
STATUSES = tuple(Endpoint.Status.values)
# What a person sets it to.
SWITCHES = (Endpoint.Status.ACTIVE.value, Endpoint.Status.OFF.value)
EVENT_NAME = "evt_7d2b4f0e9a514c8e8f273f0c2f1f6a10"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="  # noqa: S105  an example
WEBHOOK = {
    "id": 3,
    "url": "https://books.example/hooks/wallet",
    "description": "Bookkeeping",
    "event_types": [CREDITED, "wallet.debited"],
    "status": "active",
    "created_at": "2026-06-20T10:05:33Z",
    "updated_at": "2026-06-20T10:05:33Z",
    "failing_since": None,
    "last_success_at": "2026-06-20T10:07:12Z",
    "two_signatures_until": None,
    "statistics": {
        "hours": 24,
        "delivered": 1204,
        "failed": 3,
        "average_ms": 41,
        "waiting": 0,
        "oldest_waiting_at": None,
        "parked": 0,
        "last_attempt_at": "2026-06-20T10:07:12Z",
        "last_answer": "200",
    },
}
EVENT = {"position": 1891, "id": EVENT_NAME, "type": CREDITED, "created_at": "2026-06-20T10:05:33Z", "data": DATA}
ATTEMPT = {
    "id": 5120,
    "event": EVENT_NAME,
    "type": CREDITED,
    "number": 1,
    "at": "2026-06-20T10:05:34Z",
    "duration_ms": 41,
    "status": 200,
    "error": None,
    "answer": "ok",
    "is_success": True,
}
DELIVERY = {
    "id": 77,
    "event": EVENT_NAME,
    "type": CREDITED,
    "position": 1891,
    "reason": "parked",
    "state": "parked",
    "attempts": 8,
    "next_attempt_at": None,
    "created_at": "2026-06-20T10:05:34Z",
    "delivered_at": None,
    "parked_at": "2026-06-21T17:18:09Z",
}
FATE = {
    "webhook_id": 3,
    "state": "delivered",
    "attempts": 1,
    "last_attempt_at": "2026-06-20T10:05:34Z",
    "last_answer": "200",
}
SLICE = {"next": None, "has_more": False, "per_page": 25}


class WebhookStatistics(serializers.Serializer):
    """The calls of the last hours, and what waits and is parked now."""

    hours = serializers.IntegerField()
    delivered = serializers.IntegerField(help_text="Calls that were answered with a 2xx.")
    failed = serializers.IntegerField(help_text="Calls that were not.")
    average_ms = serializers.IntegerField(allow_null=True)
    waiting = serializers.IntegerField(help_text="Events; 1000 means that many or more.")
    oldest_waiting_at = serializers.DateTimeField(allow_null=True, help_text="When the oldest of them happened.")
    parked = serializers.IntegerField(help_text="Events that were given up; 1000 means that many or more.")
    last_attempt_at = serializers.DateTimeField(allow_null=True)
    last_answer = serializers.CharField(allow_null=True, help_text="Its status, or why there was none.")


@shown_as(WEBHOOK)
class Webhook(serializers.Serializer):
    """An address that events are sent to."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    event_types = serializers.ListField(child=serializers.ChoiceField(choices=EVENT_TYPES), help_text="Empty: all of them.")
    status = serializers.ChoiceField(choices=STATUSES)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    failing_since = serializers.DateTimeField(allow_null=True, help_text="The first failure behind which nothing succeeded.")
    last_success_at = serializers.DateTimeField(allow_null=True)
    two_signatures_until = serializers.DateTimeField(
        allow_null=True, help_text="Until then the secret before the current one signs as well."
    )
    statistics = WebhookStatistics()


@shown_as({**WEBHOOK, "secret": SECRET})
class WebhookWithSecret(Webhook):
    """A webhook, and its new secret: this answer alone shows it."""

    secret = serializers.CharField()


@shown_as({"data": [WEBHOOK], "meta": {"total": 1, "total_pages": 1, "page": 1, "per_page": 25}}, many=False)
class WebhookPage(serializers.Serializer):
    """A page of webhooks."""

    data = Webhook(many=True)  # type: ignore[assignment]
    meta = PageMeta()


@shown_as({"deleted": True, "previous": WEBHOOK})
class DeletedWebhook(serializers.Serializer):
    """What was removed."""

    deleted = serializers.BooleanField()
    previous = Webhook()


@shown_as({"skipped": 12, "webhook": WEBHOOK})
class SkippedEvents(serializers.Serializer):
    """How many events were passed over."""

    skipped = serializers.IntegerField()
    webhook = Webhook()


@shown_as({"count": 240, "next": 1891, "has_more": False})
class Redelivery(serializers.Serializer):
    """How many events are sent again."""

    count = serializers.IntegerField()
    next = serializers.IntegerField(
        allow_null=True, help_text="The last position: where there is more, `after` for the next call."
    )
    has_more = serializers.BooleanField()


@shown_as(DELIVERY)
class Delivery(serializers.Serializer):
    """One event to one webhook, beside its order."""

    id = serializers.IntegerField()
    event = serializers.CharField()
    type = serializers.CharField()
    position = serializers.IntegerField(allow_null=True)
    reason = serializers.ChoiceField(choices=REASONS)
    state = serializers.ChoiceField(choices=STATES)
    attempts = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    parked_at = serializers.DateTimeField(allow_null=True)


class SliceMeta(serializers.Serializer):
    """Where a list goes on."""

    next = serializers.IntegerField(allow_null=True, help_text="`before` for the next call.")
    has_more = serializers.BooleanField()
    per_page = serializers.IntegerField()


@shown_as({"data": [DELIVERY], "meta": SLICE}, many=False)
class DeliverySlice(serializers.Serializer):
    """Some deliveries, newest first."""

    data = Delivery(many=True)  # type: ignore[assignment]
    meta = SliceMeta()


class Attempt(serializers.Serializer):
    """One call, and what came back."""

    id = serializers.IntegerField()
    event = serializers.CharField()
    type = serializers.CharField()
    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    duration_ms = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_null=True, help_text="Why there was no answer.")
    answer = serializers.CharField(allow_blank=True, help_text="Its first kilobyte.")
    is_success = serializers.BooleanField()


@shown_as({"data": [ATTEMPT], "meta": SLICE}, many=False)
class AttemptSlice(serializers.Serializer):
    """Some calls, newest first."""

    data = Attempt(many=True)  # type: ignore[assignment]
    meta = SliceMeta()


class EventType(serializers.Serializer):
    """An event that there is."""

    name = serializers.ChoiceField(choices=EVENT_TYPES)
    meaning = serializers.CharField()


@shown_as({"data": [{"name": CREDITED, "meaning": MEANINGS[CREDITED]}]}, many=False)
class EventTypes(serializers.Serializer):
    """All events that there are."""

    data = EventType(many=True)  # type: ignore[assignment]


class Event(serializers.Serializer):
    """Something that happened."""

    position = serializers.IntegerField(allow_null=True, help_text="Its place among all; null: a test.")
    id = serializers.CharField()
    type = serializers.CharField()
    created_at = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]


class EventFate(serializers.Serializer):
    """What became of an event at one webhook."""

    webhook_id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=FATES)
    attempts = serializers.IntegerField()
    last_attempt_at = serializers.DateTimeField(allow_null=True)
    last_answer = serializers.CharField(allow_null=True)


@shown_as({**EVENT, "deliveries": [FATE]})
class EventWithFates(Event):
    """An event, and what became of it at each webhook that it was sent to or waits for."""

    deliveries = EventFate(many=True)


class FeedMeta(serializers.Serializer):
    """Where the feed goes on, and from where to where it reaches."""

    next = serializers.IntegerField(help_text="`after` for the next call.")
    has_more = serializers.BooleanField()
    last_position = serializers.IntegerField()
    oldest_position = serializers.IntegerField(help_text="The oldest that is kept; where none is, the one that comes next.")


@shown_as(
    {"data": [EVENT], "meta": {"next": 1891, "has_more": False, "last_position": 1891, "oldest_position": 1200}}, many=False
)
class EventFeed(serializers.Serializer):
    """Some events, in the order of their positions."""

    data = Event(many=True)  # type: ignore[assignment]
    meta = FeedMeta()
