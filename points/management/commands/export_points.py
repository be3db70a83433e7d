"""`export_points`: the points of all wallets, as `import_points` reads them."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from audit.acts import ActName
from audit.context import COMMAND
from audit.services import record
from ledger.retry import in_transaction
from points.exporting import exported, file_name

STANDARD_OUTPUT = "-"
# It holds everybody's e-mail.
MODE = 0o600


class Command(BaseCommand):
    help = "Write email,points of each user's default wallet in the points currency. That somebody did is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", help="where to, `-` for standard output (wallets_export_YYYYMMDD_HHMMSS.csv)")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"] or file_name(timezone.now())
        count = -1
        in_transaction(lambda: record(ActName.POINTS_EXPORTED, actor=COMMAND))
        with _written(name) as file, tqdm(unit=" wallets", disable=None, leave=False) as bar:
            for count, line in enumerate(exported()):
                file.write(line)
                bar.update(count > 0)
        if name != STANDARD_OUTPUT:
            self.stdout.write(f"{count} wallets in {name}")


@contextmanager
def _written(name: str) -> Iterator[TextIO]:
    """The file is there when all of it is; one that is there already stays."""
    if name == STANDARD_OUTPUT:
        yield sys.stdout
        return
    if Path(name).exists():
        raise CommandError(f"{name} is there already")
    part = Path(f"{name}.part")
    try:
        part.touch(MODE)
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        part.rename(name)
    except OSError as failure:
        raise CommandError(f"{name} cannot be written: {failure.strerror}") from failure
