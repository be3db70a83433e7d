"""The WSGI application, for granian or any other server."""

import io
import os
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

from site_settings.listening import listen_for_changes
from wallet_service.api.bodies import CHUNKED

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")

# A byte more than a body may have, so that a longer one is seen to be longer.
CHUNKED_MAX = 1024 * 1024 + 1

CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)

_django = get_wsgi_application()
listen_for_changes()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django's application, behind what it does not take by itself.

    A chunked body is read first: it has no length, and Django would read nothing of it. The body's charset is left
    out: Django would read the *query* by it, and breaks on one that is no text's (`charset=hex`).
    """
    environ["CONTENT_TYPE"] = CHARSET.sub("", environ.get("CONTENT_TYPE") or "")
    if environ.get("HTTP_TRANSFER_ENCODING") and not environ.get("CONTENT_LENGTH"):
        body = _read_all(environ["wsgi.input"], CHUNKED_MAX)
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ[CHUNKED] = True
    return _django(environ, start_response)


def _read_all(stream: Any, most: int) -> bytes:
    """As much as there is, up to `most` bytes; one `read` may bring less."""
    parts = []
    while most > 0 and (part := stream.read(most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)
