"""What every line of the log says."""

import logging

from audit.context import origin


class RequestIdFilter(logging.Filter):
    """Adds the id of the request that a line comes of; `-` where it comes of none."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = origin().request_id or "-"
        return True
