"""`seal_ledger`: 0 sealed or nothing new, 1 accounts were left out, 2 nothing was signed."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError
from tqdm import tqdm

from ledger.checkpoints.services import seal_ledger
from ledger.errors import LedgerUnavailable


class Command(BaseCommand):
    help = (
        "Seal what is new: check it, put it into the log, sign a checkpoint, hand it to the anchors. "
        "Exit 0 done, 1 some accounts were left out, 2 nothing was signed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sweep", action="store_true", help="look at every account, not only at those that moved")
        parser.add_argument(
            "--accept-restore",
            metavar="REASON",
            default="",
            help="give up the checkpoints that an anchor holds and this database does not; the reason is signed and stays",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            # disable=None: no bar where nobody looks on.
            with tqdm(unit=" rows", disable=None, leave=False) as bar:
                outcome = seal_ledger(
                    sweep=options["sweep"] or bool(options["accept_restore"]),
                    accept_restore=options["accept_restore"],
                    progress=bar.update,
                )
        except (LedgerUnavailable, ImproperlyConfigured, DatabaseError, InterfaceError) as refusal:
            raise CommandError(f"nothing was signed: {' '.join(str(refusal).split())}", returncode=2) from refusal
        if outcome.is_busy:
            raise CommandError("nothing was signed: somebody else is sealing; try again", returncode=2)
        self.stdout.write(str(outcome))
        for account_id, problem in sorted(outcome.left_out.items()):
            self.stderr.write(f"account {account_id}: {problem}")
        if outcome.left_out:
            sys.exit(1)
