"""Hearing of changed settings: a thread of each serving process that listens to PostgreSQL's NOTIFY."""

import logging
import threading
import time

import psycopg
from django.db import connections

from site_settings.reading import believe_changes_are_told, forget

logger = logging.getLogger(__name__)

CHANNEL = "site_settings"
AGAIN_SECONDS = 1.0
# Of a connection that was dropped without a word somebody has to hear: the system asks, and gives up in time.
ALIVE = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 10_000}
# A connection that died without a word is noticed by asking.
ASK_SECONDS = 30.0

_started = threading.Lock()


def listen_for_changes() -> None:
    """Start to listen, once a process; until it is heard that nothing was missed, settings are read every second."""
    if not _started.acquire(blocking=False):
        return
    believe_changes_are_told(False)
    threading.Thread(target=_listen_for_ever, name="site settings", daemon=True).start()


def _listen_for_ever() -> None:
    while True:
        try:
            _listen()
        except psycopg.Error as failure:
            logger.warning("changed settings are not heard of: %s", str(failure).splitlines()[0] if str(failure) else failure)
        finally:
            believe_changes_are_told(False)
        time.sleep(AGAIN_SECONDS)


def _listen() -> None:
    """Until the connection breaks. What changed before it listened was not told: so it forgets once it does."""
    parameters = connections["default"].get_connection_params()
    with psycopg.connect(**{**ALIVE, **parameters}, autocommit=True) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        forget()
        believe_changes_are_told(True)
        while True:
            for _notification in connection.notifies(timeout=ASK_SECONDS):
                forget()
            connection.execute("SELECT 1")
