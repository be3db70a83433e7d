"""What every line of the log says, and what none says."""

import logging
from typing import Any

from audit.context import origin
from wallet_service.api.redaction import safe_queries, safe_whole_path


class RequestIdFilter(logging.Filter):
    """Adds the id of the request that a line comes of; `-` where it comes of none."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django tells of a 5xx when all middleware is done; its line brings the request along.
        brought = getattr(getattr(record, "request", None), "request_id", "")
        record.request_id = origin().request_id or brought or "-"
        return True


class NoSecretsFilter(logging.Filter):
    """Takes codes out of the paths that a line names: one that met a 503 is still money."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(_without_secrets, record.args))
        return True


class NoSecretsFormatter(logging.Formatter):
    """Takes secrets out of every address in a line, its traceback's as well: the gateway's key is an argument."""

    def format(self, record: logging.LogRecord) -> str:
        return safe_queries(super().format(record))


def _without_secrets(argument: Any) -> Any:
    return safe_whole_path(argument) if isinstance(argument, str) else argument
