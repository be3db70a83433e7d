"""Webhooks of walletpro/v1 (an extension; contract.md 5): where events are sent, and how that goes. For managers.

A secret is shown by the answers to creating and rotating, and by no other: these take no idempotency key, whose stored answer
would show it again. Whoever lost an answer rotates. What is sent again comes beside the order of its wallet, with the same id.
"""

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.retry import in_transaction
from wallet_service.api.arguments import (
    Arguments,
    Boolean,
    DateTime,
    Integer,
    Invalid,
    InvalidArguments,
    MissingArguments,
    Text,
    TextList,
    number_in_path,
)
from wallet_service.api.middleware import public_url
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import PER_PAGE_MAX, Page, page_arguments
from wallet_service.api.walletpro import webhook_shapes as shapes
from wallet_service.api.walletpro.base import WalletProViewSet
from wallet_service.api.walletpro.webhook_rows import attempt_row, delivery_row, webhook_row
from wallets.reading import ID_MAX
from webhooks import services
from webhooks.errors import EndpointUrlInvalid, EventIsATest, TooManyEndpoints
from webhooks.feed import event_named
from webhooks.models import Delivery, Endpoint, Event
from webhooks.naming import EVENT_TYPES, MEANINGS
from webhooks.reading import fares_of
from webhooks.redelivering import AT_ONCE_MAX, Range, redeliver, redeliver_parked

LAST_MICROSECOND = 999_999
OVERLAP_HOURS = int(services.OVERLAP.total_seconds()) // 3600
OVERLAP_HOURS_MAX = int(services.OVERLAP_MAX.total_seconds()) // 3600
DESCRIPTION_MAX = 200

URL = Text(description="An https address; http where the operator allows its host by name, or outside production.", min_length=1)
TERMS: dict[str, Any] = {
    "description": Text(description="What it is for.", max_length=DESCRIPTION_MAX, default=""),
    "event_types": TextList(description="Which events; none: all of them, new ones too.", options=EVENT_TYPES),
    "status": Text(
        description="Off, it keeps what waits and gets it once it is on again.", options=shapes.SWITCHES, default="active"
    ),
}
LIST = Arguments({"status": Text(description="Only these.", options=shapes.STATUSES), **page_arguments(per_page=25)})
CREATE = Arguments({"url": Text(description=URL.description, min_length=1, required=True), **TERMS})
CHANGE = Arguments({"url": URL, **TERMS})
ROTATE = Arguments(
    {
        "overlap_hours": Integer(
            description="How long the secret before signs as well; 0: it is dead at once.",
            default=OVERLAP_HOURS,
            minimum=0,
            maximum=OVERLAP_HOURS_MAX,
        )
    }
)
REDELIVER = Arguments(
    {
        "event": Text(description="One event, by its id or its position.", min_length=1, max_length=40),
        "parked": Boolean(description="What was given up: it gets all its attempts again.", default=False),
        "after": Integer(description="Behind this position; 0: from the oldest that is kept.", minimum=0),
        "before": Integer(description="Before this position.", minimum=0),
        "from": DateTime(description="Happened at this moment or later."),
        "to": DateTime(description="Happened at this moment or before; a bare date is that whole day.", is_end=True),
        "type": TextList(description="Only these events; otherwise those that the webhook wants.", options=EVENT_TYPES),
        "wallet_id": Integer(description="Only this wallet's.", minimum=1, maximum=ID_MAX),
    }
)
# What belongs to a range, and its two ends.
IN_RANGE = ("after", "before", "from", "to", "type", "wallet_id")
ENDS = (("after", "before"), ("from", "to"))
SLICE: dict[str, Any] = {
    "before": Integer(description="Rows before this one, `meta.next` of the answer before.", minimum=1),
    "per_page": Integer(description="Results per call.", default=25, minimum=1, maximum=PER_PAGE_MAX),
}
ATTEMPTS = Arguments({"failed": Boolean(description="Only calls that failed.", default=False), **SLICE})
DELIVERIES = Arguments({"state": Text(description="Only these.", options=shapes.STATES), **SLICE})
IN_STATE = {
    "waiting": Q(next_attempt_at__isnull=False),
    "delivered": Q(delivered_at__isnull=False),
    # What `/redeliver` sends again: a test that failed is not.
    "parked": Q(parked_at__isnull=False) & ~Q(reason=Delivery.Reason.TEST),
}
EXAMPLE = {
    "url": "https://books.example/hooks/wallet",
    "description": "Bookkeeping",
    "event_types": ["wallet.credited", "wallet.debited"],
}


