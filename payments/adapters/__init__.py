"""The providers that there are. Each adapter is imported when it is first asked for: its library costs time and memory."""

from functools import cache
from typing import NoReturn, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from payments.port import Provider

ADAPTERS = {
    "manual": "payments.adapters.manual.ManualProvider",
    "stripe": "payments.adapters.stripe_adapter.StripeProvider",
}


def current_provider() -> Provider:
    """The provider that takes new payments."""
    return provider_named(settings.PAYMENT_PROVIDER)


def require_known_provider() -> None:
    """No process starts that could take no payment."""
    if settings.PAYMENT_PROVIDER not in ADAPTERS:
        _unknown(settings.PAYMENT_PROVIDER)


@cache
def provider_named(name: str) -> Provider:
    """The provider called `name`: of a payment that began before another one was chosen.

    An adapter is made without arguments, once a process, and reads the settings when it is called.
    """
    return cast(Provider, import_string(ADAPTERS.get(name) or _unknown(name))())


def _unknown(name: str) -> NoReturn:
    raise ImproperlyConfigured(f"PAYMENT_PROVIDER: {name!r} is not one of {', '.join(ADAPTERS)}")
