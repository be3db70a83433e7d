"""The scheduled verification: what it tells, what it raises, and that it is no success where nobody could look."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.checkpoints.services import sweep_ledger
from ledger.kinds import Kind
from ledger.models import Alarm, Entry
from ledger.movements import Event
from ledger.verifying import CouldNotLook
from ledger.verifying.scheduled import BROKEN, LedgerBroken, verify_new, verify_whole
from tests.conftest import WHY
from wallet_service.local_secrets import PROJECT
from wallets.holds import place_hold
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

Sql = Callable[[str], int]
BREAK = "UPDATE ledger_account SET balance = balance + 1"
MEND = "UPDATE ledger_account SET balance = balance - 1"


def run(verify: Callable[..., str] = verify_whole) -> str:
    return verify(processes=1, progress=lambda count: None)


@pytest.fixture
def moved(wallet: Wallet, bobs_wallet: Wallet, give: Callable[..., Entry]) -> Wallet:
    for one in (wallet, bobs_wallet):
        give(one, 100)
        give(one, 200)
    return wallet


@pytest.mark.parametrize("verify", [verify_whole, verify_new])
def test_tells_what_it_looked_at(moved: Wallet, verify: Callable[..., str]):
    assert run(verify) == "4 entries of 2 accounts, intact"
    assert not Alarm.objects.exists()


def test_since_the_last_checkpoint_it_looks_at_what_is_new(
    moved: Wallet, give: Callable[..., Entry], seal: Callable[[], Any], settings: Any, tmp_path: Path
):
    settings.ANCHOR_FILE = str(tmp_path / "anchor.jsonl")
    sweep_ledger()
    give(moved, 5)

    assert run(verify_new).startswith("1 entries of 2 accounts")


def test_what_is_new_may_be_a_wallet_with_lots_and_holds_that_no_checkpoint_has_seen(moved: Wallet, give: Callable[..., Entry]):
    give(moved, 5, kind=Kind.BONUS)
    place_hold(wallet=moved, amount=moved.money(7), event=Event.once("test"), why=WHY, expires_in=timedelta(hours=1))

    assert run(verify_new) == run(verify_whole) == "6 entries of 2 accounts, intact"


@pytest.mark.parametrize(("verify", "subject"), [(verify_whole, "the whole ledger"), (verify_new, "since the last checkpoint")])
def test_what_does_not_hold_is_an_alarm_that_names_it(moved: Wallet, sql: Sql, verify: Callable[..., str], subject: str):
    sql(BREAK)
    with pytest.raises(LedgerBroken, match="findings: account"):
        run(verify)

    alarm = Alarm.objects.open().get()
    assert (alarm.name, alarm.subject) == (BROKEN, subject)
    assert f"account {moved.pk}: its row does not carry the MAC of what it says" in alarm.message


def test_the_first_of_many_findings_are_named_and_all_are_counted(moved: Wallet, sql: Sql):
    sql("UPDATE ledger_entry SET amount = amount + 1")
    with pytest.raises(LedgerBroken):
        run()

    message = Alarm.objects.open().get().message
    assert message.endswith("; …")
    assert message.count("; ") == 3


def test_the_alarm_goes_when_it_is_mended(moved: Wallet, sql: Sql):
    sql(BREAK)
    for verify in (verify_whole, verify_new):
        with pytest.raises(LedgerBroken):
            run(verify)
    sql(MEND)

    run(verify_new)
    assert Alarm.objects.open().get().subject == "the whole ledger"
    run(verify_whole)
    assert not Alarm.objects.open().exists()


def test_where_nobody_could_look_it_is_no_success_and_no_alarm_is_cleared(moved: Wallet, sql: Sql, settings: Any):
    sql(BREAK)
    with pytest.raises(LedgerBroken):
        run()
    sql(MEND)
    settings.LEDGER_HMAC_KEYS = f"9:{'99' * 32}"

    with pytest.raises(CouldNotLook):
        run()
    assert Alarm.objects.open().exists()


def test_what_progress_raises_ends_it(moved: Wallet):
    def stop(count: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        verify_whole(processes=1, progress=stop)
    assert not Alarm.objects.exists()


PARENT = """
import os, time
import django
django.setup()
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from django.conf import settings
from django.db import connection
from ledger import spawned
if __name__ == "__main__":
    context = get_context("spawn")
    start = (context.Value("q", 0), "", connection.settings_dict["NAME"], settings.LEDGER_HMAC_KEYS)
    pool = ProcessPoolExecutor(1, mp_context=context, initializer=spawned.begin, initargs=start)
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


def test_its_processes_end_with_one_that_was_killed(tmp_path: Path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "wallet_service.settings", "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen([sys.executable, str(script)], env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 20
    while is_alive(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
