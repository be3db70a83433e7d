"""Random histories of two wallets against a model that fits on two pages (tests/ledger/model.py, tests/ledger/history.py).

One test lets Hypothesis look for a short history that goes wrong: it prints the steps
and is re-run with ARGS="--hypothesis-seed=N"; EXAMPLES=2000 looks longer. The other
walks far, so that money is old, expired, held and given back before it is moved
again: it prints its seed and its steps, SEED=N walks the same way, STEPS=5000 farther.
"""

import os
from random import Random, randrange

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.ledger.clock import Clock
from tests.ledger.history import History
from tests.ledger.walk import LIKELY, walk

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("EXAMPLES") or 15)
STEPS = int(os.environ.get("STEPS") or 400)


@pytest.fixture
def histories(monkeypatch: pytest.MonkeyPatch) -> type[History]:
    """Those whose clock goes as they say."""
    return type("Histories", (History,), {"clock": Clock(monkeypatch)})


def test_every_short_history_agrees_with_the_model(histories: type[History]):
    run_state_machine_as_test(
        histories,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
        ),
    )


def test_a_long_history_agrees_with_the_model(histories: type[History]):
    seed = int(os.environ.get("SEED") or randrange(10**6))
    print(f"SEED={seed}")
    walk(histories(), Random(seed), STEPS, LIKELY)
