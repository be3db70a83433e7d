#!/usr/bin/env python3
"""The command line: Django's, with the secrets and the PostgreSQL that local development needs made ready first."""

import os
import sys

from wallet_service import local_postgres, local_secrets

# `serve` starts PostgreSQL itself, and stops it.
WITHOUT_DATABASE = {"", "check", "collectstatic", "help", "makemessages", "openapi", "serve"}
ASKS_FOR_HELP = {"-h", "--help", "--version"}


class DataDirUnusable(Exception):
    """The folder cannot be made, or not be written to."""


def main() -> int:
    """Run a command; 1, and one line that says why, where the surroundings do not allow it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError
    from psycopg.errors import UndefinedTable

    try:
        prepare(sys.argv[1:])
        execute_from_command_line(sys.argv)
    except (local_postgres.LocalPostgresError, ImproperlyConfigured) as error:
        return fail(str(error))
    except DataDirUnusable as error:
        return fail(f"DATA_DIR cannot be used: {error}")
    except OperationalError as error:
        if "--traceback" in sys.argv:
            raise
        return fail(f"The database cannot be used: {' '.join(str(error).split())}")
    except ProgrammingError as error:
        if "--traceback" in sys.argv or not isinstance(error.__cause__, UndefinedTable):
            raise
        return fail("The database is not up to date: run manage.py migrate first.")
    except KeyboardInterrupt:
        return 130
    return 0


def prepare(arguments: list[str]) -> None:
    """Make the secrets before the settings are read, and start PostgreSQL if this command needs ours."""
    from wallet_service import environment

    if environment.flag("PRODUCTION"):
        return
    try:
        local_secrets.ensure(local_secrets.data_dir())
    except OSError as error:
        raise DataDirUnusable(error) from error
    needs_database = (arguments or [""])[0] not in WITHOUT_DATABASE and ASKS_FOR_HELP.isdisjoint(arguments)
    if needs_database and not environment.text("DATABASE_URL"):
        local_postgres.for_data_dir(local_secrets.data_dir()).start()


def fail(line: str) -> int:
    sys.stderr.write(f"{line}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
