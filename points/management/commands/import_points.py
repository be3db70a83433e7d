"""`import_points`: 0 imported, 1 nothing was (the report says why), 2 could not read or was stopped on the way."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from ledger.errors import Refusal
from ledger.retry import in_transaction
from points.importing.reports import failed_lines, report_lines
from points.importing.running import advance
from points.importing.services import cancel_import, moves, start_import, stop_import
from points.importing.staging import stage_import
from points.models import Import

Status = Import.Status

SHOWN_MAX = 20
MODE = 0o600
NOTHING_IMPORTED, COULD_NOT = 1, 2


class Command(BaseCommand):
    help = "Import a CSV file of email,points. Unless --partial is said, it is imported whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", help="UTF-8, columns separated by commas")
        parser.add_argument("--mode", choices=Import.Mode.values, help="grant: add (or take) points; set: make it so many")
        parser.add_argument("--partial", action="store_true", help="import the good lines although others are bad")
        parser.add_argument("--dry-run", action="store_true", help="only check the file")
        parser.add_argument("--resume", type=int, metavar="ID", help="go on with an import that was interrupted or is stuck")
        parser.add_argument("--report", metavar="FILE", help="where the bad lines go (the file's name and .bad.csv)")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["file"] is None) == (options["resume"] is None) or (options["file"] and not options["mode"]):
            raise CommandError("say a file and --mode, or --resume ID", returncode=COULD_NOT)
        try:
            self._run(options)
        except Refusal as refusal:
            raise CommandError(str(refusal), returncode=COULD_NOT) from refusal

    def _run(self, options: dict[str, Any]) -> None:
        going = self._resumed(options["resume"]) if options["resume"] else self._staged(options)
        self._say(going, options)
        if options["dry_run"] and going.status == Status.READY:
            in_transaction(lambda: cancel_import(number=going.pk))
            self.stdout.write(f"It would move {moves(going)} in all. Nothing was imported: it was only checked.")
            return
        if going.status == Status.READY:
            in_transaction(lambda: start_import(number=going.pk))
        ended = self._finished(going.pk, left=going.good - going.applied)
        if ended.failed > going.failed or ended.status == Status.STUCK:
            self._say(ended, options)
        self.stdout.write(f"{ended}: {ended.lines} lines, {ended.applied} success, {ended.failed} failed; {_state(ended)}.")
        if ended.status != Status.DONE:
            sys.exit(NOTHING_IMPORTED)

    def _staged(self, options: dict[str, Any]) -> Import:
        name = Path(options["file"])
        try:
            with name.open("rb") as file, tqdm(unit=" lines", desc="reading", disable=None, leave=False) as bar:
                asked = {"mode": options["mode"], "is_partial": options["partial"], "name": name.name}
                staged = in_transaction(lambda: stage_import(file=file, progress=bar.update, **asked))
        except OSError as failure:
            raise CommandError(f"{name} cannot be read: {failure.strerror}", returncode=COULD_NOT) from failure
        self.stdout.write(f"{staged} has {staged.lines} lines.")
        return advance(staged.pk)

    def _resumed(self, number: int) -> Import:
        found = Import.objects.filter(pk=number).first()
        if found is None:
            raise CommandError(f"there is no import {number}", returncode=COULD_NOT)
        if found.status == Status.STUCK:
            found = in_transaction(lambda: stop_import(number=number))
        return advance(number) if found.status == Status.UPLOADED else found

    def _finished(self, number: int, *, left: int) -> Import:
        with tqdm(total=left, unit=" lines", desc="importing", disable=None, leave=False) as bar:
            return self._interruptible(number, lambda: advance(number, bar.update))

    def _interruptible(self, number: int, work: Callable[[], Import]) -> Import:
        try:
            return work()
        except KeyboardInterrupt:
            told = f"interrupted; what was booked stays. Go on with: manage.py import_points --resume {number}"
            raise CommandError(told, returncode=COULD_NOT) from None

    def _say(self, of: Import, options: dict[str, Any]) -> None:
        """All bad lines into a file, the first ones on the screen."""
        lines = failed_lines(of)
        count = lines.count()
        if not count:
            return
        name = Path(options["report"] or f"{options['file'] or f'import_{of.pk}'}.bad.csv")
        name.touch(MODE)
        with name.open("w", encoding="utf-8", newline="") as file:
            file.writelines(report_lines(of))
        for line in lines[:SHOWN_MAX]:
            self.stderr.write(f"line {line.number}: {line.problem}: {line.email!r}, {line.points!r}")
        more = f"and {count - SHOWN_MAX} more; " if count > SHOWN_MAX else ""
        self.stderr.write(f"{more}all {count} bad lines are in {name}")


def _state(ended: Import) -> str:
    return ended.get_status_display()
