"""Times that can be read back."""

from datetime import UTC, datetime

from django.db.models import Q

# What Python can read. Infinity and the years before Christ would stop the verifier instead of being found by it.
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def readable(**columns: bool) -> Q:
    """Each of these times, NULL aside where it says so, is one that Python can read."""
    found = Q()
    for name, may_be_null in columns.items():
        within = Q(**{f"{name}__gte": FIRST, f"{name}__lte": LAST})
        found &= (within | Q(**{name: None})) if may_be_null else within
    return found
