"""A short run of the bank test; the long one is `make torture`."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def test_no_kill_loses_or_doubles_anything():
    """Seen to fail (in a run of a minute) with a claim that is committed behind its work, in a transaction of its own."""
    command = [sys.executable, "-m", "tests.torture", "--seconds", "5", "--clients", "3", "--wallets", "4"]
    run = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=400)

    # The seed is in what it says.
    assert run.returncode == 0, run.stdout
