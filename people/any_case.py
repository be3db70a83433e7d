"""Names and addresses whatever their case: compared as the unique constraints compare them, and by their indexes.

`iexact` is none of it: it compares in capitals, where the dotless i (U+0131) is an I and the long s (U+017F) an S, so that two
people whom a constraint holds apart would be one.

Of addresses only A to Z are in any case, every other letter is itself: what Python and each database make of İ (U+0130) is not
the same, and who gets money is. The constraint, which takes more for the same, lets nobody have both.
"""

from string import ascii_lowercase, ascii_uppercase

from django.db.models import F, Q, Value
from django.db.models.functions import Collate, Lower
from django.db.models.lookups import Exact

SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)


def is_email(email: str, column: str = "email") -> Q:
    """Who has this address in `column`, which may lead to a user; nobody for the empty one."""
    # The index finds him; it is on addresses that are not empty. In the collation "C" A to Z have another case, and nothing else.
    return ~Q(**{column: ""}) & in_any_case(email, column) & Q(Exact(Lower(Collate(F(column), "C")), folded(email)))


def folded(email: str) -> str:
    """An address as `is_email` compares it: two that are equal so are one."""
    return email.translate(SMALL)


def in_any_case(text: str, column: str) -> Q:
    return Q(Exact(Lower(column), Lower(Value(text))))
