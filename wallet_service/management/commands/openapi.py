"""`openapi`: the documents of all namespaces as files; says with --check whether those that are there are today's."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wallet_service.api.documents import Document
from wallet_service.api.wordpress import dump
from wallet_service.families import DOCUMENTS

# Nobody's: the address that a document names is the site's own, and a file has none.
SITE = "https://shop.example"


class Command(BaseCommand):
    help = "Write each namespace's OpenAPI document into a folder (--write), or compare the files there with them (--check)."
    # It needs no database.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--write", type=Path, metavar="DIR", help="write the documents there; what is there of others goes")
        what.add_argument("--check", type=Path, metavar="DIR", help="exit 1 unless the files there are today's documents")

    def handle(self, *args: Any, write: Path | None, check: Path | None, **options: Any) -> None:
        texts = {file_name(document): snapshot(document) for document in DOCUMENTS}
        if write is not None:
            write_all(write, texts)
        if check is not None:
            stale = stale_files(check, texts)
            if stale:
                raise CommandError(f"{check}: not as the routes are now: {', '.join(stale)}. Run: make openapi clients")


def file_name(document: Document) -> str:
    """`walletpro-v1.json` of walletpro/v1."""
    return f"{document.router.namespace.replace('/', '-')}.json"


def snapshot(document: Document) -> str:
    """The document for reading and comparing: indented, in a stable order, of a site that is nobody's."""
    return dump(document.make(SITE), indent=2) + "\n"


def write_all(folder: Path, texts: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for left in files_in(folder) - texts.keys():
        (folder / left).unlink()
    for name, text in texts.items():
        (folder / name).write_text(text)


def stale_files(folder: Path, texts: dict[str, str]) -> list[str]:
    """Names of files that are missing, of no namespace, or not what they would be if they were written now."""
    there = files_in(folder)
    return sorted(name for name in there | texts.keys() if name not in there or (folder / name).read_text() != texts.get(name))


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.json")}
