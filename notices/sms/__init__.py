"""Text messages: a port, and who stands behind it. `SMS_ADAPTER` is none, console, or the dotted path of a class."""

from functools import cache
from typing import cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from notices.sms.port import SmsSender

NONE = "none"
ADAPTERS = {"console": "notices.sms.console.ConsoleSender"}


def is_set_up() -> bool:
    """Whether text messages can be sent at all."""
    return str(settings.SMS_ADAPTER) != NONE


def current_sender() -> SmsSender:
    """Who sends them. An adapter is made without arguments, once a process, and reads the settings when it is called."""
    return _sender(settings.SMS_ADAPTER)


def require_known_adapter() -> None:
    """No process starts that could send no code."""
    if not is_set_up():
        return
    try:
        current_sender()
    except ImportError as unknown:
        raise ImproperlyConfigured(
            f"SMS_ADAPTER: {settings.SMS_ADAPTER!r} is not none, console or a class: {unknown}"
        ) from unknown


@cache
def _sender(name: str) -> SmsSender:
    return cast(SmsSender, import_string(ADAPTERS.get(name, name))())
