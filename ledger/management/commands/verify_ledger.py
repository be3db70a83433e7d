"""`verify_ledger`: 0 intact, 1 broken, 2 could not look."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, connection
from tqdm import tqdm

from ledger.errors import KeyMissing
from ledger.models import Account
from ledger.verifying import Report, verify

ESTIMATED_ENTRIES = "SELECT reltuples::bigint FROM pg_class WHERE oid = 'ledger_entry'::regclass"


class Command(BaseCommand):
    help = (
        "Re-derive every chain, balance and sum of the ledger, and say what does not hold. "
        "Exit 0 intact, 1 broken, 2 could not look."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", type=int, metavar="ID", help="only this account (a wallet has its account's number)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._verify(options["account"])
        except KeyMissing as missing:
            raise CommandError(f"could not look: {missing}", returncode=2) from missing
        except (Account.DoesNotExist, DatabaseError, InterfaceError) as missing:
            raise CommandError(f"could not look: {' '.join(str(missing).split())}", returncode=2) from missing
        self.stdout.write(_as_json(report) if options["json"] else _as_text(report))
        if report.findings:
            sys.exit(1)
        if report.unreadable:
            raise CommandError(f"could not look: {report.unreadable[0]}", returncode=2)

    def _verify(self, account_id: int | None) -> Report:
        with connection.cursor() as cursor:
            cursor.execute(ESTIMATED_ENTRIES)
            row = cursor.fetchone()
        estimated = row[0] if row and account_id is None and row[0] > 0 else None
        # disable=None: no bar where nobody looks on.
        with tqdm(total=estimated, unit=" entries", disable=None, leave=False) as bar:
            return verify(account_id, progress=bar.update)


def _as_json(report: Report) -> str:
    findings = [{**asdict(finding), "message": str(finding)} for finding in report.findings]
    return json.dumps(
        {
            "intact": not findings and not report.unreadable,
            "accounts": report.accounts,
            "entries": report.entries,
            "erased_texts": report.erased_texts,
            "findings": findings,
            "unreadable": [str(row) for row in report.unreadable],
        }
    )


def _as_text(report: Report) -> str:
    looked_at = f"{report.accounts} accounts, {report.entries} entries, {report.erased_texts} erased texts"
    told = [*report.findings, *report.unreadable]
    if not told:
        return f"Intact: {looked_at}."
    verdict = "Broken:" if report.findings else "Not all could be read:"
    return "\n".join([verdict, *(f"  {finding}" for finding in told), f"({looked_at})"])
