"""Saved payment methods, for tests that need some."""

from itertools import count

from payments.methods import keep_method
from payments.models import PaymentMethod
from payments.port import SavedMethod
from people.models import User

_numbers = count(1)


def new_method(user: User, provider: str = "stripe", label: str = "Visa •••• 4242") -> PaymentMethod:
    number = next(_numbers)
    return keep_method(user=user, provider=provider, saved=SavedMethod(f"pm_{number}", f"cus_{number}", label))
