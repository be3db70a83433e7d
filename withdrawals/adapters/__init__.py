"""The payout providers that there are. Each adapter is imported when it is first asked for."""

from functools import cache
from typing import NoReturn, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from withdrawals.port import PayoutProvider

ADAPTERS = {"manual": "withdrawals.adapters.manual.ManualPayouts"}


def current_provider() -> PayoutProvider:
    """The provider that new payouts go to."""
    return provider_named(settings.PAYOUT_PROVIDER)


def require_known_provider() -> None:
    """No process starts that could pay nothing out."""
    if settings.PAYOUT_PROVIDER not in ADAPTERS:
        _unknown(settings.PAYOUT_PROVIDER)


@cache
def provider_named(name: str) -> PayoutProvider:
    """The provider called `name`: of a payout that began before another one was chosen.

    An adapter is made without arguments, once a process, and reads the settings when it is called.
    """
    return cast(PayoutProvider, import_string(ADAPTERS.get(name) or _unknown(name))())


def _unknown(name: str) -> NoReturn:
    raise ImproperlyConfigured(f"PAYOUT_PROVIDER: {name!r} is not one of {', '.join(ADAPTERS)}")
