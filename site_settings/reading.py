"""What the operator has set, out of the memory of this process: a request pays nothing for it.

The first reader after a change reads all settings in one statement. That there was a change is
told by PostgreSQL's NOTIFY, to which each serving process listens (site_settings.listening).
A process that does not listen, a command or a job's, reads once.
"""

import logging
import time
from dataclasses import dataclass
from threading import Lock
from typing import Any

from constance.codecs import loads
from django.conf import settings
from django.db import connection

from ledger.money import Currency, currency
from site_settings.declared import SiteSettings
from site_settings.errors import SettingInvalid, SettingUnknown
from site_settings.values import validated

logger = logging.getLogger(__name__)

READ_ALL = "SELECT key, value FROM constance_constance"
# How old what was read may be while nobody can tell of changes.
UNTOLD_SECONDS = 1.0


@dataclass(slots=True)
class _Kept:
    """`generation` counts what was told: what was read before a change is not kept behind it."""

    values: SiteSettings | None = None
    read_at: float = 0.0
    generation: int = 0
    is_told: bool = True


_kept = _Kept()
_lock = Lock()


def current_settings() -> SiteSettings:
    """All settings, as of the last change that was told of."""
    values = _kept.values
    if values is not None and (_kept.is_told or time.monotonic() - _kept.read_at < UNTOLD_SECONDS):
        return values
    return _read()


def default_currency() -> Currency:
    """The site's own currency."""
    return currency(current_settings().default_currency)


def points_currency() -> Currency:
    """What cmmpexapi/v1 counts in: the site's own currency until the operator makes one of their own."""
    site = current_settings()
    return currency(site.points_currency or site.default_currency)


def forget() -> None:
    """Read anew next time: something was changed."""
    with _lock:
        _kept.generation += 1
        _kept.values = None


def believe_changes_are_told(is_told: bool) -> None:
    """Whether this process hears of changes; while it does not, what it read is kept for a second."""
    _kept.is_told = is_told


def stored_values() -> dict[str, Any]:
    """What was set and is no default. A value that somebody put there by hand and that cannot be is left out, and logged."""
    with connection.cursor() as cursor:
        cursor.execute(READ_ALL)
        rows = cursor.fetchall()
    stored = {}
    for name, text in rows:
        try:
            stored[name] = validated(name, loads(text))
        except SettingUnknown:
            # Of an older or a newer release.
            continue
        except (SettingInvalid, ValueError, TypeError) as invalid:
            logger.error("the stored setting %s is not used: %s", name, invalid)
    return stored


def default_values() -> dict[str, Any]:
    """The default of each setting, as the environment gives it."""
    return {name: default for name, (default, *_) in settings.CONSTANCE_CONFIG.items()}


def _read() -> SiteSettings:
    generation = _kept.generation
    values = SiteSettings(**{**default_values(), **stored_values()})
    with _lock:
        if generation == _kept.generation:
            _kept.values, _kept.read_at = values, time.monotonic()
    return values
