"""The page that `DEBUG=on` shows of a bug; nobody else ever sees it."""

from types import TracebackType
from typing import Any

from django.http import HttpRequest
from django.views.debug import ExceptionReporter

from wallet_service.api.middleware import is_api


class NoSecretsReporter(ExceptionReporter):
    """Of a call of the API: where it broke, and nothing of what came along.

    Its keys are arguments, so they stand in the address, in the body and in every frame. Pages keep Django's rules.
    """

    def __init__(
        self,
        request: HttpRequest | None,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
        is_email: bool = False,
    ) -> None:
        self.is_of_api = request is not None and is_api(request)
        super().__init__(None if self.is_of_api else request, exc_type, exc_value, tb, is_email)

    def get_traceback_frames(self) -> list[dict[str, Any]]:
        frames: list[dict[str, Any]] = super().get_traceback_frames()
        return [{**frame, "vars": []} for frame in frames] if self.is_of_api else frames
