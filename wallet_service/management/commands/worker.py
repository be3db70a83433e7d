"""`worker`: run the scheduled jobs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from wallet_service.jobs import ALL_QUEUES
from wallet_service.worker import work


class Command(BaseCommand):
    help = (
        "Run the scheduled jobs until SIGTERM or Ctrl-C, which let the running ones finish. "
        "Several workers share the work; no job runs twice at a time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--queue", action="append", choices=ALL_QUEUES, default=[], help="only this queue (all of them)")

    def handle(self, *args: Any, **options: Any) -> None:
        work(queues=options["queue"], say=self.say)

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
