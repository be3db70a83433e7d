"""`create_web_role`: a database role that can post, and can neither edit nor delete what was posted."""

import json
import os
import secrets
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from psycopg import sql

from ledger.models import ERASABLE_TEXTS

PASSWORD_VARIABLE = "WEB_ROLE_PASSWORD"  # noqa: S105  the name of a variable

EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"
KEPT = "SELECT, INSERT, UPDATE"
WRITTEN_ONCE = "SELECT, INSERT"
# The worker's, or nobody's, which the admin shows.
READ_ONLY = "SELECT"
ERASABLE = ", ".join(name + part for name in ERASABLE_TEXTS for part in ("", "_salt"))

# What the web process does with each table. One that is not here is none of its business: a new table is named here, or
# requests do not see it (tests/wallet_service/test_web_role_tables.py holds the list against the database).
RIGHTS: dict[str, Sequence[str]] = {
    EVERYTHING: (
        *("people_user", "people_user_groups", "people_user_user_permissions"),
        *("auth_group", "auth_group_permissions", "auth_permission", "django_content_type"),
        *("django_admin_log", "django_session", "constance_constance", "wallet_service_ratecounter"),
        *("apikeys_apikey", "apikeys_applicationpassword", "apikeys_gatewaykey", "apikeys_oauthnonce", "idempotency_claim"),
        *("notices_notice", "notices_contact", "notices_optout"),
        *("passcodes_passcode", "passcodes_guesses", "passcodes_totpdevice", "stepups_challenge"),
        *("kyc_verification", "kyc_submission", "kyc_document"),
        *("audit_requestlog", "ledger_lot", "ledger_debt", "transfers_transfer", "transfers_moneyrequest"),
        *("transfers_qrcode", "bnpl_eligible"),
        # Those of which a site tells no more are gone.
        "federation_difference",
        # It goes with its user.
        "payments_paymentmethod",
        # By hand; a removed endpoint's go with it.
        "webhooks_delivery",
    ),
    # Of alarms and endpoints what they were is kept; money's rows are never deleted.
    KEPT: (
        *("ledger_account", "ledger_hold", "ledger_alarm", "wallets_wallet", "wallets_adjustment"),
        *("codes_batch", "codes_code", "codes_redemption", "webhooks_endpoint"),
        "bnpl_loan",
        "refunds_refundrequest",
        *("payments_topup", "payments_reload", "payments_takeback", "payments_receivednotice"),
        "withdrawals_withdrawal",
        # Uploaded, started and stopped; the worker books them.
        *("points_import", "points_importline"),
        *("federation_externalwalletsite", "federation_mirror", "federation_push", "federation_refresh"),
        *("points_pointpackage", "points_plan"),
    ),
    # An event is put into the outbox with what it tells of, and taken out by the worker that gives it its place; into the log
    # by hand comes a test. A row of the acts that wait for the seal is put there by the act's own insertion.
    # A run of a plan is begun; the worker goes through it.
    WRITTEN_ONCE: ("ledger_outbox", "webhooks_event", "audit_unsealed", "points_pushedwithdrawal", "points_planrun"),
    f"{WRITTEN_ONCE}, UPDATE ({ERASABLE})": ("ledger_entry",),
    # Of failed attempts the count may rise, and the trigger says how long.
    f"{WRITTEN_ONCE}, UPDATE (count, version, key_id, mac)": ("audit_act",),
    # Waiting queues are brought forward, sent past and, with their endpoint, removed. The dispatcher makes them.
    "SELECT, UPDATE, DELETE": ("webhooks_queue",),
    # A manager asks that a job is run now.
    "SELECT, UPDATE (asked_at)": ("wallet_service_jobrun",),
    READ_ONLY: (
        *("ledger_leaf", "ledger_lognode", "ledger_sealedaccount", "ledger_sealinghorizon"),
        *("ledger_checkpoint", "ledger_signingkey", "ledger_anchorreceipt"),
        *("webhooks_attempt", "webhooks_dispatch", "webhooks_tally"),
        *(
            "analytics_progress",
            "analytics_daytotal",
            "analytics_hourtotal",
            "analytics_dayspending",
            "analytics_ranking",
            "analytics_activewallets",
        ),
        *("wallet_service_followedposition", "wallet_service_untoldmovements"),
        *("procrastinate_jobs", "procrastinate_events", "procrastinate_workers", "procrastinate_periodic_defers"),
        "points_feesweep",
        "django_migrations",
    ),
}


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
    """Everything that requests need, and nothing that changes what was posted. What an earlier release gave is taken back.

    On a table of the operator's own nothing is given or taken.
    """
    name = sql.Identifier(role)
    statements = [
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
        sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
    ]
    for rights, names in RIGHTS.items():
        tables = sql.SQL(", ").join(map(sql.Identifier, names))
        statements += [
            sql.SQL("REVOKE ALL ON {} FROM {}").format(tables, name),
            sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(rights), tables, name),
        ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
