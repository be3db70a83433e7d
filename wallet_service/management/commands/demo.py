"""`demo`: load the demo shop and say how to try it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wallet_service import environment
from wallet_service.demo import demo_lines, load_demo
from wallet_service.web_server import base_url


class Command(BaseCommand):
    help = "Load the demo shop into a database that nobody uses yet, and print how to try it."

    def handle(self, *args: Any, **options: Any) -> None:
        load_demo()
        lines = demo_lines(base_url(environment.text("HOST", "127.0.0.1").strip("[]"), environment.whole("PORT", 8000)))
        if not lines:
            raise CommandError("this database is in use: the demo shop is only loaded into an empty one")
        self.stdout.write("\n".join(lines))
