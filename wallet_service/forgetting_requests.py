"""Deleting logged requests whose time is over, so many at a time that nobody waits behind it."""

from datetime import timedelta

from django.utils import timezone

from audit.requests import delete_requests_before
from site_settings.reading import current_settings


def forget_requests() -> int:
    """Those older than the site setting `request_log_days`; how many."""
    return delete_requests_before(timezone.now() - timedelta(days=current_settings().request_log_days))
