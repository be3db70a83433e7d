"""Receivers that tests ask for."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.webhooks.hook import Hook


@pytest.fixture
def new_hook(settings: Any) -> Iterator[Callable[[], Hook]]:
    """`new_hook()`: a receiver that may be called although it is on this machine."""
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
    hooks: list[Hook] = []

    def new_hook() -> Hook:
        hooks.append(Hook())
        return hooks[-1]

    yield new_hook
    for hook in hooks:
        hook.close()


@pytest.fixture
def hook(new_hook: Callable[[], Hook]) -> Hook:
    return new_hook()
