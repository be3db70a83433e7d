"""Who looks at files in these tests."""

from collections.abc import Iterator

import pytest

from tests.kyc.making import looked_at_here


@pytest.fixture
def here() -> Iterator[None]:
    """In this process, not in one of their own."""
    with looked_at_here():
        yield