class WebhookViewSet(WalletProViewSet):
    """Make webhooks, look how they fare, and help those that fail."""

    @operation(
        Operation("listWebhooks", "List webhooks", Access.MANAGE, LIST, {200: shapes.WebhookPage}, is_list=True),
    )
    def list(self, request: Request) -> Response:
        asked = self.arguments()
        endpoints = Endpoint.objects.filter(removed_at=None)
        if asked["status"]:
            endpoints = endpoints.filter(status=asked["status"])
        page = Page.of(endpoints.order_by("id"), asked)
        fares = fares_of(page.rows)
        return self.page(page, [webhook_row(endpoint, fares[endpoint.pk]) for endpoint in page.rows])

    @operation(
        Operation(
            "createWebhook",
            "Create a webhook",
            Access.MANAGE,
            CREATE,
            {201: shapes.WebhookWithSecret},
            refusals=(EndpointUrlInvalid, TooManyEndpoints),
            has_location=True,
            description="It gets what happens from now on. This answer alone shows the secret that signs its deliveries.",
            example=EXAMPLE,
        )
    )
    def create(self, request: Request) -> Response:
        asked, actor = self.arguments(), self.credential.actor
        terms = {**asked, "event_types": asked["event_types"] or ()}
        endpoint, secret = in_transaction(lambda: services.create_endpoint(**terms, actor=actor, created_by=self.caller))
        response = Response({**_row(endpoint), "secret": secret}, status=201)
        response["Location"] = f"{public_url(request._request)}{request.path}/{endpoint.pk}"
        return response

    @operation(
        Operation(
            "listEventTypes",
            "List the events that there are, and what they mean",
            Access.MANAGE,
            answers={200: shapes.EventTypes},
        )
    )
    @action(detail=False)
    def event_types(self, request: Request) -> Response:
        return Response({"data": [{"name": name, "meaning": meaning} for name, meaning in MEANINGS.items()]})

    @operation(
        Operation(
            "getWebhook",
            "Read a webhook",
            Access.MANAGE,
            answers={200: shapes.Webhook},
            refusals=(Endpoint.DoesNotExist,),
        )
    )
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(_row(_endpoint(id)))

    @operation(
        Operation(
            "updateWebhook",
            "Change a webhook",
            Access.MANAGE,
            CHANGE,
            {200: shapes.Webhook},
            refusals=(Endpoint.DoesNotExist, EndpointUrlInvalid),
            description="What is not named stays as it is. Switched on, what waits is tried at once.",
            example={"event_types": ["wallet.credited"], "status": "off"},
        )
    )
    def update(self, request: Request, id: str) -> Response:
        changes, actor = self.given_arguments(), self.credential.actor
        endpoint = _endpoint(id)
        changed = in_transaction(lambda: services.change_endpoint(endpoint=endpoint, actor=actor, **changes))
        return Response(_row(changed))

    @operation(
        Operation(
            "deleteWebhook",
            "Remove a webhook",
            Access.MANAGE,
            answers={200: shapes.DeletedWebhook},
            refusals=(Endpoint.DoesNotExist,),
            description="Nothing is sent to it any more, and what waits for it is dropped.",
        )
    )
    def destroy(self, request: Request, id: str) -> Response:
        endpoint, actor = _endpoint(id), self.credential.actor
        previous = _row(endpoint)
        in_transaction(lambda: services.remove_endpoint(endpoint=endpoint, actor=actor))
        return Response({"deleted": True, "previous": previous})

    @operation(
        Operation(
            "rotateWebhookSecret",
            "Give a webhook a new secret",
            Access.MANAGE,
            ROTATE,
            {200: shapes.WebhookWithSecret},
            refusals=(Endpoint.DoesNotExist,),
            description=(
                "This answer alone shows it. During the overlap both sign; rotated again meanwhile, the older of them is dead."
            ),
            example={"overlap_hours": OVERLAP_HOURS},
        )
    )
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, id: str) -> Response:
        overlap = timedelta(hours=self.arguments()["overlap_hours"])
        endpoint, actor = _endpoint(id), self.credential.actor
        secret = in_transaction(lambda: services.rotate_secret(endpoint=endpoint, overlap=overlap, actor=actor))
        return Response({**_row(_endpoint(id)), "secret": secret})

    @operation(
        Operation(
            "testWebhook",
            "Send a webhook a test event",
            Access.MANAGE,
            answers={202: shapes.Delivery},
            refusals=(Endpoint.DoesNotExist,),
            description="`webhook.test`, signed as any other, also where the webhook is off or failing. `/attempts` tells of it.",
        )
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Request, id: str) -> Response:
        self.arguments()
        endpoint, actor = _endpoint(id), self.credential.actor
        delivery = in_transaction(lambda: services.send_test_event(endpoint=endpoint, actor=actor, asked_by=self.caller))
        return Response(delivery_row(delivery), status=202)

    @operation(
        Operation(
            "resumeWebhook",
            "Go on with a webhook that is failing or off",
            Access.MANAGE,
            answers={200: shapes.Webhook},
            refusals=(Endpoint.DoesNotExist,),
            description="What waits is tried at once, as if for the first time.",
        )
    )
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, id: str) -> Response:
        self.arguments()
        endpoint, actor = _endpoint(id), self.credential.actor
        return Response(_row(in_transaction(lambda: services.resume_endpoint(endpoint=endpoint, actor=actor))))

    @operation(
        Operation(
            "skipWebhookEvents",
            "Pass over everything that waits for a webhook",
            Access.MANAGE,
            answers={200: shapes.SkippedEvents},
            refusals=(Endpoint.DoesNotExist,),
            description="It can be sent again by `/redeliver`.",
        )
    )
    @action(detail=True, methods=["post"])
    def skip(self, request: Request, id: str) -> Response:
        self.arguments()
        endpoint, actor = _endpoint(id), self.credential.actor
        skipped = in_transaction(lambda: services.skip_waiting(endpoint=endpoint, actor=actor))
        return Response({"skipped": skipped, "webhook": _row(_endpoint(id))})

    @operation(
        Operation(
            "redeliverWebhookEvents",
            "Send events again",
            Access.MANAGE,
            REDELIVER,
            {202: shapes.Redelivery},
            refusals=(Endpoint.DoesNotExist, Event.DoesNotExist, EventIsATest, MissingArguments),
            description=(
                "One `event`, what was `parked`, or a range that begins `after` a position or `from` a time: at most "
                f"{AT_ONCE_MAX} events in one call, in the order of their positions, beside that of their wallets. What "
                "still waits for the webhook is left out."
            ),
            example={"from": "2026-06-20T00:00:00Z", "to": "2026-06-20"},
        )
    )
    @action(detail=True, methods=["post"])
    def redeliver(self, request: Request, id: str) -> Response:
        asked, actor, endpoint = self.arguments(), self.credential.actor, _endpoint(id)
        _require_one_way(asked)
        if asked["parked"]:
            done = in_transaction(lambda: redeliver_parked(endpoint=endpoint, actor=actor))
        else:
            events = _chosen(asked)
            done = in_transaction(lambda: redeliver(endpoint=endpoint, events=events, actor=actor, asked_by=self.caller))
        return Response({"count": done.count, "next": done.last, "has_more": done.has_more}, status=202)

    @operation(
        Operation(
            "listWebhookAttempts",
            "List the calls to a webhook, newest first",
            Access.MANAGE,
            ATTEMPTS,
            {200: shapes.AttemptSlice},
            refusals=(Endpoint.DoesNotExist,),
        )
    )
    @action(detail=True)
    def attempts(self, request: Request, id: str) -> Response:
        asked = self.arguments()
        attempts = _endpoint(id).attempts.select_related("event")
        return _slice(attempts.filter(is_success=False) if asked["failed"] else attempts, asked, attempt_row)

    @operation(
        Operation(
            "listWebhookDeliveries",
            "List what is sent beside the order: parked events, those sent again by hand, tests",
            Access.MANAGE,
            DELIVERIES,
            {200: shapes.DeliverySlice},
            refusals=(Endpoint.DoesNotExist,),
        )
    )
    @action(detail=True)
    def deliveries(self, request: Request, id: str) -> Response:
        asked = self.arguments()
        deliveries = _endpoint(id).deliveries.select_related("event").filter(IN_STATE.get(asked["state"], Q()))
        return _slice(deliveries, asked, delivery_row)


