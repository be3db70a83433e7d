"""What the service tells, for tests that look at it: rows in the outbox, in their order."""

import json
from typing import Any, NamedTuple

from ledger.models import Outbox


class Row(NamedTuple):
    type: str
    account_id: int
    sequence: int | None


def rows() -> list[Row]:
    """What waits in the outbox, whose it is, and which entry it is."""
    return [Row(*row) for row in Outbox.objects.order_by("id").values_list("type", "account_id", "sequence")]


def names() -> list[str]:
    """The same without `wallet.`, which all begin with."""
    return [row.type.removeprefix("wallet.") for row in rows()]


def facts(event_type: str) -> list[dict[str, Any]]:
    """What those of one type tell."""
    texts = Outbox.objects.filter(type=event_type).order_by("id").values_list("facts", flat=True)
    return [json.loads(text) for text in texts]


def forget_what_was_told() -> None:
    Outbox.objects.all().delete()
