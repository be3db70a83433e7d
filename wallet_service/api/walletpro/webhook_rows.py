"""Webhooks, events and how they fared, as this family writes them."""

import json
from typing import Any

from wallet_service.api.walletpro.fields import moment
from webhooks.endpoint_secrets import overlap_until
from webhooks.models import Attempt, Delivery, Endpoint, Event
from webhooks.reading import HOURS, Fares, Fate


def webhook_row(endpoint: Endpoint, fares: Fares) -> dict[str, Any]:
    """An endpoint, without its secrets, and how it fares."""
    return {
        "id": endpoint.pk,
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": endpoint.event_types,
        "status": endpoint.status,
        "created_at": moment(endpoint.created_at),
        "updated_at": moment(endpoint.updated_at),
        "failing_since": moment(endpoint.failing_since),
        "last_success_at": moment(endpoint.last_success_at),
        "two_signatures_until": moment(overlap_until(endpoint)),
        "statistics": {
            "hours": HOURS,
            "delivered": fares.delivered,
            "failed": fares.failed,
            "average_ms": fares.average_ms,
            "waiting": fares.waiting,
            "oldest_waiting_at": moment(fares.oldest_waiting_at),
            "parked": fares.parked,
            "last_attempt_at": moment(fares.answered_at),
            "last_answer": fares.answered or None,
        },
    }


def event_row(event: Event) -> dict[str, Any]:
    """An event as it goes out, and its place."""
    return {
        "position": event.position,
        "id": event.name,
        "type": event.type,
        "created_at": moment(event.created_at),
        "data": json.loads(event.data),
    }


def fate_row(fate: Fate) -> dict[str, Any]:
    """What became of an event at one endpoint."""
    last = fate.attempts[0] if fate.attempts else None
    return {
        "webhook_id": fate.endpoint_id,
        "state": fate.state,
        "attempts": len(fate.attempts),
        "last_attempt_at": moment(last.at) if last else None,
        "last_answer": answer_of(last) if last else None,
    }


def attempt_row(attempt: Attempt) -> dict[str, Any]:
    """One call, and what came back."""
    return {
        "id": attempt.pk,
        "event": attempt.event.name,
        "type": attempt.event.type,
        "number": attempt.number,
        "at": moment(attempt.at),
        "duration_ms": attempt.duration_ms,
        "status": attempt.status,
        "error": attempt.error or None,
        "answer": attempt.answer,
        "is_success": attempt.is_success,
    }


def delivery_row(delivery: Delivery) -> dict[str, Any]:
    """One event to one endpoint beside its order."""
    return {
        "id": delivery.pk,
        "event": delivery.event.name,
        "type": delivery.event.type,
        "position": delivery.event.position,
        "reason": delivery.reason,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_attempt_at": moment(delivery.next_attempt_at),
        "created_at": moment(delivery.created_at),
        "delivered_at": moment(delivery.delivered_at),
        "parked_at": moment(delivery.parked_at),
    }


def answer_of(attempt: Attempt) -> str:
    """Its status, or why there was none."""
    return str(attempt.status or attempt.error)
