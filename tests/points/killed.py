"""A worker that books an import in a process of its own and dies at it: `python -m tests.points.killed`."""

import os
import signal
from typing import Any

WHEN = "TEST_IMPORT_DIES"
BETWEEN, WITHIN = "between two batches", "within a batch"


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    django.setup()
    from points.importing import applying
    from points.importing.applying import apply_import
    from points.models import Import

    if os.environ[WHEN] == WITHIN:
        # The entries are sent, and their lines do not say so yet.
        applying.write_outcomes = die  # type: ignore[assignment]
    apply_import(Import.objects.get(status="applying").pk, progress=die, batch=2)
