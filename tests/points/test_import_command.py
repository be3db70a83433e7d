"""`import_points` and `export_points`, and an import whose process dies."""

import signal
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audit.models import Act
from ledger.models import Entry
from ledger.verifying import verify
from people.models import User
from points.importing.running import run_imports
from points.importing.services import start_import
from points.models import Import
from site_settings.services import change_settings
from tests.payments.processes import elsewhere
from tests.points.conftest import Load, balance
from tests.points.killed import BETWEEN, WHEN, WITHIN
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


def call(*arguments: object) -> tuple[int, str, str]:
    """Exit code, what it said, and what it complained of."""
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("import_points", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, out.getvalue(), err.getvalue()


def test_what_goes_out_comes_in_again(hers: Wallet, his: Wallet, give: Callable[..., Entry], tmp_path: Path):
    give(hers, 1234)
    User.objects.filter(pk=his.user_id).update(email="=bob@example.test")
    file = tmp_path / "out.csv"
    call_command("export_points", str(file), stdout=StringIO())

    assert file.read_bytes() == b"email,points\r\nalice@example.test,12.34\r\n'=bob@example.test,0.00\r\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert Act.objects.filter(act="points.exported", actor="command").count() == 1
    with pytest.raises(CommandError, match="there already"):
        call_command("export_points", str(file))
    give(his, 77)
    code, said, _ = call(file, "--mode", "set")
    assert (code, balance(hers), balance(his)) == (0, 1234, 0)
    assert "2 lines, 2 success, 0 failed; imported" in said


def test_bad_lines_are_shown_and_written_down(hers: Wallet, tmp_path: Path):
    file = tmp_path / "in.csv"
    file.write_text("alice@example.test,1\n" + "nobody@example.test,2\n" * 30)
    code, _, complaints = call(file, "--mode", "grant")

    assert (code, balance(hers)) == (1, 0)
    assert complaints.count("no such user") == 20
    assert f"all 30 bad lines are in {file}.bad.csv" in complaints
    report = Path(f"{file}.bad.csv")
    assert len(report.read_text().splitlines()) == 31
    assert report.stat().st_mode & 0o777 == 0o600
    code, said, _ = call(file, "--mode", "grant", "--partial", "--dry-run")
    assert (code, balance(hers), "It would move 1.00 Points" in said) == (0, 0, True)
    code, said, _ = call(file, "--mode", "grant", "--partial")
    assert (code, balance(hers), "1 success, 30 failed" in said) == (0, 100, True)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("in.csv",),
        ("in.csv", "--mode", "grant", "--resume", "1"),
        ("not-there.csv", "--mode", "set"),
        ("/", "--mode", "set"),
        ("--resume", "9"),
    ],
)
def test_says_what_it_cannot_do(points: None, arguments: tuple[str, ...]):
    with pytest.raises(CommandError) as refused:
        call(*arguments)
    assert refused.value.returncode == 2
    assert not Import.objects.exists()


def test_an_interruption_says_how_to_go_on(hers: Wallet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    file = tmp_path / "in.csv"
    file.write_text("alice@example.test,1")
    with monkeypatch.context() as patch:
        patch.setattr("points.management.commands.import_points.tqdm.update", interrupt)
        with pytest.raises(CommandError, match="--resume"):
            call(file, "--mode", "grant")
    number = Import.objects.get().pk
    code, said, _ = call("--resume", number)

    assert (code, balance(hers), "1 lines, 1 success" in said) == (0, 100, True)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_process_that_is_killed_books_nothing_twice(load: Load, hers: Wallet, his: Wallet, monkeypatch: pytest.MonkeyPatch):
    """SIGKILL within a batch, then between two: what was committed is done, the rest is not, and the worker goes on."""
    monkeypatch.setenv("OWN_UNITS", "PTS:Points:2")
    checked = load("".join(f"{name}@example.test,1\n" for name in ("alice", "bob") * 3))
    start_import(number=checked.pk)
    booked = []
    for when in (WITHIN, BETWEEN, WITHIN, BETWEEN):
        monkeypatch.setenv(WHEN, when)
        assert elsewhere(module="tests.points.killed") == -signal.SIGKILL
        booked.append(Entry.objects.filter(kind="import").count())
    assert booked == [0, 2, 2, 4]
    assert Import.objects.get().applied == 4
    run_imports()

    assert (Import.objects.get().status, balance(hers), balance(his)) == ("done", 300, 300)
    assert Entry.objects.filter(kind="import").count() == 6
    assert verify().findings == []
    change_settings({"points_currency": ""}, actor="test")
