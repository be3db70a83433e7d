"""Where django-constance reads and writes: through this app's own services, so that a change is checked and audited."""

from collections.abc import Iterable
from typing import Any

from constance.backends import Backend

from site_settings.reading import current_settings
from site_settings.services import change_settings


class AuditedBackend(Backend):  # type: ignore[misc]
    """Reads what the process keeps in memory; a value is never absent, so that nothing is written by reading."""

    def get(self, key: str) -> Any:
        return getattr(current_settings(), key)

    def mget(self, keys: Iterable[str]) -> dict[str, Any]:
        return {key: self.get(key) for key in keys}

    def set(self, key: str, value: Any) -> None:
        change_settings({key: value}, actor="command")

    async def aget(self, key: str) -> Any:
        raise NotImplementedError("settings are read by synchronous code")

    async def amget(self, keys: Iterable[str]) -> dict[str, Any]:
        raise NotImplementedError("settings are read by synchronous code")

    async def aset(self, key: str, value: Any) -> None:
        raise NotImplementedError("settings are changed by synchronous code")
