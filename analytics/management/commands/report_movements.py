"""`report_movements`: what moved in one currency, by hour, day, month or year."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analytics.asked import report_of
from analytics.errors import ReportInvalid
from analytics.exporting import report_csv, report_names, report_rows


class Command(BaseCommand):
    help = "Print what moved in one currency, and what was paid for it. Days and hours are UTC's, both ends are included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from", default="", dest="first", metavar="DATE", help="2026-06-01, or with an hour 2026-06-01T16:00"
        )
        parser.add_argument("--to", default="", dest="last", metavar="DATE", help="today unless said")
        parser.add_argument("--by", default="day", help="hour, day, month or year")
        parser.add_argument("--currency", default="", dest="code", help="the points currency unless said")
        parser.add_argument("--kind", action="append", dest="kinds", help="only entries of this kind; may be said again")
        parser.add_argument("--csv", action="store_true", help="print a CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = report_of(**{name: options[name] for name in ("first", "last", "by", "code", "kinds")})
        except ReportInvalid as invalid:
            raise CommandError(str(invalid)) from invalid
        if options["csv"]:
            self.stdout.write(report_csv(report), ending="")
            return
        for row in (report_names(report), *report_rows(report)):
            self.stdout.write("  ".join(f"{cell!s:>17}" for cell in row))
