"""Importing a CSV file: every bad line is told, and what was not asked for in part is imported whole or not at all."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from audit.models import Act
from ledger.errors import Busy
from ledger.models import Account, Alarm, Entry
from ledger.movements import Circumstances, Event
from ledger.reversals import reverse
from ledger.verifying import verify
from people.models import User
from points.exporting import exported
from points.importing import applying, undoing
from points.importing.errors import FileUnreadable, ImportNotReady, ImportRunning
from points.importing.reports import report_lines
from points.importing.running import advance, run_imports
from points.importing.services import cancel_import, start_import, stop_import
from points.importing.verifying import verify_imports
from points.models import Import, ImportLine
from tests.points.conftest import Load, balance, problems, run
from wallets.errors import ManagerRequired, OwnApproval, OwnWallet
from wallets.holds import place_hold
from wallets.models import Wallet
from wallets.services import change_wallet, debit, open_wallet

pytestmark = pytest.mark.django_db

WHY = Circumstances("test")


def is_intact() -> bool:
    return verify().findings == []


def take(wallet: Wallet, minor: int) -> None:
    debit(wallet=wallet, amount=wallet.money(minor), event=Event.once("test"), why=WHY)


def test_grants_and_takes_each_line_once(load: Load, hers: Wallet, his: Wallet, give: Callable[..., Entry]):
    give(his, 500)
    text = '\ufeffemail,points\r\n"alice@example.test",10\r\n,\r\nBOB@example.test,-1.50,\r\nalice@example.test,+0.25\r\n"",\n, ,'
    done = run(load(text))

    assert (done.status, done.lines, done.applied, done.failed) == ("done", 3, 3, 0)
    assert (balance(hers), balance(his)) == (1025, 350)
    entry = Entry.objects.get(account_id=his.pk, kind="import")
    assert (entry.key, entry.reason, entry.actor, entry.house) == (f"import:{done.pk}:4", "Import Operation", "command", "spent")
    assert list(done.rows.order_by("number").values_list("number", "change_minor")) == [(2, 1000), (4, -150), (5, 25)]
    assert {"import.uploaded", "import.started", "import.finished"} <= set(Act.objects.values_list("act", flat=True))
    assert advance(done.pk).applied == 3
    assert Entry.objects.filter(kind="import").count() == 3
    assert is_intact()


def test_sets_by_the_difference_under_the_lock(load: Load, hers: Wallet, his: Wallet, give: Callable[..., Entry]):
    give(hers, 500)
    give(his, 700)
    checked = load("alice@example.test,8\nbob@example.test,7", mode="set")
    take(hers, 100)
    done = run(checked)

    assert (balance(hers), balance(his)) == (800, 700)
    assert list(done.rows.order_by("number").values_list("status", "change_minor")) == [("applied", 400), ("unchanged", 0)]
    assert (done.applied, done.failed, is_intact()) == (2, 0, True)


BAD = {
    "alice@example.test": "not two columns, email and points",
    "alice@example.test,1,2": "not two columns, email and points",
    '"alice@example.test,1': "not two columns, email and points",
    f"alice@example.test,1{' ' * 3000}2": "not two columns, email and points",
    ",1": "no e-mail",
    "alice,1": "not a valid e-mail",
    "al\x00ice@example.test,1": "not a valid e-mail",
    "älice@example.test,1": "not a valid e-mail",
    f"{'a' * 300}@example.test,1": "the e-mail is too long",
    "alice@example.test,": "no points",
    "alice@example.test,1e3": "not a number",
    "alice@example.test,NaN": "not a number",
    "alice@example.test,١": "not a number",
    "alice@example.test,0x1": "not a number",
    "alice@example.test,1.234": "more than 2 decimals",
    "alice@example.test,0.00": "zero points",
    "alice@example.test,10000000000000.01": "too many points",
    f"alice@example.test,{'9' * 30}": "too many points",
    f"alice@example.test,{'9' * 31}": "not a number",
    "nobody@example.test,1": "no such user",
    "al\u0130ce@example.test,1": "no such user",
    "carol@example.test,1": "the user has no wallet",
    "bob@example.test,1": "the wallet is frozen",
    "alice@example.test,-0.01": "the wallet has too little",
}


def test_tells_every_bad_line_and_imports_nothing(load: Load, hers: Wallet, his: Wallet):
    User.objects.create_user("carol", "carol@example.test")
    change_wallet(wallet=his, status="frozen")
    refused = load("\n".join(["Email , Points", *BAD, "alice@example.test,1.500"]))

    assert problems(refused) == list(enumerate(BAD.values(), start=2))
    assert (refused.status, refused.lines, refused.good, refused.failed) == ("refused", len(BAD) + 1, 1, len(BAD))
    with pytest.raises(ImportNotReady), transaction.atomic():
        start_import(number=refused.pk)
    assert (balance(hers), Entry.objects.filter(kind="import").count()) == (0, 0)
    report = "".join(report_lines(refused)).splitlines()
    assert report[0] == "line,email,points,problem"
    assert report[-1] == "25,alice@example.test,'-0.01,the wallet has too little"
    assert is_intact()


def test_imports_the_good_lines_when_asked(load: Load, hers: Wallet):
    done = run(load("nobody@example.test,1\nalice@example.test,-1\nalice@example.test,2", is_partial=True))

    assert (done.status, done.applied, done.failed, balance(hers)) == ("done", 1, 2, 200)
    assert is_intact()


def test_a_set_says_what_counts(load: Load, hers: Wallet, his: Wallet, give: Callable[..., Entry]):
    give(his, 500)
    place_hold(wallet=his, amount=his.money(300), event=Event.once("test"), why=WHY, expires_in=timedelta(minutes=5))
    text = "alice@example.test,1\nALICE@example.test,2\nbob@example.test,2.99\nbob2@example.test,-1"

    assert problems(load(text, mode="set")) == [
        *((1, "the e-mail is there more than once"), (2, "the e-mail is there more than once")),
        *((3, "the wallet has too little"), (4, "negative points cannot be set")),
    ]
    assert load("bob@example.test,3", mode="set").status == "ready"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"email;points\na@example.test;5", "semicolons"),
        (b"a@example.test\t5", "tabs"),
        ("email,points\n".encode("utf-16"), "UTF-16"),
        (b"", "no lines"),
        (b",\nemail,points\r\n\r\n,\r\n", "no lines"),
    ],
)
def test_refuses_a_file_that_cannot_be_meant(load: Load, data: bytes, words: str):
    with pytest.raises(FileUnreadable, match=words), transaction.atomic():
        load(data)
    assert not Import.objects.exists()


ODD = ('"a b"@example.test', "'quoted@example.test", "=1+1@example.test", "ü@example.test", "no address", '"a,b"@example.test')


def test_every_address_that_goes_out_comes_in_again(load: Load, hers: Wallet):
    """No form of ours takes such an address, but another program may have written it: the file is whole all the same."""
    for number, email in enumerate(ODD):
        open_wallet(user=User.objects.create(username=f"odd{number}", email=email), currency=hers.currency)
    out = "".join(exported())
    assert (problems(load(out, "set")), Import.objects.get().good) == ([], len(ODD) + 1)
    done = run(load(out.replace(",0.00", ",1.00")))

    assert (done.status, done.applied, Entry.objects.filter(kind="import").count()) == ("done", len(ODD) + 1, len(ODD) + 1)
    assert problems(load(out.replace(",0.00", ",x"))) == list(enumerate(["not a number"] * 7, start=2))


def test_takes_any_line_ending_and_counts_lines_as_an_editor_does(load: Load, hers: Wallet):
    assert problems(load(b"alice@example.test,1\rx,1\r\n\ny,1")) == [(2, "not a valid e-mail"), (4, "not a valid e-mail")]


def test_what_was_booked_is_given_back_when_a_line_is_refused(
    load: Load, hers: Wallet, his: Wallet, give: Callable[..., Entry], monkeypatch: pytest.MonkeyPatch
):
    """His wallet is frozen between check and booking; hers was booked in an earlier batch."""
    monkeypatch.setattr(applying, "BATCH", 1)
    checked = load("bob@example.test,5\nalice@example.test,3")
    change_wallet(wallet=his, status="frozen")
    start_import(number=checked.pk)
    undone = advance_in_ones(checked)

    assert (undone.status, undone.applied, undone.failed, undone.undone) == ("undone", 0, 1, 1)
    assert (balance(hers), balance(his)) == (0, 0)
    assert [entry.kind for entry in Entry.objects.filter(account_id=hers.pk).order_by("sequence")] == ["import", "reversal"]
    assert problems(undone) == [(1, "the wallet is frozen")]
    assert is_intact()


def advance_in_ones(checked: Import) -> Import:
    applying.apply_import(checked.pk, batch=1)
    return advance(checked.pk)


def test_says_so_when_not_all_can_be_given_back(load: Load, hers: Wallet, his: Wallet, give: Callable[..., Entry]):
    checked = load("bob@example.test,5\nalice@example.test,3")
    start_import(number=checked.pk)
    place = applying._apply_next(checked.pk, applying.BEFORE_ALL, lambda lines: None, 1)
    take(hers, 100)
    change_wallet(wallet=his, status="frozen")
    assert place is not None
    stuck = advance(checked.pk)

    assert (stuck.status, stuck.applied, stuck.failed, balance(hers)) == ("stuck", 1, 1, 200)
    assert Alarm.objects.get().name == "import_stuck"
    assert problems(stuck)[1] == (2, "not undone: the wallet has too little")
    give(hers, 100)
    stop_import(number=stuck.pk)
    assert (advance(stuck.pk).status, balance(hers), is_intact()) == ("undone", 0, True)


def test_a_wallet_that_somebody_holds_is_given_back_later(load: Load, hers: Wallet, monkeypatch: pytest.MonkeyPatch):
    """That takes a while is no reason to call a person."""
    checked = load("alice@example.test,3\nalice@example.test,4")
    start_import(number=checked.pk)
    applying._apply_next(checked.pk, applying.BEFORE_ALL, lambda lines: None, 2)
    stop_import(number=checked.pk)
    with monkeypatch.context() as patch:
        patch.setattr(undoing, "reverse", raising(Busy))
        with pytest.raises(Busy):
            advance(checked.pk)
        # One that is over by the second look is not even noticed.
        patch.setattr(undoing, "reverse", raising(Busy, times=2))
        done = advance(checked.pk)

    assert (done.status, done.undone, balance(hers), problems(done)) == ("undone", 2, 0, [])
    assert not Alarm.objects.exists()
    assert is_intact()


def raising(refusal: type[Exception], times: int = 1000) -> Callable[..., Any]:
    """`reverse`, which is refused so often."""
    left = [refusal() for _ in range(times)]

    def run(**asked: Any) -> Any:
        if left:
            raise left.pop()
        return reverse(**asked)

    return run


def test_what_is_taken_comes_first(load: Load, hers: Wallet, his: Wallet, give: Callable[..., Entry]):
    """A wallet that pays too little stops the import before anything was given."""
    give(his, 500)
    checked = load("alice@example.test,3\nbob@example.test,-5")
    take(his, 1)
    start_import(number=checked.pk)

    assert (advance_in_ones(checked).status, Entry.objects.filter(kind="reversal").count()) == ("undone", 0)


def test_in_part_a_refused_line_keeps_no_other(load: Load, hers: Wallet, his: Wallet, sql: Callable[[str], int]):
    checked = load("bob@example.test,5\nalice@example.test,3\nbob@example.test,1", is_partial=True)
    assert sql(f"UPDATE ledger_account SET credit_line = 7 WHERE id = {his.pk}") == 1
    done = run(checked)

    assert (done.status, done.applied, done.failed, balance(hers)) == ("done", 1, 2, 300)
    assert {problem for _, problem in problems(done)} == {"the wallet was changed outside the service"}


def test_points_may_go_to_a_frozen_wallet_where_the_setting_says_so(load: Load, his: Wallet, site: Callable[..., None]):
    site(points_charge_inactive=True)
    change_wallet(wallet=his, status="frozen")

    assert (run(load("bob@example.test,5")).status, balance(his)) == ("done", 500)
    assert load("bob@example.test,-5").status == "refused"


def test_one_at_a_time_and_each_once(load: Load, hers: Wallet):
    first, second = load("alice@example.test,1"), load("alice@example.test,2")
    start_import(number=first.pk)

    with pytest.raises(ImportRunning), transaction.atomic():
        start_import(number=second.pk)
    with pytest.raises(ImportNotReady), transaction.atomic():
        start_import(number=first.pk)
    assert run_imports() == 1
    cancel_import(number=second.pk)
    with pytest.raises(ImportNotReady), transaction.atomic():
        start_import(number=second.pk)
    assert (run_imports(), balance(hers)) == (0, 100)


def test_above_the_limit_a_second_manager_starts_it(load: Load, hers: Wallet, manager: User, alice: User, site: Any):
    site(approval_above={"PTS": 100})
    small, large = load("alice@example.test,1", by=manager), load("alice@example.test,0.51\nalice@example.test,-0.50", by=manager)
    start_import(number=small.pk, by=manager)
    advance(small.pk)
    for by, refusal in ((manager, OwnApproval), (alice, ManagerRequired)):
        with pytest.raises(refusal), transaction.atomic():
            start_import(number=large.pk, by=by)
    alice.groups.set(manager.groups.all())
    with pytest.raises(OwnWallet), transaction.atomic():
        start_import(number=large.pk, by=alice)
    second = User.objects.create_user("second", "second@example.test")
    second.groups.set(manager.groups.all())
    start_import(number=large.pk, by=second)

    assert advance(large.pk).status == "done"
    actors = set(Entry.objects.filter(kind="import").values_list("actor", flat=True))
    assert actors == {f"user:{manager.pk} admin", f"user:{manager.pk} admin, started by user:{second.pk}"}
    assert is_intact()


EDITS = (
    "points_importline SET status = 'failed', sequence = NULL, change_minor = NULL WHERE number = 1",
    "points_importline SET number = 9 WHERE number = 1",
    "points_importline SET points_minor = 200 WHERE number = 1",
    "points_importline SET change_minor = 101 WHERE number = 1",
    "points_importline SET sequence = 2 WHERE number = 1",
    "points_importline SET wallet_id = (SELECT max(id) FROM wallets_wallet) WHERE number = 1",
    "points_importline SET status = 'undone' WHERE number = 1",
    "points_importline SET status = 'applied' WHERE status = 'undone'",
    "points_import SET mode = 'set' WHERE status = 'done'",
    "points_import SET is_partial = false WHERE status = 'done'",
    "points_import SET file_sha256 = 'x' WHERE status = 'done'",
    "points_import SET applied = 1 WHERE status = 'done'",
    "points_import SET actor = 'user:1 admin' WHERE status = 'done'",
    "ledger_entry SET key = 'import:1:77' WHERE kind = 'import' AND amount = 100",
    "ledger_entry SET key = 'import_undone:1:77' WHERE kind = 'reversal'",
)


def test_verifying_names_what_was_edited(load: Load, hers: Wallet, his: Wallet, sql: Callable[[str], int]):
    run(load("alice@example.test,1\nnobody@example.test,1\nalice@example.test,2", is_partial=True))
    stopped = load("bob@example.test,4")
    start_import(number=stopped.pk)
    applying._apply_next(stopped.pk, applying.BEFORE_ALL, lambda lines: None, 1)
    stop_import(number=stopped.pk)
    advance(stopped.pk)
    assert list(verify_imports(None)) == list(verify_imports(hers.pk)) == list(verify_imports(his.pk)) == []

    for edit in EDITS:
        with transaction.atomic():
            assert sql(f"UPDATE {edit.replace('WHERE number = 1', f'WHERE number = 1 AND wallet_id = {hers.pk}')}") == 1, edit
            assert list(verify_imports(None)), edit
            transaction.set_rollback(True)


@pytest.mark.parametrize("table", ["points_importline", "points_import"])
def test_verifying_names_what_is_gone(load: Load, hers: Wallet, sql: Callable[[str], int], table: str):
    done = run(load("alice@example.test,1"))
    sql("DELETE FROM points_importline")
    if table == "points_import":
        sql("DELETE FROM points_import")

    found = [str(finding) for finding in verify().findings]
    assert f"account {hers.pk}: entry 1 names a line of an import that is not there (import:{done.pk}:1)" in found
    assert (f"import {done.pk} was uploaded, and is gone" in found) == (table == "points_import")
    assert Account.objects.get(pk=hers.pk).balance == 100
    assert not ImportLine.objects.exists()


def test_a_wallet_whose_entries_are_gone_keeps_no_other_of_its_batch(
    load: Load, hers: Wallet, his: Wallet, give: Callable[..., Entry], sql: Callable[[str], int]
):
    """The batch is written in one round trip, and only the database sees it: it does not say of which account."""
    give(his, 100)
    checked = load("bob@example.test,5\nalice@example.test,3", is_partial=True)
    assert sql(f"DELETE FROM ledger_entry WHERE account_id = {his.pk}") == 1
    done = run(checked)

    assert (done.status, done.applied, done.failed, balance(hers), balance(his)) == ("done", 1, 1, 300, 100)
    assert problems(done) == [(1, "the wallet was changed outside the service")]
