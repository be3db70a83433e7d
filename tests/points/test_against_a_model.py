"""Random histories in which points are moved, by the service and by a model that fits on two pages (tests/points/model.py).

It prints its seed and its steps: SEED=N walks the same way, STEPS=5000 farther.
"""

import os
from collections.abc import Callable
from random import Random, randrange
from typing import Any

import pytest

from tests.ledger.clock import Clock
from tests.ledger.walk import walk
from tests.points.history import LIKELY, PointsHistory

STEPS = int(os.environ.get("STEPS") or 120)


@pytest.mark.django_db
def test_a_long_history_of_points_agrees_with_the_model(monkeypatch: pytest.MonkeyPatch, seal: Callable[[], Any]):
    """`seal` has the keys that checkpoints are signed with."""
    seed = int(os.environ.get("SEED") or randrange(10**6))
    print(f"SEED={seed}")
    history = type("Histories", (PointsHistory,), {"clock": Clock(monkeypatch)})()
    history.begins_with_money()
    history.points_are_worth("1.5", "1")
    walk(history, Random(seed), STEPS, LIKELY)
