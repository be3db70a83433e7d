import contextlib
import signal
from collections.abc import Iterator

import pytest

from wallet_service.stop_signals import Stop, StopSignals


@pytest.fixture
def signals() -> Iterator[StopSignals]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    kept = {number: signal.getsignal(number) for number in numbers}
    yield StopSignals()
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_interrupts_what_may_be_interrupted(signals: StopSignals):
    with pytest.raises(Stop), signals.may_interrupt():
        signal.raise_signal(signal.SIGTERM)
        pytest.fail("the work went on")


def test_remembers_what_comes_at_another_time(signals: StopSignals):
    signal.raise_signal(signal.SIGINT)

    with pytest.raises(Stop), signals.may_interrupt():
        pytest.fail("the work began")


def test_leaves_the_cleaning_up_alone(signals: StopSignals):
    with contextlib.suppress(Stop), signals.may_interrupt():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            cleaned_up = True
    signal.raise_signal(signal.SIGINT)

    assert cleaned_up


def test_an_error_on_the_way_out_is_no_error(signals: StopSignals):
    with pytest.raises(Stop), signals.may_interrupt():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            raise ValueError("the connection is busy")


def test_an_error_without_a_signal_stays_one(signals: StopSignals):
    with pytest.raises(ValueError, match="a bug"), signals.may_interrupt():
        raise ValueError("a bug")
