"""Triggers: entries are written once, follow each other, and only a person's words can be erased."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_accounts_entries_lots")]

    operations = [
        migrations.RunSQL((HERE / "append_only.sql").read_text(), (HERE / "append_only_reverse.sql").read_text()),
    ]
