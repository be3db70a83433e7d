"""`verify_ledger`: 0 intact, 1 broken, 2 could not look."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone
from tqdm import tqdm

from ledger.encoding import EPOCH
from ledger.errors import KeyMissing
from ledger.models import Account
from ledger.verifying import CouldNotLook, Report, verify

ESTIMATED_ENTRIES = "SELECT reltuples::bigint FROM pg_class WHERE oid = 'ledger_entry'::regclass"


class Command(BaseCommand):
    help = (
        "Re-derive every chain, balance and sum of the ledger, and say what does not hold. "
        "Exit 0 intact, 1 broken, 2 could not look."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", type=int, metavar="ID", help="only this account (a wallet has its account's number)")
        parser.add_argument(
            "--since-checkpoint",
            action="store_true",
            help="only what no checkpoint has sealed yet: each account's entries behind its last sealed one, and its row. Sealed "
            "entries, lots, holds, debts, mirrors and the trial balance are not looked at: run it without this now and then",
        )
        parser.add_argument("--processes", type=int, metavar="N", help="how many share the work; unless said, one for each core")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._verify(options)
        except (KeyMissing, CouldNotLook, Account.DoesNotExist, DatabaseError, InterfaceError) as failure:
            raise CommandError(f"could not look: {' '.join(str(failure).split())}", returncode=2) from failure
        self.stdout.write(_as_json(report) if options["json"] else _as_text(report))
        if report.findings:
            sys.exit(1)
        if report.unreadable:
            raise CommandError(f"could not look: {report.unreadable[0]}", returncode=2)

    def _verify(self, options: dict[str, Any]) -> Report:
        account_id, since_checkpoint = options["account"], options["since_checkpoint"]
        with connection.cursor() as cursor:
            cursor.execute(ESTIMATED_ENTRIES)
            row = cursor.fetchone()
        is_all = account_id is None and not since_checkpoint
        estimated = row[0] if row and is_all and row[0] > 0 else None
        # disable=None: no bar where nobody looks on.
        with tqdm(total=estimated, unit=" entries", disable=None, leave=False) as bar:
            return verify(account_id, since_checkpoint=since_checkpoint, processes=options["processes"], progress=bar.update)


def _as_json(report: Report) -> str:
    findings = [{**asdict(finding), "message": str(finding)} for finding in report.findings]
    return json.dumps(
        {
            "intact": report.is_intact,
            "since_checkpoint": report.since_checkpoint,
            "accounts": report.accounts,
            "entries": report.entries,
            "erased_texts": report.erased_texts,
            "unsealed": report.unsealed,
            "oldest_unsealed_seconds": _age(report),
            "findings": findings,
            "unreadable": [str(row) for row in report.unreadable],
            "findings_left_out": report.left_out,
            "processes": report.processes,
            "seconds": round(report.seconds, 3),
            "entries_per_second": report.entries_per_second,
        }
    )


def _as_text(report: Report) -> str:
    told = [*report.findings, *report.unreadable]
    verdict = "Intact" if not told else "Broken" if report.findings else "Not all could be read"
    left_out = [f"  and {report.left_out} more"] if report.left_out else []
    if report.since_checkpoint:
        verdict += ", of what no checkpoint has sealed yet"
    return "\n".join([f"{verdict}:", *(f"  {finding}" for finding in told), *left_out, *_looked_at(report)])


def _looked_at(report: Report) -> list[str]:
    processes = "1 process" if report.processes == 1 else f"{report.processes} processes"
    return [
        f"  {report.accounts} accounts, {report.entries} entries, {report.erased_texts} erased texts",
        f"  {_unsealed(report)}",
        f"  {report.seconds:.1f} s in {processes}, {report.entries_per_second} entries a second",
    ]


def _unsealed(report: Report) -> str:
    age = _age(report)
    return "nothing is unsealed" if age is None else f"{report.unsealed} entries are unsealed, the oldest for {age:.0f} s"


def _age(report: Report) -> float | None:
    """How old the oldest unsealed entry is, in seconds."""
    if report.unsealed_since is None:
        return None
    age = timezone.now() - EPOCH - timedelta(microseconds=report.unsealed_since)
    return max(0.0, round(age.total_seconds(), 3))
