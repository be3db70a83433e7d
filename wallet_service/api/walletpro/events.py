"""The feed of walletpro/v1 (an extension): what webhooks are sent, for who would rather pull.

Positions ascend without a gap, in the order in which events were known to be committed; a wallet's events come in the order
of its transactions. Who goes on from `meta.next` gets each once.
"""

from rest_framework.request import Request
from rest_framework.response import Response

from wallet_service.api.arguments import Arguments, Integer, TextList
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.walletpro import webhook_shapes as shapes
from wallet_service.api.walletpro.base import WalletProViewSet
from wallet_service.api.walletpro.webhook_rows import event_row, fate_row
from webhooks.errors import EventsForgotten, PositionAhead
from webhooks.feed import event_named, read_feed
from webhooks.models import Event
from webhooks.naming import EVENT_TYPES
from webhooks.reading import fates_of

PER_PAGE_MAX = 1000
LIST = Arguments(
    {
        "after": Integer(description="The position to go on from; 0: from the oldest that is kept.", default=0, minimum=0),
        "per_page": Integer(description="Results per call.", default=100, minimum=1, maximum=PER_PAGE_MAX),
        "type": TextList(description="Comma-separated list of events.", options=EVENT_TYPES),
        "wallet_id": Integer(description="Only this wallet's.", minimum=1),
    }
)


class EventViewSet(WalletProViewSet):
    """Read what happened."""

    lookup_value_regex = "[0-9a-z_]+"

    @operation(
        Operation(
            "listEvents",
            "Read what happened, in its order",
            Access.READ_WALLETS,
            LIST,
            {200: shapes.EventFeed},
            refusals=(PositionAhead, EventsForgotten),
            description=(
                "Go on with `after` = `meta.next`, at once where `meta.has_more`: an answer for some types only may be empty "
                "and have more behind it."
            ),
        )
    )
    def list(self, request: Request) -> Response:
        asked = self.arguments()
        stretch = read_feed(
            after=asked["after"], limit=asked["per_page"], event_types=asked["type"] or (), account_id=asked["wallet_id"]
        )
        meta = {
            "next": stretch.next,
            "has_more": stretch.has_more,
            "last_position": stretch.last_position,
            "oldest_position": stretch.oldest_position,
        }
        return Response({"data": [event_row(event) for event in stretch.events], "meta": meta})

    @operation(
        Operation(
            "getEvent",
            "Read an event, by its id or its position",
            Access.READ_WALLETS,
            answers={200: shapes.EventWithFates},
            refusals=(Event.DoesNotExist,),
        )
    )
    def retrieve(self, request: Request, id: str) -> Response:
        event = event_named(id)
        return Response({**event_row(event), "deliveries": [fate_row(fate) for fate in fates_of(event)]})
