"""What operators are told is so: every job and every alarm is in `docs/operations.md`."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from wallet_service.jobs import JOBS, WEBHOOKS, Job

PROJECT = Path(__file__).parents[2]
TEXT = (PROJECT / "docs" / "operations.md").read_text()
ROOMS = (
    "analytics",
    "audit",
    "codes",
    "federation",
    "ledger",
    "notices",
    "payments",
    "transfers",
    "wallet_service",
    "wallets",
    "webhooks",
    "withdrawals",
)


def sources(room: str) -> list[str]:
    return [path.read_text() for path in (PROJECT / room).rglob("*.py")]


def constants(room: str) -> Iterator[tuple[str, str]]:
    """`("FAILING_ALARM", "webhook_failing")`, of what a module names at its top."""
    for source in sources(room):
        for names, values in re.findall(r"^([A-Z_, ]+) = (\".+\")$", source, re.MULTILINE):
            yield from zip(names.split(", "), values.strip('"').split('", "'), strict=False)


def alarms(room: str) -> set[str]:
    """The names that a room's modules raise alarms by."""
    raised = set(re.findall(r"\b_?(?:raise_)?alarm\(\s*(.+?),", "\n".join(sources(room))))
    words = {word for argument in raised for word in re.findall(r"[A-Z_]{4,}", argument)}
    return {value for name, value in constants(room) if name in words} | {word.strip('"') for word in raised if word[0] == '"'}


def row_of(job: Job) -> str:
    [row] = [line for line in TEXT.splitlines() if line.startswith(f"| {job.name} |")]
    return row


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_every_job_is_in_the_table(job: Job):
    row = row_of(job)

    assert ("Queue `webhooks`" in row) == (job.queue == WEBHOOKS)
    assert ("*shared*" in row) == (not job.is_alone)


def test_every_alarm_is_in_a_table():
    names = {name for room in ROOMS for name in alarms(room)}

    assert {"job_failed", "sealing late", "topup_review", "auto_reload_unknown", "refund_unknown", "mail_parked"} <= names
    assert {name for name in names if f"`{name}`" not in TEXT} == set()
