"""What is told to others of his wallets, and what he did about who is told."""

import json
from collections.abc import Iterator

from ledger.streaming import stream
from wallet_service.privacy.person import Part, Person, Row, columns
from webhooks.models import Delivery, Endpoint, Event


class WebhooksPart(Part):
    name = "webhooks"
    covers = frozenset({"webhooks.Endpoint.created_by", "webhooks.Delivery.asked_by"})
    stays = (
        "Events of his wallets, until they are forgotten like everybody's: numbers, and no words of anybody's. What they told "
        "has been sent where webhooks lead. Which webhooks he made, and what he had sent again, by number."
    )

    def rows(self, person: Person) -> Iterator[Row]:
        with stream(Endpoint.objects.filter(created_by=person.user).order_by("pk")) as endpoints:
            for endpoint in endpoints:
                yield {"made_webhook": endpoint.pk, **columns(endpoint, "created_at", "removed_at")}
        asked = Delivery.objects.filter(asked_by=person.user).select_related("event").order_by("pk")
        with stream(asked) as deliveries:
            for delivery in deliveries:
                yield {"sent_again": delivery.event.name, "webhook": delivery.endpoint_id, "at": delivery.created_at}
        with stream(Event.objects.filter(account_id__in=person.wallet_ids).order_by("account_id", "position")) as events:
            for event in events:
                told = {"event": event.name, **columns(event, "type", "account_id", "sequence", "created_at")}
                yield {**told, "data": json.loads(event.data)}
