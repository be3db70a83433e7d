"""A short run of the webhooks' test; the long one is `make torture-webhooks`."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def test_no_kill_loses_an_event_or_its_order():
    size = ["--events", "120", "--kills", "2", "--clients", "2", "--wallets", "10"]
    command = [sys.executable, "-m", "tests.torture.webhooks", *size]
    run = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)

    # The seed is in what it says.
    assert run.returncode == 0, run.stdout
