"""`create_web_role`: a database role that can post, and can neither edit nor delete what was posted."""

import json
import os
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from psycopg import sql

from ledger.models import ERASABLE_TEXTS

PASSWORD_VARIABLE = "WEB_ROLE_PASSWORD"  # noqa: S105  the name of a variable

APPEND_ONLY = "ledger_entry"
NEVER_DELETED = (
    *("ledger_account", "wallets_wallet", "wallets_adjustment"),
    *("codes_batch", "codes_code", "codes_redemption"),
)
# Alarms are raised and cleared by requests as well; the history of them is kept.
KEPT = ("ledger_alarm",)
# Written once; of failed attempts the count may rise, and the trigger says how long.
AUDIT = "audit_act"
COUNTED = ("count", "version", "key_id", "mac")
# A row is put there by its own insertion, and taken off by who seals it.
AUDIT_UNSEALED = "audit_unsealed"
# The worker's, which the admin shows.
READ_ONLY = (
    "wallet_service_jobrun",
    *("ledger_leaf", "ledger_lognode", "ledger_sealedaccount", "ledger_sealinghorizon"),
    *("ledger_checkpoint", "ledger_signingkey", "ledger_anchorreceipt"),
    *("procrastinate_jobs", "procrastinate_events", "procrastinate_workers", "procrastinate_periodic_defers"),
)
ERASABLE = [name + part for name in ERASABLE_TEXTS for part in ("", "_salt")]


class Command(BaseCommand):
    help = (
        "Make the database role of the web processes, or renew its rights after a migration. "
        f"Its password comes from {PASSWORD_VARIABLE}, or is drawn and printed once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", default="wallet_web", help="the role's name (wallet_web)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        role = options["name"]
        if role == connection.settings_dict["USER"]:
            raise CommandError(f"{role} owns the tables; the web's role must be another one")
        password = os.environ.get(PASSWORD_VARIABLE) or secrets.token_urlsafe(24)
        with transaction.atomic():
            is_new = make_role(role, password)
            grant_rights(role)
        made = {"role": role, "password": password if is_new else None}
        told = f", password: {password}" if is_new else " has its rights; its password is as it was"
        self.stdout.write(json.dumps(made) if options["json"] else f"{role}{told}")


def make_role(role: str, password: str) -> bool:
    """Make the role unless it is there; whether it was made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone():
            return False
        name = sql.Identifier(role)
        cursor.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(password)))
    return True


def grant_rights(role: str) -> None:
    """Everything that requests need, and nothing that changes what was posted."""
    name = sql.Identifier(role)
    erasable = sql.SQL(", ").join(map(sql.Identifier, ERASABLE))
    counted = sql.SQL(", ").join(map(sql.Identifier, COUNTED))
    statements = [
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name),
        sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
        sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(APPEND_ONLY), name),
        sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(erasable, sql.Identifier(APPEND_ONLY), name),
        *(
            sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), name)
            for table in (AUDIT, AUDIT_UNSEALED)
        ),
        sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(counted, sql.Identifier(AUDIT), name),
        *(sql.SQL("REVOKE DELETE ON {} FROM {}").format(sql.Identifier(table), name) for table in (*NEVER_DELETED, *KEPT)),
        *(sql.SQL("REVOKE INSERT, UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), name) for table in READ_ONLY),
    ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
