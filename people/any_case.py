"""Names and addresses whatever their case: compared as the unique constraints compare them, and by their indexes.

`iexact` is none of it: it compares in capitals, where the dotless i (U+0131) is an I and the long s (U+017F) an S, so that two
people whom a constraint holds apart would be one.
"""

from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact


def is_email(email: str, column: str = "email") -> Q:
    """Who has this address in `column`, which may lead to a user; nobody for the empty one."""
    # The index is on addresses that are not empty.
    return ~Q(**{column: ""}) & in_any_case(email, column)


def in_any_case(text: str, column: str) -> Q:
    return Q(Exact(Lower(column), Lower(Value(text))))