def _endpoint(id: str) -> Endpoint:
    return Endpoint.objects.get(pk=number_in_path(id), removed_at=None)


def _row(endpoint: Endpoint) -> dict[str, Any]:
    return webhook_row(endpoint, fares_of([endpoint])[endpoint.pk])


def _require_one_way(asked: dict[str, Any]) -> None:
    """Who names two ways means one of them: nobody else knows which."""
    named = [name for name in ("event", "parked") if asked[name]]
    others = [name for name in IN_RANGE if asked[name] not in (None, [])] if named else []
    if wrong := [*named[1:], *others]:
        why = f"cannot be combined with {named[0]}."
        raise InvalidArguments({name: Invalid("rest_invalid_param", f"{name} {why}") for name in wrong})
    for begin, end in ENDS:
        if asked[begin] is not None and asked[end] is not None and asked[end] < asked[begin]:
            raise InvalidArguments({end: Invalid("rest_invalid_param", f"{end} lies before {begin}.")})


def _chosen(asked: dict[str, Any]) -> Event | Range:
    """What is to be sent again: a mistyped argument must not mean everything."""
    if asked["event"] is not None:
        return event_named(asked["event"])
    if asked["after"] is None and asked["from"] is None:
        raise MissingArguments(["after"])
    return Range(
        after=asked["after"],
        before=asked["before"],
        first=asked["from"],
        last=asked["to"] and asked["to"].replace(microsecond=LAST_MICROSECOND),
        event_types=asked["type"] or (),
        account_id=asked["wallet_id"],
    )


def _slice(rows: "QuerySet[Any]", asked: dict[str, Any], row_of: Any) -> Response:
    """The newest rows, or those before the one that was named; nobody counts the others."""
    if asked["before"] is not None:
        rows = rows.filter(pk__lt=asked["before"])
    found = list(rows.order_by("-pk")[: asked["per_page"] + 1])
    shown, has_more = found[: asked["per_page"]], len(found) > asked["per_page"]
    meta = {"next": shown[-1].pk if has_more else None, "has_more": has_more, "per_page": asked["per_page"]}
    return Response({"data": [row_of(row) for row in shown], "meta": meta})
